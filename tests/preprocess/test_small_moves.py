"""The same head in a slightly different position: sampled from the scan itself, in the right place."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rnapp.geometry import IDENTITY, resample
from rnapp.lesion.measure import centre_of_mass_mm
from rnapp.preprocess.bias_field import corrected_around, corrected_scan
from rnapp.preprocess.small_moves import Scene, around, moves
from rnapp.tasks.metastasis.question import T1CE
from rnapp.types import CancelToken
from tests.conftest import sphere
from tests.tasks.steady_heads import CENTRE, made_head

TOKEN = CancelToken()


@pytest.fixture(scope="module")
def prepared(atlas):
    return made_head(atlas)


@pytest.fixture(scope="module")
def lesion(prepared):
    return sphere(prepared.head, CENTRE, 7.0)


@pytest.fixture(scope="module")
def scene(prepared, lesion):
    return Scene.of(prepared, T1CE, around(lesion, 40), TOKEN)


def test_the_moves_are_of_2_degrees_about_each_axis_and_of_2_mm():
    centre = np.array([3.0, -20, 41])
    found = moves(centre)
    assert list(found) == ["head turned 2° about the left-right axis", "head turned 2° about the front-back axis",
                           "head turned 2° about the head-foot axis", "head moved 2 mm"]
    *turned, moved = found.values()
    for axis, turn in enumerate(turned):
        assert np.degrees(Rotation.from_matrix(turn.matrix[:3, :3]).as_rotvec()) == pytest.approx(2 * np.eye(3)[axis])
        assert turn.apply(centre[None])[0] == pytest.approx(centre)
    step = moved.apply(centre[None])[0] - centre
    assert np.linalg.norm(step) == pytest.approx(2)
    assert (np.abs(step - np.rint(step)) > 0.1).all(), "between the voxels, or nothing would be sampled there"


def test_an_unmoved_head_is_the_prepared_one(prepared, scene):
    here = resample(prepared.image, scene.grid)
    assert np.abs(scene.image(IDENTITY).array - here.array).max() < 2e-3
    assert here.array.std() > 0.5


def test_a_moved_head_is_the_scan_through_the_moved_registration_and_differs_from_the_prepared_one(prepared, scene):
    for move in scene.moves().values():
        whole = resample(corrected_scan(prepared.native, prepared.reference.bias, TOKEN), prepared.head,
                         move.after(prepared.to_atlas))
        there = resample(whole, scene.grid)
        image = scene.image(move)
        inside = image.array != 0
        expected = (there.array - scene.level.mean) / scene.level.deviation
        assert np.abs(image.array - expected)[inside].max() < 2e-3
        assert np.abs(image.array - resample(prepared.image, scene.grid).array).max() > 0.2


def test_the_outline_moves_with_the_head(scene, lesion):
    for move in scene.moves().values():
        outline = scene.outline(lesion, False, move)
        expected = move.apply(np.array([CENTRE]))[0]
        assert centre_of_mass_mm(outline) == pytest.approx(expected, abs=0.2)  # of voxels of 1 mm
        assert outline.array.sum() == pytest.approx(lesion.array.sum(), rel=0.03)


def test_a_part_of_the_corrected_scan_is_that_of_the_whole(prepared):
    points = prepared.to_atlas.inverse().apply(np.array([CENTRE, CENTRE + np.array([12, -9, 15])]))
    whole = corrected_scan(prepared.native, prepared.reference.bias, TOKEN)
    part = corrected_around(prepared.native, prepared.reference.bias, points, TOKEN)
    assert part.array.size < whole.array.size / 4
    first = np.rint(whole.to_voxels(part.affine[None, :3, 3])[0]).astype(int)
    cut = whole.array[tuple(slice(a, a + side) for a, side in zip(first, part.shape, strict=True))]
    assert np.abs(part.array / np.maximum(cut, 1) - cut / np.maximum(cut, 1)).max() < 1e-4
    assert (part.to_voxels(points) > 0.99).all()
    assert (part.to_voxels(points) < np.array(part.shape) - 1.99).all()


def test_a_place_outside_the_scan_gives_its_nearest_part(prepared):
    part = corrected_around(prepared.native, prepared.reference.bias, np.array([[900.0, 900, 900]]), TOKEN)
    assert part.array.size > 0
