"""Help with outlining a lesion: fill the slices between drawn ones; grow from a point inside an enhancing lesion."""

from itertools import pairwise

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from rnapp.errors import MaskError
from rnapp.geometry import to_sitk
from rnapp.types import Array, FloatArray, Volume

SPREAD_FROM_MM = 2.0  # the brightness of a lesion is taken from this near to the point
CLOSE_MM = 1.5  # holes and gaps of a grown region that are narrower than twice this are filled


PLANES = {"axial": 2, "coronal": 1, "sagittal": 0}  # axis across the plane on an LPS grid


def drawn_plane(mask: Volume) -> str:
    """The plane a mask on an LPS grid was drawn in: that with most gaps between its drawn slices; in doubt, axial."""
    def gaps(axis: int) -> int:
        drawn = np.flatnonzero(mask.array.any(axis=tuple(n for n in range(3) if n != axis)))
        return int((np.diff(drawn) > 1).sum())

    return max(PLANES, key=lambda plane: gaps(PLANES[plane]))


def interpolate_slices(mask: Volume, axis: int) -> Volume:
    """The mask with the empty slices between drawn ones filled, bool; drawn slices stay as they are.

    Each drawn slice becomes a signed distance from its outline, and the slices between two of them their weighted mean
    (shape-based interpolation; Raya and Udupa 1990). Parts that lie above each other in no two drawn slices are not
    joined. axis: along which the slices follow each other. Raises MaskError where fewer than two slices are drawn, or
    no empty one lies between them.
    """
    slices = np.moveaxis(mask.array > 0, axis, 0)
    step = np.delete(mask.spacing, axis)
    drawn = np.flatnonzero(slices.any(axis=(1, 2)))
    gaps = [(int(low), int(high)) for low, high in pairwise(drawn) if high - low > 1]
    if not gaps:
        raise MaskError("Expected drawn slices with empty ones between them; draw the lesion on two or more slices of "
                        "one plane first.")
    filled = slices.copy()
    for low, high in gaps:
        first, last = _distance(slices[low], step), _distance(slices[high], step)
        for number in range(low + 1, high):
            share = (number - low) / (high - low)
            filled[number] = (1 - share) * first + share * last < 0
    return mask.with_array(np.moveaxis(filled, 0, axis))


def grow(image: Volume, point_mm: FloatArray, reach_mm: float, tolerance: float) -> Volume:
    """The connected region around a point that is about as bright as its surroundings there, bool, on the image's grid.

    image: any unit, 0 outside the brain; point_mm: LPS, shape (3,); reach_mm: nothing further from the point is taken;
    tolerance: how far the brightness may lie from that at the point, in standard deviations over the brain. Connected
    threshold with a bound, holes closed. Raises MaskError where the point lies outside the image.
    """
    seed = np.round(image.to_voxels(np.asarray(point_mm, float)[None])[0]).astype(int)
    if (seed < 0).any() or (seed >= image.shape).any():
        raise MaskError("The point lies outside the picture; click inside the lesion.")
    box = _box(image, seed, reach_mm)
    part = Volume(np.ascontiguousarray(image.array[box]), _moved(image, box))
    apart = _distances(part, point_mm)
    near = part.array[apart <= SPREAD_FROM_MM]
    level = float(np.median(near)) if near.size else float(image.array[tuple(seed)])
    margin = tolerance * float(image.array[image.array != 0].std())
    start = [int(index) for index in seed - [cut.start for cut in box]]
    connected = sitk.ConnectedThreshold(to_sitk(part), [start], level - margin, level + margin, 1)
    region = np.ascontiguousarray(sitk.GetArrayViewFromImage(connected).T).astype(bool) & (apart <= reach_mm)
    grown = np.zeros(image.shape, bool)
    grown[box] = _closed(region, part.spacing) & (apart <= reach_mm)
    return image.with_array(grown)


def _distance(drawn: Array, step: FloatArray) -> FloatArray:
    """Signed distance from the outline of one slice, mm, negative inside."""
    outside = ndimage.distance_transform_edt(~drawn, sampling=step)
    return np.asarray(outside - ndimage.distance_transform_edt(drawn, sampling=step))


def _box(image: Volume, seed: Array, reach_mm: float) -> tuple[slice, ...]:
    reach = np.ceil(reach_mm / image.spacing).astype(int)
    return tuple(slice(max(int(s - r), 0), min(int(s + r) + 1, n))
                 for s, r, n in zip(seed, reach, image.shape, strict=True))


def _moved(image: Volume, box: tuple[slice, ...]) -> FloatArray:
    affine = np.array(image.affine)
    affine[:3, 3] = image.to_mm(np.array([[cut.start for cut in box]], float))[0]
    return affine


def _distances(part: Volume, point_mm: FloatArray) -> FloatArray:
    """Of each voxel from the point, mm."""
    points = part.to_mm(np.indices(part.shape).reshape(3, -1).T.astype(float))
    return np.asarray(np.linalg.norm(points - np.asarray(point_mm), axis=1).reshape(part.shape))


def _closed(region: Array, spacing: FloatArray) -> Array:
    """Without narrow gaps and holes."""
    steps = [np.arange(-(r := int(CLOSE_MM // side)), r + 1) * side for side in spacing]
    ball = sum(np.square(grid) for grid in np.meshgrid(*steps, indexing="ij")) <= CLOSE_MM ** 2
    edge = max(ball.shape)
    closed = ndimage.binary_closing(np.pad(region, edge), ball)[(slice(edge, -edge),) * 3]
    return np.asarray(ndimage.binary_fill_holes(closed | region))
