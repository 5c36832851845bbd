"""Size of a lesion in the patient's own millimetres."""

import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from skimage.measure import marching_cubes

from rnapp.types import Array, FloatArray, Volume


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


def bounding_centre(mask: Volume) -> FloatArray:
    """Middle of the bounding box in voxel indices, shape (3,); mask: bool, not empty."""
    where = np.argwhere(mask.array)
    return np.asarray((where.min(axis=0) + where.max(axis=0)) / 2)


def centre_of_mass_mm(mask: Volume) -> FloatArray:
    """Mean position of the mask, LPS mm, shape (3,)."""
    return np.asarray(mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0])


def _surface(mask: Array) -> FloatArray:
    """Vertices of the surface in voxel indices, shape (N, 3)."""
    where = np.argwhere(mask)
    low, high = where.min(axis=0), where.max(axis=0) + 1
    box = mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    vertices, _, _, _ = marching_cubes(np.pad(box, 1).astype(np.float32), 0.5)
    return np.asarray(np.asarray(vertices, dtype=np.float64) - 1 + low)
