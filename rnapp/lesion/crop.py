"""The 64×64×64 mm cube around a lesion (Gomaa et al. 2025, Data Preprocessing)."""

import numpy as np

from rnapp.lesion.measure import bounding_centre
from rnapp.types import Array, Crop, Volume

CROP_SIDE = 64  # voxels of 1 mm


def crop_around(t1ce: Volume, mask: Volume) -> Crop:
    """T1CE and lesion mask in the cube whose middle is that of the lesion's bounding box; 0 beyond the grid."""
    start = np.round(bounding_centre(mask)).astype(int) - CROP_SIDE // 2
    return Crop(cut_cube(t1ce, start), cut_cube(mask, start))


def cut_cube(volume: Volume, start: Array) -> Volume:
    """The cube of CROP_SIDE voxels from index start (shape (3,), may be negative), with its own affine."""
    low = np.maximum(start, 0)
    high = np.minimum(start + CROP_SIDE, volume.shape)
    cube = np.zeros((CROP_SIDE,) * 3, dtype=volume.array.dtype)
    if (high > low).all():
        inside = tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))
        cube[inside] = volume.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_mm(start[None].astype(float))[0]
    return Volume(cube, affine)
