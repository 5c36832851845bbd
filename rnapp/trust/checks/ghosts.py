"""Ghosts of a moving head: signal in the air beside it along one direction, that of the phase encoding.

Source of the idea: the percent signal ghosting of the American College of Radiology's phantom test, here for any axis.
"""

import numpy as np
from scipy import ndimage

from rnapp.types import Array, Caution, FloatArray

_FAR_MM = 10.0  # from the head: nearer, its edge is blurred
_LEAST_VOXELS = 500  # of air to measure in
# Made heads with every second line of k-space weakened by 10 % and more; real heads, docs/trust.md.
GHOSTING = 0.03


def ghosting(scan: FloatArray, head: Array, spacing: FloatArray) -> float | None:
    """Mean signal of the air beside the head along one axis above that of the air beside it along no axis, as a share
    of the head's mean; the largest of the three axes, 0 or more. None where the air is masked or there is too little.

    scan: any unit; head: bool, what is not air; spacing: mm; same axes.
    """
    if head.all() or not head.any():
        return None
    far = ndimage.distance_transform_edt(~head, sampling=spacing) > _FAR_MM
    beside = [np.broadcast_to(head.any(axis=axis, keepdims=True), head.shape) for axis in range(3)]
    corner = scan[far & ~beside[0] & ~beside[1] & ~beside[2]]
    if corner.size < _LEAST_VOXELS or corner.min() == corner.max():
        return None
    signal, air = float(scan[head].mean()), float(corner.mean())
    if signal <= air:
        return None
    along = [scan[far & beside[a] & ~beside[(a + 1) % 3] & ~beside[(a + 2) % 3]] for a in range(3)]
    ghosts = [(float(part.mean()) - air) / (signal - air) for part in along if part.size >= _LEAST_VOXELS]
    return max((0.0, *ghosts))


def ghost_cautions(score: float | None) -> tuple[Caution, ...]:
    """One where the head seems to have moved."""
    if score is None or score < GHOSTING:
        return ()
    return (Caution("ghosts", "confirm",
                    f"There is signal beside the head ({score:.0%} of the head's), as when it moves during the "
                    "scan.".replace("%", " %"), "Look for ghosts in the brain, and say why the scan is good enough."),)
