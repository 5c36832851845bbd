"""Recognises a scan that is already skull-stripped: HD-BET would only erode its brain."""

import numpy as np
from scipy import ndimage

from rnapp.types import Array, Volume

# A stripped scan has one value outside one brain-sized body; a head in zeroed air is far larger. That value need not be
# the darkest: after resampling with splines, or a z-score, some of the brain is darker than the background.
BRAIN_ML = (600.0, 2200.0)
LEAST_BACKGROUND = 0.4
# Share of the body in its largest part: a stripped brain is one piece.
ONE_PIECE = 0.98


def stripped_brain(volume: Volume) -> Volume | None:
    """The brain mask of an already stripped scan, bool, holes filled, or None for a scan with its skull."""
    background = volume.array == _commonest(volume.array)
    if background.mean() < LEAST_BACKGROUND:
        return None
    body = ndimage.binary_opening(~background)
    largest = _largest(body)
    size = float(largest.sum() * volume.voxel_ml)
    if largest.sum() < ONE_PIECE * body.sum() or not BRAIN_ML[0] <= size <= BRAIN_ML[1]:
        return None
    return volume.with_array(ndimage.binary_fill_holes(_largest(~background)))


def _commonest(array: Array) -> float:
    """The value that most voxels have, of every fourth along each axis."""
    values, counts = np.unique(array[::4, ::4, ::4], return_counts=True)
    return float(values[counts.argmax()])


def _largest(mask: Array) -> Array:
    labels, _ = ndimage.label(mask)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(labels == sizes.argmax())
