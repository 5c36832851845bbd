"""A dose from its files: read, added up where that is allowed, and checked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rnapp.errors import StudyError
from rnapp.io.dicom_header import DICOM_ERRORS
from rnapp.io.images import read_image
from rnapp.io.rt_dose_file import FRACTIONS, DoseFile, read_dose_file
from rnapp.io.rt_grid import read_grid
from rnapp.io.rt_plan import Plan
from rnapp.io.rt_plausible import plausible
from rnapp.io.rt_sum import ASKS_COMPLETE, ASKS_FRACTIONS, ASKS_RELATIVE, asks, by_plan, refusal, summed, told
from rnapp.types import CancelToken, Caution, Dose, Prescription, Volume, note

PER_CENT = 10.0  # a relative dose above this is in per cent: 100 is the whole
MOST_FRACTIONS = 100
_MOST_GY = 200.0
_NOT_RELATIVE = "This dose is in Gy, so there is no need to say which dose is 100 %; leave that out."


@dataclass(frozen=True)
class Answers:
    """What a person stated about a dose. relative_gy: the dose that is 100 %, Gy; fractions: by how many to multiply
    the dose of one; complete: the beams given are all of the plan. None and False: not stated."""

    relative_gy: float | None = None
    fractions: int | None = None
    complete: bool = False


UNASKED = Answers()


def read_dose(paths: Sequence[Path], plans: Mapping[str, Plan], answers: Answers = UNASKED,
              cancel: CancelToken | None = None) -> Dose:
    """The dose in one RTDOSE file, or the sum of several: Gy, NaN where one of their grids does not reach.

    plans: by their SOPInstanceUIDs, of the same patient. Raises StudyError if the files are not a delivered dose, must
    not be added up, or need something stated first; GeometryError where their grids are not clear; Cancelled.
    """
    token = cancel or CancelToken()
    try:
        files = [read_dose_file(path) for path in paths]
    except DICOM_ERRORS as error:
        raise StudyError("A dose file is cut short or damaged; copy or export it again.") from error
    if refused := refusal(files, plans):
        raise StudyError(refused)
    said = _answered(files, plans, answers)
    grids = []
    for file in files:
        token.check()
        grids.append(_in_gray(file, read_grid(file.path), answers))
    token.check()
    volume = grids[0] if len(grids) == 1 else summed(grids)
    prescriptions = tuple(one for uid in by_plan(files) if uid in plans for one in _given(plans[uid], answers))
    dose = Dose(volume, prescriptions, tuple(file.uid for file in files), (*told(files), *said))
    sources = any(file.summation == "BRACHY" or (file.plan in plans and plans[file.plan].setups) for file in files)
    return plausible(dose, sources)


def read_dose_image(path: Path, uid: str) -> Dose:
    """A dose in Gy from a NIfTI, NRRD or MetaImage file; NaN stays unknown. uid: its identifier.

    Raises StudyError and GeometryError as read_image does, and where it can be no dose.
    """
    volume = read_image(path)
    with np.errstate(over="ignore", invalid="ignore"):
        array = volume.array.astype(np.float32)
    return plausible(Dose(volume.with_array(array), sources=(uid,)))


def _answered(files: Sequence[DoseFile], plans: Mapping[str, Plan], answers: Answers) -> tuple[Caution, ...]:
    """The person's statements, checked against what the files leave open. Raises StudyError for what is still open,
    what cannot be, and an answer to what was not asked."""
    asked = {one.code: one for one in asks(files, plans)}
    cautions = []
    if answers.relative_gy is not None:
        if ASKS_RELATIVE not in asked:
            raise StudyError(_NOT_RELATIVE)
        if not (math.isfinite(answers.relative_gy) and 0 < answers.relative_gy <= _MOST_GY):
            raise StudyError(f"Expected the dose that is 100 % in Gy (above 0, at most {_MOST_GY:.0f}), but got "
                             f"{answers.relative_gy:g}; give it in Gy.")
        cautions.append(note("dose_relative_taken", f"The dose file is relative; 100 % was taken for "
                                                 f"{answers.relative_gy:g} Gy, as entered by hand."))
        del asked[ASKS_RELATIVE]
    if answers.fractions is not None:
        if ASKS_FRACTIONS not in asked:
            raise StudyError("This dose is not that of one fraction, so there is nothing to multiply; leave the number "
                             "of fractions out.")
        if not 1 <= answers.fractions <= MOST_FRACTIONS:
            raise StudyError(f"Expected 1 to {MOST_FRACTIONS} fractions, but got {answers.fractions}.")
        cautions.append(note("dose_fractions_taken", f"The dose of one fraction or fraction group was multiplied by "
                                                  f"{answers.fractions}, as entered by hand."))
        del asked[ASKS_FRACTIONS]
    if answers.complete and ASKS_COMPLETE in asked:
        cautions.append(note("dose_parts_taken", f"The dose is the sum of {len(files)} file(s) of beams; that none is "
                                              "missing was entered by hand."))
        del asked[ASKS_COMPLETE]
    if asked:
        raise StudyError(" ".join(str(one) for one in asked.values()))
    return tuple(cautions)


def _in_gray(file: DoseFile, grid: Volume, answers: Answers) -> Volume:
    """grid: as stored × scaling."""
    factor = 1.0
    if file.relative and answers.relative_gy is not None:
        factor *= answers.relative_gy / (100.0 if float(grid.array.max()) > PER_CENT else 1.0)
    if file.summation in FRACTIONS and answers.fractions is not None:
        factor *= answers.fractions
    return grid if factor == 1.0 else grid.with_array((grid.array * np.float64(factor)).astype(np.float32))


def _given(plan: Plan, answers: Answers) -> tuple[Prescription, ...]:
    """The plan's prescriptions, with the stated number of fractions if the plan has none."""
    return tuple(one if one.fractions else replace(one, fractions=answers.fractions) for one in plan.prescriptions)
