"""A hand-written stand-in for what rnapp.pipeline does with a radiotherapy dose: 60 Gy on the patient's left."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from rnapp.errors import StudyError
from rnapp.explain.dvh import dvh_figure
from rnapp.geometry import IDENTITY
from rnapp.types import (
    BrainDose,
    CancelToken,
    Caution,
    Clinical,
    Confirmation,
    Curve,
    Dose,
    DoseFigures,
    DosePath,
    FrameLink,
    LesionDose,
    LesionSet,
    LoadedSeries,
    PlacedDose,
    Prepared,
    Prescription,
    ProgressCallback,
    Question,
    Series,
    Study,
    Volume,
    note,
)

DOSE_FILE = "with-dose"
DOSE_UID, NO_PLAN_UID, RELATIVE_UID, LOST_UID = "1.9", "1.10", "1.11", "1.12"
LEFT = (17, 14, 10)  # voxel in the middle of the dose; the grid's first axis runs to the patient's left
SHIFT = note("brain_shift", "The brain may have moved since planning.")


def dose_series(uid: str = DOSE_UID, **more: Any) -> Series:
    """What a study lists."""
    return Series(uid, "Plan 1", "RTDOSE", "dose", (Path(__file__),), (24, 30, 20), (1.0, 1.0, 1.0),
                  facts=("60 Gy in 30 fractions", "2 beams"), **more)


def ct_series() -> Series:
    """The scan that the dose was planned on."""
    return Series("1.8", "planning", "CT", "CT", (Path(__file__),), (24, 30, 20), (1.0, 1.0, 1.0))


def offered() -> tuple[Series, ...]:
    """The series of radiotherapy in a study that holds DOSE_FILE."""
    relative = Caution("dose_relative", "confirm", "This dose is given in per cent, not in Gy.", "Say which is 100 %.")
    return (ct_series(), dose_series(), dose_series(NO_PLAN_UID), dose_series(RELATIVE_UID, cautions=(relative,)),
            dose_series(LOST_UID))


def ball(head: Volume, most_gy: float = 60.0) -> Volume:
    """A dose that falls by 6 Gy from voxel to voxel and is unknown in the first layers."""
    far = np.linalg.norm(np.moveaxis(np.indices(head.shape), 0, -1) - LEFT, axis=-1)
    array = np.maximum(most_gy - 6 * far, 0).astype(np.float32)
    array[:2] = np.nan
    return head.with_array(array)


@dataclass
class FakeDose:
    """dose_doubt: why the place of every dose is doubtful; delay: seconds per stage."""

    delay: float = 0.0
    dose_doubt: str = ""
    confirmed_by: list[str] = field(default_factory=list)
    asked_by: list[str] = field(default_factory=list)  # ids of the questions that dose figures were asked for

    def load_dose(self, study: Study, uid: str, relative_gy: float | None = None, fractions: int | None = None,
                  complete: bool = False) -> Dose:
        if uid == RELATIVE_UID and relative_gy is None:
            raise StudyError("Expected which dose is 100 %; say it.")
        if uid == LOST_UID:
            raise StudyError("A dose file is cut short; copy it again.")
        known = () if uid == NO_PLAN_UID else (Prescription("PTV", 60.0, 30, "photon"),)
        return Dose(ball(self.head, relative_gy or 60.0), known, (uid,))  # type: ignore[attr-defined]

    def load_links(self, study: Study) -> Sequence[FrameLink]:
        return ()

    def place_dose(self, prepared: Prepared, dose: Dose, links: Sequence[FrameLink], planning: LoadedSeries | None,
                   progress: ProgressCallback, cancel: CancelToken) -> Prepared:
        progress("Placing the dose", 0.5)
        time.sleep(self.delay)
        cancel.check()
        doubt = (Caution("dose_match_doubtful", "confirm", self.dose_doubt),) if self.dose_doubt else ()
        by = "the planning <CT>" if planning else "the same frame of reference"
        path = DosePath("planning_scan" if planning else "same_frame", (f"The dose came by {by}.",), IDENTITY)
        return replace(prepared, dose=PlacedDose(dose, path, dose.volume, None, (SHIFT, *doubt)))

    def place_again(self, prepared: Prepared, placed: PlacedDose) -> Prepared:
        return replace(prepared, dose=replace(placed, confirmed=None))

    def confirm_dose(self, prepared: Prepared, by: str = "") -> Prepared:
        assert prepared.dose is not None
        self.confirmed_by.append(by)
        return replace(prepared, dose=replace(prepared.dose, confirmed=Confirmation("2026-05-05T10:00:00", by)))

    def dose_picture(self, prepared: Prepared, planning: LoadedSeries | None = None) -> bytes:
        assert prepared.dose is not None
        return PIXEL

    def pair_picture(self, prepared: Prepared, role: str, question: Question) -> bytes:
        assert role in prepared.channels
        return PIXEL

    def dose_figures(self, prepared: Prepared, lesions: LesionSet, clinical: Clinical,
                     question: str = "") -> DoseFigures | None:
        placed = prepared.dose
        self.asked_by.append(question)
        if placed is None or not placed.usable:
            return None
        found = tuple(_figures(placed, lesions, one.number) for one in lesions.lesions)
        brain = (BrainDose("V12 Gy", 12.0, 7.5, "10 ml: about 15 % necrosis.", "Milano et al. 2021"),)
        return DoseFigures(placed.dose.prescribed_gy, placed.dose.fractions, "photon", 60.0, placed.path.via, found,
                           brain, 11.0)


    def dose_curves(self, lesions: LesionSet, figures: DoseFigures | None) -> Any:
        return None if figures is None else dvh_figure(figures, {one.number: f"Lesion {one.number}"
                                                                 for one in lesions.lesions})

    def dose_slices(self, prepared: Prepared, lesions: LesionSet, number: int | None = None) -> bytes | None:
        return None if prepared.dose is None else PIXEL


def _figures(placed: PlacedDose, lesions: LesionSet, number: int) -> LesionDose:
    doses = placed.on_atlas.array[lesions.mask(number).array]
    mean = float(np.nanmean(doses))
    return LesionDose(number, mean, float(np.nanmin(doses)), float(np.nanmax(doses)), mean - 1,
                      0.25 if placed.dose.prescribed_gy else None, 0.5 if placed.dose.prescribed_gy else None, -1.5,
                      mean - 2, 0.0, Curve((0.0, 60.0), (1.0, 0.0)))


PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
                      "0000000d49444154789c63606060f80f0001040100a5f645400000000049454e44ae426082")
