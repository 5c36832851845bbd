"""The ViT: its input, its attention and where in the crop the attention lies."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rnapp.errors import WeightsError
from rnapp.models.vit import attention_rollout, build_vit, read_crop, to_input, upsample
from rnapp.models.vit_config import VitConfig
from rnapp.tasks.metastasis.crop import Crop
from rnapp.types import Volume
from tests.models.conftest import SMALL


@pytest.fixture(scope="module")
def vit():
    torch.manual_seed(3)
    return build_vit(SMALL)


def test_the_input_holds_the_image_and_the_mask_in_the_crops_own_axes(crop):
    batch = to_input(crop.channels, 64)
    assert batch.shape == (1, 2, 64, 64, 64)
    assert batch.dtype == torch.float32
    assert np.array_equal(batch[0, 0].numpy(), crop.t1ce.array)
    assert np.array_equal(batch[0, 1].numpy() > 0.5, crop.mask.array)


def test_a_crop_of_another_size_is_refused(crop):
    small = Volume(np.zeros((32, 64, 64), np.float32), np.eye(4))
    with pytest.raises(WeightsError, match="64³"):
        to_input(Crop(small, small).channels, 64)


def test_reading_repeats_and_depends_on_image_and_mask(crop, vit):
    reading = read_crop(vit, to_input(crop.channels, 64))
    again = read_crop(vit, to_input(crop.channels, 64))
    assert reading.probability == again.probability
    assert np.array_equal(reading.attention, again.attention)
    assert read_crop(vit, to_input(replace(crop, t1ce=crop.t1ce.with_array(-crop.t1ce.array)).channels, 64)) != reading
    unmasked = replace(crop, mask=crop.mask.with_array(np.zeros_like(crop.mask.array)))
    assert read_crop(vit, to_input(unmasked.channels, 64)).probability != reading.probability


def test_attention_is_a_volume_between_0_and_1(crop, vit):
    attention = read_crop(vit, to_input(crop.channels, 64)).attention
    assert attention.shape == (64, 64, 64)
    assert attention.dtype == np.float32
    assert attention.min() == 0.0
    assert attention.max() == 1.0


@pytest.mark.parametrize("token", [(3, 0, 0), (0, 2, 1), (1, 0, 3)])
def test_an_attended_token_lights_up_its_own_place_in_the_crop(token):
    cube = torch.zeros(4, 4, 4)
    cube[token] = 1.0
    brightest = np.unravel_index(upsample(cube.flatten(), 64).argmax(), (64, 64, 64))
    assert tuple(int(b) // 16 for b in brightest) == token


def test_the_token_order_is_that_of_the_network(vit):
    image = torch.zeros(1, 2, 64, 64, 64)
    image[0, 0, 50, 3, 20] = 100.0  # token (3, 0, 1) of 4 along each axis
    with torch.no_grad():
        moved = (vit.patch_embedding(image) - vit.patch_embedding(torch.zeros_like(image))).abs().sum(-1)[0]
    assert np.unravel_index(int(moved.argmax()), (4, 4, 4)) == (3, 0, 1)


def test_rollout_follows_the_path_through_the_layers():
    first, second = torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3)
    first[..., :, :] = torch.eye(3)
    first[0, 0, 1] = torch.tensor([0.0, 0.0, 1.0])  # token 1 looks at token 2
    second[..., :, :] = torch.eye(3)
    second[0, 0, 0] = torch.tensor([0.0, 1.0, 0.0])  # then the class token looks at token 1
    assert attention_rollout([first, second])[0].tolist() == pytest.approx([0.25, 0.25])


@pytest.mark.parametrize("wrong", [{"patch": 7}, {"heads": 5}, {"layers": 0}, {"hidden": -12}, {"side": 60},
                                   {"side": 10**6}, {"channels": 0}, {"channels": 10**6}])
def test_impossible_dimensions_are_refused(wrong):
    with pytest.raises(WeightsError, match="dimensions"):
        replace(SMALL, **wrong)
    assert VitConfig(side=64, channels=2).tokens_along == 8


@pytest.mark.parametrize(("side", "channels"), [(32, 3), (96, 1)])
def test_a_network_of_another_input_reads_that_input_and_no_other(side, channels):
    network = build_vit(replace(SMALL, side=side, channels=channels))
    volume = Volume(np.random.default_rng(5).normal(size=(side,) * 3).astype(np.float32), np.eye(4))
    reading = read_crop(network, to_input([volume] * channels, side))
    assert reading.attention.shape == (side,) * 3
    assert 0 < reading.probability < 1
    with pytest.raises(WeightsError, match=f"{side}³"):
        to_input([volume.with_array(volume.array), Volume(np.zeros((64, 64, 64)), np.eye(4))], side)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees_with_the_cpu(crop, vit):
    here = read_crop(vit, to_input(crop.channels, 64)).probability
    assert read_crop(vit.to("cuda"), to_input(crop.channels, 64)).probability == pytest.approx(here, abs=0.01)
    vit.to("cpu")
