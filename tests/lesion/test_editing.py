"""Filling slices and growing a region, on oblique, flipped and anisotropic grids."""

import numpy as np
import pytest

from rnapp.errors import MaskError
from rnapp.lesion.editing import grow, interpolate_slices
from rnapp.lesion.measure import volume_ml
from rnapp.types import Volume
from tests.conftest import dice, oblique_affine, sphere

CENTRE = np.array([3.0, -20.0, 8.0])


def grid(spacing=(1.0, 1.0, 1.5), flips=(1, -1, 1)):
    shape = tuple(int(60 / side) for side in spacing)
    return Volume(np.zeros(shape, np.float32), oblique_affine(spacing, (25, -15, 10), flips, CENTRE, shape))


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, -1)])
def test_a_sphere_drawn_on_every_fourth_slice_is_whole_again(axis, flips):
    ball = sphere(grid(flips=flips), CENTRE, 12)
    slices = np.flatnonzero(ball.array.any(axis=tuple(n for n in range(3) if n != axis)))
    kept = np.zeros(ball.shape[axis], bool)
    kept[slices[::4]] = kept[slices[-1]] = True
    drawn = ball.with_array(ball.array & np.expand_dims(kept, tuple(n for n in range(3) if n != axis)))
    filled = interpolate_slices(drawn, axis)
    assert dice(filled.array, ball.array) > 0.95
    assert dice(drawn.array, ball.array) < 0.6
    assert np.array_equal(np.compress(kept, filled.array, axis), np.compress(kept, ball.array, axis))


def test_slices_beyond_the_drawn_ones_stay_empty_and_parts_that_never_meet_are_not_joined():
    array = np.zeros((30, 30, 20), bool)
    array[4:10, 4:10, [3, 9]] = True
    array[20:26, 20:26, 3] = True
    filled = interpolate_slices(Volume(array, np.eye(4)), 2).array
    assert not filled[:, :, :3].any()
    assert not filled[:, :, 10:].any()
    assert filled[4:10, 4:10, 3:10].all()
    assert not filled[12:18, 12:18].any(), "no bridge between the two parts"
    assert not filled[20:26, 20:26, 5:].any(), "the part that ends does not go on"


def test_one_slice_or_no_gap_is_refused():
    array = np.zeros((10, 10, 10), bool)
    with pytest.raises(MaskError, match="two or more slices"):
        interpolate_slices(Volume(array, np.eye(4)), 2)
    array[3:6, 3:6, 4:6] = True
    with pytest.raises(MaskError, match="two or more slices"):
        interpolate_slices(Volume(array, np.eye(4)), 2)


def bright(base, *balls):
    """Noise of 0.1, and balls (centre, radius, brightness)."""
    array = np.random.default_rng(0).normal(0, 0.1, base.shape).astype(np.float32)
    for centre, radius, level in balls:
        array[sphere(base, np.asarray(centre), radius).array] += level
    return base.with_array(array)


@pytest.mark.parametrize("flips", [(1, 1, 1), (1, -1, 1), (-1, 1, -1)])
def test_an_enhancing_ball_is_grown_from_a_click_inside_and_nothing_else(flips):
    base = grid(flips=flips)
    other = CENTRE + np.array([20, 0, 0])
    image = bright(base, (CENTRE, 9, 3.0), (other, 5, 3.0))
    truth = sphere(base, CENTRE, 9)
    found = grow(image, CENTRE + np.array([2, -1, 1]), 20, 1.0)
    assert dice(found.array, truth.array) > 0.97
    assert not (found.array & sphere(base, other, 5).array).any(), "not connected"
    assert dice(grow(image, other, 20, 1.0).array, truth.array) == 0


def test_a_dark_core_inside_the_rim_is_filled():
    base = grid()
    image = bright(base, (CENTRE, 10, 3.0), (CENTRE, 5, -3.0))
    found = grow(image, CENTRE + np.array([7.5, 0, 0]), 22, 1.0)
    assert dice(found.array, sphere(base, CENTRE, 10).array) > 0.95


def test_it_never_leaks_further_than_its_reach():
    base = grid()
    image = bright(base, (CENTRE, 28, 3.0))
    found = grow(image, CENTRE, 10, 1.0)
    assert volume_ml(found) == pytest.approx(4 / 3 * np.pi, rel=0.05)


def test_more_tolerance_takes_more_and_a_point_outside_is_refused():
    base = grid()
    image = bright(base, (CENTRE, 12, 1.0), (CENTRE, 7, 1.0))
    sizes = [volume_ml(grow(image, CENTRE, 25, tolerance)) for tolerance in (2.0, 5.0)]
    assert sizes[0] == pytest.approx(4 / 3 * np.pi * 0.7 ** 3, rel=0.1)
    assert sizes[1] > 2 * sizes[0]
    with pytest.raises(MaskError, match="outside the picture"):
        grow(image, CENTRE + 400, 25, 1.0)
