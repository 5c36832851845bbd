"""Replacing a cube around which alone the first layers are computed gives what the whole network gives."""

import numpy as np
import pytest
import torch

from rnapp.errors import Cancelled
from rnapp.models import resnet_stem
from rnapp.models.resnet import build_resnet
from rnapp.models.resnet_stem import Probe, Tail
from rnapp.types import CancelToken

SIDE = 30


def network(stride):
    torch.manual_seed(9)
    made = build_resnet(2, 0.063, stride)
    made.train()
    with torch.no_grad():
        made(torch.randn(2, 2, SIDE, SIDE, SIDE))
    return made.eval()


def whole(made, volumes):
    """The logits of the network as MONAI runs it."""
    with torch.inference_mode():
        return made(torch.from_numpy(volumes)[None])[0].numpy()


@pytest.fixture(scope="module", params=[(1, ()), (2, ()), (2, ("openvino-float32",)), (3, ())])
def asked(request):
    """With torch alone, and as the app runs it."""
    stride, backends = request.param
    volumes = np.random.default_rng(2).normal(size=(2, SIDE, SIDE, SIDE)).astype(np.float32)
    made = network(stride)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resnet_stem, "available", lambda device: backends)
        return made, volumes, Probe(made, volumes, CancelToken())


def test_nothing_replaced_is_the_whole_network(asked):
    made, volumes, probe = asked
    assert probe.logits() == pytest.approx(whole(made, volumes), abs=1e-4)


@pytest.mark.parametrize(("start", "size"), [((0, 0, 0), 4), ((26, 26, 26), 4), ((11, 12, 13), 5), ((0, 14, 29), 1),
                                             ((7, 0, 22), 8), ((0, 0, 0), SIDE)])
def test_a_replaced_cube_is_the_whole_network_with_that_cube(asked, start, size):
    made, volumes, probe = asked
    values = np.random.default_rng(8).normal(size=(2, size, size, size)).astype(np.float32) * 3
    changed = volumes.copy()
    changed[(slice(None), *(slice(first, first + size) for first in start))] = values
    assert probe.replaced(start, values) == pytest.approx(whole(made, changed), abs=1e-4)
    assert probe.logits() == pytest.approx(whole(made, volumes), abs=1e-4), "the cube is back"


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("side", [30, 37, 64])
def test_in_slabs_the_features_are_those_of_the_whole_network(stride, side):
    made = network(stride)
    case = torch.from_numpy(np.random.default_rng(2).normal(size=(1, 2, side, side, side)).astype(np.float32))
    with torch.inference_mode():
        whole = made.maxpool(made.act(made.bn1(made.conv1(case))))
        assert torch.allclose(resnet_stem.pooled_features(made, case, CancelToken()), whole, atol=1e-5)


def test_around_the_cube_the_features_are_those_of_the_whole_network(monkeypatch):
    monkeypatch.setattr(resnet_stem, "available", lambda device: ())
    made = network(2)
    volumes = np.random.default_rng(2).normal(size=(2, SIDE, SIDE, SIDE)).astype(np.float32)
    probe = Probe(made, volumes, CancelToken())
    seen = []
    probe._tail = lambda features, cancel: seen.append(features.copy()) or np.zeros((1, 2), np.float32)
    values = np.ones((2, 6, 6, 6), np.float32)
    probe.replaced((3, 9, 20), values)
    changed = volumes.copy()
    changed[:, 3:9, 9:15, 20:26] = values
    with torch.inference_mode():
        whole = made.maxpool(made.act(made.bn1(made.conv1(torch.from_numpy(changed)[None]))))
        assert torch.allclose(torch.from_numpy(seen[0]), whole, atol=1e-5)
        assert Tail(made)(whole).shape == (1, 2)


def test_a_probe_can_be_stopped(monkeypatch):
    monkeypatch.setattr(resnet_stem, "available", lambda device: ())
    made, volumes, token = network(2), np.zeros((2, SIDE, SIDE, SIDE), np.float32), CancelToken()
    probe = Probe(made, volumes, token)
    token.cancel()
    with pytest.raises(Cancelled):
        probe.logits()
    with pytest.raises(Cancelled):
        Probe(made, volumes, token)
