"""The clinical form: from what is on the screen to ClinicalData."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path

from rnapp.errors import ClinicalError
from rnapp.io.texts import read_json
from rnapp.types import ClinicalData
from rnapp.ui.workspace import Form

YES, NO, UNKNOWN = "yes", "no", ""
PSEUDONYM_LENGTH = 64


def to_clinical(form: Form, parse: Callable[[Mapping[str, object]], ClinicalData]) -> ClinicalData:
    """The form's values, checked by parse. Raises ClinicalError with one sentence for the first that is impossible."""
    values = asdict(form)
    del values["pseudonym"]
    return parse(values)


def checked_pseudonym(form: Form) -> str:
    """The pseudonym for the report. Raises ClinicalError if it is too long or spans lines."""
    pseudonym = form.pseudonym.strip()
    if len(pseudonym) > PSEUDONYM_LENGTH or not pseudonym.isprintable():
        raise ClinicalError(f"The pseudonym must be one line of at most {PSEUDONYM_LENGTH} characters; shorten it.")
    return pseudonym


def from_json(path: Path, pseudonym: str) -> Form:
    """The form as an example's clinical.json fills it. Raises ClinicalError where it is no JSON object."""
    content = read_json(path, "the clinical data", ClinicalError)
    if not isinstance(content, dict):
        raise ClinicalError(f"Expected a JSON object with the clinical fields in {path.name}.")
    given = {key: value for key, value in content.items() if value is not None}
    known = {field.name for field in fields(Form)}
    if isinstance(given.get("wbrt_before"), bool):
        given["wbrt_before"] = YES if given["wbrt_before"] else NO
    return Form(**{"pseudonym": pseudonym, **{key: value for key, value in given.items() if key in known}})
