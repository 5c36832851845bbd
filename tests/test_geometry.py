"""Axes are turned in one place, and nothing changes sides there."""

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.geometry import (
    WHOLLY_KNOWN,
    about_its_middle,
    cut_out,
    from_sitk,
    grid_like,
    mask_on_grid,
    match_voxels,
    on_voxels,
    resample,
    resample_drawn,
    resample_known,
    resample_mask,
    to_lps,
    to_sitk,
    whole_slices_of,
)
from rnapp.types import SRI24, SimilarityTransform, Volume
from tests.conftest import dice, oblique_affine, sphere

AFFINES = [
    oblique_affine((1.0, 2.0, 3.5), (0, 0, 0), (1, 1, 1), np.array([5.0, -8, 3]), (20, 22, 24)),
    oblique_affine((0.7, 0.9, 5.0), (20, -12, 25), (1, 1, 1), np.array([5.0, -8, 3]), (20, 22, 24)),
    oblique_affine((0.7, 0.9, 5.0), (20, -12, 25), (-1, 1, 1), np.array([5.0, -8, 3]), (20, 22, 24)),
    oblique_affine((1.3, 0.9, 2.0), (95, 5, 80), (1, -1, -1), np.array([5.0, -8, 3]), (20, 22, 24)),
]


@pytest.mark.parametrize("affine", AFFINES)
def test_simpleitk_round_trip_keeps_voxels_and_place(affine: np.ndarray) -> None:
    volume = Volume(np.random.default_rng(0).normal(size=(20, 22, 24)).astype(np.float32), affine)
    image = to_sitk(volume)
    back = from_sitk(image)
    assert back.same_grid(volume)
    assert np.array_equal(back.array, volume.array)
    assert image.GetPixel(3, 5, 7) == volume.array[3, 5, 7]
    assert image.TransformIndexToPhysicalPoint((3, 5, 7)) == pytest.approx(volume.to_mm(np.array([[3, 5, 7.0]]))[0])


@pytest.mark.parametrize("affine", AFFINES)
def test_lps_reorders_without_moving_anything(affine: np.ndarray) -> None:
    array = np.zeros((20, 22, 24), np.float32)
    array[4, 15, 19] = 1
    volume = Volume(array, affine)
    lps = to_lps(volume)
    assert (np.abs(lps.affine[:3, :3] / lps.spacing).argmax(axis=0) == [0, 1, 2]).all()
    assert (np.diag(lps.affine)[:3] > 0).all()
    spot = np.argwhere(lps.array == 1).astype(float)
    assert lps.to_mm(spot)[0] == pytest.approx(volume.to_mm(np.array([[4, 15, 19.0]]))[0], abs=1e-3)


def test_resample_moves_a_point_where_the_transform_says() -> None:
    grid = Volume(np.zeros((60, 60, 60), np.float32), np.eye(4))
    move = np.eye(4)
    move[:3, 3] = (7, -3, 5)
    array = grid.array.copy()
    array[20, 30, 40] = 1
    moved = resample(grid.with_array(array), grid, SimilarityTransform(move))
    assert np.argwhere(moved.array > 0.5).tolist() == [[27, 27, 45]]


def test_resample_is_zero_outside_the_field_of_view() -> None:
    small = Volume(np.full((5, 5, 5), 9, np.float32), np.eye(4))
    grid = Volume(np.zeros((9, 9, 9), np.float32), np.eye(4))
    moved = resample(small, grid)
    assert moved.array[8, 8, 8] == 0
    assert moved.array[2, 2, 2] == 9


def test_nearest_keeps_labels_and_their_type() -> None:
    labels = Volume(np.arange(27, dtype=np.int16).reshape(3, 3, 3), np.eye(4))
    grid = Volume(np.zeros((6, 6, 6)), np.diag([0.5, 0.5, 0.5, 1]))
    moved = resample(labels, grid, interpolation="nearest")
    assert moved.array.dtype == np.int16
    assert set(np.unique(moved.array)) <= set(range(27))


@pytest.mark.parametrize("affine", AFFINES[1:])
def test_mask_survives_the_way_to_another_grid(affine: np.ndarray) -> None:
    fine = Volume(np.zeros((60, 60, 60), np.float32), oblique_affine(
        (1, 1, 1), (0, 0, 0), (1, 1, 1), np.array([5.0, -8, 3]), (60, 60, 60)))
    coarse = Volume(np.zeros((20, 22, 24), np.float32), affine)
    centre = np.array([6.0, -9, 5])
    ball = sphere(coarse, centre, 6)
    there = resample_mask(ball, fine)
    assert there.array.dtype == np.bool_
    volume = ball.array.sum() * ball.voxel_ml
    assert there.array.sum() * there.voxel_ml == pytest.approx(volume, rel=0.25)
    middle = fine.to_mm(np.argwhere(there.array).mean(axis=0)[None])[0]
    assert middle == pytest.approx(coarse.to_mm(np.argwhere(ball.array).mean(axis=0)[None])[0], abs=0.5)


