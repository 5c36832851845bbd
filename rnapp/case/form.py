"""The clinical form as it was filled in, valid or not, and the clinical data that it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from rnapp.errors import ClinicalError

PSEUDONYM_LENGTH = 64


@dataclass(frozen=True)
class Form:
    """pseudonym: for the report; values: field name → what was entered: a number, a code, "yes", "no"; "" and None are
    unknown, and so is a field without an entry."""

    pseudonym: str = ""
    values: Mapping[str, float | str | None] = field(default_factory=lambda: MappingProxyType({}))

    def value(self, name: str) -> float | str | None:
        """What was entered in a field; None for nothing."""
        found = self.values.get(name)
        return None if found == "" else found


def checked_pseudonym(form: Form) -> str:
    """The pseudonym for the report. Raises ClinicalError if it is too long or spans lines."""
    pseudonym = form.pseudonym.strip()
    if len(pseudonym) > PSEUDONYM_LENGTH or not pseudonym.isprintable():
        raise ClinicalError(f"The pseudonym must be one line of at most {PSEUDONYM_LENGTH} characters; shorten it.")
    return pseudonym
