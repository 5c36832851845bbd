"""A radiotherapy dose on the prepared scan: whether a person accepted it, and figures from then on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from scipy import ndimage

from rnapp.dose.figures import figures
from rnapp.errors import PreparationError
from rnapp.explain.dose_picture import dose_quality_picture
from rnapp.geometry import resample, resample_known
from rnapp.pipeline.dose_path import find_path, frame_of
from rnapp.types import (
    CancelToken,
    Caution,
    Clinical,
    Confirmation,
    Dose,
    DoseFigures,
    DosePath,
    FrameLink,
    LesionSet,
    LoadedSeries,
    PlacedDose,
    Prepared,
    ProgressCallback,
    Volume,
    no_progress,
    note,
    of_level,
)
from rnapp.types.dose import NOT_CONFIRMED

REGISTER, PLACE = "Registering the planning scan", "Placing the dose on the scan"
REGISTER_SHARE = 0.8
HEAD_MM = 25.0  # from the brain out to the skin
MOST_OUTSIDE = (0.1, 0.5)  # share of the high-dose volume outside the head: asked about, refused
LEAST_KNOWN = 0.9  # share of the brain below which the dose's grid is said to leave some out
HIGH_SHARE = 0.95  # of the prescription, or, where none is known, of the highest dose
AS_GIVEN = Caution(
    "dose_as_given", "confirm", "The dose file names no frame of reference: nothing but the picture shows whether it "
    "belongs on this scan.", "Accept it only if the isodoses are where the patient was treated.")
BRAIN_SHIFT = note(
    "brain_shift", "The dose is as it was planned on the anatomy of that day, and its way to the scan is rigid. Where "
    "the brain has moved since (near a resection cavity, with swelling or a growing lesion), it may be some "
    "millimetres off.")
UNCONFIRMED = Caution(
    NOT_CONFIRMED, "confirm", "Nobody has looked at where the dose lies on this scan; its way there passed all checks.",
    "Look at the picture before using any dose figure.")
UNUSED = note("dose_unused", "The radiotherapy dose was not used, because nobody has confirmed where it lies.")


def place_dose(prepared: Prepared, dose: Dose, links: Sequence[FrameLink] = (), planning: LoadedSeries | None = None,
               progress: ProgressCallback = no_progress, cancel: CancelToken | None = None) -> Prepared:
    """The prepared scans with the dose on them, not confirmed.

    links: of the study's registration files; planning: the CT or MRI that the dose was planned on, None where there is
    none. Raises PreparationError where no way leads from the dose to the scan, or the planning scan shows another head,
    Cancelled.
    """
    token = cancel or CancelToken()
    token.check()
    progress(REGISTER if planning else PLACE, 0.0)
    path = find_path(prepared, dose, links, planning, token)
    progress(PLACE, REGISTER_SHARE)
    token.check()
    placed = _placed_by(prepared, dose, path)
    progress("Done", 1.0)
    return replace(prepared, dose=placed)


def place_again(prepared: Prepared, placed: PlacedDose) -> Prepared:
    """A dose by the way that it had before, on newly prepared scans, not confirmed: the way is in the millimetres of
    the reference scan, which must be the same series."""
    return replace(prepared, dose=_placed_by(prepared, placed.dose, placed.path))


def confirm(prepared: Prepared, by: str = "") -> Prepared:
    """A person accepted the picture of the dose. by: a name or role as typed. Raises PreparationError where there is no
    dose, or one that cannot be right."""
    placed = _placed(prepared)
    if stops := of_level(placed.cautions, "stop"):
        raise PreparationError(f"This dose cannot be used. {stops[0]}")
    now = datetime.now().astimezone().isoformat("T", "seconds")
    cautions = tuple(one for one in placed.cautions if one.code != NOT_CONFIRMED)
    return replace(prepared, dose=replace(placed, confirmed=Confirmation(now, by.strip()), cautions=cautions))


def unconfirm(prepared: Prepared) -> Prepared:
    """The confirmation taken back. Raises PreparationError where there is no dose."""
    return replace(prepared, dose=replace(_placed(prepared), confirmed=None))


def accept_unseen(prepared: Prepared) -> Prepared:
    """Where there is nobody to look: with the dose, and a caution that nobody did, if its way has passed every check;
    else without it, and a caution why. Raises PreparationError where there is no dose."""
    placed = _placed(prepared)
    if placed.usable:
        return prepared
    doubts = (*of_level(placed.cautions, "stop"), *of_level((*placed.cautions, *placed.dose.cautions), "confirm"))
    if doubts:
        return with_caution(replace(prepared, dose=None), dose_left_out(str(doubts[0])))
    return replace(prepared, dose=replace(placed, cautions=(UNCONFIRMED, *placed.cautions)))


def dose_left_out(why: str) -> Caution:
    """Of a dose that was given and not used."""
    return note("dose_left_out", f"The radiotherapy dose was not used. {why}")


def with_caution(prepared: Prepared, caution: Caution) -> Prepared:
    """With one caution more."""
    return replace(prepared, cautions=(*prepared.cautions, caution))


def usable_alone(prepared: Prepared) -> tuple[Prepared, tuple[Caution, ...]]:
    """What models may see: without a dose that may not be used, which the caution says."""
    if prepared.dose is None or prepared.dose.usable:
        return prepared, ()
    return replace(prepared, dose=None), (UNUSED,)


def dose_figures(prepared: Prepared, lesions: LesionSet, clinical: Clinical, question: str = "") -> DoseFigures | None:
    """Everything said in numbers about the dose; None as long as it may not be used. clinical: of the question;
    question: its id, for volumes that studies refer to."""
    if prepared.dose is None or not prepared.dose.usable:
        return None
    return figures(prepared, lesions, months_since(clinical), question)


def months_since(clinical: Clinical) -> float | None:
    """From radiotherapy or radiosurgery to the scan, as the form has it; None where it is unknown."""
    found = (value for name, value in clinical.items() if name.startswith("months_since_radio"))
    return next((float(one) for one in found if isinstance(one, int | float)), None)


def dose_picture(prepared: Prepared, planning: LoadedSeries | None = None) -> bytes:
    """PNG by which a person accepts or rejects where the dose lies: isodoses and the brain's outline over the reference
    scan, and over the planning scan where the dose came by one. Raises PreparationError where there is no dose."""
    placed = _placed(prepared)
    return dose_quality_picture(prepared, placed, _planning_on_atlas(prepared, placed, planning))


def _planning_on_atlas(prepared: Prepared, placed: PlacedDose, planning: LoadedSeries | None) -> Volume | None:
    """What the dose came by."""
    if placed.path.via != "planning_scan":
        return None
    if planning is not None:
        return resample(planning.volume, prepared.head, placed.to_atlas(prepared.to_atlas))
    frame = placed.dose.volume.frame_of_reference
    return next((one.head for one in prepared.channels.values() if frame and frame_of(one) == frame), None)


def _placed(prepared: Prepared) -> PlacedDose:
    if prepared.dose is None:
        raise PreparationError("Expected a dose on the prepared scan, but there is none; choose one first.")
    return prepared.dose


def _placed_by(prepared: Prepared, dose: Dose, path: DosePath) -> PlacedDose:
    """Not confirmed."""
    on_atlas = resample_known(dose.volume, prepared.head, prepared.to_atlas.after(path.to_scan))
    cautions = (*_path_cautions(dose, path), *_place_cautions(prepared, dose, path, on_atlas))
    return PlacedDose(dose, path, on_atlas, None, cautions)


# What is said of it.


def _path_cautions(dose: Dose, path: DosePath) -> Iterator[Caution]:
    if path.match is not None and not path.match.good:
        yield Caution("dose_match_doubtful", "confirm", f"Planning scan: {path.match.sentence}")
    if not dose.volume.frame_of_reference:
        yield AS_GIVEN
    yield BRAIN_SHIFT


def _place_cautions(prepared: Prepared, dose: Dose, path: DosePath, on_atlas: Volume) -> Iterator[Caution]:
    known = float(np.isfinite(on_atlas.array[prepared.brain_mask.array]).mean())
    if known == 0:
        yield Caution("dose_misses_brain", "stop", "The dose does not reach the brain on this scan.",
                      "Choose the dose of the head, and check the way to the scan.")
        return
    if known < LEAST_KNOWN:
        yield note("dose_part_of_brain", f"The dose is known for {known:.0%} of the brain; volumes of brain are of "
                                         "that part alone.")
    outside = _outside(prepared, dose, path)
    if outside > MOST_OUTSIDE[0]:
        level = "prescription" if dose.prescribed_gy else "highest dose"
        yield Caution("dose_outside_head", "stop" if outside > MOST_OUTSIDE[1] else "confirm",
                      f"{outside:.0%} of the volume inside {HIGH_SHARE:.0%} of the {level} lies outside the head.",
                      "Check that dose, planning scan and scan are of this patient and that the way is right.")


def _outside(prepared: Prepared, dose: Dose, path: DosePath) -> float:
    """The share of the high-dose volume that is outside the head, 0 to 1."""
    array = dose.volume.array
    most = float(np.nanmax(array))
    wanted = HIGH_SHARE * min(dose.prescribed_gy or most, most)
    with np.errstate(invalid="ignore"):
        high = np.argwhere(array >= wanted)
    spread = high[:: max(1, len(high) // 20000)].astype(float)
    brain = prepared.brain_mask
    head = ndimage.distance_transform_edt(~brain.array[::2, ::2, ::2], sampling=2 * brain.spacing) < HEAD_MM
    places = np.rint(brain.to_voxels(prepared.to_atlas.after(path.to_scan).apply(dose.volume.to_mm(spread))) / 2)
    inside = ((places >= 0) & (places < head.shape)).all(axis=1)
    there = np.clip(places, 0, np.array(head.shape) - 1).astype(int)
    return 1.0 - float((inside & head[tuple(there.T)]).mean())
