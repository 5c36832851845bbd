"""A moved head comes back; left stays left."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rnapp.errors import Cancelled
from rnapp.geometry import resample, resample_mask
from rnapp.preprocess.registration import (
    COARSE_MM,
    _Level,
    _mask_centre,
    _optimise,
    _settled,
    _similarity,
    _to_atlas,
    align_rigid,
    refine_brain,
    register_brain,
    register_head,
    size_ratio,
)
from rnapp.types import Atlas, CancelToken, SimilarityTransform, Volume
from tests.conftest import oblique_affine


def moved_head(atlas: Atlas, degrees: tuple[float, float, float], shift_mm: tuple[float, float, float],
               flips: tuple[int, int, int]) -> tuple[Volume, SimilarityTransform]:
    """The atlas head on an oblique anisotropic grid, with noise, and the true way back to the atlas."""
    centre = atlas.head.to_mm((np.array([atlas.head.shape]) - 1) / 2)[0]
    move = np.eye(4)
    move[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    move[:3, 3] = centre + shift_mm - move[:3, :3] @ centre
    to_native = SimilarityTransform(move)
    shape = (130, 140, 44)
    affine = oblique_affine((1.8, 1.8, 4.0), (8, -5, 3), flips, centre + shift_mm, shape)
    grid = Volume(np.zeros(shape, np.uint8), affine)
    head = resample(atlas.head, grid, to_native)
    noise = np.random.default_rng(3).normal(0, 60, shape)
    return head.with_array((head.array + np.abs(noise)).astype(np.float32)), to_native.inverse()


def error_mm(found: SimilarityTransform, true: SimilarityTransform, atlas: Atlas) -> float:
    """Mean displacement of the brain."""
    brain = atlas.brain.to_mm(np.argwhere(atlas.brain_mask.array)[::5003].astype(float))
    return float(np.linalg.norm(found.apply(true.inverse().apply(brain)) - brain, axis=1).mean())


@pytest.mark.parametrize(("degrees", "shift", "flips"), [
    ((0, 0, 0), (0, 0, 0), (1, 1, 1)),
    ((28, 0, 0), (20, -30, 40), (1, -1, 1)),
    ((-20, 18, 25), (-50, 10, -20), (-1, 1, 1)),
])
def test_moved_heads_come_back(atlas: Atlas, degrees: tuple[float, float, float], shift: tuple[float, float, float],
                               flips: tuple[int, int, int]) -> None:
    head, true = moved_head(atlas, degrees, shift, flips)
    found = register_head(head, atlas.head, atlas.brain_mask, CancelToken())
    assert error_mm(SimilarityTransform(np.eye(4)), true, atlas) > 15 or degrees == (0, 0, 0)
    assert error_mm(found, true, atlas) < 2


def moved_header(head: Volume, degrees: float, shift_mm: tuple[float, float, float]) -> tuple[Volume, np.ndarray]:
    """The same voxels somewhere else, and the matrix that moves them there."""
    middle = head.to_mm((np.array([head.shape]) - 1) / 2)[0]
    move = np.eye(4)
    move[:3, :3] = Rotation.from_euler("xyz", (degrees, degrees / 2, -degrees), degrees=True).as_matrix()
    move[:3, 3] = middle + shift_mm - move[:3, :3] @ middle
    return Volume(head.array, move @ head.affine), move


def test_the_same_voxels_land_in_the_same_place_whatever_the_header_says(atlas: Atlas) -> None:
    head, _ = moved_head(atlas, (12, -4, 7), (10, -15, 20), (1, 1, 1))
    here = register_head(head, atlas.head, atlas.brain_mask, CancelToken())
    brain = here.inverse().apply(atlas.brain.to_mm(np.argwhere(atlas.brain_mask.array)[::5003].astype(float)))
    for degrees, shift in ((0, (1e-5, 0, 1e-5)), (0, (0.2, 0.1, -0.2)), (0, (0, 2, 0)), (0.1, (0, 0, 0))):
        again, move = moved_header(head, degrees, shift)
        there = register_head(again, atlas.head, atlas.brain_mask, CancelToken())
        apart = there.apply(SimilarityTransform(move).apply(brain)) - here.apply(brain)
        assert np.linalg.norm(apart, axis=1).max() < 0.01, (degrees, shift)


def test_a_search_stops_where_it_began_to_and_settling_does_not(atlas: Atlas) -> None:
    head, true = moved_head(atlas, (5, 0, 3), (4, 2, -3), (1, 1, 1))
    level, centre = _Level.of(atlas.head, head, atlas.brain_mask, COARSE_MM), _mask_centre(atlas.brain_mask)
    back = true.inverse()
    ends: dict[str, list[np.ndarray]] = {"searched": [], "settled": []}
    for off in ((0, 0, 0), (1.5, -1, 0.5), (-1, 0, 2)):
        start = _similarity(back.matrix[:3, :3], centre, back.apply(centre[None])[0] + off)
        found, _ = _optimise(level, start, CancelToken())
        for name, one in (("searched", found), ("settled", _settled(level, found, CancelToken()))):
            ends[name].append(_to_atlas(one).apply(back.apply(centre[None] + [[60, 60, 50]])))
    spread = {name: float(np.ptp(points, axis=0).max()) for name, points in ends.items()}
    assert spread["searched"] > 0.02
    assert spread["settled"] < 0.01
    assert spread["settled"] < spread["searched"] / 5


def test_a_brain_that_is_already_there_stays(atlas: Atlas) -> None:
    found = register_brain(atlas.brain, atlas.brain, CancelToken())
    assert error_mm(found, SimilarityTransform(np.eye(4)), atlas) < 0.1


def test_a_start_that_is_a_rotation_to_seven_digits_is_taken(atlas: Atlas) -> None:
    rough = np.round(Rotation.from_euler("xyz", (3, 2, 1), degrees=True).as_matrix(), 7)
    start = np.eye(4)
    start[:3, :3] = rough
    brain = Volume(atlas.brain.array, np.linalg.inv(start) @ atlas.brain.affine)
    found = refine_brain(brain, atlas.brain, SimilarityTransform(start), CancelToken())
    assert error_mm(found, SimilarityTransform(start), atlas) < 0.1


def test_refinement_finds_the_size(atlas: Atlas) -> None:
    scale = np.diag([1.08, 1.08, 1.08, 1])
    to_native = SimilarityTransform(scale)
    grid = Volume(np.zeros((130, 140, 90), np.uint8), np.diag([2.0, 2, 2, 1]) + np.array(
        [[0, 0, 0, 0], [0, 0, 0, -270], [0, 0, 0, 0], [0, 0, 0, 0.0]]))
    brain = resample(atlas.brain, grid, to_native)
    start = np.eye(4)
    start[:3, 3] = (-9, 9, -6)
    found = refine_brain(brain, atlas.brain, SimilarityTransform(start), CancelToken())
    assert found.scale == pytest.approx(1 / 1.08, abs=0.01)
    assert error_mm(found, to_native.inverse(), atlas) < 1


def test_cancel_stops_it(atlas: Atlas) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        register_head(atlas.head, atlas.head, atlas.brain_mask, token)


def test_two_scans_of_one_head_are_aligned_rigidly(atlas: Atlas) -> None:
    move = np.eye(4)
    move[:3, :3] = Rotation.from_euler("xyz", (3, -2, 4), degrees=True).as_matrix()
    move[:3, 3] = (9, -6, 4)
    true = SimilarityTransform(move).inverse()
    moving = resample(atlas.head, atlas.head, true.inverse())
    mask = resample_mask(atlas.brain_mask, atlas.head, true.inverse())
    found = align_rigid(atlas.head, moving, atlas.brain_mask, mask, CancelToken())
    assert error_mm(SimilarityTransform(np.eye(4)), true, atlas) > 5
    assert error_mm(found, true, atlas) < 0.2
    assert found.scale == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("scale", [0.93, 0.98, 1.0, 1.05])
def test_the_size_of_a_head_is_compared(atlas: Atlas, scale: float) -> None:
    centre = atlas.brain_mask.to_mm(np.argwhere(atlas.brain_mask.array).mean(axis=0)[None])[0]
    scaled = np.diag([scale, scale, scale, 1])
    scaled[:3, 3] = (1 - scale) * centre
    head, mask = (Volume(one.array, scaled @ one.affine) for one in (atlas.head, atlas.brain_mask))
    assert size_ratio(atlas.head, head, atlas.brain_mask, mask) == pytest.approx(1 / scale, abs=0.015)
