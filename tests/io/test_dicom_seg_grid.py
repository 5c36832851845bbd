"""A segmentation's own grid is found from its frames, and its voxels reach the scan's."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from rnapp.errors import MaskError
from rnapp.io.dicom_seg import read_segmentation
from rnapp.io.masks import chosen_mask, read_mask_file
from tests.conftest import dice
from tests.io.dicom_masks import FRAME, Ellipsoid, write_segmentation
from tests.io.io_data import oblique, rotation
from tests.io.segmentations import GRIDS, SHAPE, body, full, grid, middle


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_the_scan_may_be_stored_in_another_order(order: tuple[int, int, int], tmp_path: Path) -> None:
    drawn_on = grid(GRIDS["oblique"])
    mask = body(drawn_on)
    write_segmentation(drawn_on, [mask], tmp_path / "s")
    flip = np.diag([1.0, 1, -1, 1])
    flip[2, 3] = SHAPE[order[2]] - 1
    scan = grid(drawn_on.affine[:, [*order, 3]] @ flip, tuple(SHAPE[axis] for axis in order))
    expected = mask.transpose(order)[:, :, ::-1]
    np.testing.assert_array_equal(full(tmp_path / "s", scan)[0], expected)
    np.testing.assert_array_equal(full(tmp_path / "s", scan, "")[0], expected)


def test_another_series_of_the_same_study_is_resampled(tmp_path: Path) -> None:
    """Drawn on a sagittal series that is turned against the scan, of another size and voxel."""
    scan = grid(GRIDS["oblique"], (90, 100, 50))
    turned = np.eye(4)
    turned[:3, :3] = rotation(0.1, 0.2, -0.1) @ np.array([[0, 0, 1.2], [0.8, 0, 0], [0, -0.8, 0]])
    turned[:3, 3] = middle(scan) - turned[:3, :3] @ np.array([45.0, 50, 30])
    other = grid(turned, (100, 96, 61))
    ellipsoid = Ellipsoid(middle(scan))
    write_segmentation(other, [ellipsoid.mask(other)], tmp_path / "s")
    back, truth = full(tmp_path / "s", scan)[0], ellipsoid.mask(scan)
    assert dice(back, truth) >= 0.95
    assert np.abs(np.argwhere(back).mean(axis=0) - np.argwhere(truth).mean(axis=0)).max() < 0.5
    assert dice(back, truth[::-1, :, :]) < 0.8


def test_slices_that_are_really_empty_stay_empty(tmp_path: Path) -> None:
    """Segments on every third slice of the scan: without the scan's help they would look like thick slices."""
    scan = grid(GRIDS["oblique"])
    mask = body(scan)
    mask[:, :, np.arange(SHAPE[2]) % 3 != 0] = False
    write_segmentation(scan, [mask], tmp_path / "s", spacing_hint=False)
    np.testing.assert_array_equal(full(tmp_path / "s", scan)[0], mask)
    elsewhere = grid(oblique((1.0, 1.0, 1.0)))
    assert read_segmentation(tmp_path / "s", elsewhere).grid.spacing[2] == pytest.approx(6.0)


def test_one_slice_is_one_slice_thick(tmp_path: Path) -> None:
    scan = grid(GRIDS["thick"])
    mask = np.zeros(SHAPE, bool)
    mask[20:30, 11:17, 9] = True
    for hint in (True, False):
        write_segmentation(scan, [mask], tmp_path / "s", spacing_hint=hint)
        np.testing.assert_array_equal(full(tmp_path / "s", scan)[0], mask)


