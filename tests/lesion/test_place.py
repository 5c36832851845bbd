"""A mask means voxels of the scan, or it is refused with what differs and by how much."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rnapp.errors import MaskError
from rnapp.geometry import empty_grid, resample_mask
from rnapp.lesion.place import checked, differences, fit, placed
from rnapp.types import FloatArray, Volume
from tests.conftest import dice, sphere

SHAPE = (60, 72, 40)
AFFINE = np.eye(4)
AFFINE[:3, :3] = Rotation.from_euler("xyz", (11, -7, 4), degrees=True).as_matrix() * (0.9, 0.9, 2.0)
AFFINE[:3, 3] = (-31, -25, -40)
SCAN = empty_grid(SHAPE, AFFINE)
ATLAS_AFFINE = np.eye(4)
ATLAS_AFFINE[1, 3] = -239
ATLAS = empty_grid((240, 240, 155), ATLAS_AFFINE)
LESION = sphere(SCAN, SCAN.to_mm(np.array([[20.0, 45, 25]]))[0], 7)


def changed(mm: tuple[float, float, float] = (0, 0, 0), scale: tuple[float, float, float] = (1, 1, 1),
            degrees: float = 0) -> Volume:
    """The lesion with another header: first voxel moved along the axes, steps scaled, turned about the middle."""
    affine = AFFINE.copy()
    affine[:3, :3] *= scale
    affine[:3, 3] += AFFINE[:3, :3] / SCAN.spacing @ mm
    middle = SCAN.to_mm((np.array([SHAPE]) - 1) / 2)[0]
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("z", degrees, degrees=True).as_matrix()
    turn[:3, 3] = middle - turn[:3, :3] @ middle
    return Volume(LESION.array, turn @ affine)


def stored_otherwise(volume: Volume, order: tuple[int, int, int], backwards: tuple[int, ...]) -> Volume:
    """The same voxels in the same place, stored in another order of axes, some of them from the other end."""
    affine = volume.affine.copy()
    for axis in backwards:
        affine[:3, 3] += affine[:3, axis] * (volume.shape[axis] - 1)
        affine[:3, axis] *= -1
    affine[:3, :3] = affine[:3, order]
    return Volume(np.flip(volume.array, backwards).transpose(order), affine)


ORDERS = [((0, 1, 2), ()), ((0, 1, 2), (0, 1)), ((2, 0, 1), (2,)), ((1, 2, 0), (0, 1, 2)), ((1, 0, 2), (1,))]


@pytest.mark.parametrize(("order", "backwards"), ORDERS)
@pytest.mark.parametrize(("given", "said"), [
    (changed(), False), (changed(mm=(0.005, -0.004, 0.005)), False), (changed(scale=(1, 1, 1.001)), False),
    (changed(mm=(0.45, 0, 0)), True), (changed(mm=(0, 0, 0.9)), True), (changed(scale=(1, 1, 1.009)), True),
    (changed(scale=(1.009, 1.009, 1.009)), True), (changed(degrees=0.05), False), (changed(degrees=0.5), True)])
def test_nearly_the_same_grid_means_the_same_voxels(given: Volume, said: bool, order: tuple[int, int, int],
                                                    backwards: tuple[int, ...]) -> None:
    mask = stored_otherwise(given, order, backwards)
    found = fit(mask, SCAN, ATLAS)
    assert (found.space, found.how) == ("scan", "voxels")
    assert np.array_equal(placed(mask, SCAN, found).array, LESION.array)
    assert placed(mask, SCAN, found).same_grid(SCAN)
    assert bool(found.note) == said
    assert not said or f"up to {found.distance_mm:.1f} mm" in found.note


@pytest.mark.parametrize(("given", "words"), [
    (changed(mm=(5, 0, 0)), r"its origin is 5\.0 mm away"), (changed(mm=(0.5, 0, 0)), r"its origin is 0\.5 mm away"),
    (changed(mm=(0, 0, 2)), r"its origin is 2\.0 mm away"),
    (changed(scale=(1.1, 1, 1)), r"its voxels measure 0\.99×0\.90×2\.00 mm instead of 0\.90×0\.90×2\.00 mm\)"),
    (changed(degrees=3), r"its axes are rotated by 3\.0°\)"),
    (changed(mm=(4, 0, 0), degrees=8), r"its axes are rotated by 8\.0° and its middle is 4\.0 mm away"),
    (empty_grid((50, 72, 40), changed(mm=(5, 0, 0)).affine), "it has 50×72×40 voxels instead of 60×72×40 and its orig"),
    (empty_grid(SHAPE, np.diag([-1.0, -1, 1, 1]) @ AFFINE), "its axes are turned|its middle is|its origin is"),
    (empty_grid((240, 240, 155), np.eye(4)), r"nor that of SRI24 \(its origin is 239\.0 mm away\)")])
def test_another_place_is_refused_with_what_differs(given: Volume, words: str) -> None:
    for order, backwards in ORDERS[:1] + ORDERS[2:3]:
        found = fit(stored_otherwise(given, order, backwards), SCAN, ATLAS)
        assert found.space is None
        with pytest.raises(MaskError, match=words):
            checked(found)


def test_a_shift_by_whole_voxels_is_another_place() -> None:
    assert fit(changed(mm=(0.9, 0, 0)), SCAN, ATLAS).space is None
    assert fit(changed(mm=(0, 0, -4)), SCAN, ATLAS).space is None


def test_a_mask_cut_to_a_part_of_the_scan_keeps_its_voxels() -> None:
    low, high = np.array([8, 30, 14]), np.array([33, 60, 36])
    affine = AFFINE.copy()
    affine[:3, 3] = SCAN.to_mm(low[None].astype(float))[0]
    part = Volume(LESION.array[tuple(map(slice, low, high))], affine)
    for order, backwards in ORDERS:
        mask = stored_otherwise(part, order, backwards)
        found = fit(mask, SCAN, ATLAS)
        assert "covers only a part" in found.note
        assert np.array_equal(placed(mask, SCAN, found).array, LESION.array)
    half = affine.copy()
    half[:3, 3] += AFFINE[:3, 0] / 2
    assert fit(Volume(part.array, half), SCAN, ATLAS).space is None
    beyond = affine.copy()
    beyond[:3, 3] = SCAN.to_mm(np.array([[40.0, 30, 14]]))[0]
    assert fit(Volume(part.array, beyond), SCAN, ATLAS).space is None


def resampled(steps: FloatArray, edge: bool) -> Volume:
    """The lesion on other steps over the scan's field of view, from the edge or from the middle of its first voxel."""
    affine = AFFINE.copy()
    affine[:3, :3] = AFFINE[:3, :3] / SCAN.spacing * steps
    start = (steps / SCAN.spacing - 1) / 2 if edge else np.zeros(3)
    affine[:3, 3] = SCAN.to_mm(start[None])[0]
    i, j, k = np.ceil(np.array(SHAPE) * SCAN.spacing / steps).astype(int)
    return resample_mask(LESION, empty_grid((int(i), int(j), int(k)), affine))


