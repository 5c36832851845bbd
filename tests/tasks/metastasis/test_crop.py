"""The cube is where its affine says, also at the edge of the grid."""

import numpy as np
import pytest

from rnapp.errors import MaskError
from rnapp.tasks.metastasis.crop import CROP_SIDE, crop_around, cut_cube
from rnapp.types import SRI24, Volume


def test_cube_is_centred_on_the_lesion_and_keeps_its_place() -> None:
    grid = Volume(np.random.default_rng(1).normal(size=(100, 110, 90)).astype(np.float32), np.eye(4), SRI24)
    mask = np.zeros(grid.shape, bool)
    mask[40:51, 50:61, 45:52] = True
    crop = crop_around(grid, grid.with_array(mask))
    assert crop.t1ce.shape == crop.mask.shape == (CROP_SIDE,) * 3
    middle = np.argwhere(crop.mask.array).mean(axis=0)
    assert middle == pytest.approx([32, 32, 32], abs=0.51)
    assert crop.mask.to_mm(middle[None])[0] == pytest.approx([45, 55, 48])
    i, j, k = np.round(crop.t1ce.to_mm(np.full((1, 3), 32.0))[0]).astype(int)
    assert crop.t1ce.array[32, 32, 32] == grid.array[i, j, k]
    assert crop.t1ce.frame_of_reference == crop.mask.frame_of_reference == SRI24


def test_cube_over_the_edge_is_padded_with_zeros() -> None:
    grid = Volume(np.ones((80, 80, 80), np.float32), np.eye(4))
    cube = cut_cube(grid, np.array([-10, 40, 70]))
    assert cube.array[:10].sum() == 0
    assert cube.array[10:, :40, :10].all()
    assert cube.array[:, 40:].sum() == 0
    assert cube.affine[:3, 3].tolist() == [-10, 40, 70]


def test_cube_beyond_the_grid_is_empty() -> None:
    grid = Volume(np.ones((80, 80, 80), np.float32), np.eye(4))
    assert cut_cube(grid, np.array([200, 0, 0])).array.sum() == 0


def test_there_is_no_cube_around_nothing() -> None:
    grid = Volume(np.ones((80, 80, 80), np.float32), np.eye(4))
    with pytest.raises(MaskError, match="empty"):
        crop_around(grid, grid.with_array(np.zeros(grid.shape, bool)))
