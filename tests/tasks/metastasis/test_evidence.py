"""How far an answer moves with outline and position: each variation is what the models say of just that input."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rnapp.errors import Cancelled
from rnapp.geometry import resample, resample_mask
from rnapp.lesion.find import find_lesions
from rnapp.models.novelty import NoveltyModel
from rnapp.models.radiomics import extract
from rnapp.models.vit import read_crop, to_input
from rnapp.models.weights import load_bundle
from rnapp.preprocess.bias_field import corrected_scan
from rnapp.preprocess.normalise import z_score
from rnapp.preprocess.small_moves import Scene, around
from rnapp.tasks.metastasis.answer import answer
from rnapp.tasks.metastasis.crop import CROP_SIDE, crop_around
from rnapp.tasks.metastasis.evidence import ROOM_VOXELS, evidence
from rnapp.tasks.metastasis.question import QUESTION, T1CE
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import CancelToken
from tests.conftest import sphere
from tests.models.conftest import make_bundle
from tests.tasks.steady_heads import CENTRE, made_head

FORM = QUESTION.unknown | {"age": 44.0, "sex": "male"}
TOKEN = CancelToken()
OUTLINES = {"outline 1 mm larger", "outline 1 mm smaller", "outline 2 mm to the patient's left",
            "outline 2 mm to the patient's right", "outline 2 mm backwards", "outline 2 mm forwards",
            "outline 2 mm upwards", "outline 2 mm downwards"}
POSES = {"head turned 2° about the left-right axis", "head turned 2° about the front-back axis",
         "head turned 2° about the head-foot axis", "head moved 2 mm"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return load_bundle(make_bundle(tmp_path_factory.mktemp("bundle"), folds=2).folder)


@pytest.fixture(scope="module")
def prepared(atlas):
    return made_head(atlas)


@pytest.fixture(scope="module")
def lesions(prepared):
    """Drawn on the scan."""
    centre = prepared.to_atlas.inverse().apply(CENTRE[None])[0]
    return find_lesions(prepared, sphere(prepared.native, centre, 8.0))


@pytest.fixture(scope="module")
def found(bundle, prepared, lesions):
    return evidence(bundle, prepared, lesions, 1, FORM, TOKEN).variations


def log_odds(bundle, image, mask):
    """What the task answers for this outline on this image."""
    probability = answer(bundle, crop_around(image, mask), 1, FORM, TOKEN).given.probability
    return math.log(probability / (1 - probability))


def test_every_variation_has_a_name_in_plain_words_and_moves_the_answer(found, bundle, prepared, lesions):
    assert set(found) == OUTLINES | POSES
    base = log_odds(bundle, prepared.image, lesions.mask(1))
    assert all(1e-5 < abs(value - base) < 5 for value in found.values())


def test_a_variation_of_the_outline_is_the_answer_to_that_outline(found, bundle, prepared, lesions):
    mask = lesions.mask(1)
    step = round(2 / mask.affine[0, 0])
    left, right = (log_odds(bundle, prepared.image, mask.with_array(np.roll(mask.array, by, axis=0)))
                   for by in (step, -step))
    assert found["outline 2 mm to the patient's left"] == pytest.approx(left, abs=2e-3)
    assert found["outline 2 mm to the patient's right"] == pytest.approx(right, abs=2e-3)
    assert abs(left - right) > 5e-3


def test_a_variation_of_the_position_is_the_answer_to_the_scan_registered_in_that_position(
        found, bundle, prepared, lesions):
    scene = Scene.of(prepared, T1CE, around(lesions.mask(1), CROP_SIDE + 2 * ROOM_VOXELS), TOKEN)
    for what, move in scene.moves().items():
        to_atlas = move.after(prepared.to_atlas)
        head = resample(corrected_scan(prepared.native, prepared.reference.bias, TOKEN), prepared.head, to_atlas)
        brain = resample_mask(prepared.brain_mask, prepared.head, move)
        native = lesions.native.with_array(lesions.native.array == 1)
        expected = log_odds(bundle, z_score(head, brain), resample_mask(native, prepared.head, to_atlas))
        assert found[what] == pytest.approx(expected, abs=0.02), what


def test_a_lesion_drawn_on_the_atlas_moves_from_there(bundle, prepared):
    drawn = find_lesions(prepared, sphere(prepared.head, CENTRE, 8.0), drawn=True)
    found = evidence(bundle, prepared, drawn, 1, FORM, TOKEN).variations
    scene = Scene.of(prepared, T1CE, around(drawn.mask(1), CROP_SIDE + 2 * ROOM_VOXELS), TOKEN)
    what = "head turned 2° about the front-back axis"
    move = scene.moves()[what]
    head = resample(corrected_scan(prepared.native, prepared.reference.bias, TOKEN), prepared.head,
                    move.after(prepared.to_atlas))
    image = z_score(head, resample_mask(prepared.brain_mask, prepared.head, move))
    expected = log_odds(bundle, image, resample_mask(drawn.mask(1), prepared.head, move))
    assert found[what] == pytest.approx(expected, abs=0.02)


def test_an_outline_that_would_vanish_is_left_out(bundle, prepared):
    tiny = find_lesions(prepared, sphere(prepared.head, CENTRE, 2.3), drawn=True)
    found = evidence(bundle, prepared, tiny, 1, FORM, TOKEN).variations
    assert "outline 1 mm smaller" not in found
    assert {"outline 1 mm larger", "outline 2 mm upwards", "head moved 2 mm"} <= set(found)


def judge(bundle, limit):
    """Measures against the two folds' embeddings and two features, of which no stacker uses the first."""
    columns = ("original_shape_Sphericity", "original_firstorder_Mean")
    wide = 2 * bundle.config.hidden + 2
    rng = np.random.default_rng(4)
    return NoveltyModel(columns, rng.normal(size=wide), rng.uniform(1, 2, wide), np.eye(wide), np.zeros((3, wide)),
                        np.zeros((0, 2, 2), np.uint8), limit, 0.05)


def test_how_like_the_models_own_lesions_it_is_is_measured_on_the_lesion_as_it_is(bundle, prepared, lesions, found):
    assert evidence(bundle, prepared, lesions, 1, FORM, TOKEN).likeness is None, "this bundle cannot tell"
    crop = crop_around(prepared.image, lesions.mask(1))
    readings = [read_crop(vit, to_input(crop.channels, 64)) for vit in bundle.vits]
    expected = judge(bundle, 1.0).likeness([one.embedding for one in readings], extract(crop.t1ce, crop.mask))
    for limit, like in ((expected.distance * 1.01, True), (expected.distance * 0.99, False)):
        given = evidence(replace(bundle, novelty=judge(bundle, limit)), prepared, lesions, 1, FORM, TOKEN)
        assert given.likeness.distance == pytest.approx(expected.distance, rel=1e-6)
        assert given.likeness.like is like
        assert dict(given.variations) == pytest.approx(dict(found), abs=1e-9)


def test_the_task_has_it(bundle, prepared, lesions, found):
    assert METASTASIS.evidence is not None
    assert dict(METASTASIS.evidence(bundle, prepared, lesions, 1, FORM, TOKEN).variations) == dict(found)


def test_it_can_be_cancelled(bundle, prepared, lesions):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        evidence(bundle, prepared, lesions, 1, FORM, token)