def test_positions_of_few_decimals_are_still_the_scans_own_voxels(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    array = np.random.default_rng(5).random(SHAPE) > 0.7
    array &= body(scan)
    write_segmentation(scan, [array], tmp_path / "s")
    off = np.diag([1.0005, 1, 1.001, 1])
    off[:3, 3] = (0.004, -0.003, 0.002)
    for frame in (FRAME, ""):
        np.testing.assert_array_equal(full(tmp_path / "s", grid(scan.affine @ off), frame)[0], array)


def test_without_a_frame_of_reference_only_the_scans_own_voxels_count(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan)], tmp_path / "s")
    np.testing.assert_array_equal(full(tmp_path / "s", scan, "")[0], body(scan))
    half = np.eye(4)
    half[0, 3] = 0.5
    shifted, larger = grid(scan.affine @ half), grid(scan.affine, (54, 47, 38))
    for other in (shifted, larger, grid(oblique((1.0, 1.0, 2.0)))):
        with pytest.raises(MaskError, match=r"scan names no frame .* and the segmentation's voxels"):
            read_mask_file(tmp_path / "s", other, "")
    file = pydicom.dcmread(tmp_path / "s")
    del file.FrameOfReferenceUID
    file.save_as(tmp_path / "n")
    np.testing.assert_array_equal(full(tmp_path / "n", scan)[0], body(scan))
    with pytest.raises(MaskError, match="The segmentation names no frame of reference"):
        read_mask_file(tmp_path / "n", shifted, FRAME)


def test_unequal_slices_and_frames_without_a_place_are_refused(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan)], tmp_path / "s")
    file = pydicom.dcmread(tmp_path / "s")
    place = file.PerFrameFunctionalGroupsSequence[3].PlanePositionSequence[0]
    place.ImagePositionPatient = [value + 0.7 * axis for value, axis in zip(
        place.ImagePositionPatient, scan.affine[:3, 2] / 2, strict=True)]
    file.save_as(tmp_path / "u")
    with pytest.raises(MaskError, match="slices are unevenly spaced"):
        read_mask_file(tmp_path / "u", scan, FRAME)
    for frame in file.PerFrameFunctionalGroupsSequence:
        del frame.PlanePositionSequence
    file.save_as(tmp_path / "p")
    with pytest.raises(MaskError, match="does not say where its images lie"):
        read_mask_file(tmp_path / "p", scan, FRAME)


@pytest.mark.parametrize("sideways", [True, False])
def test_a_segment_outside_the_stack_is_listed_and_does_not_stop_the_others(sideways: bool, tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    one = body(scan)
    write_segmentation(scan, [one, one], tmp_path / "s")
    file = pydicom.dcmread(tmp_path / "s")
    place = file.PerFrameFunctionalGroupsSequence[-1].PlanePositionSequence[0]
    moved = scan.affine[:3, 0] * 40 if sideways else scan.affine[:3, 2] * 0.35
    place.ImagePositionPatient = [f"{a + b:.6f}" for a, b in zip(place.ImagePositionPatient, moved, strict=True)]
    file.save_as(tmp_path / "s")
    found = read_mask_file(tmp_path / "s", scan, FRAME)
    assert [(structure.number, structure.mask is None) for structure in found.structures] == [(1, False), (2, True)]
    assert "“Lesion 2” cannot be used: its images do not form one stack with the others" in found.structures[1].note
    assert "tilt" not in found.structures[1].note
    np.testing.assert_array_equal(chosen_mask(found, found.choices).array, one)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("share", [-0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 3.0])
def test_a_segmentation_off_the_scans_voxels_keeps_its_volume_and_is_reported(axis: int, share: float, tmp_path: Path
                                                                          ) -> None:
    scan = grid(GRIDS["oblique"])
    affine = scan.affine.copy()
    affine[:3, 3] += share * affine[:3, axis]
    ball = Ellipsoid(middle(scan)).mask(scan)
    write_segmentation(grid(affine), [ball], tmp_path / "s")
    file = read_mask_file(tmp_path / "s", scan, FRAME)
    back = chosen_mask(file, file.choices).array
    assert back.sum() == pytest.approx(ball.sum(), rel=0.02)
    moved = np.argwhere(back).mean(axis=0) - np.argwhere(ball).mean(axis=0)
    assert moved[axis] == pytest.approx(share, abs=0.51)
    # The frames of one slice further within the scan are its own voxels, but for those beyond its edge.
    assert ("not those of this scan" in file.structures[0].note) == (not (axis == 2 and share == 3.0))