def _ball(grid: Volume, centre: np.ndarray, radius_mm: float) -> Volume:
    places = grid.to_mm(np.indices(grid.shape).reshape(3, -1).T)
    return grid.with_array((np.linalg.norm(places - centre, axis=1) <= radius_mm).reshape(grid.shape))


@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (1, -1, -1)])
@pytest.mark.parametrize("scale", [0.93, 1.06])
def test_a_drawn_ball_keeps_its_shape_and_volume_on_oblique_slices(flips: tuple[int, int, int], scale: float) -> None:
    drawn_on = Volume(np.zeros((60, 60, 60), np.uint8), np.eye(4))
    to_native = SimilarityTransform(np.diag((scale, scale, scale, 1.0)))
    centre = np.array([31.0, 27.0, 24.0])  # of no symmetry
    affine = oblique_affine((0.95, 0.95, 2.0), (11, -4, 6), flips, to_native.apply(centre[None])[0], (70, 70, 34))
    native = Volume(np.zeros((70, 70, 34), np.uint8), affine)
    ball = _ball(drawn_on, centre, 10.0 / scale)
    wanted = _ball(native, to_native.apply(centre[None])[0], 10.0)
    moved = resample_drawn(ball, native, to_native)
    assert moved.array.dtype == np.bool_
    assert dice(moved.array, wanted.array) >= 0.98
    assert dice(moved.array, wanted.array) > dice(resample_mask(ball, native, to_native).array, wanted.array)
    volume = ball.array.sum() * ball.voxel_ml * scale**3
    assert moved.array.sum() * moved.voxel_ml == pytest.approx(volume, rel=0.02)
    mirrored = _ball(drawn_on, np.array([60 - 31.0, 27.0, 24.0]), 10.0)
    assert dice(resample_drawn(mirrored, native, to_native).array, wanted.array) < 0.9


def test_a_thin_drawn_plate_is_not_smoothed_away() -> None:
    array = np.zeros((30, 30, 30), bool)
    array[5:20, 5:25, 12:14] = True
    grid = Volume(array, np.eye(4))
    assert dice(resample_drawn(grid, grid).array, array) > 0.85


def test_a_mirrored_affine_is_noticed() -> None:
    grid = Volume(np.zeros((40, 40, 40), np.float32), np.eye(4))
    ball = sphere(grid, np.array([10.0, 20, 20]), 5)
    mirrored = np.diag([-1.0, 1, 1, 1])
    mirrored[0, 3] = 39
    wrong = resample_mask(Volume(ball.array, mirrored), grid)
    assert dice(wrong.array, ball.array) == 0


def test_vectors_are_refused() -> None:
    with pytest.raises(Exception, match="three-dimensional"):
        from_sitk(sitk.Image(4, 4, sitk.sitkFloat32))


@pytest.mark.parametrize("affine", AFFINES)
def test_voxels_of_one_grid_are_found_in_another_order_of_storage(affine: np.ndarray) -> None:
    grid = Volume(np.random.default_rng(3).random((20, 22, 24)), affine)
    part = to_lps(grid)
    match = match_voxels(part, grid)
    assert match is not None
    assert match.voxels_apart < 1e-6
    np.testing.assert_array_equal(match.reordered(part.array), grid.array)
    np.testing.assert_array_equal(on_voxels(part, grid, match).array, grid.array)


def test_slices_of_a_grid_may_be_a_tenth_of_a_voxel_off_and_no_more() -> None:
    grid = Volume(np.zeros((20, 22, 24), bool), AFFINES[2])
    for off, same in ((0.05, True), (0.3, False)):
        move = np.eye(4)
        move[:3, 3] = (0, 0, 4 + off)
        part = Volume(np.zeros((20, 22, 12), bool), grid.affine @ move)
        assert whole_slices_of(part, grid) == same
    narrower = Volume(np.zeros((20, 21, 24), bool), grid.affine)
    assert whole_slices_of(narrower, grid)
    assert not whole_slices_of(Volume(np.zeros((19, 21, 24), bool), grid.affine), grid)
    assert not whole_slices_of(Volume(np.zeros((20, 22, 25), bool), grid.affine), grid)
    turned = np.eye(4)
    turned[:3, :3] = np.array([[2.0, 2, 1], [2, -1, -2], [1, -2, 2]]) / 3
    assert match_voxels(Volume(grid.array, turned), Volume(grid.array, np.eye(4))) is None


def test_what_lies_outside_the_grid_is_cut_off() -> None:
    grid = Volume(np.zeros((10, 10, 10), bool), np.eye(4))
    affine = np.eye(4)
    affine[:3, 3] = (7, -2, 0)
    part = Volume(np.random.default_rng(4).random((10, 10, 9)), affine)
    match = match_voxels(part, grid)
    assert match is not None
    inside = on_voxels(part, grid, match)
    np.testing.assert_array_equal(inside.array, part.array[:3, 2:])
    np.testing.assert_array_equal(inside.affine[:3, 3], (7, 0, 0))


