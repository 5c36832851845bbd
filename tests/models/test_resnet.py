"""The network and its file: what is written is read, and what does not fit is refused before memory is taken."""

import pytest
import safetensors.torch
import torch

from rnapp.errors import WeightsError
from rnapp.models.resnet import build_resnet, read_resnet, resnet_bytes
from rnapp.models.resnet_ensemble import ResnetConfig

SMALL = ResnetConfig(channels=2, width_thousandths=63, stride=2)


@pytest.fixture(scope="module")
def network():
    """With its own statistics, as after training."""
    torch.manual_seed(3)
    made = build_resnet(2, 0.063, 2)
    made.train()
    with torch.no_grad():
        made(torch.randn(3, 2, 32, 32, 32) * 2 + 1)
    return made.eval()


@pytest.mark.parametrize(("channels", "stride", "side"), [(1, 1, 16), (3, 2, 32)])
def test_two_logits_for_each_case_whatever_the_channels(channels, stride, side):
    made = build_resnet(channels, 0.125, stride).eval()
    assert made(torch.zeros(2, channels, side, side, side)).shape == (2, 2)
    assert made.conv1.stride == (stride,) * 3
    assert made.conv1.out_channels == 8


def test_the_shortcuts_are_convolutions_of_their_own():
    names = set(build_resnet(1, 0.125, 2).state_dict())
    assert {"layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_mean"} <= names


def test_what_is_written_is_read_to_half_precision(network):
    read = read_resnet(resnet_bytes(network), SMALL, "a.safetensors")
    assert not read.training
    case = torch.randn(1, 2, 32, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(read(case), network(case), atol=2e-2)
    assert torch.equal(read.bn1.running_var, network.bn1.running_var), "statistics keep their precision"
    assert read.conv1.weight.dtype == torch.float32
    stored = safetensors.torch.load(resnet_bytes(network))
    assert stored["conv1.weight"].dtype == torch.float16


@pytest.mark.parametrize("config", [ResnetConfig(3, 63, 2), ResnetConfig(2, 125, 2), ResnetConfig(2, 4000, 2)])
def test_weights_of_other_dimensions_are_refused(network, config):
    with pytest.raises(WeightsError, match=r"'a\.safetensors' do not fit the dimensions"):
        read_resnet(resnet_bytes(network), config, "a.safetensors")


def test_variances_below_zero_are_refused(network):
    state = safetensors.torch.load(resnet_bytes(network))
    state["bn1.running_var"][0] = -1
    with pytest.raises(WeightsError, match="variances below zero"):
        read_resnet(safetensors.torch.save(state), SMALL, "a.safetensors")


@pytest.mark.parametrize("dimensions", [(0, 1.0, 2), (17, 1.0, 2), (3, 0.01, 2), (3, 5.0, 2), (3, 1.0, 0)])
def test_dimensions_that_make_no_network_are_refused(dimensions):
    with pytest.raises(WeightsError, match="cannot make a ResNet-18"):
        build_resnet(*dimensions)
