"""z-score inside the brain (Gomaa et al. 2025, Data Preprocessing)."""

from dataclasses import dataclass

import numpy as np

from rnapp.errors import PreparationError
from rnapp.types import Array, FloatArray, Volume


@dataclass(frozen=True)
class Level:
    """Mean and standard deviation of a scan inside its brain, in double precision, which decides that of the score."""

    mean: np.float64
    deviation: np.float64

    def scored(self, head: FloatArray, inside: Array) -> FloatArray:
        """Deviations from the mean inside (bool, the same shape), 0 elsewhere, float32."""
        return np.asarray(np.where(inside, (head - self.mean) / self.deviation, 0).astype(np.float32))


def level_of(head: Volume, brain_mask: Volume) -> Level:
    """Of the voxels inside the brain mask (bool, the same grid). Raises PreparationError where the brain has no
    contrast at all."""
    inside = head.array[brain_mask.array].astype(np.float64)
    spread = inside.std() if inside.size else np.float64(0)
    if spread == 0:
        raise PreparationError("The brain has no contrast in this series; choose another one.")
    return Level(np.float64(inside.mean()), np.float64(spread))


def z_score(head: Volume, brain_mask: Volume) -> Volume:
    """Intensities with mean 0 and standard deviation 1 inside the brain mask, 0 outside; float32.

    Raises PreparationError where the brain has no contrast at all.
    """
    return head.with_array(level_of(head, brain_mask).scored(head.array, brain_mask.array))
