"""Volumes to SimpleITK images and back, and resampling between grids: the only place where axes are turned.

What comes out has the frame of reference of the grid that it is on.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from rnapp.types import Array, FloatArray, SimilarityTransform, Volume

Interpolation = Literal["linear", "nearest", "bspline"]
_INTERPOLATORS = {"linear": sitk.sitkLinear, "nearest": sitk.sitkNearestNeighbor, "bspline": sitk.sitkBSpline}

# Half a voxel of stairs, seen through about as much smoothing; thin parts stay above the lower cut.
DRAWN_SMOOTHING, DRAWN_CUTS = 0.7, (0.3, 0.5)
# Positions of two decimals put a voxel up to about a twentieth of itself from where another program has it.
SAME_VOXEL = 0.1
_BESIDE = 1e-3  # of a mask's voxel: far below what headers round
# How much the known voxels around a place must weigh. Rounding leaves a point on the border of its own grid a little
# outside; and an unknown voxel, taken for 0, may not change 200 Gy by more than 0.02 Gy.
WHOLLY_KNOWN = 1 - 1e-4
IntArray = NDArray[np.integer[Any]]
IDENTITY = SimilarityTransform(np.eye(4))


def to_sitk(volume: Volume) -> sitk.Image:
    """A SimpleITK image with the same voxels and place; SimpleITK's arrays are indexed (k, j, i)."""
    array = volume.array.astype(np.uint8) if volume.array.dtype == np.bool_ else volume.array
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
    spacing = volume.spacing
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(volume.affine[:3, 3].tolist())
    image.SetDirection(_nearest_rotation(volume.affine[:3, :3] / spacing).ravel().tolist())
    return image


def from_sitk(image: sitk.Image, frame_of_reference: str = "") -> Volume:
    """The Volume of a three-dimensional SimpleITK image, which knows no frame of reference itself. Raises GeometryError
    for any other dimension."""
    affine = np.eye(4)
    if image.GetDimension() == 3:
        affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
        affine[:3, 3] = image.GetOrigin()
    return Volume(np.ascontiguousarray(sitk.GetArrayViewFromImage(image).T), affine, frame_of_reference)


def to_lps(volume: Volume) -> Volume:
    """The same voxels reordered so that the axes run closest to left, posterior, superior; nothing is resampled."""
    return from_sitk(sitk.DICOMOrient(to_sitk(volume), "LPS"), volume.frame_of_reference)


def about_its_middle(volume: Volume) -> tuple[Volume, SimilarityTransform]:
    """The same voxels in a world whose origin is their middle, whatever their own header says of their position, and
    the way there (a shift, LPS mm)."""
    affine, shift = volume.affine.copy(), np.eye(4)
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(volume.shape) - 1) / 2)
    shift[:3, 3] = affine[:3, 3] - volume.affine[:3, 3]
    return Volume(volume.array, affine), SimilarityTransform(shift)


def sitk_transform(transform: SimilarityTransform) -> sitk.Transform:
    """SimpleITK's form of the transform (points to points)."""
    affine = sitk.AffineTransform(3)
    affine.SetMatrix(transform.matrix[:3, :3].ravel().tolist())
    affine.SetTranslation(transform.matrix[:3, 3].tolist())
    return affine


def resample(volume: Volume, grid: Volume, transform: SimilarityTransform = IDENTITY,
             interpolation: Interpolation = "linear") -> Volume:
    """The volume on another grid, float32 (nearest keeps the dtype); 0 outside its field of view.

    transform: from the volume's world to the grid's world (native → atlas), LPS mm.
    """
    source = to_sitk(volume)
    if interpolation != "nearest":
        source = sitk.Cast(source, sitk.sitkFloat32)
    reference = to_sitk(Volume(np.broadcast_to(np.uint8(0), grid.shape), grid.affine))
    # SimpleITK asks where each point of the new grid comes from: the inverse.
    moved = sitk.Resample(source, reference, sitk_transform(transform.inverse()), _INTERPOLATORS[interpolation], 0.0)
    array = np.ascontiguousarray(sitk.GetArrayViewFromImage(moved).T)
    is_mask = volume.array.dtype == np.bool_ and interpolation == "nearest"
    return grid_like(grid, array.astype(bool) if is_mask else array)


