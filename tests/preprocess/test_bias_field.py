"""N4 takes out a smooth bias and nothing else."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

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


@pytest.mark.parametrize("spacing", [(0.95, 0.95, 2.0), (0.7, 1.0, 0.5)])
def test_the_last_digits_of_a_header_change_nothing(atlas: Atlas, spacing: tuple[float, float, float]) -> None:
    array = atlas.head.array[60:180:1, 60:200:1, 20:120].astype(np.float32)
    turn = Rotation.from_euler("xyz", (7, -11, 5), degrees=True).as_matrix() * spacing
    fields = []
    for noise in (0.0, 1e-8, -1e-8, 3e-6):
        affine = np.eye(4)
        affine[:3, :3] = turn + noise * np.arange(9).reshape(3, 3)
        affine[:3, 3] = (-93.7, 12.1 + noise, 40.3)
        fields.append(correct_bias_field(Volume(array, affine), CancelToken()).array)
    assert all(np.array_equal(fields[0], other) for other in fields[1:])
    moved = correct_bias_field(Volume(np.roll(array, 1, axis=0), affine), CancelToken()).array
    assert not np.array_equal(np.roll(fields[0], 1, axis=0), moved), "other voxels do make another field"


def test_cancel_stops_it(atlas: Atlas) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        correct_bias_field(biased(atlas)[0], token)
