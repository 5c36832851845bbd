"""Which lesions of two outlines share voxels."""

import numpy as np

from rnapp.lesion.overlap import shared_voxels
from rnapp.types import Volume


def labels(*boxes: tuple[int, slice]) -> Volume:
    array = np.zeros((8, 3, 2), np.int16)
    for number, where in boxes:
        array[where] = number
    return Volume(array, np.eye(4))


def test_shared_voxels_are_counted_for_each_pair() -> None:
    shared = shared_voxels(labels((1, slice(0, 4)), (2, slice(5, 8))), labels((3, slice(2, 6))))
    assert shared.shape == (3, 4)
    assert shared[1, 3] == 2 * 3 * 2
    assert shared[2, 3] == 1 * 3 * 2
    assert shared.sum() == 18, "the background counts as nothing"


def test_lesions_apart_share_nothing() -> None:
    assert not shared_voxels(labels((1, slice(0, 2))), labels((1, slice(4, 6)))).any()
    assert not shared_voxels(labels(), labels((1, slice(4, 6)))).any()
