"""The grey window of a picture."""

import numpy as np

from rnapp.explain.canvas import soft_window, window
from rnapp.types import Volume


def ct(bone_share: float) -> tuple[Volume, Volume]:
    """A brain of 10 to 40 HU whose mask includes bone at its edge."""
    rng = np.random.default_rng(5)
    array = rng.uniform(10, 40, (20, 20, 20))
    array[: round(20 * bone_share)] = 900
    return Volume(array, np.eye(4)), Volume(np.ones((20, 20, 20), bool), np.eye(4))


def test_a_brain_on_ct_is_grey_although_the_mask_lies_on_bone() -> None:
    low, high = soft_window(*ct(0.05))
    assert 0 < low < 10
    assert 40 < high < 80, "the brain takes up most of the window"
    assert window(*ct(0.05))[1] > 800, "in the window of an MRI it would be black"


def test_a_flat_scan_has_a_window_too() -> None:
    flat = Volume(np.full((4, 4, 4), 3.0), np.eye(4))
    low, high = soft_window(flat, flat.with_array(np.ones((4, 4, 4), bool)))
    assert low < 3 < high
