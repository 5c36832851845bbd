"""Small pieces of an outline near a larger one join it; those far from it, and all without a larger one, do not."""

import numpy as np
import pytest

from rnapp.trust.checks.pieces import LEAST_ML, NEAR_MM, joined

ONE_MM = np.ones(3)


def pieces(*boxes: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Cubes along the first axis: where each begins, and its side; with their volumes in ml."""
    labels = np.zeros((80, 12, 12), int)
    for number, (start, side, _) in enumerate(boxes, start=1):
        labels[start:start + side, :side, :side] = number
    return labels, np.bincount(labels.ravel(), minlength=len(boxes) + 1)[1:] / 1000


def test_a_piece_of_three_hundredths_joins_the_lesion_beside_it_and_not_the_far_one() -> None:
    labels, volumes = pieces((0, 10, 0), (12, 3, 0), (60, 10, 0))
    assert volumes[1] == 0.027
    found, count = joined(labels, volumes, ONE_MM)
    assert count == 1
    assert set(found[12:15, 0, 0]) == {1}
    assert np.array_equal(found > 0, labels > 0)


@pytest.mark.parametrize(("gap", "count"), [(int(NEAR_MM), 1), (int(NEAR_MM) + 1, 0)])
def test_both_sides_of_the_gap(gap: int, count: int) -> None:
    """Between the middles of the nearest voxels."""
    labels, volumes = pieces((0, 10, 0), (9 + gap, 3, 0))
    assert joined(labels, volumes, ONE_MM)[1] == count


def test_in_thick_slices_the_next_slices_are_near() -> None:
    labels, volumes = pieces((0, 10, 0), (10, 3, 0))
    assert joined(labels, volumes, np.array([6.5, 1.0, 1.0]))[1] == 1
    labels, volumes = pieces((0, 10, 0), (12, 3, 0))
    assert joined(labels, volumes, np.array([6.5, 1.0, 1.0]))[1] == 0


def test_two_large_lesions_stay_two_and_two_small_ones_without_a_large_one_too() -> None:
    for boxes in (((0, 10, 0), (11, 10, 0)), ((0, 3, 0), (4, 3, 0))):
        labels, volumes = pieces(*boxes)
        found, count = joined(labels, volumes, ONE_MM)
        assert count == 0
        assert np.array_equal(found, labels)


def test_from_the_least_volume_on_a_piece_is_a_lesion() -> None:
    labels, _ = pieces((0, 10, 0), (11, 3, 0))
    assert joined(labels, np.array([1.0, LEAST_ML]), ONE_MM)[1] == 0
    assert joined(labels, np.array([1.0, LEAST_ML - 0.001]), ONE_MM)[1] == 1


def test_below_the_least_volume_an_outline_a_millimetre_aside_shares_less_than_three_quarters() -> None:
    """Why the least is what it is."""
    def shared(volume_ml: float) -> float:
        radius, fine = (3000 * volume_ml / (4 * np.pi)) ** (1 / 3), 0.1
        x, y, z = np.ogrid[-6:6:fine, -6:6:fine, -6:6:fine]
        here, aside = (x**2 + y**2 + z**2 <= radius**2, (x - 1) ** 2 + y**2 + z**2 <= radius**2)
        return 2 * (here & aside).sum() / (here.sum() + aside.sum())

    assert shared(LEAST_ML) == pytest.approx(0.75, abs=0.02)
    assert shared(0.03) < 0.65
