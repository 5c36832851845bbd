"""A dose on an image's grid and the dose in structures, as files for physicists and scripts; no case is made."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnapp.dose.dvh import structure_dvh
from rnapp.dose.histogram import StructureDose
from rnapp.errors import InputError, StudyError
from rnapp.files import check_file, try_file, write_files, writing
from rnapp.geometry import IDENTITY, resample_known
from rnapp.io.contours import LARGEST_GAP_MM, usual_gap
from rnapp.io.dicom_header import DICOM_ERRORS, open_dicom, tag_text
from rnapp.io.dicom_volume import read_dicom_volume
from rnapp.io.images import is_image_name, open_image
from rnapp.io.patients import same_patient
from rnapp.io.rt_read import UNASKED, Answers
from rnapp.io.rt_registration import read_links
from rnapp.io.rtstruct import Drawn, StructureSet, read_structure_set
from rnapp.io.study import read_study
from rnapp.io.volumes import nifti_bytes
from rnapp.pipeline.study import load_dose
from rnapp.private import private_folder
from rnapp.types import (
    Caution,
    Dose,
    FrameLink,
    ProgressCallback,
    Series,
    SimilarityTransform,
    Study,
    Volume,
    no_progress,
    note,
)

COLUMNS = ("number", "structure", "volume_ml", "unknown_percent", "mean_gy", "min_gy", "max_gy", "d95_gy", "d50_gy",
           "d2_gy", "d0.03cc_gy", "note")
_TRIAL_BYTES = 1024 * 1024
NO_FRAME = Caution(
    "image_without_frame", "confirm", "The dose or the image names no frame of reference (NIfTI and NRRD never do), so "
    "the dose was put where its coordinates are in the image.", "Check that they belong together.")
UNUSED_REGISTRATION = note(
    "registration_unused", "Dose and image have the same frame of reference, so the registration was not used.")
STRUCTURES_WITHOUT_FRAME = Caution(
    "structures_without_frame", "confirm", "The structure set or the dose names no frame of reference, so the "
    "structures were taken where their coordinates are.", "Check that they belong together.")


@dataclass(frozen=True)
class DoseRequest:
    """doses: folders, zips and files with the dose (and its plan); like: the image whose grid is wanted; out: .nii.gz.
    series: uid of the dose, None where there is only one. registration: a REG file. structures, dvh: a structure set
    and the table to write, both or neither. answers: what the dose files leave open."""

    doses: tuple[Path, ...]
    like: Path
    out: Path
    series: str | None = None
    registration: Path | None = None
    structures: Path | None = None
    dvh: Path | None = None
    answers: Answers = UNASKED


@dataclass(frozen=True, eq=False)
class ExportedDose:
    """dose: on its own grid; on_image: Gy, float32, NaN where unknown; rows: of the table, one per structure."""

    dose: Dose
    on_image: Volume
    rows: tuple[tuple[str, ...], ...] = ()
    cautions: tuple[Caution, ...] = ()

    @property
    def said(self) -> str:
        """One line of what was written."""
        values = self.on_image.array
        known = np.isfinite(values)
        return (f"{float(values[known].min()):.2f} to {float(values[known].max()):.2f} Gy; {known.mean():.0%} of the "
                f"image's voxels have a dose.")


def export_dose(request: DoseRequest, progress: ProgressCallback = no_progress) -> ExportedDose:
    """Write the dose on the image's grid, and the table; both or neither. Raises InputError where something cannot be
    read, belongs to another patient, or does not lead to the image."""
    _check(request)
    with private_folder() as workspace:
        progress("Reading the dose", 0.0)
        study, series = _dose_series(request, workspace)
        answers = request.answers
        dose = load_dose(study, series.uid, answers.relative_gy, answers.fractions, answers.complete)
        progress("Reading the image", 0.3)
        grid, patient = _grid(request.like, workspace)
    _same_patient(patient, series.patient, "image")
    links = read_links(request.registration) if request.registration else ()
    to_image, cautions = _way(dose.volume.frame_of_reference, grid.frame_of_reference, links)
    progress("Putting the dose on the image", 0.5)
    on_image = resample_known(dose.volume, grid, to_image)
    if not np.isfinite(on_image.array).any():
        raise StudyError("The dose does not reach the image, so they do not belong together, or a registration is "
                         "missing; choose the image that the dose was planned on, or add the registration.")
    rows: tuple[tuple[str, ...], ...] = ()
    if request.structures and request.dvh:
        progress("Adding up the dose in the structures", 0.7)
        rows, more = _table(request.structures, dose, series.patient, grid.frame_of_reference, to_image)
        cautions = (*cautions, *more)
    progress("Writing", 0.9)
    _write(request, on_image, rows)
    return ExportedDose(dose, on_image, rows, tuple(dict.fromkeys((*dose.cautions, *cautions))))


def _check(request: DoseRequest) -> None:
    """Before anything is read: what was asked for can be written."""
    if not request.out.name.lower().endswith(".nii.gz"):
        raise InputError(f"Expected a name that ends in .nii.gz for the dose, but got {request.out.suffix or 'none'}.")
    if (request.structures is None) != (request.dvh is None):
        raise InputError("Expected a structure set and a table to write (--structures and --dvh), but got one of them; "
                         "give both or neither.")
    if request.dvh and request.dvh.resolve() == request.out.resolve():
        raise InputError("Expected two files to write, but the dose and the table have the same name.")
    for path, what in ((request.registration, "a registration"), (request.structures, "a structure set")):
        if path:
            check_file(path, what)
    for out in (request.out, request.dvh):
        if out:
            try_file(out, _TRIAL_BYTES)


# What is read.


def _dose_series(request: DoseRequest, workspace: Path) -> tuple[Study, Series]:
    """Raises StudyError where it is not clear which dose is meant."""
    study = read_study(request.doses, workspace)
    if not study.series:
        raise StudyError(str(study.cautions[-1]))
    if request.series:
        found = study.find(request.series)
        if found is None:
            raise StudyError("None of the given files has the dose with this uid; give one that rnapp inspect lists.")
        return study, found
    doses = [one for one in study.series if one.kind == "dose"]
    images = [one for one in study.series if one.modality == ""]
    if not doses and len(images) == 1 == len(study.series):
        return study, images[0]
    if len(doses) != 1:
        listed = "; ".join(f"{one.uid} ({', '.join(one.facts)})" for one in doses[:8])
        raise StudyError(f"Expected one dose, but found {len(doses)}{f': {listed}' if listed else ''}; "
                         f"{'give --series UID' if doses else 'give the dose files'}.")
    return study, doses[0]


def _grid(like: Path, workspace: Path) -> tuple[Volume, str]:
    """The grid of an image file or of the only DICOM series, in its frame of reference, and its patient's ID."""
    if is_image_name(like):
        return open_image(like).grid, ""
    series = [one for one in read_study([like], workspace).series if one.kind != "dose" and min(one.shape) > 1
              and min(one.spacing) > 0]
    if len(series) != 1:
        raise StudyError(f"Expected one image for the grid, but found {len(series)}; give the folder of one series, or "
                         "a NIfTI file.")
    (one,) = series
    volume = open_image(one.files[0]).grid if is_image_name(one.files[0]) else read_dicom_volume(one.files)
    return Volume(np.broadcast_to(np.False_, volume.shape), volume.affine, one.frame_of_reference), one.patient


