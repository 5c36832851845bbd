"""The values refuse what would mislead: sheared grids, mirrored registrations."""

import numpy as np
import pytest

from rnapp.errors import Cancelled, GeometryError
from rnapp.types import CancelToken, SimilarityTransform, Volume


def test_volume_knows_its_voxel_size_and_volume() -> None:
    volume = Volume(np.zeros((2, 3, 4)), np.diag([2.0, -0.5, 5.0, 1]))
    assert volume.spacing == pytest.approx([2.0, 0.5, 5.0])
    assert volume.voxel_ml == pytest.approx(0.005)


@pytest.mark.parametrize("affine", [
    np.zeros((4, 4)),
    np.array([[1, 0.3, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]),
    np.diag([1, 1, np.nan, 1]),
    np.eye(3),
])
def test_volume_refuses_an_affine_that_is_no_regular_grid(affine: np.ndarray) -> None:
    with pytest.raises(GeometryError):
        Volume(np.zeros((2, 2, 2)), affine)


@pytest.mark.parametrize("shape", [(4, 4), (2, 2, 2, 2), (0, 2, 2)])
def test_volume_refuses_other_dimensions(shape: tuple[int, ...]) -> None:
    with pytest.raises(GeometryError):
        Volume(np.zeros(shape), np.eye(4))


def test_affine_cannot_be_changed_from_outside() -> None:
    volume = Volume(np.zeros((2, 2, 2)), np.eye(4))
    with pytest.raises(ValueError, match="read-only"):
        volume.affine[0, 0] = 2


def test_voxels_and_millimetres_are_inverse() -> None:
    affine = np.array([[0, -2, 0, 5], [1.5, 0, 0, 6], [0, 0, 3, -7], [0, 0, 0, 1.0]])
    volume = Volume(np.zeros((4, 5, 6)), affine)
    voxels = np.array([[0, 0, 0], [1, 2, 3.5]])
    assert volume.to_mm(voxels)[1] == pytest.approx([1, 7.5, 3.5])
    assert volume.to_voxels(volume.to_mm(voxels)) == pytest.approx(voxels)


def test_same_grid_allows_rounding_and_nothing_more() -> None:
    volume = Volume(np.zeros((100, 100, 50)), np.eye(4))
    rounded, shifted, flipped = (np.eye(4) for _ in range(3))
    rounded[0, 3] = 1e-4
    shifted[0, 3] = 0.5
    flipped[0, 0], flipped[0, 3] = -1, 99
    assert volume.same_grid(Volume(volume.array, rounded))
    assert not volume.same_grid(Volume(volume.array, shifted))
    assert not volume.same_grid(Volume(volume.array, flipped))


def test_with_array_refuses_another_shape() -> None:
    with pytest.raises(GeometryError):
        Volume(np.zeros((2, 2, 2)), np.eye(4)).with_array(np.zeros((2, 2, 3)))


@pytest.mark.parametrize("matrix", [np.diag([-1.0, 1, 1, 1]), np.diag([1.0, 1.2, 1, 1]), np.diag([3.0, 3, 3, 1])])
def test_transform_refuses_to_mirror_stretch_or_inflate(matrix: np.ndarray) -> None:
    with pytest.raises(GeometryError):
        SimilarityTransform(matrix)


def test_transform_inverse_and_order() -> None:
    turn, scale = np.eye(4), np.diag([1.1, 1.1, 1.1, 1])
    turn[:2, :2] = [[0, -1], [1, 0]]
    turn[:3, 3] = (1, 2, 3)
    both = SimilarityTransform(scale).after(SimilarityTransform(turn))
    point = np.array([[1.0, 0, 0]])
    assert both.apply(point)[0] == pytest.approx([1.1, 3.3, 3.3])
    assert both.inverse().apply(both.apply(point)) == pytest.approx(point)
    assert both.scale == pytest.approx(1.1)


def test_cancel_token() -> None:
    token = CancelToken()
    token.check()
    token.cancel()
    with pytest.raises(Cancelled):
        token.check()
