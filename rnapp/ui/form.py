"""The clinical form: from the screen, or from an example's file, to the case."""

from collections.abc import Mapping
from pathlib import Path

from rnapp.case.form import Form
from rnapp.errors import ClinicalError
from rnapp.types import Field, Question
from rnapp.ui.ports import read_json

YES, NO, UNKNOWN = "yes", "no", ""


def from_json(path: Path, pseudonym: str, question: Question) -> Form:
    """The form as an example's clinical.json fills it. Raises ClinicalError if it is not a JSON object."""
    content = read_json(path, "the clinical data", ClinicalError)
    if not isinstance(content, dict):
        raise ClinicalError(f"Expected a JSON object with the clinical fields in {path.name}.")
    return Form(pseudonym, {field.name: _entry(field, content) for field in question.fields})


def _entry(field: Field, content: Mapping[str, object]) -> float | str | None:
    """As it would be entered on the screen."""
    value = content.get(field.name)
    if isinstance(value, bool):
        return YES if value else NO
    return value if isinstance(value, (int, float, str)) else None
