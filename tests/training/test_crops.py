"""Crops on disk come back as they were written, after a kill too, and are never mixed with others."""

import numpy as np
import pytest
import torch

from rnapp.errors import InputError
from rnapp.tasks.metastasis.crop import Crop
from rnapp.types import Volume
from training.crops import CropStore

RNG = np.random.default_rng(3)


def crop(number):
    image = RNG.normal(size=(64, 64, 64)).astype(np.float32)
    image[0, 0, 0] = number
    mask = np.zeros((64, 64, 64), bool)
    mask[20:30, 21:35, 22 + number:40] = True
    return Crop(Volume(image, np.eye(4)), Volume(mask, np.eye(4)))


def test_what_is_read_is_what_was_written(tmp_path):
    crops = [crop(number) for number in range(3)]
    store = CropStore(tmp_path, 3, {"seed": 1})
    store.extend(crops)
    batch = store[torch.tensor([2, 0])]
    assert batch.shape == (2, 2, 64, 64, 64)
    for found, expected in zip(batch, (crops[2], crops[0]), strict=True):
        assert np.array_equal(found[0].numpy(), expected.t1ce.array.astype(np.float16))
        assert np.array_equal(found[1].numpy() > 0, expected.mask.array)


def test_a_killed_run_continues_where_it_stopped(tmp_path):
    crops = [crop(number) for number in range(4)]

    def killed():
        yield from crops[:2]
        raise KeyboardInterrupt

    store = CropStore(tmp_path, 4, {"seed": 1})
    with pytest.raises(KeyboardInterrupt):
        store.extend(killed())
    del store
    again = CropStore(tmp_path, 4, {"seed": 1})
    assert again.written == 0, "only what was recorded as written counts"
    again.extend(crops[again.written:])
    last = CropStore(tmp_path, 4, {"seed": 1})
    assert len(last) == 4
    assert last[torch.tensor([3])][0, 0, 0, 0, 0] == 3


def test_other_crops_are_refused(tmp_path):
    CropStore(tmp_path, 2, {"seed": 1}).extend([crop(0)])
    with pytest.raises(InputError, match="already holds others"):
        CropStore(tmp_path, 2, {"seed": 2})
    with pytest.raises(InputError, match="already holds others"):
        CropStore(tmp_path, 3, {"seed": 1})
