"""Other outlines that a careful second reader might have drawn."""

import numpy as np
import pytest

from rnapp.lesion.measure import centre_of_mass_mm
from rnapp.lesion.outlines import other_outlines
from rnapp.types import Volume

SIDES = {"to the patient's left": (2, 0, 0), "to the patient's right": (-2, 0, 0), "backwards": (0, 2, 0),
         "forwards": (0, -2, 0), "upwards": (0, 0, 2), "downwards": (0, 0, -2)}


def ball(radius=7.0, flips=(1, 1, 1)):
    where = np.indices((40, 44, 36)) - np.array([20, 22, 18])[:, None, None, None]
    affine = np.diag([*flips, 1.0])
    affine[:3, 3] = (-31, 14, 5)
    return Volume((where**2).sum(axis=0) <= radius**2, affine)


def outlines(mask, room=True):
    return dict(other_outlines(mask, np.full(mask.shape, room)))


@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, -1, 1)])
def test_an_outline_goes_2_mm_to_the_side_that_the_words_name_and_keeps_its_shape(flips):
    mask = ball(flips=flips)
    found = outlines(mask)
    for words, step in SIDES.items():
        moved = found[f"outline 2 mm {words}"]
        assert centre_of_mass_mm(moved) - centre_of_mass_mm(mask) == pytest.approx(step, abs=1e-9)
        assert moved.array.sum() == mask.array.sum()


def test_a_larger_and_a_smaller_outline_are_a_millimetre_away_on_each_side():
    mask = ball()
    found = outlines(mask)
    for what, by in (("outline 1 mm larger", 1), ("outline 1 mm smaller", -1)):
        sides = np.ptp(np.argwhere(found[what].array), axis=0) - np.ptp(np.argwhere(mask.array), axis=0)
        assert sides.tolist() == [2 * by] * 3


def test_what_vanishes_is_left_out_and_the_rest_is_not():
    thin = ball()
    thin = thin.with_array(thin.array & (np.indices(thin.shape)[2] == 18))
    found = outlines(thin)
    assert "outline 1 mm smaller" not in found
    assert set(found) == {"outline 1 mm larger", *(f"outline 2 mm {words}" for words in SIDES)}


def test_nothing_new_is_drawn_where_there_is_no_room():
    mask = ball()
    room = np.indices(mask.shape)[0] < 23
    for outline in dict(other_outlines(mask, room)).values():
        assert not (outline.array & ~mask.array & ~room).any()
    assert any((outline.array & ~mask.array).any() for outline in dict(other_outlines(mask, room)).values())


def test_what_leaves_the_grid_does_not_come_back_on_the_other_side():
    edge = ball()
    edge = edge.with_array(np.roll(edge.array, 13, axis=0))
    assert edge.array[-1].any() or edge.array[-2].any()
    moved = outlines(edge)["outline 2 mm to the patient's left"]
    assert not moved.array[:2].any()
    assert moved.array.sum() < edge.array.sum()
