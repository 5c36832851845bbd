"""Surfaces: right place, right size, facing outwards, thin enough."""

import numpy as np
import pytest

from rnapp.explain.meshes import Mesh, level_mesh, mask_mesh
from rnapp.types import Volume
from tests.explain.synthetic import BRAIN_RADII, CENTRE, LEFT, attention, ball, distance, lps_grid, turned_grid


def signed_ml(mesh: Mesh) -> float:
    """Volume inside a closed mesh, positive where its faces look outwards (Gauss)."""
    a, b, c = (mesh.points_mm[mesh.faces[:, i].astype(int)].astype(float) - LEFT for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6000)


@pytest.mark.parametrize("grid", [lps_grid(1.0), turned_grid()])
def test_a_ball_keeps_place_size_and_orientation(grid):
    assert np.linalg.det(turned_grid().affine[:3, :3]) < 0 < np.linalg.det(lps_grid().affine[:3, :3])
    mask = ball(grid, LEFT, 20.0)
    mesh = mask_mesh(mask, 6000)
    assert signed_ml(mesh) == pytest.approx(mask.array.sum() * mask.voxel_ml, rel=0.15)
    assert np.abs((mesh.points_mm.max(0) + mesh.points_mm.min(0)) / 2 - LEFT).max() < 2.0


def test_a_brain_is_thinned_to_its_budget():
    grid = lps_grid(1.0)
    brain = grid.with_array(distance(grid, CENTRE, BRAIN_RADII) <= 1)
    mesh = mask_mesh(brain, 20_000)
    assert 5_000 < len(mesh.faces) <= 24_000
    assert mesh.faces.dtype == np.uint16
    assert mesh.faces.max() == len(mesh.points_mm) - 1
    assert np.allclose(mesh.points_mm, np.round(mesh.points_mm.astype(float), 1), atol=1e-4)


def test_a_single_voxel_is_still_there_and_nothing_is_nothing():
    grid = lps_grid()
    one = np.zeros(grid.shape, bool)
    one[30, 31, 20] = True
    mesh = mask_mesh(grid.with_array(one), 6000)
    assert len(mesh.faces) >= 8
    assert np.abs(mesh.points_mm.mean(0) - grid.to_mm(np.array([[30.0, 31, 20]]))[0]).max() < 1
    assert mask_mesh(grid, 6000) is None


def test_a_mask_at_the_edge_of_the_grid_is_closed():
    full = Volume(np.ones((6, 5, 4), bool), np.eye(4))
    mesh = mask_mesh(full, 6000)
    edges = np.sort(np.concatenate([mesh.faces[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


def test_shells_lie_at_their_level():
    field = attention(LEFT)
    radius = np.linalg.norm(level_mesh(field, 0.5).points_mm - LEFT, axis=1)
    assert radius == pytest.approx(9.0 * np.sqrt(np.log(2)), abs=0.3)
    assert level_mesh(field, 1.5) is None
    assert level_mesh(field.with_array(np.zeros_like(field.array)), 0.0) is None
