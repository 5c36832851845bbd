"""The clinical form as it was filled in, valid or not, and the clinical data that it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from rnapp.errors import ClinicalError

PSEUDONYM_LENGTH = 64


@dataclass(frozen=True)
class Form:
    """pseudonym: for the report; values: field name → what was entered: a number, a code, "yes", "no". A field without
    an entry is unknown; those that are given as "" or None are left out, so that equal forms say the same."""

    pseudonym: str = ""
    values: Mapping[str, float | str | None] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        filled = {name: value for name, value in self.values.items() if value is not None and value != ""}
        object.__setattr__(self, "values", MappingProxyType(filled))

    def value(self, name: str) -> float | str | None:
        """What was entered in a field; None for nothing."""
        return self.values.get(name)


def checked_pseudonym(form: Form) -> str:
    """The pseudonym for the report. Raises ClinicalError if it is too long or spans lines."""
    pseudonym = form.pseudonym.strip()
    if len(pseudonym) > PSEUDONYM_LENGTH or not pseudonym.isprintable():
        raise ClinicalError(f"The pseudonym must be one line of at most {PSEUDONYM_LENGTH} characters; shorten it.")
    return pseudonym
