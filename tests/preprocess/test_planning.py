"""A planning scan is registered from any position; a mirrored head, another head and a displaced one are recognised."""

from dataclasses import replace

import numpy as np
import pytest

from rnapp.errors import Cancelled, PreparationError
from rnapp.preprocess import planned_head
from rnapp.preprocess.planned_head import Planned, Upright
from rnapp.preprocess.planning import PlanningMatch, _verdict, register_planning
from rnapp.preprocess.planning_evidence import Evidence, _displaced, evidence_of
from rnapp.types import Atlas, CancelToken, Prepared, Volume
from tests.conftest import loaded
from tests.preprocess.planning_heads import (
    OBLIQUE_FEET_FIRST,
    PLANNED,
    Person,
    landmark_error,
    person,
    reference,
    true_way,
)
from tests.preprocess.planning_heads import planning as planned
from tests.timeline.synthetic import rigid

WITHIN_MM = 0.5  # the largest error in the brain


@pytest.fixture(scope="module")
def who(atlas: Atlas) -> Person:
    return person(atlas, 1)


@pytest.fixture(scope="module")
def scan(atlas: Atlas, who: Person) -> Prepared:
    return reference(atlas, who)


@pytest.fixture(scope="module")
def found(atlas: Atlas, who: Person, scan: Prepared) -> PlanningMatch:
    """The CT, oblique and feet first, in its own frame of reference."""
    return register_planning(planned(atlas, who, OBLIQUE_FEET_FIRST), scan, CancelToken())


def told(atlas: Atlas, head: Person, scan: Prepared, kind: str) -> str:
    """The verdict in words, whether it is a doubt or a refusal; "" for a good one."""
    try:
        quality = register_planning(planned(atlas, head, PLANNED, kind), scan, CancelToken()).quality
    except PreparationError as error:
        return str(error)
    return "" if quality.good else quality.sentence


def test_an_oblique_ct_feet_first_is_found(atlas: Atlas, who: Person, found: PlanningMatch) -> None:
    assert landmark_error(found.to_scan, atlas, who, OBLIQUE_FEET_FIRST) < WITHIN_MM
    assert found.to_scan.scale == pytest.approx(1, abs=1e-6), "the atlas' scale does not touch it"
    quality = found.quality
    assert quality.good
    assert quality.measure == "mutual_information"
    assert quality.mirrored < quality.correlation
    assert quality.size_ratio == pytest.approx(1, abs=0.02)
    assert quality.sentence.startswith("The planning scan matches the scan")


def test_a_planning_mri_of_another_contrast_is_found(atlas: Atlas, who: Person, scan: Prepared) -> None:
    match = register_planning(planned(atlas, who, PLANNED, "T2"), scan, CancelToken())
    assert landmark_error(match.to_scan, atlas, who, PLANNED) < WITHIN_MM
    assert match.quality.good


def test_swapped_sides_are_refused_though_the_head_is_nearly_even(
        atlas: Atlas, who: Person, scan: Prepared) -> None:
    assert "left and right on the same sides" in told(atlas, who.mirrored, scan, "CT")


@pytest.mark.parametrize("kind", ["CT", "T2"])
def test_another_head_is_not_mistaken_for_this_one(atlas: Atlas, scan: Prepared, kind: str) -> None:
    assert told(atlas, person(atlas, 2), scan, kind)


@pytest.mark.parametrize(("degrees", "shift"), [((0, 0, 0), (12, 0, 0)), ((0, 14, 0), (0, 0, 0)),
                                                ((0, 0, 0), (0, 6, 7))])
def test_a_registration_that_failed_is_not_good(
        atlas: Atlas, who: Person, scan: Prepared, degrees: tuple[int, ...], shift: tuple[int, ...]) -> None:
    upright, head = Upright.of(scan), Planned.of(planned(atlas, who, PLANNED))
    right = upright.to_native.inverse().after(true_way(atlas, PLANNED))
    wrong = rigid(degrees, shift, upright.middle).after(right)
    try:
        assert not _verdict(evidence_of(upright, head.placed(wrong), CancelToken())).good
    except PreparationError as error:
        assert "planning scan" in str(error)  # noqa: PT017 - either is right, and nothing else


