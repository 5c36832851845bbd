"""The clinical form: from what is on the screen to ClinicalData, with a sentence for what cannot be true."""

import json
from dataclasses import fields
from pathlib import Path

from rnapp.errors import ClinicalError
from rnapp.types import ClinicalData
from rnapp.ui.ports import Choices
from rnapp.ui.workspace import Form

AGES = (0.0, 120.0)
MONTHS = (0.0, 600.0)
YES, NO, UNKNOWN = "yes", "no", ""
PSEUDONYM_LENGTH = 64


def to_clinical(form: Form, choices: Choices) -> ClinicalData:
    """The form's values. Raises ClinicalError with one sentence for the first that cannot be true."""
    return ClinicalData(
        age=_within(form.age, AGES, "The age", "years"),
        sex=_chosen(form.sex, choices, "sex"),
        primary_tumour=_chosen(form.primary_tumour, choices, "primary_tumour"),
        systemic_treatment=_chosen(form.systemic_treatment, choices, "systemic_treatment"),
        months_since_radiosurgery=_within(form.months_since_radiosurgery, MONTHS,
                                          "The time since radiosurgery", "months"),
        wbrt_before={YES: True, NO: False}.get(form.wbrt_before),
    )


def checked_pseudonym(form: Form) -> str:
    """The pseudonym for the report. Raises ClinicalError if it is too long or spans lines."""
    pseudonym = form.pseudonym.strip()
    if len(pseudonym) > PSEUDONYM_LENGTH or not pseudonym.isprintable():
        raise ClinicalError(f"The pseudonym must be one line of at most {PSEUDONYM_LENGTH} characters; shorten it.")
    return pseudonym


def from_json(path: Path, pseudonym: str) -> Form:
    """The form as an example's clinical.json fills it."""
    given = {key: value for key, value in json.loads(path.read_text(encoding="utf-8")).items() if value is not None}
    known = {field.name for field in fields(Form)}
    if isinstance(given.get("wbrt_before"), bool):
        given["wbrt_before"] = YES if given["wbrt_before"] else NO
    return Form(**{"pseudonym": pseudonym, **{key: value for key, value in given.items() if key in known}})


def _within(value: float | None, limits: tuple[float, float], what: str, unit: str) -> float | None:
    low, high = limits
    if value is None or low <= value <= high:
        return value
    raise ClinicalError(f"{what} must be between {low:g} and {high:g} {unit}, but {value:g} was entered; "
                        "correct it or leave it empty if it is unknown.")


def _chosen(value: str, choices: Choices, name: str) -> str | None:
    if not value:
        return None
    if value not in [known for _, known in choices[name]]:
        raise ClinicalError(f"\"{value}\" is not one of the choices for {name.replace('_', ' ')}; choose again.")
    return value
