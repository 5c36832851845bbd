"""DICOM RT structure sets (PS3.3, A.19): the structures drawn in them, in the patient's millimetres."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnapp.errors import MaskError
from rnapp.geometry import empty_grid
from rnapp.io.contours import Filled, Stack, fill, skipped_planes, stack_contours, usual_gap
from rnapp.io.dicom_header import DICOM_ERRORS, open_dicom, tag_name, tag_number, tag_text
from rnapp.io.dicom_stream import check_complete
from rnapp.types import FloatArray, MaskFile, Structure, Volume

STRUCTURE_SET_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
_TAGS = ("FrameOfReferenceUID", "ReferencedFrameOfReferenceSequence", "StructureSetROISequence", "ROIContourSequence")
_CONTOUR_DATA = 0x30060050
# Both are closed; the second is newer and means what most programs always meant by the first: inner ones are holes.
_CLOSED = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})
_LEAST_POINTS = 3
_NO_NUMBER = -1
_FARTHEST_MM = 10_000.0  # distance of a point from the scanner's centre; more is damage
_DAMAGED = "The structure set is cut short or damaged; export it again."


@dataclass(frozen=True, eq=False)
class Drawn:
    """One structure. stack: its closed contours, None where it has none that enclose anything; note: why not."""

    number: int
    name: str
    stack: Stack | None
    note: str = ""


@dataclass(frozen=True, eq=False)
class StructureSet:
    """structures: in the order of the file. frame_of_reference: "" where the file names none."""

    structures: tuple[Drawn, ...]
    frame_of_reference: str


def read_structure_set(path: Path) -> StructureSet:
    """The closed contours of a structure set; contours stay in millimetres until the scan they belong to is known.

    Raises MaskError for a damaged file and for one that draws in several frames of reference.
    """
    try:
        dataset = open_dicom(path, _TAGS, pixels=False)
        check_complete(dataset)
        contours: dict[int, list[Any]] = defaultdict(list)
        for item in dataset.get("ROIContourSequence") or ():
            contours[_number(item, "ReferencedROINumber")].extend(item.get("ContourSequence") or ())
        items = list(dataset.get("StructureSetROISequence") or ())
        numbers = [_number(item, "ROINumber") for item in items]
        structures = tuple(_drawn(item, number, contours.get(number, ()), numbers.count(number))
                           for item, number in zip(items, numbers, strict=True))
        frames = {frame for item, number in zip(items, numbers, strict=True) if contours.get(number)
                  and (frame := tag_text(item, "ReferencedFrameOfReferenceUID"))}
    except DICOM_ERRORS as error:
        raise MaskError(_DAMAGED) from error
    if not frames:
        frames = {frame for item in (dataset, *(dataset.get("ReferencedFrameOfReferenceSequence") or ()))
                  if (frame := tag_text(item, "FrameOfReferenceUID"))}
    if len(frames) > 1:
        raise MaskError(f"The structures of this set lie in {len(frames)} different frames of reference; export only "
                        "those that were drawn on the MR series.")
    return StructureSet(structures, "".join(frames))


def structures_on(drawn: StructureSet, scan: Volume) -> MaskFile:
    """The structures as voxels of the scan, which must share their frame of reference (the caller checks)."""
    gap = usual_gap([one.stack for one in drawn.structures if one.stack])
    grid = empty_grid(scan.shape, scan.affine)
    return MaskFile(tuple(_structure(one, grid, gap) for one in drawn.structures), grid, drawn.frame_of_reference)


def _number(item: Any, keyword: str) -> int:
    """_NO_NUMBER where the file has none that could be one."""
    number = tag_number(item, keyword)
    return _NO_NUMBER if number is None else int(number)


def _drawn(item: Any, number: int, contours: Sequence[Any], same: int) -> Drawn:
    """same: how many structures have this number, by which the file says whose contours are whose. A structure that
    cannot be used is listed with the reason and does not stop the others."""
    name = tag_name(item, "ROIName") or f"Structure {number}"
    if number == _NO_NUMBER or same > 1:
        return Drawn(number, name, None, f"“{name}” cannot be used: its number is missing or used twice.")
    try:
        closed = [points for contour in contours if tag_text(contour, "ContourGeometricType").upper() in _CLOSED
                  and len(points := _points(contour)) >= _LEAST_POINTS]
        stack = stack_contours(closed)
    except MaskError as error:
        return Drawn(number, name, None, f"“{name}” cannot be used: {error}")
    except DICOM_ERRORS:
        return Drawn(number, name, None, f"“{name}” cannot be used: its contours are damaged; export it again.")
    return Drawn(number, name, stack, "" if stack else f"“{name}” has no closed contours.")


def _points(contour: Any) -> FloatArray:
    """Shape (N, 3), LPS mm. Raises ValueError where there are not as many as announced, or not all are numbers."""
    # Files hold millions of these numbers; pydicom's own conversion takes ten times as long.
    element = contour.get_item(_CONTOUR_DATA)
    value = b"" if element is None else element.value
    texts = value.decode("ascii").strip(" \0").split("\\") if isinstance(value, bytes) else value
    points = np.array([text for text in texts if text != ""], dtype=np.float64)
    announced = tag_number(contour, "NumberOfContourPoints")
    if points.size % 3 or not (np.abs(points) <= _FARTHEST_MM).all() or announced not in (None, points.size / 3):
        raise ValueError(f"{points.size} coordinates, but {announced} points are announced")
    return points.reshape(-1, 3)


def _structure(drawn: Drawn, scan: Volume, gap: float) -> Structure:
    if drawn.stack is None:
        return Structure(drawn.number, drawn.name, None, drawn.note)
    points = scan.to_voxels(drawn.stack.points)
    low, high = points.min(axis=0), points.max(axis=0)
    if (high < -0.5).any() or (low > np.array(scan.shape) - 0.5).any():
        return Structure(drawn.number, drawn.name, None, f"“{drawn.name}” lies outside this scan.")
    filled = fill(drawn.stack, scan, gap)
    if filled.mask is None:
        return Structure(drawn.number, drawn.name, None, f"“{drawn.name}” is smaller than a voxel of this scan.")
    cut = (low < -0.5).any() or (high > np.array(scan.shape) - 0.5).any()
    note = _note(drawn.number, filled, bool(cut), skipped_planes(drawn.stack))
    return Structure(drawn.number, drawn.name, filled.mask, note)


def _note(number: int, filled: Filled, cut: bool, skipped: int) -> str:
    """Notes on how contours became voxels."""
    notes = []
    if filled.slices == 0:
        notes.append(f"The contours of structure {number} do not lie in the slices of this scan (drawn on another "
                     f"series?); they were moved to its voxels, each {filled.thickness:.1f} mm thick.")
    elif filled.slices > 1:
        notes.append(f"Structure {number} is not drawn on every slice; each of its contours was taken as "
                     f"{filled.thickness:.1f} mm thick.")
    if skipped:
        slices = "1 slice" if skipped == 1 else f"{skipped} slices"
        notes.append(f"Structure {number} has no contour on {slices} between its first and its last; check that none "
                     "is missing.")
    if cut:
        notes.append(f"Structure {number} of the mask reaches beyond this scan and was cut off at its edge.")
    return " ".join(notes)


def structure_names(path: Path) -> dict[int, str]:
    """Number → name of the structures of a set; none where it cannot be read."""
    try:
        items = open_dicom(path, ("StructureSetROISequence",), pixels=False).get("StructureSetROISequence") or ()
        return {number: tag_name(item, "ROIName") for item in items
                if (number := _number(item, "ROINumber")) != _NO_NUMBER}
    except DICOM_ERRORS:
        return {}
