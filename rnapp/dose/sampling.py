"""The dose between its voxels: trilinear, and unknown wherever a voxel that counts is unknown or outside the grid."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates

from rnapp.geometry import WHOLLY_KNOWN
from rnapp.types import Array, FloatArray, Volume

# A point this little outside the grid (voxels) is on its edge: headers round.
ON_THE_EDGE = 1e-3


@dataclass(frozen=True, eq=False)
class Sampler:
    """volume: Gy; filled: its voxels, 0 where unknown, float32; known: 1 where known, None if all are."""

    volume: Volume
    filled: FloatArray
    known: FloatArray | None

    def at(self, points_mm: FloatArray) -> FloatArray:
        """Gy at positions in the dose's LPS mm, shape (N, 3): float32, shape (N,), NaN where unknown."""
        return self.at_voxels(self.volume.to_voxels(points_mm))

    def at_voxels(self, voxels: FloatArray) -> FloatArray:
        """Gy at continuous voxel indices, shape (N, 3): float32, shape (N,), NaN where unknown."""
        last = np.array(self.volume.shape) - 1.0
        outside = ((voxels < -ON_THE_EDGE) | (voxels > last + ON_THE_EDGE)).any(axis=1)
        places = np.clip(voxels, 0.0, last).T
        values = _linear(self.filled, places)
        if self.known is not None:
            outside |= _linear(self.known, places) < WHOLLY_KNOWN
        values[outside] = np.nan
        return values


def sampler(dose: Volume) -> Sampler:
    """Ready to be asked often. dose: Gy, NaN where unknown."""
    known = np.isfinite(dose.array)
    filled = np.where(known, dose.array, 0).astype(np.float32)
    return Sampler(dose, filled, None if known.all() else known.astype(np.float32))


def _linear(array: Array, places: FloatArray) -> FloatArray:
    return np.asarray(map_coordinates(array, places, output=np.float32, order=1, mode="nearest"))
