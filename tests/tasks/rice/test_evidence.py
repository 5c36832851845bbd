"""How far a study's answer moves with the position of the head: all inputs together, named in words."""

from dataclasses import replace

import numpy as np
import pytest

from rnapp.errors import Cancelled, WeightsError
from rnapp.geometry import resample
from rnapp.models.card import read_bundle
from rnapp.models.card_fields import NoveltyFile
from rnapp.models.novelty import NoveltyModel, novelty_bytes
from rnapp.models.resnet_bundle import open_bundle, read
from rnapp.preprocess.small_moves import middle_of, moves
from rnapp.tasks.rice.answer import answer, network_input
from rnapp.tasks.rice.question import QUESTION
from rnapp.tasks.rice.sample import RiceSample, sample_of
from rnapp.tasks.rice.task import RICE
from rnapp.trust.calibrate import log_odds
from rnapp.types import STUDY, CancelToken
from tests.models.resnets import make_resnets
from tests.tasks.rice.prepared import lesions, placed, study

POSES = ["head turned 2° about the left-right axis", "head turned 2° about the front-back axis",
         "head turned 2° about the head-foot axis", "head moved 2 mm"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return open_bundle(read_bundle(make_resnets(tmp_path_factory.mktemp("rice") / "bundle")))


@pytest.fixture(scope="module")
def prepared():
    """Something that is not the same in every position."""
    made = study(dose=placed(known=0.6))
    rng = np.random.default_rng(2)
    channels = {}
    for role, channel in made.channels.items():
        blocks = rng.normal(size=(12, 12, 8)).repeat(20, 0).repeat(20, 1).repeat(20, 2)[:, :, :155]
        image = channel.image.with_array(np.where(made.brain_mask.array, blocks, 0).astype(np.float32))
        channels[role] = replace(channel, image=image)
    return replace(made, channels=channels)


@pytest.fixture(scope="module")
def found(model, prepared):
    assert RICE.evidence is not None
    return RICE.evidence(model, prepared, lesions(), STUDY, QUESTION.unknown, CancelToken())


def said(model, sample):
    return log_odds(answer(model, sample, STUDY, QUESTION.unknown, CancelToken()).given.probability)


def test_the_positions_are_named_and_there_is_no_outline(found):
    assert list(found.variations) == POSES


def test_each_is_the_answer_to_all_inputs_moved_together(model, prepared, found):
    sample = sample_of(prepared)
    base = said(model, sample)
    for what, move in moves(middle_of(prepared.brain_mask)).items():
        volumes = {role: resample(one.with_array(np.nan_to_num(one.array, nan=0.0)), one, move)
                   for role, one in sample.volumes.items()}
        expected = said(model, RiceSample(volumes, sample.brain))
        assert found.variations[what] == pytest.approx(expected, abs=1e-6)
        assert abs(expected - base) > 1e-6


def test_how_like_the_models_own_studies_it_is_is_measured_by_the_networks_alone(model, prepared, found):
    assert found.likeness is None, "this bundle cannot tell"
    inputs = ("event", "post_op", "dose")
    volumes = network_input(model, sample_of(prepared), inputs)
    seen = [read(network, volumes, CancelToken()).embedding for network in model.networks(inputs)]
    wide = sum(one.size for one in seen)
    judge = NoveltyModel((), np.zeros(wide), np.ones(wide), np.eye(wide), np.zeros((2, wide)),
                         np.zeros((0, 2, 2), np.uint8), 1.0, 0.05)
    file = NoveltyFile("novelty.safetensors", (), 7.0, 0.05, inputs)
    able = replace(model, novelty_files=(file,), _contents={**model._contents, file.file: novelty_bytes(judge)})
    given = RICE.evidence(able, prepared, lesions(), STUDY, QUESTION.unknown, CancelToken()).likeness
    assert given.distance == pytest.approx(float(np.linalg.norm(np.concatenate(seen))), rel=1e-5)
    assert given.limit == 7.0


def test_inputs_without_a_model_are_refused_as_by_the_answer(model, prepared):
    without = replace(prepared, dose=None)
    with pytest.raises(WeightsError, match="no model"):
        RICE.evidence(model, without, lesions(), STUDY, QUESTION.unknown, CancelToken())


def test_it_can_be_cancelled(model, prepared):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        RICE.evidence(model, prepared, lesions(), STUDY, QUESTION.unknown, token)
