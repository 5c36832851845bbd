"""Where two scans of one head differ although they are registered: a cavity, new enhancement, oedema.

Nobody has drawn these yet, and they must not make a good registration look bad. Two different heads also differ, but
almost everywhere and in thin structures; what is left out here is large, compact and a small part of the brain.
"""

import numpy as np
from scipy import ndimage

from rnapp.geometry import from_sitk, resample_mask, shrunk
from rnapp.types import Array, FloatArray, Volume

COMPARED_MM = 2
SMOOTHING_MM = 2.0
CORE, EDGE = 1.5, 0.75  # of a difference, in standard deviations of the brain
COMPACT_MM = 6.0  # a difference must contain a ball of this radius
MARGIN_MM = 6.0  # how far its edge is followed beyond that
MOST_CHANGED = 0.25  # share of the brain; with more, the heads as a whole are different


def unchanged(moved: Volume, fixed: Volume, inside: Volume) -> Volume:
    """The compared part of two registered heads that looks the same, bool, on their grid; all of it if too much
    differs. moved, fixed: intensities, each in its own unit; inside: bool, what is compared."""
    part = from_sitk(shrunk(inside, COMPARED_MM))
    within = part.array > 0.5
    if not within.any():
        return inside
    apart = np.abs(_levels(moved, inside, within) - _levels(fixed, inside, within))
    core = _opened((apart > CORE) & within, COMPACT_MM / COMPARED_MM)
    grown = ndimage.binary_dilation(core, _ball(MARGIN_MM / COMPARED_MM))
    changed = core | (grown & (apart > EDGE))
    if changed[within].mean() > MOST_CHANGED:
        return inside
    spread = part.with_array(ndimage.binary_dilation(changed, _ball(1)))
    return inside.with_array(inside.array & ~resample_mask(spread, inside).array)


def _levels(head: Volume, inside: Volume, within: Array) -> FloatArray:
    """Smoothed, in robust standard deviations from the median of the compared part, on the coarse grid."""
    kept = from_sitk(shrunk(head.with_array(np.where(inside.array, head.array, 0)), COMPARED_MM)).array
    share = from_sitk(shrunk(inside, COMPARED_MM)).array
    sigma = SMOOTHING_MM / COMPARED_MM
    smooth = ndimage.gaussian_filter(kept, sigma) / np.maximum(ndimage.gaussian_filter(share, sigma), 1e-6)
    low, middle, high = np.percentile(smooth[within], (16, 50, 84))
    return np.asarray((smooth - middle) / max(float(high - low) / 2, 1e-6))


def _opened(mask: Array, radius: float) -> Array:
    """The parts of a mask that contain a ball of this radius, voxels."""
    deep = ndimage.distance_transform_edt(mask) > radius
    return np.asarray(ndimage.distance_transform_edt(~deep) <= radius) if deep.any() else np.zeros(mask.shape, bool)


def _ball(radius: float) -> Array:
    reach = int(radius)
    grid = np.mgrid[-reach:reach + 1, -reach:reach + 1, -reach:reach + 1]
    return np.asarray((grid**2).sum(axis=0) <= radius**2)
