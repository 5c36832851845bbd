"""N4 takes out a smooth bias and nothing else."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rnapp.errors import Cancelled
from rnapp.geometry import to_lps
from rnapp.preprocess.bias_field import corrected_scan, estimate_bias_field, without_bias
from rnapp.types import Atlas, BiasField, CancelToken, Volume
from tests.conftest import oblique_affine


def correct_bias_field(volume: Volume, cancel: CancelToken) -> Volume:
    """Both steps, one after the other."""
    return without_bias(volume, estimate_bias_field(volume, cancel))



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


@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, -1)])
def test_a_kept_field_gives_exactly_the_same_scan_again(atlas: Atlas, flips: tuple[int, int, int]) -> None:
    array = biased(atlas)[0].array
    affine = oblique_affine((1.6, 2.1, 1.9), (17, -9, 31), flips, np.array([3.0, -8, 12]), array.shape)
    native = Volume(np.round(array).astype(np.int16), affine)
    fresh = corrected_scan(native, None, CancelToken())
    scan = to_lps(native.with_array(native.array.astype(np.float32)))
    field = estimate_bias_field(scan, CancelToken())
    kept = BiasField(np.frombuffer(field.lattice.tobytes(), field.lattice.dtype).reshape(field.lattice.shape),
                     field.shape, field.first, field.step)
    again = corrected_scan(native, kept, CancelToken())
    assert again.array.dtype == np.float32
    assert np.array_equal(again.array, fresh.array)
    assert np.array_equal(again.array, correct_bias_field(scan, CancelToken()).array)
    other = BiasField(field.lattice + np.float32(0.01), field.shape, field.first, field.step)
    assert not np.array_equal(without_bias(scan, other).array, fresh.array)
    assert field.lattice.nbytes < 10_000, "small beside the scan"


def test_cancel_stops_it(atlas: Atlas) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        correct_bias_field(biased(atlas)[0], token)
