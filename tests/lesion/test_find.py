"""Masks become lesions on the right side, of the right size, on both grids."""

import numpy as np
import pytest

from rnapp.errors import MaskError
from rnapp.geometry import resample_mask
from rnapp.lesion.find import find_lesions, mask_labels
from rnapp.types import Prepared, Volume, note
from tests.conftest import dice, sphere, with_channel

LEFT_MM, RIGHT_MM = np.array([150.0, -110, 85]), np.array([85.0, -130, 80])  # SRI24, LPS


def flip_second(side: int) -> np.ndarray:
    """Voxel indices of an array whose second axis (of this many voxels) was stored backwards."""
    flip = np.diag([1.0, -1, 1, 1])
    flip[1, 3] = side - 1
    return flip


def native_ball(turned: Prepared, centre_atlas_mm: np.ndarray, radius_mm: float) -> Volume:
    """A ball on the oblique native grid, radius in the patient's millimetres."""
    return sphere(turned.native, turned.to_atlas.inverse().apply(centre_atlas_mm[None])[0], radius_mm)


@pytest.mark.parametrize(("centre", "side"), [(LEFT_MM, "left"), (RIGHT_MM, "right"),
                                              (np.array([119.0, -120, 90]), "midline")])
def test_native_mask_lands_on_its_side(turned: Prepared, centre: np.ndarray, side: str) -> None:
    found = find_lesions(turned, native_ball(turned, centre, 8))
    assert len(found.lesions) == 1
    assert found.lesions[0].side == side
    assert found.lesions[0].centre_mm == pytest.approx(centre, abs=0.7)


def test_one_centimetre_lesion_round_trips(turned: Prepared) -> None:
    mask = native_ball(turned, LEFT_MM, 5)
    found = find_lesions(turned, mask)
    back = resample_mask(found.mask(1), turned.native, turned.to_atlas.inverse())
    assert dice(back.array, mask.array) >= 0.95
    assert np.array_equal(found.native.array > 0, mask.array)


def test_drawn_mask_comes_back_on_the_native_grid(turned: Prepared) -> None:
    drawn = sphere(turned.head, LEFT_MM, 10)
    found = find_lesions(turned, drawn)
    assert found.native.same_grid(turned.native)
    truth = native_ball(turned, LEFT_MM, 10 / turned.to_atlas.scale)
    assert dice(found.native.array > 0, truth.array) >= 0.95
    wrong = native_ball(turned, RIGHT_MM, 10 / turned.to_atlas.scale)
    assert dice(found.native.array > 0, wrong.array) == 0


def test_sizes_are_the_patients_own_on_either_grid(turned: Prepared) -> None:
    true_ml = 4 / 3 * np.pi * 1.0**3
    for mask in (native_ball(turned, LEFT_MM, 10), sphere(turned.head, LEFT_MM, 10 * turned.to_atlas.scale)):
        lesion = find_lesions(turned, mask).lesions[0]
        assert lesion.volume_ml == pytest.approx(true_ml, rel=0.03)
        assert lesion.longest_diameter_mm == pytest.approx(20, abs=mask.spacing.max())


def test_mask_in_another_storage_order_is_the_same_mask(turned: Prepared) -> None:
    mask = native_ball(turned, LEFT_MM, 8)
    turned_affine = mask.affine[:, [2, 0, 1, 3]] @ flip_second(mask.shape[0])
    reordered = Volume(mask.array.transpose(2, 0, 1)[:, ::-1], turned_affine)
    assert not reordered.same_grid(mask)
    found = find_lesions(turned, reordered)
    assert np.array_equal(found.native.array > 0, mask.array)


def test_a_drawing_on_a_study_that_came_on_the_atlas_grid_is_not_moved_twice(turned: Prepared) -> None:
    on_atlas = with_channel(turned, native=turned.head)
    drawn = sphere(turned.head, LEFT_MM, 6)
    assert find_lesions(on_atlas, drawn, drawn=True).lesions[0].centre_mm == pytest.approx(LEFT_MM, abs=0.5)
    with pytest.raises(MaskError, match="inside the brain"):
        find_lesions(on_atlas, drawn)


def test_each_connected_part_is_a_lesion_largest_first(turned: Prepared) -> None:
    small, large = sphere(turned.head, LEFT_MM, 4), sphere(turned.head, RIGHT_MM, 9)
    found = find_lesions(turned, turned.head.with_array(small.array | large.array))
    assert [lesion.side for lesion in found.lesions] == ["right", "left"]
    assert found.atlas.array[tuple(np.argwhere(large.array)[0])] == 1
    assert found.atlas.array[tuple(np.argwhere(small.array)[0])] == 2
    assert found.lesions[0].volume_ml > found.lesions[1].volume_ml


def test_specks_are_left_out_and_named(turned: Prepared) -> None:
    array = sphere(turned.head, LEFT_MM, 6).array.copy()
    array[90, 120, 90] = True
    found = find_lesions(turned, turned.head.with_array(array))
    assert len(found.lesions) == 1
    assert found.cautions[0] == note("specks_left_out", "1 speck(s) under 0.015 ml were left out.")


def test_several_labels_must_be_chosen(turned: Prepared) -> None:
    labels = sphere(turned.head, LEFT_MM, 9).array.astype(np.int16)
    labels[sphere(turned.head, LEFT_MM, 5).array] = 2
    mask = turned.head.with_array(labels)
    assert mask_labels(mask) == (1, 2)
    with pytest.raises(MaskError, match="several labels \\(1, 2\\)"):
        find_lesions(turned, mask)
    with pytest.raises(MaskError, match="None of the chosen labels"):
        find_lesions(turned, mask, frozenset({7}))
    core = find_lesions(turned, mask, frozenset({2})).lesions[0]
    whole = find_lesions(turned, mask, frozenset({1, 2})).lesions[0]
    assert core.volume_ml < whole.volume_ml / 3


@pytest.mark.parametrize(("mask", "words"), [
    ("empty", "empty"), ("foreign", "grid"), ("outside", "inside the brain"), ("speck", "speck"), ("dust", "parts")])
def test_unusable_masks_are_refused(turned: Prepared, mask: str, words: str) -> None:
    array = np.zeros(turned.head.shape, bool)
    given = turned.head.with_array(array)
    if mask == "foreign":
        given = Volume(np.ones((30, 30, 30), bool), np.eye(4))
    elif mask == "outside":
        given = sphere(turned.head, np.array([10.0, -10, 10]), 6)
    elif mask == "speck":
        array[120, 120, 80] = True
    elif mask == "dust":
        array[60:180:6, 60:180:6, 60:100:6] = True
        from scipy.ndimage import binary_dilation
        given = turned.head.with_array(binary_dilation(array, iterations=2))
    with pytest.raises(MaskError, match=words):
        find_lesions(turned, given)


def test_an_organ_is_not_a_lesion(turned: Prepared) -> None:
    half = turned.brain_mask.array & (np.arange(240) > 120)[:, None, None]
    body = turned.head.with_array(turned.head.array > 20)
    for organ in (turned.brain_mask, turned.head.with_array(half), body):
        with pytest.raises(MaskError, match=r"ml in one piece, but the brain only \d+ ml: this is an organ"):
            find_lesions(turned, organ)
    large = sphere(turned.head, np.array([120.0, -120, 85]), 40)  # 268 ml
    assert find_lesions(turned, large).lesions[0].volume_ml > 200