@pytest.mark.parametrize("edge", [True, False])
@pytest.mark.parametrize("steps", [(1.0, 1.0, 1.0), (0.45, 0.45, 2.0), (0.9, 0.9, 0.5)])
def test_another_sampling_of_the_same_field_of_view_is_taken_and_said(steps: tuple[float, ...], edge: bool) -> None:
    mask = resampled(np.array(steps), edge)
    found = fit(mask, SCAN, ATLAS)
    assert (found.space, found.how) == ("scan", "position")
    assert "resampled" in found.note
    assert placed(mask, SCAN, found) is mask
    assert dice(resample_mask(mask, SCAN).array, LESION.array) > 0.9
    moved = mask.affine.copy()
    moved[:3, 3] += (1.5, 0, 0)
    assert fit(Volume(mask.array, moved), SCAN, ATLAS).space is None


def test_a_mask_on_the_atlas_must_be_confirmed_unless_the_scan_is_there_too() -> None:
    turned = np.diag([-1.0, -1, 1, 1])
    turned[0, 3] = 239
    mask = empty_grid(ATLAS.shape, turned)  # as the glioma challenges store it
    found = fit(mask, SCAN, ATLAS)
    assert (found.space, found.must_be_confirmed) == ("atlas", True)
    assert fit(mask, ATLAS, ATLAS).space == "scan"
    assert not fit(mask, ATLAS, ATLAS).must_be_confirmed
    away = turned.copy()
    away[2, 3] = 0.3
    assert fit(empty_grid(ATLAS.shape, away), SCAN, ATLAS).space is None


def test_two_equal_grids_differ_in_nothing() -> None:
    assert differences(SCAN, SCAN) == ("its corners are in other positions",)
