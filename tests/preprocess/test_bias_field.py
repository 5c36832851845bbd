"""N4 takes out a smooth bias and nothing else."""

import numpy as np
import pytest

from rnapp.errors import Cancelled
from rnapp.preprocess.bias_field import correct_bias_field
from rnapp.types import Atlas, CancelToken, Volume


def biased(atlas: Atlas) -> tuple[Volume, np.ndarray]:
    """The atlas head at 2 mm with a bias that doubles from right to left."""
    small = Volume(atlas.head.array[::2, ::2, ::2].astype(np.float32), atlas.head.affine * [[2, 2, 2, 1]])
    field = np.linspace(0.7, 1.4, small.shape[0])[:, None, None]
    return small.with_array((small.array * field).astype(np.float32)), field


def slope(volume: Volume, inside: np.ndarray) -> float:
    """How much brighter the left half is than the right."""
    half = volume.shape[0] // 2
    return float(volume.array[half:][inside[half:]].mean() / volume.array[:half][inside[:half]].mean())


def test_bias_is_taken_out(atlas: Atlas) -> None:
    volume, _ = biased(atlas)
    inside = atlas.brain_mask.array[::2, ::2, ::2]
    corrected = correct_bias_field(volume, CancelToken())
    assert corrected.same_grid(volume)
    assert corrected.array.dtype == np.float32
    clean = slope(volume.with_array(atlas.head.array[::2, ::2, ::2]), inside)
    before, after = slope(volume, inside) - clean, slope(corrected, inside) - clean
    assert before > 0.1
    assert abs(after) < before / 4


def test_cancel_stops_it(atlas: Atlas) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        correct_bias_field(biased(atlas)[0], token)
