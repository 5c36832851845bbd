"""Size and position of a lesion, in millimetres of the grid it is given on."""

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull, cKDTree
from scipy.spatial.distance import pdist, squareform
from skimage.measure import find_contours, marching_cubes

from rnapp.geometry import to_lps
from rnapp.types import Array, FloatArray, Volume

_ALIKE_DIGITS = 6  # of a millimetre: lengths that differ only beyond are the same length
BRIGHT_PERCENTILE = 97.5  # of the brain outside the lesions: below it lies all that does not enhance but vessels


def volume_ml(mask: Volume) -> float:
    """Voxels times voxel volume, ml; mask: bool."""
    return float(mask.array.sum() * mask.voxel_ml)


def longest_diameter_mm(mask: Volume) -> float:
    """Longest straight line inside the convex hull of the surface, mm (three-dimensional); mask: bool, not empty.

    The surface lies half a voxel outside the outermost voxel centres, so a sphere keeps its true diameter.
    """
    surface = mask.to_mm(_surface(mask.array))
    hull = surface[ConvexHull(surface).vertices]
    return float(pdist(hull).max())


def axial_diameters_mm(mask: Volume) -> tuple[float, float]:
    """The longest line in one axial slice, and the longest at a right angle to it in that slice, mm (RANO-BM: Lin et
    al. 2015); mask: bool, not empty.

    Axial slices are the grid's own planes that lie closest to axial. The outline lies half a voxel outside the
    outermost voxel centres; parts of the lesion that a slice shows apart are measured apart.
    """
    upright = to_lps(mask)
    slices = np.flatnonzero(upright.array.any(axis=(0, 1)))
    outlines = [outline * upright.spacing[:2] for number in slices
                for outline in find_contours(np.pad(upright.array[:, :, number], 1).astype(np.float32), 0.5)]
    return max(map(_crossed, outlines), key=lambda pair: (round(pair[0], _ALIKE_DIGITS), pair[1]))


def bright_share(image: Volume, brain_mask: Volume, lesions: Volume, mask: Volume) -> float:
    """Share of the lesion's voxels that are brighter than BRIGHT_PERCENTILE of the brain outside all lesions, 0 to 1.

    All on one grid. image: any unit; brain_mask, mask: bool; lesions: labels, 0 outside. A scan after contrast alone
    cannot tell enhancement from what was bright before it.
    """
    outside = brain_mask.array & (lesions.array == 0)
    if not outside.any():
        return 0.0
    return float((image.array[mask.array] > np.percentile(image.array[outside], BRIGHT_PERCENTILE)).mean())


def edge_distance_mm(brain_mask: Volume, mask: Volume) -> float:
    """From the lesion to the edge of the brain, mm; 0 where it touches or crosses it. Both bool, on one cubic grid."""
    shell = ndimage.binary_dilation(brain_mask.array) & ~brain_mask.array
    inner = mask.array & brain_mask.array
    if not shell.any() or (mask.array & ~brain_mask.array).any():
        return 0.0
    rim = inner & ~ndimage.binary_erosion(inner)
    side = float(mask.spacing.mean())
    nearest = cKDTree(np.argwhere(shell)).query(np.argwhere(rim))[0].min()
    return float(max(nearest - 1.0, 0.0) * side)


def bounding_centre(mask: Volume) -> FloatArray:
    """Middle of the bounding box in voxel indices, shape (3,); mask: bool, not empty."""
    where = np.argwhere(mask.array)
    return np.asarray((where.min(axis=0) + where.max(axis=0)) / 2)


def centre_of_mass_mm(mask: Volume) -> FloatArray:
    """Mean position of the mask, LPS mm, shape (3,)."""
    return np.asarray(mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0])


def _crossed(outline: FloatArray) -> tuple[float, float]:
    """The longest line between points of an outline, shape (N, 2), and the longest across its hull at a right angle.

    Outlines on voxels often have several longest lines: that with the longest across counts, or rounding would choose.
    """
    hull = outline[ConvexHull(outline).vertices]
    apart = squareform(pdist(hull))
    longest = np.argwhere(np.triu(apart) >= apart.max() - 10.0**-_ALIKE_DIGITS)
    return float(apart.max()), max(_across(hull, hull[first], hull[last]) for first, last in longest)


def _across(hull: FloatArray, first: FloatArray, last: FloatArray) -> float:
    """The longest line across a hull at a right angle to that from first to last, two of its points."""
    along = (last - first) / np.linalg.norm(last - first)
    position, height = (hull - first) @ along, (hull - first) @ np.array([-along[1], along[0]])
    # The two ends are the outermost points along the line, so the hull is a function of the position, above and below.
    above, below = (_profile(position[part], height[part], position) for part in (height >= -1e-9, height <= 1e-9))
    return float((above - below).max())


def _profile(position: FloatArray, height: FloatArray, at: FloatArray) -> FloatArray:
    order = np.argsort(position)
    return np.asarray(np.interp(at, position[order], height[order]))


def _surface(mask: Array) -> FloatArray:
    """Vertices of the surface in voxel indices, shape (N, 3)."""
    where = np.argwhere(mask)
    low, high = where.min(axis=0), where.max(axis=0) + 1
    box = mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    vertices, _, _, _ = marching_cubes(np.pad(box, 1).astype(np.float32), 0.5)
    return np.asarray(np.asarray(vertices, dtype=np.float64) - 1 + low)
