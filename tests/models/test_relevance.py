"""The map finds what a network reads, for the outcome that it speaks for; noise does not look like a finding."""

import numpy as np
import pytest
import torch

from rnapp.models.relevance import FULL, Relevance, as_voxels, attention_of, relevance, rolled_out, together
from rnapp.models.vit import build_vit
from rnapp.models.vit_config import VitConfig
from tests.models.conftest import SMALL
from tests.models.made_vits import lit, reading

PLACES = [((3, 0, 0), (0, 3, 1)), ((0, 3, 1), (1, 0, 3)), ((1, 0, 3), (3, 0, 0)), ((2, 1, 0), (0, 1, 2))]


def highest(volume):
    """The place in whose middle the highest voxels lie."""
    return tuple((np.argwhere(volume == volume.max()).mean(axis=0) // 8).astype(int).tolist())


@pytest.mark.parametrize(("first", "second"), PLACES)
def test_the_map_finds_the_place_that_speaks_for_the_outcome(first, second):
    """The attention is the same for both places, the map is not."""
    vit = reading(first, second)
    for place, brightness in ((first, 4.0), (second, -4.0)):
        found = relevance(vit, lit(place, brightness))
        assert (found.moved > 0) is (brightness > 0)
        assert highest(as_voxels(together([found]), 32)) == place
    with attention_of(vit) as matrices, torch.inference_mode():
        vit(torch.zeros(1, 1, 32, 32, 32))
    seen = matrices[0][0, 0, 0, 1:].view(4, 4, 4)
    assert float(seen[first]) == pytest.approx(float(seen[second]), rel=1e-5)
    assert float(seen[first]) > 0.4


def test_a_network_that_always_says_the_same_has_an_empty_map():
    found = relevance(reading((3, 0, 0), (0, 3, 1), head=0.0), lit((3, 0, 0), 4.0))
    assert found.moved == 0.0
    assert not found.first.any()
    assert not as_voxels(together([found]), 32).any()


def test_an_even_map_stays_dark_and_is_not_stretched():
    even = as_voxels(np.full((4, 4, 4), 0.37), 32)
    assert even == pytest.approx(1 / FULL)
    noisy = as_voxels(1e-6 * (1 + 0.01 * np.random.default_rng(1).normal(size=(8, 8, 8))), 64)
    assert noisy.max() < 1.2 / FULL


def test_a_place_with_the_full_multiple_of_its_share_reaches_one_and_no_place_more():
    tokens = np.full((8, 8, 8), 1.0)
    tokens[2, 5, 6] = 600.0
    volume = as_voxels(tokens, 64)
    assert volume.dtype == np.float32
    assert volume.shape == (64, 64, 64)
    assert volume.max() == 1.0
    assert highest(volume) == (2, 5, 6)
    assert as_voxels(1000 * tokens, 64) == pytest.approx(volume)  # the unit does not matter


def test_networks_are_weighed_by_how_much_they_react():
    strong, weak = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    strong[0, 0, 0], weak[1, 1, 1] = 10.0, 0.1
    mixed = together([Relevance(strong, weak, 2.0), Relevance(weak, strong, -0.1)])
    assert mixed[0, 0, 0] == pytest.approx(5.0)
    assert mixed[1, 1, 1] == pytest.approx(0.05)
    other = together([Relevance(strong, weak, 0.1), Relevance(strong, weak, -2.0)])
    assert other[1, 1, 1] == pytest.approx(0.1)


def test_layers_are_rolled_out_and_what_speaks_against_is_dropped():
    first, second = torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3)
    first[0, 0, 1, 2] = 0.5  # token 1 takes from token 2
    second[0, 0, 0] = torch.tensor([0.0, 0.4, -0.9])  # the class token takes from token 1, and against token 2
    assert rolled_out([first, second])[0].tolist() == pytest.approx([0.4, 0.2])


def test_the_order_of_tokens_is_that_of_the_network():
    torch.manual_seed(3)
    vit = build_vit(SMALL)
    image = torch.zeros(1, 2, 64, 64, 64)
    image[0, 0, 50, 3, 20] = 100.0  # token (3, 0, 1) of 4 along each axis
    with torch.no_grad():
        moved = (vit.patch_embedding(image) - vit.patch_embedding(torch.zeros_like(image))).abs().sum(-1)[0]
    assert np.unravel_index(int(moved.argmax()), (4, 4, 4)) == (3, 0, 1)


@pytest.mark.parametrize(("side", "channels"), [(32, 3), (64, 1)])
def test_a_network_of_another_input_has_a_map_of_that_input(side, channels):
    torch.manual_seed(5)
    vit = build_vit(VitConfig(side=side, channels=channels, patch=16, hidden=12, layers=3, heads=2, mlp=16))
    inputs = torch.randn(1, channels, side, side, side, generator=torch.Generator().manual_seed(1))
    found, again = relevance(vit, inputs), relevance(vit, inputs)
    assert found.first.shape == found.second.shape == (side // 16,) * 3
    assert min(found.first.min(), found.second.min()) >= 0
    assert np.array_equal(found.first, again.first)
    assert all(parameter.grad is None for parameter in vit.parameters())
    assert not [hook for block in vit.blocks for hook in block.attn.drop_weights._forward_pre_hooks]
    with torch.inference_mode():
        assert found.moved == pytest.approx(float(vit(inputs)[0] - vit(torch.zeros_like(inputs))[0]), abs=1e-5)