def resample_known(volume: Volume, grid: Volume, transform: SimilarityTransform = IDENTITY) -> Volume:
    """A volume with NaN where it is unknown on another grid, float32, linear; NaN beyond the centres of its outermost
    voxels and wherever an unknown voxel would count. transform: as in resample."""
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_mm(np.full((1, 3), -1.0))[0]
    known = np.isfinite(volume.array)
    values = np.pad(np.where(known, volume.array, 0).astype(np.float32), 1, mode="edge")
    moved = resample(Volume(values, affine), grid, transform)
    share = resample(Volume(np.pad(known.astype(np.float32), 1), affine), grid, transform)
    return moved.with_array(np.where(share.array >= WHOLLY_KNOWN, moved.array, np.float32(np.nan)))


def resample_mask(mask: Volume, grid: Volume, transform: SimilarityTransform = IDENTITY) -> Volume:
    """A binary mask on another grid, bool: linear interpolation cut at one half, which keeps volume and place."""
    return grid_like(grid, resample(mask.with_array(mask.array > 0), grid, transform).array >= 0.5)


def resample_drawn(mask: Volume, grid: Volume, transform: SimilarityTransform = IDENTITY) -> Volume:
    """A drawn mask on another grid, bool, without the stairs of the grid it was drawn on; its volume stays.

    Smoothed by DRAWN_SMOOTHING voxels and cut where the volume is kept, within DRAWN_CUTS: of a ball of 10 mm radius on
    oblique slices of 2 mm, Dice 0.99 instead of 0.98 (tests/test_geometry.py).
    """
    smooth = ndimage.gaussian_filter(mask.array.astype(np.float32), DRAWN_SMOOTHING)
    values = resample(mask.with_array(smooth), grid, transform).array
    wanted = round(int(mask.array.sum()) * mask.voxel_ml * transform.scale**3 / grid.voxel_ml)
    rank = min(max(values.size - wanted, 0), values.size - 1)
    cut = np.clip(np.partition(values, rank, axis=None)[rank], *DRAWN_CUTS)
    return grid_like(grid, values >= cut)


def shrink_factors(volume: Volume, spacing_mm: float) -> list[int]:
    """How many voxels along each axis make up this spacing; 1 where the volume is coarser."""
    return [int(factor) for factor in np.maximum(1, np.floor(spacing_mm / volume.spacing + 0.1))]


def shrunk(volume: Volume, spacing_mm: float) -> sitk.Image:
    """float32, averaged to about this spacing where it is finer."""
    return sitk.BinShrink(sitk.Cast(to_sitk(volume), sitk.sitkFloat32), shrink_factors(volume, spacing_mm))


def grid_like(grid: Volume, array: Array) -> Volume:
    """Voxels on the grid of another volume, whatever its own dtype."""
    return Volume(array, grid.affine, grid.frame_of_reference)


def empty_grid(shape: tuple[int, int, int], affine: FloatArray, frame_of_reference: str = "") -> Volume:
    """A grid whose voxels are all False and take no memory."""
    return Volume(np.broadcast_to(np.False_, shape), affine, frame_of_reference)


def cut_out(volume: Volume, low: IntArray, high: IntArray) -> Volume | None:
    """The voxels from low to high, both inclusive, as far as they are in the volume; None where none of them is."""
    start, stop = np.maximum(low, 0), np.minimum(high + 1, volume.shape)
    if (start >= stop).any():
        return None
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_mm(start[None].astype(float))[0]
    return Volume(volume.array[tuple(map(slice, start, stop))], affine, volume.frame_of_reference)


