"""A study of the second question that was read, with a dose on one side; with or without drawn lesions."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from rnapp.dose.figures import figures
from rnapp.geometry import resample_known
from rnapp.tasks.metastasis.question import QUESTION as METASTASIS
from rnapp.tasks.rice.question import EVENT, POST_OP, QUESTION
from rnapp.tasks.roles import DOSE
from rnapp.types import (
    STUDY,
    Answer,
    CaseResult,
    Confirmation,
    Dose,
    DosePath,
    FloatArray,
    PlacedDose,
    Prediction,
    Prepared,
    Prescription,
    SimilarityTransform,
    Volume,
    note,
)
from tests.explain.synthetic import LEFT, distance, lesion_set, lps_grid, prepared, result_of

SEEN = Confirmation("2026-11-21T14:01:00+01:00", "physicist")
RIGID = SimilarityTransform(np.eye(4))


def dose_at(centre: FloatArray, peak: float = 60.0, sigma: float = 14.0, spacing: float = 3.0) -> Volume:
    """A ball-shaped dose, Gy, on its own grid of 120 mm."""
    side = round(120 / spacing)
    affine = np.diag((spacing, spacing, spacing, 1.0))
    affine[:3, 3] = centre - 60
    grid = Volume(np.zeros((side,) * 3, np.float32), affine)
    return grid.with_array((peak * np.exp(-distance(grid, centre, sigma) ** 2 / 2)).astype(np.float32))


def with_dose(case: Prepared, centre: FloatArray = LEFT, prescribed: float | None = 60.0, fractions: int = 30,
              confirmed: Confirmation | None = SEEN) -> Prepared:
    """The prepared scan with a dose on it."""
    volume = dose_at(centre)
    given = () if prescribed is None else (Prescription("PTV of Anna", prescribed, fractions, "proton"),)
    path = DosePath("same_frame", ("The dose and the scan have the same frame of reference.",), RIGID)
    placed = PlacedDose(Dose(volume, given, ("1.2.826.99",)), path, resample_known(volume, case.head, case.to_atlas),
                        confirmed, (note("brain_shift", "The brain may have moved."),))
    return dataclasses.replace(case, dose=placed)


def effect(centre: FloatArray = LEFT, peak: float = 0.2) -> Volume:
    """What hiding took, on a part of the grid at 2 mm: a ball at the centre, a little was added on the other side."""
    affine = np.diag((2.0, 2.0, 2.0, 1.0))
    affine[:3, 3] = (50, -210, 20)
    grid = Volume(np.zeros((70, 85, 55), np.float32), affine)
    took = peak * np.exp(-distance(grid, centre, 10.0) ** 2)
    return grid.with_array((took - 0.05 * peak * np.exp(-distance(grid, centre * (1, 1, 1.2), 8.0) ** 2))
                           .astype(np.float32))


def study_answer(probability: float = 0.7, inputs: Sequence[str] = (EVENT, POST_OP, DOSE), peak: float = 0.2) -> Answer:
    """Of the whole study: nothing but a mean over networks, and what hiding did."""
    folds = tuple(float(np.clip(probability + step, 0.01, 0.99)) for step in (-0.1, -0.05, 0.0, 0.05, 0.1))
    return Answer(STUDY, Prediction(probability, folds, folds), (), float(np.log(probability / (1 - probability))),
                  inputs=tuple(inputs), occlusion={"all": effect(peak=peak), DOSE: effect(peak=peak / 2)})


def rice_result(lesions: Sequence[FloatArray] = (), centre: FloatArray = LEFT, confirmed: Confirmation | None = SEEN,
                grid: Volume | None = None, dose: bool = True) -> CaseResult:
    """A study that was read; lesions: centres of those that were drawn."""
    base = result_of(1)
    grid = grid or lps_grid(4.0)
    case = prepared(grid, [LEFT])
    channels = {EVENT: case.reference, POST_OP: case.reference}
    case = dataclasses.replace(case, channels=channels)
    drawn = lesion_set(grid, lesions)
    if dose:
        case = with_dose(case, centre, confirmed=confirmed)
    numbers = figures(case, drawn, 14.0, QUESTION.id) if dose and confirmed else None
    reading = dataclasses.replace(
        base.reading, question=QUESTION.id, answers=(study_answer(inputs=(EVENT, POST_OP, *([DOSE] if dose else []))),),
        clinical={**QUESTION.unknown, "age": 58.0, "months_since_radiotherapy": 14.0}, dose=numbers)
    return CaseResult(QUESTION, base.pseudonym, case, drawn, reading)


def metastasis_with_dose(fractions: int = 1, prescribed: float = 20.0, grid: Volume | None = None) -> CaseResult:
    """The first question's case with a radiosurgery dose."""
    base = result_of(1, grid=grid or lps_grid(4.0))
    case = with_dose(base.prepared, LEFT, prescribed, fractions)
    numbers = figures(case, base.lesions, 9.0, METASTASIS.id)
    return dataclasses.replace(base, prepared=case, reading=dataclasses.replace(base.reading, dose=numbers))
