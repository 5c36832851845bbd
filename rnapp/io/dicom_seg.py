"""DICOM segmentations (PS3.3, A.51 and A.99): binary, fractional and label map, on their own grid.

Read with pydicom and this program's own geometry: highdicom reads the whole header, the patient's name included,
refuses files without all coded terms, and cannot be told which slices the scan has.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.pixels import iter_pixels

from rnapp.errors import GeometryError, MaskError
from rnapp.geometry import cut_out
from rnapp.io.decoding import Packed, decode_files, is_packed
from rnapp.io.dicom_header import (
    DICOM_ERRORS,
    GEOMETRY_TAGS,
    PIXEL_TAGS,
    frame_planes,
    open_dicom,
    slice_measures,
    tag_name,
    tag_number,
    tag_text,
)
from rnapp.io.dicom_seg_grid import in_one_stack, seg_grid
from rnapp.io.dicom_stream import check_complete
from rnapp.limits import MAX_VOXELS
from rnapp.types import Array, MaskFile, Structure, Volume

SEGMENTATION_CLASSES = frozenset({"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"})
_TAGS = (*GEOMETRY_TAGS, *PIXEL_TAGS, "FrameOfReferenceUID", "SegmentationType", "SegmentSequence",
         "MaximumFractionalValue", "PixelPaddingValue")
# Every segment has frames of its own: forty organs in 200 slices of 512×512 are 2,000 million voxels, one bit each.
MAX_FRAME_VOXELS = 20 * MAX_VOXELS
_DAMAGED = ("The DICOM segmentation is cut short, damaged or packed in an unknown way; export it again without "
            "compression.")
_NO_PLACE = "the file does not say where some of its images lie in the patient; export it again."
_MOST_LISTED = 5
_HALVED = ("Structure {number} of the mask is stored as fractions (probabilities or partial volumes); voxels of one "
           "half or more were included.")


@dataclass(frozen=True, eq=False)
class _Patch:
    """What a segment has in one frame. inside: bool, shape (rows, columns); corner: its first slice, row, column."""

    inside: Array
    corner: tuple[int, int, int]


def read_segmentation(path: Path, scan: Volume) -> MaskFile:
    """The segments of a DICOM segmentation on its own grid, where empty slices may be missing from the file.

    scan: the grid it may have been drawn on; gives the slice spacing if the file does not. Fractions of one half or
    more count as inside. Raises MaskError for a damaged file, frames without a place, or slices at unequal distances.
    """
    try:
        dataset = open_dicom(path, _TAGS, pixels=True)
        check_complete(dataset)
        names = _names(dataset)
        owners = _owners(dataset)
        placed, hints = frame_planes(dataset), slice_measures(dataset)
    except DICOM_ERRORS as error:
        raise MaskError(_DAMAGED) from error
    stacked, misplaced = in_one_stack(placed, owners, hints, scan)
    planes = [plane for plane in stacked if plane is not None]
    # Every voxel of a label map names its own segment: a frame without a position may contain any of them.
    if not planes or (not owners and len(planes) < len(stacked)):
        raise MaskError("The DICOM segmentation does not say where its images lie in the patient; export it again as a "
                        "segmentation of the MR series.")
    try:
        grid, known = seg_grid(planes, hints, scan)
    except GeometryError as error:
        raise MaskError(f"The DICOM segmentation cannot be placed: {error}") from error
    voxel_slices = iter(known)
    slices = [None if plane is None else next(voxel_slices) for plane in stacked]
    try:
        patches = _patches(dataset, owners, slices, _frames(path, dataset, len(slices)))
    except DICOM_ERRORS as error:
        raise MaskError(_DAMAGED) from error
    fractional = tag_text(dataset, "SegmentationType").upper() == "FRACTIONAL"
    lost = {owners[number] for number, plane in enumerate(stacked) if plane is None}
    numbers = dict.fromkeys([*names, *sorted({*patches, *lost})])
    structures = tuple(_structure(number, names.get(number, f"Segment {number}"), patches.get(number, []), grid,
                                  fractional) if number not in lost
                       else _without_place(number, names, misplaced.get(number, _NO_PLACE)) for number in numbers)
    if unlisted := sorted({*patches, *owners} - {*names}):
        structures = tuple(_perhaps_incomplete(structure, unlisted)
                           if structure.mask and structure.number in names else structure
                           for structure in structures)
    return MaskFile(structures, grid, tag_text(dataset, "FrameOfReferenceUID"))


def _without_place(number: int, names: Mapping[int, str], reason: str) -> Structure:
    name = names.get(number, f"Segment {number}")
    return Structure(number, name, None, f"“{name}” cannot be used: {reason}")


def _perhaps_incomplete(structure: Structure, unlisted: Sequence[int]) -> Structure:
    listed = ", ".join(map(str, unlisted[:_MOST_LISTED]))
    note = (f"Some images of the file name a segment that it does not list ({listed}); the outline of structure "
            f"{structure.number} may be incomplete.")
    return replace(structure, note=f"{structure.note} {note}".strip())


def _names(dataset: Any) -> dict[int, str]:
    """Segment number → label, without the background that a label map may list."""
    segments = ((tag_number(item, "SegmentNumber"), item) for item in dataset.SegmentSequence)
    return {int(number): tag_name(item, "SegmentLabel") or f"Segment {int(number)}"
            for number, item in segments if number is not None and int(number) != _background(dataset)}


def _background(dataset: Any) -> int:
    """The value of a label map that is no segment; the others number their segments from 1."""
    padding = tag_number(dataset, "PixelPaddingValue")
    return int(padding) if _is_label_map(dataset) and padding is not None else 0


def _is_label_map(dataset: Any) -> bool:
    return tag_text(dataset, "SegmentationType").upper() == "LABELMAP"


def _owners(dataset: Any) -> list[int]:
    """The segment number of each frame; none for a label map, whose voxels say it."""
    if _is_label_map(dataset):
        return []
    shared = list(dataset.get("SharedFunctionalGroupsSequence") or [])
    return [next(int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
                 for group in (frame, *shared) if group.get("SegmentIdentificationSequence"))
            for frame in dataset.PerFrameFunctionalGroupsSequence]


def _patches(dataset: Any, owners: Sequence[int], slices: Sequence[int | None],
             frames: Iterator[Array]) -> dict[int, list[_Patch]]:
    """Segment number → its non-empty frames that have a place. Raises one of DICOM_ERRORS."""
    kind = tag_text(dataset, "SegmentationType").upper()
    if kind not in ("BINARY", "FRACTIONAL", "LABELMAP"):
        raise ValueError(f"unknown segmentation type {kind}")
    size = int(dataset.Rows), int(dataset.Columns)
    half = float(dataset.MaximumFractionalValue) / 2 if kind == "FRACTIONAL" else 0.5
    patches: dict[int, list[_Patch]] = defaultdict(list)
    count = 0
    for frame in frames:
        if frame.shape != size or count == len(slices):
            raise ValueError(f"decoded a frame of {frame.shape}, but the header announces {len(slices)} of {size}")
        parts = (_labels(frame, _background(dataset)) if kind == "LABELMAP"
                 else iter([(owners[count], frame >= half)]))
        for number, inside in parts:
            if (position := slices[count]) is not None and (patch := _patch(inside, position)) is not None:
                patches[number].append(patch)
        count += 1
    if count != len(slices):
        raise ValueError(f"decoded {count} frames, but the header announces {len(slices)}")
    return patches


def _frames(path: Path, dataset: Any, count: int) -> Iterator[Array]:
    """The stored values of each frame, shape (rows, columns), one at a time where no decoder in C is needed."""
    shape = count, int(dataset.Rows), int(dataset.Columns)
    if min(shape) < 1 or math.prod(shape) > MAX_FRAME_VOXELS:
        raise ValueError(f"the header announces {shape} voxels")
    if is_packed(dataset):
        if math.prod(shape) > MAX_VOXELS:
            raise ValueError(f"the header announces {shape} voxels")
        yield from decode_files([Packed(path, shape)])[0]
        return
    syntax = dataset.file_meta.TransferSyntaxUID
    if int(dataset.BitsAllocated) != 1 or syntax.is_encapsulated or not syntax.is_little_endian:
        yield from iter_pixels(dataset)
        return
    # Eight voxels in a byte; pydicom 3.0 fails where frames do not end on whole bytes (PS3.5, 8.1.1).
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    packed, length = np.frombuffer(dataset.PixelData, dtype=np.uint8), rows * columns
    if packed.size * 8 < count * length:
        raise ValueError(f"{packed.size} bytes are too few for {count} frames")
    for start in range(0, count * length, length):
        bits = np.unpackbits(packed[start // 8:(start + length + 7) // 8], bitorder="little")
        yield bits[start % 8:start % 8 + length].reshape(rows, columns)


def _labels(frame: Array, background: int) -> Iterator[tuple[int, Array]]:
    for value in np.unique(frame):
        if value != background:
            yield int(value), frame == value


def _patch(inside: Array, number: int) -> _Patch | None:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not rows.size:
        return None
    box = np.array(inside[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1])
    return _Patch(box, (number, int(rows[0]), int(columns[0])))


def _structure(number: int, name: str, patches: Sequence[_Patch], grid: Volume, fractional: bool) -> Structure:
    """The patches of a segment, joined; several at one position are merged."""
    if not patches:
        return Structure(number, name, None, f"“{name}” is empty.")
    low = np.array([patch.corner for patch in patches]).min(axis=0)[::-1]
    high = np.array([np.add(patch.corner, (1, *patch.inside.shape)) for patch in patches]).max(axis=0)[::-1] - 1
    box = cut_out(grid, low, high)
    if box is None:
        raise MaskError(_DAMAGED)
    array = np.zeros(box.shape, dtype=bool)
    for patch in patches:
        k, row, column = (int(value) for value in np.array(patch.corner) - low[::-1])
        rows, columns = patch.inside.shape
        array[column:column + columns, row:row + rows, k] |= patch.inside.T
    return Structure(number, name, box.with_array(array), _HALVED.format(number=number) if fractional else "")
