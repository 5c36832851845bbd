"""Stripped scans are recognised; heads are not taken for stripped ones."""

import numpy as np

from rnapp.preprocess.stripped import stripped_brain
from rnapp.types import Atlas
from tests.conftest import dice


def test_a_stripped_brain_is_recognised(atlas: Atlas) -> None:
    found = stripped_brain(atlas.brain)
    assert found is not None
    assert dice(found.array, atlas.brain_mask.array) > 0.99


def test_a_head_is_not(atlas: Atlas) -> None:
    assert stripped_brain(atlas.head) is None


def test_a_head_in_zeroed_air_is_not(atlas: Atlas) -> None:
    head = np.where(atlas.head.array > 0.1 * atlas.head.array.max(), atlas.head.array, 0)
    assert stripped_brain(atlas.head.with_array(head)) is None


def test_two_bodies_are_not(atlas: Atlas) -> None:
    array = atlas.brain.array.copy()
    array[:40, :40, :40] = 100
    assert stripped_brain(atlas.brain.with_array(array)) is None