@pytest.mark.parametrize("affine", AFFINES)
def test_what_is_moved_to_a_grid_is_in_its_frame_of_reference_and_the_rest_stays_in_its_own(affine: np.ndarray) -> None:
    scan = Volume(np.random.default_rng(1).normal(size=(20, 22, 24)).astype(np.float32), affine, "1.2.840.1")
    atlas = Volume(np.zeros((30, 31, 29), np.float32), np.diag([2.0, 2, 2, 1]), SRI24)
    drawn = scan.with_array(scan.array > 0)
    match = match_voxels(to_lps(scan), scan)
    assert match is not None
    on_scan = mask_on_grid(Volume(drawn.array, affine, "1.2.840.2"), scan)
    assert on_scan is not None
    for moved, frame in ((resample(scan, atlas), SRI24), (resample_mask(drawn, atlas), SRI24),
                         (resample_drawn(drawn, atlas), SRI24), (grid_like(atlas, atlas.array > 0), SRI24),
                         (on_voxels(Volume(to_lps(scan).array, to_lps(scan).affine), scan, match), "1.2.840.1"),
                         (on_scan, "1.2.840.1"), (to_lps(scan), "1.2.840.1"),
                         (cut_out(scan, np.array([1, 2, 3]), np.array([9, 9, 9])), "1.2.840.1")):
        assert moved is not None
        assert moved.frame_of_reference == frame


@pytest.mark.parametrize("affine", AFFINES)
def test_two_worlds_with_names_are_never_the_same_grid(affine: np.ndarray) -> None:
    one, other, unnamed = (Volume(np.zeros((20, 22, 24)), affine, frame) for frame in ("1.2.840.1", SRI24, ""))
    assert not one.same_grid(other)
    assert not to_lps(one).same_grid(to_lps(other))
    assert one.same_grid(unnamed), "a file that names no world may lie in any"
    assert one.same_grid(Volume(one.array, affine, "1.2.840.1"))


def test_a_grid_about_its_middle_does_not_depend_on_where_the_header_puts_it():
    rng = np.random.default_rng(5)
    affine = oblique_affine((0.7, 3.3, 1.2), (9, -20, 31), (1, -1, 1), np.array([12.0, -40, 7]), (10, 6, 9))
    array = rng.normal(size=(10, 6, 9)).astype(np.float32)
    here, way = about_its_middle(Volume(array, affine))
    moved = affine.copy()
    moved[:3, 3] += (37.3, -12.1, 8.9)
    there, other_way = about_its_middle(Volume(array, moved))
    assert np.array_equal(here.affine, there.affine)
    assert here.corners_mm.mean(axis=0) == pytest.approx((0, 0, 0), abs=1e-12)
    assert way.apply(Volume(array, affine).corners_mm) == pytest.approx(here.corners_mm)
    assert other_way.apply(Volume(array, moved).corners_mm) == pytest.approx(here.corners_mm)
    assert not np.allclose(way.matrix, other_way.matrix)
# How much of what surrounds a place must be known.


def known_grid(affine: np.ndarray, gray: float = 60.0) -> Volume:
    return Volume(np.full((5, 6, 7), gray, np.float32), affine)


@pytest.mark.parametrize("affine", AFFINES)
def test_rounding_makes_nothing_unknown_at_the_border_of_a_volumes_own_grid(affine: np.ndarray) -> None:
    dose = known_grid(affine)
    turned = oblique_affine((1, 1, 1), (7, -11, 23), (1, 1, 1), np.array([812.3, -455.7, 91.1]), (1, 1, 1))
    there = SimilarityTransform(turned)
    moved = Volume(dose.array, turned @ affine)
    assert np.isfinite(resample_known(dose, dose).array).all()
    assert np.isfinite(resample_known(dose, moved, there).array).all()
    assert np.isfinite(resample_known(moved, dose, there.inverse()).array).all()


@pytest.mark.parametrize(("beyond", "known"), [(0.2 * (1 - WHOLLY_KNOWN), True), (5 * (1 - WHOLLY_KNOWN), False)])
def test_a_place_is_known_only_as_far_beyond_the_border_as_rounding_can_bring_it(beyond: float, known: bool) -> None:
    dose = known_grid(np.diag([2.0, 2.0, 2.0, 1.0]))
    grid = dose.affine.copy()
    grid[0, 3] -= 2.0 * beyond
    found = resample_known(dose, Volume(dose.array, grid)).array
    assert np.isfinite(found[0]).all() == known
    assert np.isfinite(found[1:]).all()


@pytest.mark.parametrize("weight", [0.0, 1e-5, 5e-5, 2e-4, 1e-3, 0.5])
def test_an_unknown_voxel_never_takes_more_than_a_fiftieth_of_a_gray(weight: float) -> None:
    dose = known_grid(np.eye(4), 200.0)
    dose.array[3:] = np.nan
    grid = np.eye(4)
    grid[0, 3] = weight
    at_the_edge = resample_known(dose, Volume(dose.array, grid)).array[2]
    assert np.isfinite(at_the_edge).all() == (weight <= 1 - WHOLLY_KNOWN)
    assert np.nan_to_num(np.abs(at_the_edge - 200.0), nan=0.0).max() <= 0.02
