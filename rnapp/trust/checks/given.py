"""What does not fit among the things that were given: clinical values, dates, and scans of one patient."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from rnapp.types import Caution, Clinical, FloatArray, Series

_DAYS_PER_MONTH = 365.25 / 12
YEARS_APART = 1  # a birthday between the scan and the board
MONTHS_APART = 2.0  # a course of radiotherapy, and a rounded month
_CORRECT = "Correct the value, leave it unknown, or say why it is right."


def clinical_cautions(clinical: Clinical, scan: str, treated: str, age: int | None = None) -> tuple[Caution, ...]:
    """Of level "confirm": values that contradict each other, the days or the files. scan, treated: days of the scan and
    of the dose, ISO 8601, "" where unknown; age: by the files on the day of the scan, whole years, None if unknown."""
    return (*_sex(clinical), *_age(clinical, age), *_months(clinical, _day(scan), _day(treated)))


def before_treatment_cautions(scan: str, treated: str) -> tuple[Caution, ...]:
    """One where the scan was made before the treatment after which it should have been made; days as above."""
    made, dose = _day(scan), _day(treated)
    if made is None or dose is None or made >= dose:
        return ()
    return (Caution("scan_before_treatment", "confirm",
                    f"The scan ({scan}) is from before the day of the dose ({treated}), but the question is about the "
                    "time after it.", "Choose a later scan, or say why it is right."),)


def mask_cautions(other_patient: bool, drawn: str, scan: str) -> tuple[Caution, ...]:
    """Of level "confirm": a mask that names another patient than the scan, or is older than it. drawn, scan: days of
    the mask and of the scan, ISO 8601, "" where unknown."""
    made, seen = _day(drawn), _day(scan)
    older = made is not None and seen is not None and made < seen
    return (*((OTHER_PATIENT,) if other_patient else ()), *((_older(drawn, scan),) if older else ()))


def same_scan(first: Series, other: Series, voxels: FloatArray, other_voxels: FloatArray) -> bool:
    """Whether two inputs are one scan: by their identifiers, or voxel for voxel under other names."""
    if first.uid == other.uid or set(first.acquisition.instances) & set(other.acquisition.instances):
        return True
    return voxels.shape == other_voxels.shape and bool(np.array_equal(voxels, other_voxels))


def not_earlier(earlier: date, present: date) -> str:
    """Why a scan cannot be the earlier one, one sentence; "" where it can."""
    if earlier < present:
        return ""
    when = "on the same day as" if earlier == present else "after"
    return (f"Expected an earlier scan, but this one was made {when} the current one ({earlier.isoformat()}, "
            f"{present.isoformat()}); give an earlier scan, or correct the date.")


OTHER_PATIENT = Caution("mask_of_other_patient", "confirm", "The mask names another patient than the scan.",
                        "Give the mask of this patient; if it is the same person under another number, say so.")
SAME_AGAIN = ("Expected an earlier scan, but these are the images of the current one again; give the files of an "
              "earlier scan.")


def _older(drawn: str, scan: str) -> Caution:
    return Caution("mask_older_than_scan", "confirm",
                   f"The mask ({drawn}) is older than the scan ({scan}), so it cannot have been drawn on it.",
                   "Give the mask that was drawn on this scan, or say why it fits.")


def _sex(clinical: Clinical) -> Iterator[Caution]:
    if clinical.get("sex") == "male" and clinical.get("primary_tumour") == "ovary":
        yield Caution("clinical_contradiction", "confirm", "The patient is male and the primary tumour ovarian.",
                      _CORRECT)


def _age(clinical: Clinical, age: int | None) -> Iterator[Caution]:
    said = clinical.get("age")
    if age is None or not isinstance(said, int | float):
        return
    # Whole years are up to one below the exact age.
    if not age - YEARS_APART <= said < age + 1 + YEARS_APART:
        yield Caution("clinical_contradiction", "confirm",
                      f"An age of {said:g} was entered, but by the files of the scan the patient was {age}.", _CORRECT)


def _months(clinical: Clinical, scan: date | None, treated: date | None) -> Iterator[Caution]:
    if scan is None or treated is None:
        return
    by_days = (scan - treated).days / _DAYS_PER_MONTH
    for name in ("months_since_radiosurgery", "months_since_radiotherapy"):
        said = clinical.get(name)
        if isinstance(said, int | float) and abs(said - by_days) > MONTHS_APART:
            yield Caution("clinical_contradiction", "confirm",
                          f"{said:g} months since treatment were entered, but from the day of the dose "
                          f"({treated.isoformat()}) to that of the scan ({scan.isoformat()}) it is {by_days:.1f}.",
                          _CORRECT)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