def _same_patient(patient: str, expected: str, what: str) -> None:
    """expected: of the dose; "" is unknown."""
    if patient and expected and not same_patient(patient, expected):
        raise StudyError(f"The {what} and the dose belong to different patients (by their IDs); choose those of one "
                         "patient.")


def _way(source: str, target: str, links: Sequence[FrameLink]) -> tuple[SimilarityTransform, tuple[Caution, ...]]:
    """The dose's LPS mm → the image's, by the frames of reference that they name. Raises StudyError where none is
    known."""
    if source and source == target:
        return IDENTITY, (UNUSED_REGISTRATION,) if links else ()
    fitting = [link for link in links if link.source == source and link.target == target]
    # An image without a frame is where the registration leads.
    fitting = fitting or [link for link in links if not target and link.source == source]
    if links and len(fitting) != 1:
        raise StudyError("The registration does not lead from the dose's frame of reference to the image's; give the "
                         "one between them.")
    if fitting:
        return fitting[0].to_target, () if target else (NO_FRAME,)
    if source and target:
        raise StudyError("The dose and the image have different frames of reference; give the registration between "
                         "them (--registration).")
    return IDENTITY, (NO_FRAME,)


# The table.


def _table(path: Path, dose: Dose, patient: str, image_frame: str,
           to_image: SimilarityTransform) -> tuple[tuple[tuple[str, ...], ...], tuple[Caution, ...]]:
    """One row for each structure, in the order of the set."""
    _same_patient(_patient_of(path), patient, "structure set")
    drawn = read_structure_set(path)
    to_dose, cautions = _structures_to_dose(drawn, dose.volume.frame_of_reference, image_frame, to_image)
    gap = usual_gap([one.stack for one in drawn.structures if one.stack])
    thick = gap if gap <= LARGEST_GAP_MM else None
    return tuple(_row(one, dose.volume, to_dose, thick) for one in drawn.structures), cautions