def test_each_measure_alone_makes_a_match_doubtful_and_a_bad_one_refused() -> None:
    fits = Evidence(0.8, 0.4, 0.4, 0.98, 1.0, 1.5, 0.0, 1.0)
    assert _verdict(fits).good
    assert _verdict(replace(fits, bone_inside=None, enclosed=None)).good, "an MRI shows no bone"
    for doubtful in ({"mirrored": 0.7}, {"displaced": 0.6}, {"outline": 0.9}, {"size": 1.05}, {"local_mm": 3.5},
                     {"bone_inside": 0.01}, {"enclosed": 0.8}):
        assert not _verdict(replace(fits, **doubtful)).good
    for refused in ({"mirrored": 0.79}, {"displaced": 0.7}, {"outline": 0.8}, {"size": 0.9}, {"local_mm": 6.5},
                    {"bone_inside": 0.1}, {"enclosed": 0.5}):
        with pytest.raises(PreparationError, match="does not match"):
            _verdict(replace(fits, **refused))
    mri = replace(fits, bone_inside=None, enclosed=None, displaced=0.62)
    assert _verdict(mri).good, "without a skull it falls more slowly"
    assert not _verdict(replace(mri, displaced=0.66)).good
    assert not _verdict(replace(mri, local_mm=2.5)).good
    assert _verdict(replace(fits, local_mm=2.5)).good, "a CT's even brain does not hold its parts"
    with pytest.raises(PreparationError, match="fits better mirrored"):
        _verdict(replace(fits, mirrored=0.81))


def test_poses_are_displaced_both_ways_about_the_middle() -> None:
    middle = np.array([10.0, -120, 70])
    moved = np.array([one.apply(middle[None])[0] - middle for one in _displaced(middle)])
    assert len(moved) == 12
    assert np.allclose(moved.sum(axis=0), 0)
    assert sorted(np.round(np.linalg.norm(moved, axis=1), 6).tolist()) == [0.0] * 6 + [5.0] * 6


def test_what_shows_no_head_is_refused(scan: Prepared) -> None:
    for array in (np.zeros((40, 40, 30), np.float32), np.pad(np.ones((4, 4, 4), np.float32), 20)):
        with pytest.raises(PreparationError, match="Expected a head in the planning scan"):
            register_planning(loaded(Volume(array, np.diag([3.0, 3, 3, 1]))), scan, CancelToken())


def test_couch_and_neck_are_left_out_of_a_ct() -> None:
    grid = np.full((60, 60, 100), -1000, np.float32)
    grid[20:40, 20:40, 10:90] = 40  # head and neck, 320 mm high
    grid[20:40, 22:24, 80:90] = 900
    grid[5:55, 50:53, :] = 200  # the couch
    series = loaded(Volume(grid, np.diag([8.0, 8.0, 4.0, 1.0])))
    head = Planned.of(replace(series, series=replace(series.series, modality="CT")))
    assert head.bone is not None
    assert head.bone.array.any()
    assert not head.body.array[:, 45:].any(), "the couch"
    heights = head.body.to_mm(np.argwhere(head.body.array).astype(float))[:, 2]
    assert heights.max() - heights.min() == pytest.approx(planned_head.HEAD_MM, abs=8)
    assert heights.max() == pytest.approx(4 * 89, abs=8), "the top stays"
    assert float(head.picture.array.min()) == 0
    assert float(head.picture.array.max()) == planned_head.SOFT_HU[1] - planned_head.SOFT_HU[0], "dense bone is cut"


def test_cancel_stops_it(atlas: Atlas, who: Person, scan: Prepared) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        register_planning(planned(atlas, who, PLANNED), scan, token)
