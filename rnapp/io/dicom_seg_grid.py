"""The common grid of the frames of a DICOM segmentation, and the segments that do not fit it."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from rnapp.errors import GeometryError
from rnapp.geometry import empty_grid, whole_slices_of
from rnapp.io.dicom_header import Plane
from rnapp.io.slices import POSITION_TOLERANCE_MM, common_directions
from rnapp.limits import MAX_VOXELS
from rnapp.types import FloatArray, Volume

_LEAST_STEP = 0.75  # of the distance that the file says
_UNEQUAL = "Its slices are unevenly spaced; export it again on the scan's own slices."
_OUTSIDE = "its images do not form one stack with the others. {reason}"


def in_one_stack(frames: Sequence[Plane | None], owners: Sequence[int], hints: tuple[float, float],
                 scan: Volume) -> tuple[list[Plane | None], dict[int, str]]:
    """The frames without those of segments that fit no grid together with the others, and why these do not.

    All frames stay if they fit, and also if no segment does. owners: the segment of each frame.
    """
    counts = Counter(owners)
    if len(counts) < 2 or _misfit([plane for plane in frames if plane], hints, scan) is None:
        return list(frames), {}
    kept: set[int] = set()
    misplaced = {}
    # Those with the most frames are the most reliable.
    for number, _ in counts.most_common():
        planes = [plane for plane, owner in zip(frames, owners, strict=True) if plane and owner in {*kept, number}]
        if reason := _misfit(planes, hints, scan):
            misplaced[number] = _OUTSIDE.format(reason=reason)
        else:
            kept.add(number)
    if not kept:
        return list(frames), {}
    return [plane if owner in kept else None for plane, owner in zip(frames, owners, strict=True)], misplaced


def _misfit(planes: Sequence[Plane], hints: tuple[float, float], scan: Volume) -> str | None:
    """Why the planes fit no grid; None if they do, or if there are none."""
    try:
        if planes:
            seg_grid(planes, hints, scan)
    except GeometryError as error:
        return str(error)
    return None


def seg_grid(planes: Sequence[Plane], hints: tuple[float, float], scan: Volume) -> tuple[Volume, list[int]]:
    """The grid from the first frame to the last, with the slices that the file leaves out, and each frame's slice.

    Raises GeometryError where the frames fit no regular grid.
    """
    row, column = common_directions(planes)
    normal = np.cross(row, column)
    positions = np.array([plane.position for plane in planes])
    if not np.isfinite(positions).all():
        raise GeometryError("The slice positions are damaged; export it again.")
    depths = (positions - positions[0]) @ normal
    sideways = positions - positions[0] - depths[:, None] * normal
    if np.linalg.norm(sideways, axis=1).max() > POSITION_TOLERANCE_MM:
        raise GeometryError("The slices are sheared against one another; export it again on the scan's own "
                            "slices.")
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([row * planes[0].spacing[1], column * planes[0].spacing[0], normal])
    affine[:3, 3] = positions[int(np.argmin(depths))]
    rows, columns = planes[0].size
    depths -= depths.min()
    between, thickness = hints
    along = float(scan.spacing[int(np.argmax(np.abs(normal @ (scan.affine[:3, :3] / scan.spacing))))])
    if _fits(depths, between):
        grid = _stacked(affine, (columns, rows), depths, between)
    elif not (_fits(depths, along)
              and whole_slices_of(grid := _stacked(affine, (columns, rows), depths, along), scan)):
        step = _smallest_step(depths, thickness or along)
        # A frame between two slices would make thin slices of all, and so small volumes.
        if step < _LEAST_STEP * between:
            raise GeometryError(_UNEQUAL)
        grid = _stacked(affine, (columns, rows), depths, step)
    return grid, np.rint(depths / grid.spacing[2]).astype(int).tolist()


def _stacked(affine: FloatArray, size: tuple[int, int], depths: FloatArray, step: float) -> Volume:
    """The grid whose slices are one step apart. affine: with a step of 1 mm; depths: from the first slice, mm."""
    count = int(np.rint(depths.max() / step)) + 1
    if float(size[0]) * size[1] * count > MAX_VOXELS:
        raise GeometryError(f"It has more than {MAX_VOXELS // 1_000_000} million voxels, which is more than a head "
                            "scan; export it on the scan's own slices.")
    return empty_grid((*size, count), affine @ np.diag([1.0, 1.0, step, 1.0]))


def _fits(depths: FloatArray, step: float) -> bool:
    """Whether all depths are multiples of the step, mm, within what headers round."""
    if step <= 0:
        return False
    off = np.abs(depths - np.rint(depths / step) * step).max()
    return bool(off <= min(POSITION_TOLERANCE_MM, step / 10))


def _smallest_step(depths: FloatArray, alone: float) -> float:
    """The smallest distance between two slices, mm, if all others are multiples of it. alone: for a single slice."""
    gaps = np.diff(np.sort(depths))
    gaps = gaps[gaps > POSITION_TOLERANCE_MM]
    if not gaps.size:
        return alone
    # Positions may be rounded; the mean step is more reliable than the smallest.
    step = float(gaps.sum() / np.rint(gaps / gaps.min()).sum())
    if not _fits(depths, step):
        raise GeometryError(_UNEQUAL)
    return step
