"""The ViT: its input and its answer; its map is tested in test_relevance.py."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rnapp.errors import WeightsError
from rnapp.models.vit import build_vit, read_crop, to_input
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
    assert np.array_equal(reading.embedding, again.embedding)
    assert read_crop(vit, to_input(replace(crop, t1ce=crop.t1ce.with_array(-crop.t1ce.array)).channels, 64)) != reading
    unmasked = replace(crop, mask=crop.mask.with_array(np.zeros_like(crop.mask.array)))
    assert read_crop(vit, to_input(unmasked.channels, 64)).probability != reading.probability


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
    assert reading.embedding.shape == (SMALL.hidden,)
    assert 0 < reading.probability < 1
    with pytest.raises(WeightsError, match=f"{side}³"):
        to_input([volume.with_array(volume.array), Volume(np.zeros((64, 64, 64)), np.eye(4))], side)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees_with_the_cpu(crop, vit):
    here = read_crop(vit, to_input(crop.channels, 64)).probability
    assert read_crop(vit.to("cuda"), to_input(crop.channels, 64)).probability == pytest.approx(here, abs=0.01)
    vit.to("cpu")
