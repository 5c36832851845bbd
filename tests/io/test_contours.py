"""Polygons become pixels without bias, gap or overlap; planes are found and told apart."""

import numpy as np
import pytest
from matplotlib.path import Path as Polygon

from rnapp.errors import MaskError
from rnapp.io.contours import stack_contours
from rnapp.polygons import inside_polygons


def square(low: float, high: float) -> np.ndarray:
    return np.array([[low, low], [low, high], [high, high], [high, low]])


def test_pixels_with_their_centre_inside_are_inside() -> None:
    inside = inside_polygons([square(1.6, 4.4)], (7, 8))
    assert np.argwhere(inside).tolist() == [[row, column] for row in (2, 3, 4) for column in (2, 3, 4)]


def test_neighbours_whose_edge_runs_through_pixel_centres_neither_overlap_nor_leave_a_gap() -> None:
    left = np.array([[1.0, 1.0], [1.0, 4.0], [6.0, 3.0], [6.0, 1.0]])
    right = np.array([[1.0, 4.0], [1.0, 7.0], [6.0, 7.0], [6.0, 3.0]])
    whole = np.array([[1.0, 1.0], [1.0, 7.0], [6.0, 7.0], [6.0, 1.0]])
    both = [inside_polygons([one], (9, 9)) for one in (left, right)]
    assert not (both[0] & both[1]).any()
    np.testing.assert_array_equal(both[0] | both[1], inside_polygons([whole], (9, 9)))
    assert inside_polygons([square(1, 7)], (9, 9)).sum() == 36, "as many pixels as the square has area"


def test_an_inner_contour_is_a_hole_and_one_in_the_hole_is_solid() -> None:
    inside = inside_polygons([square(0.5, 20.5), square(4.5, 16.5), square(8.5, 12.5)], (22, 22))
    assert inside.sum() == 400 - 144 + 16
    assert inside[2, 2]
    assert not inside[6, 6]
    assert inside[10, 10]


def test_a_hole_joined_by_a_channel_of_no_width_is_the_same_hole() -> None:
    """The keyhole of older planning systems, its channel right through pixel centres."""
    keyhole = np.array([[1, 1], [1, 10], [10, 10], [10, 5], [7, 5], [7, 7], [4, 7], [4, 4], [7, 4], [7, 5], [10, 5],
                        [10, 1]], float)
    apart = [square(1, 10), np.array([[4, 4], [4, 7], [7, 7], [7, 4]], float)]
    np.testing.assert_array_equal(inside_polygons([keyhole], (12, 12)), inside_polygons(apart, (12, 12)))


def test_random_polygons_agree_with_matplotlib() -> None:
    generator = np.random.default_rng(4)
    centres = np.indices((40, 30)).reshape(2, -1).T
    for _ in range(30):
        polygon = generator.uniform(-5, 45, (int(generator.integers(3, 12)), 2))
        crossing_free = polygon[np.argsort(np.arctan2(*(polygon - polygon.mean(axis=0)).T))]
        expected = Polygon(crossing_free).contains_points(centres).reshape(40, 30)
        np.testing.assert_array_equal(inside_polygons([crossing_free], (40, 30)), expected)


def test_polygons_outside_the_picture_leave_it_empty() -> None:
    assert not inside_polygons([square(50, 60), square(-9, -3)], (10, 10)).any()
    assert inside_polygons([square(-1e9, 1e9)], (10, 10)).all()
    assert not inside_polygons([], (3, 4)).any()


def flat(depth: float, side: float = 5.0) -> np.ndarray:
    return np.column_stack([square(0, side), np.full(4, depth)])


def test_planes_are_sorted_and_told_apart() -> None:
    stack = stack_contours([flat(6.0), flat(0.0)[::-1], flat(3.0), flat(3.04, 2.0), flat(12.0)])
    assert stack is not None
    assert np.abs(stack.normal).tolist() == [0, 0, 1]
    assert np.abs(np.diff(stack.depths)).round(1).tolist() in ([3, 3, 6], [6, 3, 3])
    assert sorted(map(len, stack.planes)) == [1, 1, 1, 2]
    assert stack.gap_mm == pytest.approx(3.0, abs=0.05)


def test_a_contour_given_twice_counts_once() -> None:
    stack = stack_contours([flat(0.0), flat(0.0)])
    assert stack is not None
    assert len(stack.planes[0]) == 1


def test_contours_that_enclose_nothing_are_none() -> None:
    assert stack_contours([]) is None
    assert stack_contours([np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])]) is None


def test_contours_in_several_directions_or_not_flat_are_refused() -> None:
    upright = flat(2.0)[:, [2, 0, 1]]
    bent = flat(1.0)
    bent[0, 2] += 3
    for contours in ([flat(0.0), upright], [bent]):
        with pytest.raises(MaskError, match="not planar, or their planes have different orientations"):
            stack_contours(contours)
