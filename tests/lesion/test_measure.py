"""Known sizes on anisotropic, oblique and left-handed grids."""

import numpy as np
import pytest

from rnapp.lesion.measure import centre_of_mass_mm, longest_diameter_mm, volume_ml
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
