"""A bundle of networks for several combinations of inputs: opened, checked, and asked by its inputs alone."""

import hashlib
import json

import numpy as np
import pytest
import torch

from rnapp.errors import Cancelled, WeightsError
from rnapp.models.card import read_bundle
from rnapp.models.resnet import build_resnet, resnet_bytes
from rnapp.models.resnet_bundle import open_bundle, run
from rnapp.types import CancelToken
from tests.models.resnets import ALL, EVENT, PAIR, SIDE, make_resnets


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_resnets(tmp_path_factory.mktemp("bundles") / "resnets")


@pytest.fixture(scope="module")
def bundle(folder):
    return open_bundle(read_bundle(folder))


def test_each_combination_has_its_own_networks(bundle):
    bundle.load()
    case = np.random.default_rng(1).normal(size=(3, SIDE, SIDE, SIDE)).astype(np.float32)
    logits = [run(network, case, CancelToken()) for network in bundle.networks(ALL)]
    assert [one.shape for one in logits] == [(2,), (2,)]
    assert not np.allclose(logits[0], logits[1])
    assert bundle.networks(ALL)[0] is bundle.networks(ALL)[0]
    assert [one.conv1.in_channels for one in bundle.networks(PAIR)] == [2, 2]


def test_what_is_run_in_parts_is_the_network(bundle):
    case = np.random.default_rng(6).normal(size=(2, SIDE, SIDE, SIDE)).astype(np.float32)
    network = bundle.networks(PAIR)[1]
    with torch.inference_mode():
        whole = network(torch.from_numpy(case)[None])[0].numpy()
    assert run(network, case, CancelToken()) == pytest.approx(whole, abs=1e-5)


def test_inputs_without_a_model_are_refused(bundle):
    with pytest.raises(WeightsError, match="'small resnets' has no model for event"):
        bundle.networks(EVENT)


def test_the_first_logit_speaks_for_the_first_outcome(bundle):
    assert bundle.probability(np.array([1.5, 0.0])) == pytest.approx(1 / (1 + np.exp(-1)))
    assert bundle.probability(np.array([0.0, 1.5])) == pytest.approx(1 / (1 + np.exp(1)))


def test_a_network_is_stopped_before_its_next_convolution(bundle):
    network, token = bundle.networks(PAIR)[0], CancelToken()
    handle = network.layer1.register_forward_hook(lambda *_: token.cancel())
    with pytest.raises(Cancelled):
        run(network, np.zeros((2, SIDE, SIDE, SIDE), np.float32), token)
    handle.remove()
    assert np.isfinite(run(network, np.zeros((2, SIDE, SIDE, SIDE), np.float32), CancelToken())).all()


def test_a_network_of_other_inputs_than_the_card_says_is_refused(tmp_path):
    folder = make_resnets(tmp_path / "odd", (PAIR,), folds=1)
    torch.manual_seed(1)
    content = resnet_bytes(build_resnet(3, 0.063, 2))
    card = json.loads((folder / "card.json").read_text())
    (folder / card["folds"][0]["file"]).write_bytes(content)
    card["files"][0]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))
    opened = open_bundle(read_bundle(folder))
    with pytest.raises(WeightsError, match="do not fit the dimensions"):
        opened.load()


def test_a_card_that_contradicts_itself_is_refused_before_anything_is_read(tmp_path):
    folder = make_resnets(tmp_path / "odd", (PAIR,), folds=1, channels=["event"])
    with pytest.raises(WeightsError, match="not some of its channels"):
        read_bundle(folder)
