"""White matter's brightness, what a ring surrounds, and parts that are cut from what they touch."""

import numpy as np
import pytest
from scipy import ndimage

from rnapp.errors import PreparationError
from rnapp.lesion.bright import Scene, bright_parts, surrounded, white_matter
from rnapp.types import Array
from tests.conftest import dice

SHAPE = (60, 64, 56)


def distance(centre: tuple[float, float, float]) -> Array:
    return np.sqrt(sum((index - c) ** 2 for index, c in zip(np.ogrid[:60, :64, :56], centre, strict=True)))


def scene(level: Array) -> Scene:
    brain = np.ones(SHAPE, bool)
    return Scene(np.zeros(3, int), level.astype(np.float32), brain, np.full((30, 32, 28), 20.0))


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_white_matter_is_the_brightest_tissue_whatever_enhances(share: float) -> None:
    rng = np.random.default_rng(1)
    tissue = [rng.normal(-2, 0.4, 20_000), rng.normal(-0.2, 0.4, 90_000), rng.normal(1.1, 0.3, 90_000)]
    values = np.concatenate([*tissue, rng.normal(4, 1.5, int(200_000 * share))])
    mode, deviation = white_matter(values)
    assert mode == pytest.approx(1.1, abs=0.1)
    assert deviation == pytest.approx(0.3, rel=0.3)


def test_contrast_that_hides_grey_from_white_matter_makes_one_peak() -> None:
    rng = np.random.default_rng(2)
    mode, deviation = white_matter(np.concatenate([rng.normal(-3, 1, 30_000), rng.normal(0.3, 0.25, 170_000)]))
    assert mode == pytest.approx(0.3, abs=0.1)
    assert deviation == pytest.approx(0.25, rel=0.3)


def test_a_brain_without_tissue_is_refused() -> None:
    with pytest.raises(PreparationError, match="the same everywhere"):
        white_matter(np.append(np.zeros(1000), 1.0))


def test_a_ring_surrounds_its_core_even_if_it_is_open() -> None:
    away = distance((30, 32, 28))
    shell = (away < 13) & (away > 9)
    i, _, _ = np.ogrid[:60, :64, :56]
    for ring in (shell, shell & (i < 39)):  # whole; without a seventh of it
        inside = surrounded(ring)
        assert inside[away < 4].all()
        assert not inside[away > 18].any()


def test_a_sheet_and_a_bent_tube_surround_nothing() -> None:
    i, j, k = np.ogrid[:60, :64, :56]
    sheet = np.broadcast_to(np.abs(i - 30) < 2, SHAPE)
    tube = (np.abs(np.sqrt((i - 30) ** 2 + (j - 32) ** 2) - 12) < 2) & (np.abs(k - 28) < 2)
    for mask in (sheet.copy(), tube):
        assert not (surrounded(mask) & ~ndimage.binary_dilation(mask, iterations=3)).any()


def test_a_ball_is_cut_from_the_vessel_that_it_touches() -> None:
    i, j, k = np.ogrid[:60, :64, :56]
    ball = distance((30, 32, 28)) < 8
    vessel = ((i - 36) ** 2 + (k - 28) ** 2 <= 2.5) & np.ones_like(j, bool)
    parts = list(bright_parts(scene(np.where(ball | vessel, 8.0, 0.0))))
    whole = np.zeros(SHAPE, bool)
    best = 0.0
    for part in parts:
        whole[:] = False
        whole[part.box][part.filled] = True
        best = max(best, dice(whole, ball))
    assert best > 0.9


def test_what_hardly_rises_above_its_level_is_no_part() -> None:
    ball = distance((30, 32, 28)) < 8
    assert list(bright_parts(scene(np.where(ball, 2.5, 0.0)))) == []
    assert len(list(bright_parts(scene(np.where(ball, 3.5, 0.0))))) == 1, "cuts that change nothing are not repeated"


def test_parts_are_boxed_where_they_are() -> None:
    ball = distance((12, 50, 20)) < 6
    part = next(bright_parts(scene(np.where(ball, 8.0, 0.0))))
    assert np.array_equal(part.filled, ball[part.box])
    assert part.filled.sum() == ball.sum()
