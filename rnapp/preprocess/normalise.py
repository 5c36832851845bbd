"""z-score inside the brain (Gomaa et al. 2025, Data Preprocessing)."""

import numpy as np

from rnapp.errors import PreparationError
from rnapp.types import Volume


def z_score(head: Volume, brain_mask: Volume) -> Volume:
    """Intensities with mean 0 and standard deviation 1 inside the brain mask, 0 outside; float32.

    Raises PreparationError where the brain has no contrast at all.
    """
    inside = head.array[brain_mask.array].astype(np.float64)
    spread = float(inside.std()) if inside.size else 0.0
    if spread == 0:
        raise PreparationError("The brain has no contrast in this series; choose another one.")
    scaled = (head.array - inside.mean()) / spread
    return head.with_array(np.where(brain_mask.array, scaled, 0).astype(np.float32))