def _patient_of(path: Path) -> str:
    try:
        return tag_text(open_dicom(path, ("PatientID",), pixels=False), "PatientID")
    except DICOM_ERRORS as error:
        raise StudyError("The structure set is no DICOM file, or damaged; export it again.") from error


def _structures_to_dose(drawn: StructureSet, dose_frame: str, image_frame: str,
                        to_image: SimilarityTransform) -> tuple[SimilarityTransform, tuple[Caution, ...]]:
    """Structures drawn on the planning scan are in the dose's frame, those drawn on the image in the image's."""
    frame = drawn.frame_of_reference
    if frame and frame == dose_frame:
        return IDENTITY, ()
    if frame and frame == image_frame:
        return to_image.inverse(), ()
    if frame and dose_frame:
        raise StudyError("The structure set is in another frame of reference than the dose and the image; give the one "
                         "that was drawn for this plan or on this image.")
    return IDENTITY, (STRUCTURES_WITHOUT_FRAME,)


def _row(drawn: Drawn, dose: Volume, to_dose: SimilarityTransform, gap_mm: float | None) -> tuple[str, ...]:
    if drawn.stack is None:
        return (str(drawn.number), drawn.name, *("" for _ in COLUMNS[2:-1]), drawn.note)
    found = structure_dvh(dose, drawn.stack, to_dose, gap_mm)
    return (str(drawn.number), drawn.name, f"{found.volume_ml:.3f}", f"{100 * found.unknown_share:.1f}",
            *_figures(found), _said(found))


def _figures(found: StructureDose) -> list[str]:
    """Gy; nothing where no dose is known."""
    figures = (found.mean_gy, found.least_gy, found.most_gy, found.d95_gy, found.d50_gy, found.d2_gy, found.hottest_gy)
    return [f"{one:.3f}" if np.isfinite(one) else "" for one in figures]


def _said(found: StructureDose) -> str:
    if found.unknown_share >= 1:
        return "The dose is not known anywhere in this structure."
    return "The figures are of the part with a known dose." if found.unknown_share > 0.0005 else ""


def _write(request: DoseRequest, on_image: Volume, rows: Sequence[Sequence[str]]) -> None:
    files = {str(request.out.absolute()): nifti_bytes(on_image, "dose, Gy")}
    if request.dvh:
        table = io.StringIO(newline="")
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
        files[str(request.dvh.absolute())] = table.getvalue().encode("utf-8", "backslashreplace")
    with writing(request.out):
        write_files(request.out.parent, files)
