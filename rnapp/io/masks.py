"""Masks from files: labels of NIfTI, NRRD and MetaImage, DICOM segmentations and RT structure sets."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rnapp.errors import MaskError, StudyError
from rnapp.files import check_file
from rnapp.geometry import (
    SAME_VOXEL,
    empty_grid,
    mask_on_grid,
    match_voxels,
    on_voxels,
    reaches_beyond,
    whole_slices_of,
)
from rnapp.io.dicom_header import DICOM_ERRORS, open_dicom, tag_text
from rnapp.io.dicom_seg import SEGMENTATION_CLASSES, read_segmentation
from rnapp.io.dicom_series import OBJECT_NAMES
from rnapp.io.images import SUFFIXES, is_image_name, named_kind, open_image
from rnapp.io.labels import LabelImage, label_structures, read_labels
from rnapp.io.patients import same_patient
from rnapp.io.rtstruct import STRUCTURE_SET_CLASS, read_structure_set, structures_on
from rnapp.trust.checks.given import mask_cautions
from rnapp.types import MaskFile, Structure, Volume

OFF_VOXELS = ("The voxels of structure {number} of the mask are not those of this scan (drawn on another series, or "
              "moved?); it was placed on the scan's voxels.")
_DAYS = ("StructureSetDate", "ContentDate", "SeriesDate")
_KINDS = f"{', '.join(SUFFIXES)}, a DICOM segmentation or a structure set"


def read_mask(path: Path) -> Volume:
    """The labels of a mask file (.nii, .nii.gz, .nrrd, .mha): int16, 0 is background, on the mask's own grid.

    Raises MaskError for a file that cannot be read, an empty mask, negative or fractional values, or more than
    MAX_MASK_LABELS labels (a scan given as a mask).
    """
    if not is_image_name(path):
        raise MaskError(f"A mask must be one of {', '.join(SUFFIXES)}; save it in one of these formats.")
    labels = _labels(path)
    if len(labels.array) > 1:
        raise MaskError("The mask holds segments in several layers, which may overlap; save it as one label map.")
    return labels.grid.with_array(labels.array[0])


def read_mask_file(path: Path, scan: Volume, frame_of_reference: str = "", patient: str = "",
                   day: str = "") -> MaskFile:
    """The structures of a mask file; at least one of them can be chosen.

    Known by name (.nii, .nii.gz, .nrrd, .mha: on the file's own grid) or, whatever its name, by content: a DICOM
    segmentation or RT structure set, which come as voxels of the scan, inside its field of view.
    scan: the series that is read, any voxels; frame_of_reference: its UID, "" where it has none (NIfTI, NRRD); patient,
    day: its PatientID (or hidden) and date, ISO 8601, "" where it names none.
    Raises MaskError for a file that cannot be read or is no mask, one that was drawn on another scan, and one in which
    nothing can be chosen.
    """
    if is_image_name(path):
        return _choosable(label_structures(_labels(path)))
    header = _dicom_header(path)
    if tag_text(header, "SOPClassUID") in SEGMENTATION_CLASSES:
        file = read_segmentation(path, scan)
        _check_frame("segmentation", file.frame_of_reference, frame_of_reference, whole_slices_of(file.grid, scan))
        file = _on_scan(file, scan)
    else:
        drawn = read_structure_set(path)
        _check_frame("structure set", drawn.frame_of_reference, frame_of_reference, same_slices=False)
        file = structures_on(drawn, scan)
    named = tag_text(header, "PatientID")
    other = bool(named and patient) and not same_patient(patient, named)
    return _choosable(replace(file, cautions=mask_cautions(other, _drawn_on(header), day)))


def _choosable(file: MaskFile) -> MaskFile:
    if not file.choices:
        reasons = " ".join(one.note for one in file.structures[:3]) or "It lists no structures."
        raise MaskError(f"There is nothing in this file that could be a lesion. {reasons}")
    return file


def chosen_mask(file: MaskFile, chosen: Iterable[Structure]) -> Volume:
    """The union of structures of a file, bool, on its grid. Raises MaskError where one of them cannot be chosen."""
    array = np.zeros(file.grid.shape, dtype=bool)
    for structure in chosen:
        if structure.mask is None:
            raise MaskError(structure.note)
        start = np.rint(file.grid.to_voxels(structure.mask.affine[None, :3, 3])[0]).astype(int)
        box = tuple(slice(a, a + length) for a, length in zip(start, structure.mask.shape, strict=True))
        array[box] |= structure.mask.array
    return file.grid.with_array(array)


def named_structures(file: MaskFile, numbers: Collection[int], names: Collection[str]) -> tuple[Structure, ...]:
    """The structures with one of these numbers, or of these names whatever their case; without either, the only one.

    Raises MaskError where a name is missing, none of the numbers is there, or several could be meant.
    """
    listed = ", ".join(f"{one.number} {one.name}" for one in file.choices)
    if not numbers and not names:
        if len(file.choices) > 1:
            raise MaskError(f"The mask has several structures ({listed}); choose which of them make up the lesion.")
        return file.choices
    wanted = {name.strip().casefold(): name.strip() for name in names}
    if missing := sorted(set(wanted) - {one.name.casefold() for one in file.choices}):
        raise MaskError(f"The mask has no structure “{wanted[missing[0]]}” that can be chosen, only {listed}.")
    chosen = tuple(one for one in file.choices if one.number in numbers or one.name.casefold() in wanted)
    if not chosen:
        raise MaskError(f"None of the chosen labels is in the mask, which has {listed}.")
    return chosen


def _dicom_header(path: Path) -> Any:
    """Class, patient and days of a DICOM file that can hold a mask. Raises MaskError for any other file."""
    check_file(path, "a mask", MaskError, named=False)
    try:
        header = open_dicom(path, ("SOPClassUID", "Modality", "PatientID", *_DAYS), pixels=False)
    except DICOM_ERRORS as error:
        raise MaskError(f"A mask must be one of {_KINDS}; save it in one of these formats. {named_kind(path) or ''}"
                        .strip()) from error
    sop_class = tag_text(header, "SOPClassUID")
    if sop_class in SEGMENTATION_CLASSES or sop_class == STRUCTURE_SET_CLASS:
        return header
    modality = tag_text(header, "Modality")
    if modality in ("SEG", "RTSTRUCT"):
        raise MaskError(f"This is {OBJECT_NAMES[modality]} of a kind that cannot be read (one of surfaces, for "
                        "example); export it as a DICOM segmentation of voxels or as contours.")
    what = OBJECT_NAMES.get(modality, f"a DICOM object of kind {modality[:16] or 'unknown'}")
    raise MaskError(f"This is {what}, not a mask; choose a DICOM segmentation or structure set, NIfTI or NRRD.")


def _drawn_on(header: Any) -> str:
    """The day of a mask, ISO 8601, "" where the file names none."""
    day = next((one for tag in _DAYS if len(one := tag_text(header, tag)) == 8 and one.isdigit()), "")
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""


def _check_frame(what: str, actual: str, expected: str, same_slices: bool) -> None:
    """Whether a mask belongs to the scan. actual, expected: frames of reference of the mask and of the series.

    same_slices: whether the mask's voxels are the scan's own, which is trusted where one of them names no frame.
    """
    if actual and expected:
        if actual != expected:
            raise MaskError(f"This {what} was drawn on another scan: its frame of reference is {actual}, but that of "
                            f"the chosen series is {expected}; choose the {what} of this series, or prepare the series "
                            "that it was drawn on.")
    elif not same_slices:
        silent = f"The {what} names no frame of reference" if expected else (
            "The scan names no frame of reference (NIfTI and NRRD never do)")
        exactly = " and the segmentation's voxels are not exactly those of the scan" if what == "segmentation" else ""
        raise MaskError(f"{silent}{exactly}, so whether they belong together is unknown; open the DICOM series "
                        f"that the {what} was drawn on.")


def _on_scan(file: MaskFile, scan: Volume) -> MaskFile:
    """The structures of a segmentation as voxels of the scan: voxel for voxel where they are the scan's own."""
    grid = empty_grid(scan.shape, scan.affine)
    own = whole_slices_of(file.grid, scan)
    off = not own and _off_voxels(file.grid, grid)
    structures = (_moved(one, grid, own) for one in file.structures)
    return MaskFile(tuple(_told(one, OFF_VOXELS.format(number=one.number)) if off and one.mask else one
                          for one in structures), grid, file.frame_of_reference)


def _off_voxels(part: Volume, grid: Volume) -> bool:
    """Whether the voxels of a segmentation are others than the grid's, or go on beyond it."""
    match = match_voxels(part, grid)
    if match is None or match.voxels_apart > SAME_VOXEL:
        return True
    low, high = match.box
    return bool((low < 0).any() or (high >= grid.shape).any())


def _told(structure: Structure, note: str) -> Structure:
    return replace(structure, note=f"{structure.note} {note}".strip())


def _moved(structure: Structure, grid: Volume, own: bool) -> Structure:
    if structure.mask is None:
        return structure
    name = structure.name
    match = match_voxels(structure.mask, grid) if own else None
    mask = mask_on_grid(structure.mask, grid) if match is None else on_voxels(structure.mask, grid, match)
    if mask is None:
        return Structure(structure.number, name, None,
                         f"“{name}” lies outside this scan, or is smaller than one of its voxels.")
    beyond = f"Structure {structure.number} of the mask reaches beyond this scan and was cut off at its edge."
    notes = (structure.note, beyond if not own and reaches_beyond(structure.mask, grid) else "")
    return Structure(structure.number, name, mask, " ".join(note for note in notes if note))


def _labels(path: Path) -> LabelImage:
    try:
        return read_labels(open_image(path))
    except StudyError as error:
        raise MaskError(f"The mask cannot be read: {error}") from error
