"""DICOM segmentations land where they were drawn, whatever their storage, and nothing else passes for one."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEGLSLossless, RLELossless

from rnapp.errors import MaskError
from rnapp.geometry import empty_grid
from rnapp.io.dicom_seg import read_segmentation
from rnapp.io.masks import chosen_mask, read_mask_file
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.types import Volume
from tests.conftest import dice
from tests.io.dicom_masks import FRAME, Ellipsoid, write_segmentation
from tests.io.io_data import content, oblique, rotation

SHAPE = (53, 47, 38)  # odd, so that bit-packed frames do not end on whole bytes
GRIDS = {
    "oblique": oblique((1.1, 0.9, 2.0)),
    "left-handed": oblique((1.1, 0.9, 2.0), (1, 1, -1)),
    "rows backwards": oblique((0.9, 1.3, 1.7), (1, -1, 1)),
    "thick": oblique((0.8, 0.8, 5.0)),
}


def grid(affine: np.ndarray, shape: tuple[int, int, int] = SHAPE) -> Volume:
    return empty_grid(shape, affine)


def middle(volume: Volume) -> np.ndarray:
    """A point off the middle, LPS mm."""
    return volume.to_mm(np.array([[0.45, 0.55, 0.52]]) * np.array(volume.shape))[0]


def body(volume: Volume) -> np.ndarray:
    return Ellipsoid(middle(volume), (7.0, 11.0, 16.0)).mask(volume)


def full(file_path: Path, scan: Volume, frame: str = FRAME) -> list[np.ndarray]:
    """Each structure on the whole grid of the scan."""
    file = read_mask_file(file_path, scan, frame)
    return [chosen_mask(file, [one]).array for one in file.structures]


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("spacing_hint", [True, False])
def test_overlapping_segments_come_back_voxel_for_voxel(name: str, spacing_hint: bool, tmp_path: Path) -> None:
    scan = grid(GRIDS[name])
    one, other = body(scan), np.roll(body(scan), 4, axis=0)
    write_segmentation(scan, [one, other], tmp_path / "IM1", spacing_hint=spacing_hint)
    back = full(tmp_path / "IM1", scan)
    np.testing.assert_array_equal(back[0], one)
    np.testing.assert_array_equal(back[1], other)
    assert (one & other).any()
    assert all(dice(back[0], np.flip(one, axis)) < 0.8 for axis in range(3)), "a mirrored body would be noticed"


def test_names_numbers_and_volumes(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan), body(scan)], tmp_path / "s", names=("Läsion\n links", "B"))
    file = read_mask_file(tmp_path / "s", scan, FRAME)
    assert [(one.number, one.name) for one in file.structures] == [(1, "Läsion links"), (2, "B")]
    assert file.structures[0].volume_ml == pytest.approx(body(scan).sum() * scan.voxel_ml)
    assert file.structures[0].mask.array.size < body(scan).size / 4, "only its box is kept"
    assert file.frame_of_reference == FRAME


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


def test_fractions_count_from_one_half_and_are_told(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    shares = np.zeros(SHAPE, np.float32)
    shares[10:20, 10:20, 10:20] = 0.49
    shares[12:17, 12:16, 11:14] = 0.51
    write_segmentation(scan, [shares], tmp_path / "s", kind="FRACTIONAL")
    np.testing.assert_array_equal(full(tmp_path / "s", scan)[0], shares > 0.5)
    assert "fractions" in read_mask_file(tmp_path / "s", scan, FRAME).structures[0].note
    write_segmentation(scan, [shares > 0], tmp_path / "b")
    assert read_mask_file(tmp_path / "b", scan, FRAME).structures[0].note == ""


def test_a_label_map_has_its_segments_and_no_background(tmp_path: Path) -> None:
    scan = grid(GRIDS["left-handed"])
    one = body(scan)
    other = np.roll(one, 20, axis=0) & ~one
    write_segmentation(scan, [one, other], tmp_path / "s", kind="LABELMAP")
    file = read_mask_file(tmp_path / "s", scan, FRAME)
    assert [structure.number for structure in file.structures] == [1, 2]
    back = full(tmp_path / "s", scan)
    np.testing.assert_array_equal(back[0], one)
    np.testing.assert_array_equal(back[1], other)


def test_a_label_map_without_frames_of_its_own_is_refused(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan)], tmp_path / "s", kind="LABELMAP")
    dataset = pydicom.dcmread(tmp_path / "s")
    del dataset.PerFrameFunctionalGroupsSequence
    dataset.save_as(tmp_path / "s")
    with pytest.raises(MaskError, match="DICOM segmentation"):
        read_mask_file(tmp_path / "s", scan, FRAME)


def test_positions_of_few_decimals_are_still_the_scans_own_voxels(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    array = np.random.default_rng(5).random(SHAPE) > 0.7
    array &= body(scan)
    write_segmentation(scan, [array], tmp_path / "s")
    off = np.diag([1.0005, 1, 1.001, 1])
    off[:3, 3] = (0.004, -0.003, 0.002)
    for frame in (FRAME, ""):
        np.testing.assert_array_equal(full(tmp_path / "s", grid(scan.affine @ off), frame)[0], array)


def test_compressed_fractions_are_read(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan).astype(np.float32)], tmp_path / "s", kind="FRACTIONAL")
    file = pydicom.dcmread(tmp_path / "s")
    file.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    file.save_as(tmp_path / "r")
    np.testing.assert_array_equal(full(tmp_path / "r", scan)[0], body(scan))


def test_segments_compressed_by_a_decoder_in_c_are_read(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan).astype(float)], tmp_path / "s", kind="FRACTIONAL")
    file = pydicom.dcmread(tmp_path / "s")
    file.compress(JPEGLSLossless)
    file.save_as(tmp_path / "s")
    np.testing.assert_array_equal(full(tmp_path / "s", scan)[0], body(scan))
    whole = (tmp_path / "s").read_bytes()
    (tmp_path / "s").write_bytes(whole.replace(b"\xff\xd8\xff\xf7", b"\xff\xd8\xff\x00"))
    with pytest.raises(MaskError, match="damaged or packed in an unknown way"):
        read_mask_file(tmp_path / "s", scan, FRAME)


def test_a_segmentation_of_another_frame_of_reference_is_refused(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan)], tmp_path / "s", frame=FRAME + ".7")
    with pytest.raises(MaskError, match=r"drawn on another scan: its frame of reference is \S+\.7, but .* is \S+\.1;"):
        read_mask_file(tmp_path / "s", scan, FRAME)


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


def test_empty_and_outside_segments_cannot_be_chosen(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    away = np.zeros(SHAPE, bool)
    away[:3, :3, :3] = True
    half = grid(scan.affine @ np.diag([1.0, 1, 1, 1]), (53, 47, 19))
    write_segmentation(scan, [body(scan), np.zeros(SHAPE, bool), np.roll(away, -8, axis=2)], tmp_path / "s",
                       names=("A", "B", "C"))
    file = read_mask_file(tmp_path / "s", half, FRAME)
    assert [one.name for one in file.choices] == ["A"]
    assert "cut off" in file.structures[0].note
    assert [one.note for one in file.structures[1:]] == [
        "“B” is empty.", "“C” lies outside this scan, or is smaller than one of its voxels."]
    with pytest.raises(MaskError, match="“B” is empty"):
        chosen_mask(file, [file.structures[1]])
    write_segmentation(scan, [np.zeros(SHAPE, bool)], tmp_path / "e", omit_empty=False)
    with pytest.raises(MaskError, match=r"nothing in this file .* “Lesion 1” is empty"):
        read_mask_file(tmp_path / "e", scan, FRAME)


def test_damaged_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    whole = write_segmentation(scan, [body(scan), body(scan)], tmp_path / "s").read_bytes()
    for length in [0, 100, 140, *np.random.default_rng(2).integers(300, len(whole) - 1, 40), len(whole) - 1]:
        (tmp_path / "cut").write_bytes(whole[:int(length)])
        with pytest.raises(MaskError):
            read_mask_file(tmp_path / "cut", scan, FRAME)


def test_unequal_slices_and_frames_without_a_place_are_refused(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan)], tmp_path / "s")
    file = pydicom.dcmread(tmp_path / "s")
    place = file.PerFrameFunctionalGroupsSequence[3].PlanePositionSequence[0]
    place.ImagePositionPatient = [value + 0.7 * axis for value, axis in zip(
        place.ImagePositionPatient, scan.affine[:3, 2] / 2, strict=True)]
    file.save_as(tmp_path / "u")
    with pytest.raises(MaskError, match="distances between its slices are unequal"):
        read_mask_file(tmp_path / "u", scan, FRAME)
    for frame in file.PerFrameFunctionalGroupsSequence:
        del frame.PlanePositionSequence
    file.save_as(tmp_path / "p")
    with pytest.raises(MaskError, match="does not say where its images lie"):
        read_mask_file(tmp_path / "p", scan, FRAME)


def test_a_segment_without_a_place_is_listed_and_does_not_stop_the_others(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    one, other = body(scan), np.roll(body(scan), 4, axis=0)
    write_segmentation(scan, [one, other], tmp_path / "s")
    file = pydicom.dcmread(tmp_path / "s")
    frames = file.PerFrameFunctionalGroupsSequence
    place = next(number for number, frame in enumerate(frames)
                 if frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber == 2) + 3
    frames[place].PlanePositionSequence[0].ImagePositionPatient = None
    file.save_as(tmp_path / "s")
    found = read_mask_file(tmp_path / "s", scan, FRAME)
    assert [(structure.number, structure.mask is None) for structure in found.structures] == [(1, False), (2, True)]
    assert "“Lesion 2” cannot be used: the file does not say where some of its images lie" in found.structures[1].note
    np.testing.assert_array_equal(chosen_mask(found, found.choices).array, one)


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
    assert "“Lesion 2” cannot be used: its images do not lie in one stack with the others" in found.structures[1].note
    assert "tilt" not in found.structures[1].note
    np.testing.assert_array_equal(chosen_mask(found, found.choices).array, one)


def test_frames_of_a_segment_that_is_not_listed_are_told(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan), body(scan)], tmp_path / "s")
    assert {one.note for one in read_mask_file(tmp_path / "s", scan, FRAME).structures} == {""}
    file = pydicom.dcmread(tmp_path / "s")
    file.PerFrameFunctionalGroupsSequence[3].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 9
    file.save_as(tmp_path / "s")
    *listed, other = read_mask_file(tmp_path / "s", scan, FRAME).structures
    for number, one in enumerate(listed, start=1):
        assert f"does not list (9); the outline of structure {number} may be incomplete" in one.note
    assert (other.name, other.note) == ("Segment 9", "")


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("share", [-0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 3.0])
def test_a_segmentation_off_the_scans_voxels_keeps_its_volume_and_is_told(axis: int, share: float, tmp_path: Path
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


def test_a_segment_without_a_number_keeps_its_frames_and_a_frame_without_a_segment_is_refused(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan), body(scan)], tmp_path / "s")
    file = pydicom.dcmread(tmp_path / "s")
    file.SegmentSequence[0].SegmentNumber = None
    file.save_as(tmp_path / "s")
    assert [one.name for one in read_mask_file(tmp_path / "s", scan, FRAME).choices] == ["Lesion 2", "Segment 1"]
    # It may belong to any of them, so each of them may lack a part.
    del file.PerFrameFunctionalGroupsSequence[2].SegmentIdentificationSequence
    file.save_as(tmp_path / "s")
    with pytest.raises(MaskError, match="damaged"):
        read_mask_file(tmp_path / "s", scan, FRAME)


def test_other_dicom_objects_are_no_masks(tmp_path: Path) -> None:
    scan = Volume(content((24, 30, 20)), oblique((5.0, 4.5, 6.0)))
    slices = write_dicom_series(scan, tmp_path / "mr", "t1", seed=3)
    with pytest.raises(MaskError, match="This is an MR scan, not a mask"):
        read_mask_file(slices[0], scan, FRAME)
    (tmp_path / "text").write_text("no DICOM")
    with pytest.raises(MaskError, match="must be one of"):
        read_mask_file(tmp_path / "text", scan, FRAME)
