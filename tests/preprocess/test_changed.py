"""What differs between two scans of one head is left out; what differs between two heads is not."""

import numpy as np
import pytest
from scipy import ndimage

from rnapp.preprocess import changed
from rnapp.preprocess.changed import unchanged
from rnapp.types import Volume
from tests.conftest import sphere

SHAPE = (100, 110, 90)
CAVITY = np.array([60.0, 40.0, 45.0])


def grid(array: np.ndarray) -> Volume:
    return Volume(array, np.diag([1.0, 1, 1, 1]))


def texture(seed: int) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(SHAPE, np.float32), 4.0)
    return 100 + 10 * noise / noise.std()


def brain() -> Volume:
    return sphere(grid(np.zeros(SHAPE, np.uint8)), np.array([50.0, 55, 45]), 38)


def correlation(one: np.ndarray, other: np.ndarray, inside: np.ndarray) -> float:
    return float(np.corrcoef(one[inside], other[inside])[0, 1])


def test_a_cavity_is_left_out_and_nothing_else() -> None:
    head = texture(1)
    operated = np.where(sphere(brain(), CAVITY, 14).array, 20.0, head)
    found = unchanged(grid(0.4 * operated + 7), grid(head), brain())
    left_out = brain().array & ~found.array
    cavity = sphere(brain(), CAVITY, 14).array
    assert left_out[sphere(brain(), CAVITY, 12).array].all()
    assert (left_out & ~sphere(brain(), CAVITY, 20).array).sum() == 0
    assert correlation(head, operated, brain().array) < 0.7
    assert correlation(head, operated, found.array) > 0.99
    assert found.array.dtype == np.bool_
    assert (found.array & ~brain().array).sum() == 0
    assert left_out.sum() < 2.2 * cavity.sum()


def test_noise_and_thin_differences_are_not() -> None:
    head = texture(1)
    thin = head.copy()
    thin[30:33, :, :] += 60
    noisy = head + np.random.default_rng(2).normal(0, 15, SHAPE)
    for other in (thin, noisy):
        assert np.array_equal(unchanged(grid(other.astype(np.float32)), grid(head), brain()).array, brain().array)


def test_another_head_does_not_look_like_this_one_for_it() -> None:
    head, other = texture(1), texture(2)
    found = unchanged(grid(other), grid(head), brain())
    assert correlation(head, other, found.array) < 0.3


def test_where_too_much_differs_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    head = texture(1)
    operated = np.where(sphere(brain(), CAVITY, 14).array, 20.0, head)
    monkeypatch.setattr(changed, "MOST_CHANGED", 0.02)
    assert np.array_equal(unchanged(grid(operated), grid(head), brain()).array, brain().array)


def test_nothing_to_compare_stays_nothing() -> None:
    none = brain().with_array(np.zeros(SHAPE, bool))
    assert unchanged(grid(texture(1)), grid(texture(1)), none) is none
