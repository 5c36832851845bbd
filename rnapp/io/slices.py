"""The regular volume that a set of planes describes, or the sentence why they describe none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnapp.errors import GeometryError
from rnapp.io.dicom_header import Plane
from rnapp.types import ORTHOGONALITY_TOLERANCE, FloatArray

# Direction cosines and pixel spacings of one series are copies of one another; only text rounding may differ.
SAME_DIRECTION_TOLERANCE = 1e-4
SAME_SPACING_TOLERANCE_MM = 1e-4
# Headers round positions to between 1e-6 and 0.05 mm; a tenth of a millimetre is still far below what registration
# can resolve (0.7 mm).
POSITION_TOLERANCE_MM = 0.1
# Voxels of 16 bits times more than this leave the numbers of single precision; no scanner rescales so.
LARGEST_RESCALE = 1e30
# Slices closer than this are the same slice twice (several echoes, time points or reconstructions).
SAME_POSITION_MM = 0.01
_WHOLE_MM, _ROUNDED_MM = 1e-3, 0.75  # half a millimetre, and what rounding moves their mean by
# Around a missing slice the gap is at least twice the usual one.
GAP_FACTOR = 1.5


@dataclass(frozen=True, eq=False)
class Stack:
    """order: frame numbers from the first to the last slice; affine: 4×4, (column, row, slice) to LPS mm."""

    order: tuple[int, ...]
    affine: FloatArray
    shape: tuple[int, int, int]


def stack_planes(planes: Sequence[Plane]) -> Stack:
    """Sort the planes along their normal and find their affine (PS3.3, section C.7.6.2.1.1).

    Slices run in the direction of row × column, so the axes are always right-handed; the step between slices is
    taken from their positions, never from SliceThickness or SpacingBetweenSlices.
    Raises GeometryError for a single plane, planes that differ in size or direction, slices at the same position,
    missing slices, unequal steps, or a sheared stack.
    """
    if len(planes) < 2:
        raise GeometryError("This series has only one slice with a position, which is not a volume; choose another.")
    row, column = common_directions(planes)
    rescale = np.array([(plane.slope, plane.intercept) for plane in planes])
    if not (np.abs(rescale) <= LARGEST_RESCALE).all():  # a NaN is not either
        raise GeometryError("The rescale slope or intercept of this series is not a number; export the series again.")
    positions = np.array([plane.position for plane in planes])
    if not np.isfinite(positions).all():
        raise GeometryError("The slice positions of this series are damaged; export the series again.")
    normal = np.cross(row, column)
    order = np.argsort(positions @ normal, kind="stable")
    positions = positions[order]
    _check_increments(positions @ normal)
    step = (positions[-1] - positions[0]) / (len(planes) - 1)
    _check_step(positions, step, normal)
    affine = np.eye(4)
    affine[:3, 0] = row * planes[0].spacing[1]
    affine[:3, 1] = column * planes[0].spacing[0]
    affine[:3, 2] = step
    affine[:3, 3] = positions[0]
    rows, columns = planes[0].size
    return Stack(tuple(int(index) for index in order), affine, (columns, rows, len(planes)))


def common_directions(planes: Sequence[Plane]) -> tuple[FloatArray, FloatArray]:
    """The row and column directions that all planes share, unit vectors. Raises GeometryError where they differ."""
    if len({plane.size for plane in planes}) > 1:
        raise GeometryError("The slices of this series differ in their number of rows or columns; export it again.")
    directions = np.array([(*plane.row, *plane.column) for plane in planes])
    if not np.isfinite(directions).all() or np.ptp(directions, axis=0).max() > SAME_DIRECTION_TOLERANCE:
        raise GeometryError("The slices of this series point in different directions (a localiser or a mixed series?); "
                            "choose a series with parallel slices.")
    spacing = np.array([plane.spacing for plane in planes])
    if not (spacing > 0).all() or np.ptp(spacing, axis=0).max() > SAME_SPACING_TOLERANCE_MM:
        raise GeometryError("The slices of this series differ in their pixel size; export the series again.")
    row, column = directions[0, :3], directions[0, 3:]
    lengths = np.array([np.linalg.norm(row), np.linalg.norm(column)])
    if not np.allclose([*lengths, row @ column + 1], 1, atol=ORTHOGONALITY_TOLERANCE):
        raise GeometryError("The orientation of the slices is damaged (rows and columns are not at right angles); "
                            "export the series again.")
    return row / lengths[0], column / lengths[1]


def _check_increments(depths: FloatArray) -> None:
    """depths: sorted positions along the normal, mm."""
    increments = np.diff(depths)
    repeated = int((increments < SAME_POSITION_MM).sum())
    if repeated:
        raise GeometryError(f"{repeated} of {len(depths)} slices are at the same position as another slice (several "
                            "echoes, time points or directions?); choose a series with one image per position.")
    usual = float(np.median(increments))
    gaps = np.flatnonzero(increments > GAP_FACTOR * usual)
    if gaps.size:
        missing = int(np.rint(increments[gaps] / usual - 1).sum())
        raise GeometryError(f"{max(missing, 1)} slice(s) are missing, the first after slice {gaps[0] + 1} of "
                            f"{len(depths)} (a gap of {increments[gaps[0]]:.2f} mm instead of {usual:.2f} mm); "
                            "export the whole series again.")


def _check_step(positions: FloatArray, step: FloatArray, normal: FloatArray) -> None:
    """Whether the slices are stacked upright and evenly."""
    sideways = step - (step @ normal) * normal
    regular = positions[0] + np.arange(len(positions))[:, None] * step
    worst = float(np.linalg.norm(positions - regular, axis=1).max())
    slanted = np.linalg.norm(sideways) > ORTHOGONALITY_TOLERANCE * np.linalg.norm(step)
    if (slanted or worst > POSITION_TOLERANCE_MM) and _only_rounded(positions, normal):
        raise GeometryError("The slice positions of this series are rounded to whole millimetres, which is too coarse "
                            "to place its slices; export the series again from the scanner or the archive.")
    if slanted:
        raise GeometryError("The slices are sheared (gantry tilt?), which would distort the head; "
                            "a series without gantry tilt is needed.")
    if worst > POSITION_TOLERANCE_MM:
        raise GeometryError(f"The slices are unevenly spaced (up to {worst:.2f} mm off); a series with even "
                            "spacing is needed.")


def _only_rounded(positions: FloatArray, normal: FloatArray) -> bool:
    """Whether the positions are whole millimetres of slices that would be upright and evenly stacked."""
    if np.abs(positions - np.rint(positions)).max() > _WHOLE_MM:
        return False
    steps = np.arange(len(positions)) - (len(positions) - 1) / 2
    step = (steps @ (positions @ normal)) / (steps @ steps)
    upright = positions.mean(axis=0) + steps[:, None] * step * normal
    return bool(np.abs(positions - upright).max() <= _ROUNDED_MM)
