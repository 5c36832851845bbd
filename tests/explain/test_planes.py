"""Left is left on every grid, and pictures are true to millimetres."""

import numpy as np
import pytest

from rnapp.explain.planes import PLANES, View, box_mm, sample
from rnapp.types import Volume
from tests.explain.synthetic import CENTRE, LEFT, RIGHT, ball, lps_grid, oblique_grid, turned_grid

GRIDS = [lps_grid, turned_grid, oblique_grid]


def place_of_ball(volume: Volume, view: View) -> tuple[float, float]:
    """Centre of mass in the picture: mm to the right and up."""
    image = sample(volume, view, 1.0)
    across, up = view.grid(1.0)
    return float((image.sum(0) * across).sum() / image.sum()), float((image.sum(1) * up).sum() / image.sum())


@pytest.mark.parametrize("make_grid", GRIDS)
@pytest.mark.parametrize("plane", PLANES)
def test_a_ball_is_drawn_where_it_is(make_grid, plane):
    view = View(plane, tuple(LEFT + np.array((5, -7, 6))), 90, 70)
    assert place_of_ball(ball(make_grid(), LEFT, 14), view) == pytest.approx(view.place(LEFT), abs=1.2)


@pytest.mark.parametrize("make_grid", GRIDS)
@pytest.mark.parametrize(("place", "right_half"), [(LEFT, True), (RIGHT, False)])
def test_the_patients_left_is_on_the_right(make_grid, place, right_half):
    for plane, centre in (("axial", (*CENTRE[:2], place[2])), ("coronal", (CENTRE[0], place[1], CENTRE[2]))):
        across, _ = place_of_ball(ball(make_grid(), place), View(plane, centre, 200, 200))
        assert (across > 0) is right_half


def test_a_mirrored_affine_moves_the_ball_to_the_other_side():
    grid = lps_grid()
    mirrored = np.diag((-1.0, 1, 1, 1)) @ grid.affine
    mirrored[0, 3] = 2 * CENTRE[0]
    view = View("axial", (*CENTRE[:2], LEFT[2]), 200, 200)
    assert place_of_ball(Volume(ball(grid, LEFT).array, mirrored), view)[0] < -20


def test_anterior_and_superior_are_up_and_anterior_is_left_in_sagittal_pictures():
    point = ball(lps_grid(), CENTRE + np.array((0, -40, 30)))  # anterior, superior
    assert place_of_ball(point, View("axial", (*CENTRE[:2], CENTRE[2] + 30), 200, 200))[1] > 30
    across, up = place_of_ball(point, View("sagittal", tuple(CENTRE), 200, 200))
    assert across < -30
    assert up > 20


def test_letters():
    assert View("axial", (0, 0, 0), 1, 1).letters == ("R", "L", "P", "A")
    assert View("coronal", (0, 0, 0), 1, 1).letters == ("R", "L", "I", "S")
    assert View("sagittal", (0, 0, 0), 1, 1).letters == ("A", "P", "I", "S")


def test_outside_the_volume_is_zero():
    grid = lps_grid()
    ones = grid.with_array(np.ones(grid.shape, np.float32))
    assert sample(ones, View("axial", (-500.0, -120.0, 75.0), 50, 50)).max() == 0
    assert sample(ones, View("axial", tuple(CENTRE), 50, 50)).min() == pytest.approx(1)


def test_box_in_the_world():
    low, high = box_mm(ball(turned_grid(), LEFT, 20))
    assert np.abs((low + high) / 2 - LEFT).max() <= 2.5
    assert ((high - low > 30) & (high - low <= 40)).all()


def test_the_box_of_nothing_is_the_whole_grid():
    grid = lps_grid()
    assert box_mm(grid)[1].tolist() == grid.to_mm(np.array([grid.shape]) - 1.0)[0].tolist()
