"""Which lesion is which: by overlap, else by place; new, gone, split, merged."""

import numpy as np
import pytest

from rnapp.timeline.match import Footprint, footprints, match, moved_labels, seen
from rnapp.types import LesionSet, Volume
from tests.conftest import sphere
from tests.timeline.synthetic import rigid

GRID = Volume(np.zeros((80, 90, 70), np.uint8), np.array(
    [[-1.0, 0, 0, 60], [0, 0, 1.0, -80], [0, 1.0, 0, 5], [0, 0, 0, 1]]))  # flipped and permuted axes
A, B = GRID.to_mm(np.array([[20.0, 25, 20], [60.0, 60, 50]]))


def ball(centre: np.ndarray, radius: float, shift: tuple[float, float, float] = (0, 0, 0)) -> Footprint:
    mask = sphere(GRID, centre + np.array(shift), radius)
    return Footprint.of(np.flatnonzero(mask.array), GRID)


def pairs(then: list[Footprint], now: list[Footprint]) -> set[tuple[int, int]]:
    return {(one.then, one.now) for one in match(then, now).pairs}


def test_a_footprint_knows_its_place() -> None:
    assert ball(A, 6).centre_mm == pytest.approx(A, abs=0.1)
    assert len(ball(A, 6).voxels) == pytest.approx(4 / 3 * np.pi * 6**3, rel=0.03)


def test_lesions_that_grew_and_shrank_keep_their_names_whatever_their_order() -> None:
    found = match([ball(A, 5), ball(B, 12)], [ball(B, 6, (3, 0, 0)), ball(A, 14, (2, -2, 0))])
    assert {(one.then, one.now, one.how) for one in found.pairs} == {(0, 1, "overlap"), (1, 0, "overlap")}
    assert (found.new, found.gone, found.split, found.merged, found.tangled) == ((), (), (), (), ())
    assert found.pairs[0].overlap == pytest.approx(2 * 5**3 / (5**3 + 14**3), rel=0.05)


def test_new_and_gone() -> None:
    found = match([ball(A, 6)], [ball(B, 6)])
    assert (found.pairs, found.new, found.gone) == ((), (0,), (0,))
    assert match([], [ball(B, 6)]).new == (0,)
    assert match([ball(B, 6)], []).gone == (0,)
    assert match([], []).pairs == ()


@pytest.mark.parametrize(("apart", "same"), [(7.9, True), (8.2, False)])
def test_small_lesions_that_miss_each_other_are_matched_by_place(apart: float, same: bool) -> None:
    found = match([ball(A, 2)], [ball(A, 2, (0, apart, 0))])
    assert bool(found.pairs) is same
    assert (found.new == found.gone == (0,)) is not same
    if same:
        assert (found.pairs[0].how, found.pairs[0].overlap) == ("place", 0)
        assert found.pairs[0].apart_mm == pytest.approx(apart, abs=0.3)


def test_overlap_comes_before_place_and_all_pairs_before_the_nearest_one() -> None:
    then, now = [ball(A, 6), ball(A, 2, (13, 0, 0))], [ball(A, 6, (5, 0, 0)), ball(B, 3)]
    assert pairs(then, now) == {(0, 0)}, "the small one lies nearer to what the large one became, but does not overlap"
    row = [ball(A, 1.5, (0, 6.0 * n, 0)) for n in range(3)]
    moved = [ball(A, 1.5, (0, 6.0 * n + 3.4, 0)) for n in range(3)]
    assert pairs(row, moved) == {(0, 0), (1, 1), (2, 2)}, "each is nearer to its neighbour's new place"


def test_touching_neighbours_are_not_one_lesion() -> None:
    then, now = [ball(A, 6)], [ball(A, 6), ball(A, 6, (11, 0, 0))]
    found = match(then, now)
    assert (pairs(then, now), found.new, found.split) == ({(0, 0)}, (1,), ())


def test_split_merged_and_tangled() -> None:
    whole, parts = [ball(A, 9)], [ball(A, 4, (-5, 0, 0)), ball(A, 3, (5, 0, 0))]
    split = match(whole, parts)
    assert (split.split, split.new, split.gone, split.merged) == (((0, 1),), (), (), ())
    assert [(one.then, one.now) for one in split.pairs] == [(0, 0)]
    merged = match(parts, whole)
    assert (merged.merged, merged.new, merged.gone, merged.split) == (((1, 0),), (), (), ())
    both = match([ball(A, 6), ball(A, 6, (14, 0, 0))], [ball(A, 6, (2, 0, 0)), ball(A, 9, (13, 0, 0))])
    assert [(one.then, one.now) for one in both.pairs] == [(0, 0), (1, 1)]
    assert both.tangled == ((0, 1),) or both.tangled == ()
    shifted = match([ball(A, 6), ball(A, 6, (13, 0, 0))], [ball(A, 6, (-4, 0, 0)), ball(A, 10, (9, 0, 0))])
    assert shifted.tangled == ((0, 1),)


def test_labels_are_moved_with_the_scan() -> None:
    between = rigid((4, -3, 6), (6, 9, -5), GRID.to_mm(np.array([[40.0, 45, 35]]))[0], 1.02)
    there = [sphere(GRID, between.inverse().apply(place[None])[0], radius / 1.02) for place, radius in ((A, 7), (B, 4))]
    labels = GRID.with_array((there[0].array + 2 * there[1].array).astype(np.int16))
    lesions = LesionSet((), labels, labels)
    moved = footprints(moved_labels(lesions, between, GRID))
    assert list(moved) == [1, 2]
    for place, centre, radius in ((moved[1], A, 7), (moved[2], B, 4)):
        assert place.centre_mm == pytest.approx(centre, abs=0.5)
        assert len(place.voxels) == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.06)
    still = footprints(labels)
    assert np.linalg.norm(still[1].centre_mm - A) > 5, "without the transform they lie elsewhere"
    assert pairs([moved[1], moved[2]], [ball(A, 7), ball(B, 4)]) == {(0, 0), (1, 1)}
    assert pairs([still[1], still[2]], [ball(A, 7), ball(B, 4)]) != {(0, 0), (1, 1)}


def test_what_the_other_scan_does_not_cover_is_not_seen() -> None:
    lesion = ball(A, 6)
    half = np.zeros(GRID.shape, bool)
    half[:, :, 22:] = True
    assert seen(lesion, GRID.with_array(np.ones(GRID.shape, bool)))
    assert not seen(lesion, GRID.with_array(half))
