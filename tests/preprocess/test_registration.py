"""A moved head comes back; left stays left."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rnapp.errors import Cancelled
from rnapp.geometry import resample, resample_mask
from rnapp.preprocess.registration import align_rigid, refine_brain, register_head, size_ratio
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
