"""Known sizes on anisotropic, oblique and left-handed grids."""

import numpy as np
import pytest
from skimage.draw import polygon

from rnapp.lesion.measure import (
    axial_diameters_mm,
    bright_share,
    centre_of_mass_mm,
    edge_distance_mm,
    longest_diameter_mm,
    volume_ml,
)
from rnapp.types import Volume
from tests.conftest import oblique_affine, sphere


@pytest.mark.parametrize(("spacing", "flips"), [((1, 1, 1), (1, 1, 1)), ((0.8, 0.8, 2.0), (1, -1, 1)),
                                                 ((0.5, 1.5, 3.0), (-1, 1, 1))])
def test_sphere(spacing: tuple[float, float, float], flips: tuple[int, int, int]) -> None:
    shape = tuple(int(50 / side) for side in spacing)
    centre = np.array([3.0, -20, 8])
    grid = Volume(np.zeros(shape), oblique_affine(spacing, (30, 20, -10), flips, centre, shape))
    ball = sphere(grid, centre, 12)
    assert volume_ml(ball) == pytest.approx(4 / 3 * np.pi * 1.2**3, rel=0.02)
    assert longest_diameter_mm(ball) == pytest.approx(24, abs=max(spacing))
    assert axial_diameters_mm(ball) == pytest.approx((24, 24), abs=max(spacing))
    assert centre_of_mass_mm(ball) == pytest.approx(centre, abs=0.2)


def test_longest_diameter_is_three_dimensional() -> None:
    array = np.zeros((40, 40, 40), bool)
    for n in range(20):
        array[10 + n : 12 + n, 10 + n : 12 + n, 10 + n : 12 + n] = True
    assert longest_diameter_mm(Volume(array, np.eye(4))) == pytest.approx(np.sqrt(3) * 21, abs=1.2)


def test_a_single_voxel_has_a_size() -> None:
    array = np.zeros((5, 5, 5), bool)
    array[2, 2, 2] = True
    assert 0.9 < longest_diameter_mm(Volume(array, np.eye(4))) < 1.8


def ellipsoid(half: tuple[float, float, float], turn: float, order: tuple[int, int, int]) -> Volume:
    """Half axes (mm) in the axial plane, turned there by so many degrees, and along the body; in any storage order."""
    spacing = np.array([0.9, 0.9, 1.5])
    x, y, z = (np.indices((60, 60, 40)) - np.array([30, 30, 20])[:, None, None, None]) * spacing[:, None, None, None]
    c, s = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    inside = ((c * x + s * y) / half[0]) ** 2 + ((c * y - s * x) / half[1]) ** 2 + (z / half[2]) ** 2 <= 1
    affine = np.diag([*spacing, 1.0])
    return Volume(inside.transpose(order), affine[:, [*order, 3]])


@pytest.mark.parametrize("turn", [0, 20, 45, 100])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_the_axial_diameters_are_those_of_the_axial_plane_however_the_scan_is_stored(turn, order) -> None:
    mask = ellipsoid((18, 11, 25), turn, order)
    assert axial_diameters_mm(mask) == pytest.approx((36, 22), abs=0.9)
    assert longest_diameter_mm(mask) == pytest.approx(50, abs=1.5), "along the body, not in the axial plane"


def test_the_perpendicular_crosses_the_longest_line_in_the_same_slice() -> None:
    """A thin bar 30 mm long, and above it a disc 16 mm wide: the disc has the wider cross, the bar the longest line."""
    array = np.zeros((40, 40, 10), bool)
    array[5:35, 18:22, 2:5] = True
    i, j = np.indices((40, 40))
    array[((i - 20) ** 2 + (j - 20) ** 2 <= 64), 5:8] = True
    longest, across = axial_diameters_mm(Volume(array, np.eye(4)))
    assert longest == pytest.approx(30, abs=0.7)
    assert across < 9


def test_parts_that_a_slice_shows_apart_are_not_measured_across_the_gap() -> None:
    array = np.zeros((40, 20, 6), bool)
    array[4:10, 5:11, :], array[28:36, 5:11, :], array[4:36, 5:11, 5] = True, True, False
    assert axial_diameters_mm(Volume(array, np.eye(4)))[0] < 11


def test_bright_share_counts_what_is_brighter_than_the_brain_outside_all_lesions() -> None:
    rng = np.random.default_rng(0)
    image = rng.normal(size=(30, 30, 30))
    brain, labels = np.zeros((30, 30, 30), bool), np.zeros((30, 30, 30), np.int16)
    brain[3:27, 3:27, 3:27], labels[5:15, 5:15, 5:15], labels[18:26, 18:26, 18:26] = True, 1, 2
    image[labels == 2] = 20  # another lesion must not raise the bar
    image[5:15, 5:15, 5:9] = 8
    grid = Volume(image, np.eye(4))
    found = bright_share(grid, grid.with_array(brain), grid.with_array(labels), grid.with_array(labels == 1))
    assert found == pytest.approx(0.4 + 0.6 * 0.025, abs=0.02)


@pytest.mark.parametrize(("start", "side", "expected"), [(8, 1.0, 5.0), (3, 1.0, 0.0), (1, 1.0, 0.0), (8, 2.0, 10.0)])
def test_distance_to_the_edge_of_the_brain(start, side, expected) -> None:
    brain, lesion = np.zeros((40, 40, 40), bool), np.zeros((40, 40, 40), bool)
    brain[3:37, 3:37, 3:37], lesion[start:start + 6, 15:21, 15:21] = True, True
    grid = Volume(brain, np.diag([side, side, side, 1]))
    assert edge_distance_mm(grid, grid.with_array(lesion)) == pytest.approx(expected)


@pytest.mark.parametrize("rounding", [(0.0, 0.0), (1e-13, 0.0), (0.0, 1e-13), (-1e-13, 1e-13)])
def test_of_two_longest_lines_the_one_with_the_longest_across_counts_whatever_the_rounding(rounding) -> None:
    array = np.zeros((24, 24, 3), bool)
    array[(*polygon([3, 18, 11], [3, 11, 18]), 1)] = True  # a triangle of two equal sides
    array[(*polygon([3, 13, 12], [3, 3, 8]), 1)] = True  # and more beside one of them
    spacing = np.diag([1.0 + rounding[0], 1.0 + rounding[1], 1.0, 1.0])
    longest, across = axial_diameters_mm(Volume(array, spacing))
    assert (longest, across) == pytest.approx(axial_diameters_mm(Volume(array, np.eye(4))), abs=1e-9)
    turned = Volume(np.ascontiguousarray(array.transpose(1, 0, 2)), spacing)
    assert axial_diameters_mm(turned) == pytest.approx((longest, across), abs=1e-9)
