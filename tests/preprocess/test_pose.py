"""The search finds a head in any position, without a start."""

import numpy as np
import pytest

from rnapp.errors import Cancelled
from rnapp.preprocess.pose import find_poses
from rnapp.types import Atlas, CancelToken, SimilarityTransform, Volume
from tests.preprocess.test_registration import error_mm, moved_head


def transform(pose: object) -> SimilarityTransform:
    matrix = np.eye(4)
    matrix[:3, :3] = pose.turn
    matrix[:3, 3] = pose.place - pose.turn @ pose.centre
    return SimilarityTransform(matrix).inverse()


@pytest.mark.parametrize(("degrees", "shift", "flips"), [
    ((0, 0, 0), (0, 0, 0), (1, 1, 1)),
    ((45, 0, 0), (0, 60, -60), (1, -1, 1)),
    ((-35, 30, 35), (-60, 10, -20), (-1, 1, -1)),
])
def test_the_best_pose_is_near_the_truth(atlas: Atlas, degrees, shift, flips) -> None:
    head, true = moved_head(atlas, degrees, shift, flips)
    pose = find_poses(atlas.head, atlas.brain_mask, head, 1, CancelToken())[0]
    assert error_mm(transform(pose), true, atlas) < 6
    assert np.linalg.det(pose.turn) == pytest.approx(1)


@pytest.mark.parametrize(("axis", "keep"), [(0, slice(0, 91)), (1, slice(42, 140)), (2, slice(13, 44))])
def test_a_third_of_the_head_may_be_missing(atlas: Atlas, axis: int, keep: slice) -> None:
    head, true = moved_head(atlas, (15, -10, 20), (0, 0, 0), (1, 1, 1))
    places = [slice(None)] * 3
    places[axis] = keep
    affine = head.affine.copy()
    affine[:3, 3] += affine[:3, axis] * (keep.start or 0)
    pose = find_poses(atlas.head, atlas.brain_mask, Volume(head.array[tuple(places)].copy(), affine), 1,
                      CancelToken())[0]
    assert error_mm(transform(pose), true, atlas) < 8


def test_poses_differ_and_come_best_first(atlas: Atlas) -> None:
    head, _ = moved_head(atlas, (10, 0, 0), (0, 0, 0), (1, 1, 1))
    poses = find_poses(atlas.head, atlas.brain_mask, head, 3, CancelToken())
    assert [pose.score for pose in poses] == sorted((pose.score for pose in poses), reverse=True)
    turns = [np.degrees(np.arccos((np.trace(poses[0].turn.T @ pose.turn) - 1) / 2)) for pose in poses[1:]]
    shifts = [np.linalg.norm(poses[0].place - pose.place) for pose in poses[1:]]
    assert all(turn > 5 or shift > 5 for turn, shift in zip(turns, shifts, strict=True))


def test_the_same_head_gives_the_same_pose(atlas: Atlas) -> None:
    head, _ = moved_head(atlas, (10, 5, 0), (0, 0, 0), (1, 1, 1))
    first, second = (find_poses(atlas.head, atlas.brain_mask, head, 1, CancelToken())[0] for _ in range(2))
    assert np.array_equal(first.turn, second.turn)
    assert first.score == second.score


def test_cancel_stops_it(atlas: Atlas) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        find_poses(atlas.head, atlas.brain_mask, atlas.head, 1, token)