def tight_box(mask: Volume) -> Volume | None:
    """The smallest box of a bool mask that holds all of it; None for an empty one."""
    extents = [np.flatnonzero(mask.array.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    if not extents[0].size:
        return None
    return cut_out(mask, np.array([places[0] for places in extents]), np.array([places[-1] for places in extents]))


@dataclass(frozen=True, eq=False)
class VoxelMatch:
    """Which voxel of a grid each voxel of another one is nearest to, where both run along the same axes.

    axes: of the grid, for each axis of the part; steps: 1, or -1 where it runs backwards; start: the grid's voxel at
    the part's first. apart: how far the corners of the part are from those voxels, in voxels of the grid along its
    axes, shape (8, 3), in the order of Volume.corners_mm.
    """

    part: tuple[int, int, int]
    axes: tuple[int, int, int]
    steps: tuple[int, int, int]
    start: IntArray
    apart: FloatArray
    spacing: FloatArray

    @property
    def voxels_apart(self) -> float:
        """The farthest that a corner is from its voxel along an axis, in voxels of the grid."""
        return float(np.abs(self.apart).max())

    @property
    def mm_apart(self) -> float:
        """The farthest that a corner is from its voxel, mm."""
        return float(np.linalg.norm(self.apart * self.spacing, axis=1).max())

    @property
    def box(self) -> tuple[IntArray, IntArray]:
        """The first and the last voxel of the grid that the part means."""
        last = self.start.copy()
        for axis, step, side in zip(self.axes, self.steps, self.part, strict=True):
            last[axis] += step * (side - 1)
        return np.minimum(self.start, last), np.maximum(self.start, last)

    def reordered(self, array: Array) -> Array:
        """The part's voxels in the grid's order of axes; its first is the first of the box."""
        flipped = array[tuple(slice(None, None, step) for step in self.steps)]
        return np.asarray(flipped.transpose(np.argsort(self.axes)))


def match_voxels(part: Volume, grid: Volume) -> VoxelMatch | None:
    """How the voxels of part and of the grid match; None where their axes run in different directions.

    Parts of the grid's size are matched with the whole of it, others with the voxels nearest to their middle.
    """
    linear = np.linalg.inv(grid.affine)[:3, :3] @ part.affine[:3, :3]
    axes = np.abs(linear).argmax(axis=0)
    if len(set(axes.tolist())) < 3:
        return None
    steps = np.sign(linear[axes, range(3)]).astype(int)
    whole = np.zeros((3, 3))
    whole[axes, range(3)] = steps
    sides = np.array(part.shape) - 1
    if np.array_equal(np.array(grid.shape)[axes], part.shape):
        start = np.where(whole.sum(axis=1) < 0, np.array(grid.shape) - 1, 0)
    else:
        start = np.rint(grid.to_voxels(part.to_mm(sides[None] / 2))[0] - whole @ (sides / 2)).astype(int)
    ends = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]) * sides
    apart = grid.to_voxels(part.corners_mm) - (ends @ whole.T + start)
    i, j, k = (int(axis) for axis in axes)
    return VoxelMatch(part.shape, (i, j, k), (int(steps[0]), int(steps[1]), int(steps[2])), start, apart, grid.spacing)


def whole_slices_of(part: Volume, grid: Volume) -> bool:
    """Whether the voxels of part are voxels of the grid, stored in any order, and fill some of its slices entirely."""
    match = match_voxels(part, grid)
    if match is None or match.voxels_apart > SAME_VOXEL:
        return False
    low, high = match.box
    entire = int(((low == 0) & (high == np.array(grid.shape) - 1)).sum()) >= 2
    return entire and bool((low >= 0).all() and (high < grid.shape).all())


def on_voxels(part: Volume, grid: Volume, match: VoxelMatch) -> Volume:
    """The voxels of part as voxels of the grid, the smallest box that holds them; what lies outside is cut off."""
    low, high = match.box
    first, last = np.maximum(low, 0), np.minimum(high, np.array(grid.shape) - 1)
    inside = tuple(slice(a, b + 1) for a, b in zip(first - low, last - low, strict=True))
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_mm(first[None].astype(float))[0]
    return Volume(np.ascontiguousarray(match.reordered(part.array)[inside]), affine, grid.frame_of_reference)


def mask_on_grid(mask: Volume, grid: Volume) -> Volume | None:
    """A bool mask on the smallest box of the grid's voxels that holds all of it; None where nothing of it is there.

    Half a voxel counts as in resample_mask, but where the mask ends half way between two voxels on both of its sides,
    only one of them is taken, so that its volume stays; what lies outside the grid is cut off.
    """
    # Linear interpolation needs to see that the mask ends, which a tight box does not show.
    padded = np.pad(mask.array, 1)
    affine = mask.affine.copy()
    affine[:3, 3] = mask.to_mm(np.full((1, 3), -1.0))[0] + affine[:3, :3] @ np.full(3, _BESIDE)
    mask = Volume(padded, affine, mask.frame_of_reference)
    corners = grid.to_voxels(mask.corners_mm)
    box = cut_out(grid, np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int))
    return tight_box(resample_mask(mask, box)) if box else None


def reaches_beyond(mask: Volume, grid: Volume) -> bool:
    """Whether a voxel of a bool mask has its centre outside the grid's voxels."""
    last = np.array(grid.shape) - 0.5

    def outside(places: FloatArray) -> bool:
        return bool(((places < -0.5) | (places > last)).any())

    if not outside(grid.to_voxels(mask.corners_mm)):
        return False
    # Slice by slice: the places of a whole body would fill the memory.
    for k in range(mask.shape[2]):
        inside = np.argwhere(mask.array[:, :, k])
        if outside(grid.to_voxels(mask.to_mm(np.column_stack([inside, np.full(len(inside), k)]).astype(float)))):
            return True
    return False


def _nearest_rotation(matrix: FloatArray) -> FloatArray:
    """The orthonormal matrix closest to one that header rounding left slightly off."""
    u, _, vt = np.linalg.svd(matrix)
    return np.asarray(u @ vt)
