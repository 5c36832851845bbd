"""Which lesions of two outlines are the same. Light, because the first page needs it."""

import numpy as np

from rnapp.types import Array, Volume


def shared_voxels(one: Volume, other: Volume) -> Array:
    """How many voxels each label of one has in common with each label of the other, shape (labels + 1, labels + 1) with
    0 for the background, which counts as nothing. Both labels from 0, on one grid."""
    both = (one.array > 0) & (other.array > 0)
    size = int(one.array.max()) + 1, int(other.array.max()) + 1
    pairs = one.array[both].astype(np.int64) * size[1] + other.array[both]
    return np.bincount(pairs, minlength=size[0] * size[1]).reshape(size)
