"""Ghosts made in k-space are noticed along either axis; noise, masked air and a still head say nothing."""

import numpy as np
import pytest

from rnapp.trust.checks.ghosts import GHOSTING, ghost_cautions, ghosting

SPACING = np.array([3.0, 3.0, 3.0])


def head(noise: float = 5.0) -> tuple[np.ndarray, np.ndarray]:
    """A ball of 500 in a cube of 64 voxels with Rician noise, and what is head."""
    rng = np.random.default_rng(8)
    i, j, k = np.ogrid[-32:32, -32:32, -32:32]
    inside = (i / 22) ** 2 + (j / 26) ** 2 + (k / 22) ** 2 <= 1
    real, imaginary = 500.0 * inside + rng.normal(0, noise, inside.shape), rng.normal(0, noise, inside.shape)
    return np.hypot(real, imaginary), inside


def ghosted(scan: np.ndarray, axis: int, weaker: float) -> np.ndarray:
    """Every second line of k-space along an axis weaker by this share, as by a pulse or a swallow."""
    lines = np.ones(scan.shape[axis])
    lines[1::2] -= weaker
    space = np.fft.fft(scan, axis=axis) * np.expand_dims(lines, [one for one in range(3) if one != axis])
    return np.abs(np.fft.ifft(space, axis=axis))


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize(("weaker", "said"), [(0.02, 0), (0.1, 1), (0.3, 1)])
def test_ghosts_are_noticed_along_any_axis(axis: int, weaker: float, said: int) -> None:
    scan, inside = head()
    found = ghost_cautions(ghosting(ghosted(scan, axis, weaker), inside, SPACING))
    assert [(one.code, one.level) for one in found] == [("ghosts", "confirm")] * said


@pytest.mark.parametrize("noise", [5.0, 50.0])
def test_noise_is_no_ghost(noise: float) -> None:
    score = ghosting(*head(noise), SPACING)
    assert score is not None
    assert score < GHOSTING / 3


def test_masked_air_and_a_scan_without_air_cannot_be_measured() -> None:
    scan, inside = head()
    assert ghosting(np.where(inside, scan, 0), inside, SPACING) is None
    assert ghosting(scan, np.ones_like(inside), SPACING) is None
    assert ghosting(scan, np.zeros_like(inside), SPACING) is None
    assert ghost_cautions(None) == ()


def test_both_sides_of_the_threshold() -> None:
    assert ghost_cautions(GHOSTING - 0.001) == ()
    assert len(ghost_cautions(GHOSTING)) == 1
