"""Our N4 against ITK's, and what a bias field estimate must do by itself."""

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import Cancelled
from rnapp.geometry import from_sitk, to_sitk
from rnapp.preprocess.n4 import fit_bias_field, sharpened
from rnapp.types import Array, Atlas, CancelToken, FloatArray, Volume

LEVELS = (20, 20, 20)


@pytest.fixture(scope="module")
def biased(atlas: Atlas) -> tuple[Volume, Array]:
    """The atlas head at 5 mm with a bias along two axes, and its head mask."""
    small = from_sitk(sitk.Shrink(sitk.Cast(to_sitk(atlas.head), sitk.sitkFloat32), [5, 5, 4]))
    i, j, _ = np.meshgrid(*[np.linspace(-1, 1, side) for side in small.shape], indexing="ij")
    volume = small.with_array((small.array * np.exp(0.3 * i - 0.2 * j * j)).astype(np.float32))
    return volume, from_sitk(sitk.OtsuThreshold(to_sitk(volume), 0, 1, 200)).array > 0


def itk_field(volume: Volume, mask: Array) -> FloatArray:
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations(list(LEVELS))
    image = to_sitk(volume)
    n4.Execute(image, to_sitk(volume.with_array(mask)))
    return from_sitk(sitk.Cast(n4.GetLogBiasFieldAsImage(image), sitk.sitkFloat64)).array


def ours(volume: Volume, mask: Array) -> FloatArray:
    field = fit_bias_field(volume.array.astype(float), mask, LEVELS, CancelToken())
    return field.at([np.arange(side, dtype=float) for side in volume.shape])


def test_it_is_itks_n4(biased: tuple[Volume, Array]) -> None:
    volume, mask = biased
    expected, found = itk_field(volume, mask)[mask], ours(volume, mask)[mask]
    assert expected.std() > 0.03
    assert np.corrcoef(expected, found)[0, 1] > 0.9999
    assert np.abs(expected - found).max() < 0.01


def test_another_image_has_another_field(biased: tuple[Volume, Array]) -> None:
    volume, mask = biased
    mirrored = volume.with_array(volume.array[::-1].copy())
    expected, found = itk_field(volume, mask)[mask], ours(mirrored, mask[::-1].copy())[mask]
    assert np.corrcoef(expected, found)[0, 1] < 0.5


def test_the_field_between_voxels_lies_between_theirs(biased: tuple[Volume, Array]) -> None:
    volume, mask = biased
    field = fit_bias_field(volume.array.astype(float), mask, LEVELS, CancelToken())
    whole = field.at([np.arange(side, dtype=float) for side in volume.shape])
    halves = field.at([np.arange(side - 1) + 0.5 for side in volume.shape])
    corners = np.stack([whole[a:whole.shape[0] - 1 + a, b:whole.shape[1] - 1 + b, c:whole.shape[2] - 1 + c]
                        for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    assert np.abs(halves - corners.mean(axis=0)).max() < 0.02


def test_a_constant_image_has_no_field() -> None:
    mask = np.ones((12, 10, 8), bool)
    field = fit_bias_field(np.full(mask.shape, 7.0), mask, LEVELS, CancelToken())
    assert np.abs(field.lattice).max() == 0


def test_sharpening_narrows_two_blurred_tissues() -> None:
    rng = np.random.default_rng(0)
    tissue = rng.integers(0, 2, 20_000)
    values = tissue * 0.6 + rng.normal(0, 0.08, tissue.size)
    sharp = sharpened(values)
    assert all(sharp[tissue == one].std() < 0.7 * values[tissue == one].std() for one in (0, 1))
    assert sharp[tissue == 1].mean() - sharp[tissue == 0].mean() == pytest.approx(0.6, abs=0.06)


def test_cancel_stops_it(biased: tuple[Volume, Array]) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        fit_bias_field(biased[0].array.astype(float), biased[1], LEVELS, token)
