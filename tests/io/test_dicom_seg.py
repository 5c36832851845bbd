"""DICOM segmentations land where they were drawn, however they are stored, and nothing else passes for one."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEGLSLossless, RLELossless

from rnapp.errors import MaskError
from rnapp.io.masks import chosen_mask, read_mask_file
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.types import Volume
from tests.conftest import dice
from tests.io.dicom_masks import FRAME, write_segmentation
from tests.io.io_data import content, oblique
from tests.io.segmentations import GRIDS, SHAPE, body, full, grid


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


def test_fractions_count_from_one_half_and_are_reported(tmp_path: Path) -> None:
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


def test_a_label_map_without_its_own_frames_is_refused(tmp_path: Path) -> None:
    scan = grid(GRIDS["oblique"])
    write_segmentation(scan, [body(scan)], tmp_path / "s", kind="LABELMAP")
    dataset = pydicom.dcmread(tmp_path / "s")
    del dataset.PerFrameFunctionalGroupsSequence
    dataset.save_as(tmp_path / "s")
    with pytest.raises(MaskError, match="DICOM segmentation"):
        read_mask_file(tmp_path / "s", scan, FRAME)


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


def test_frames_of_a_segment_that_is_not_listed_are_reported(tmp_path: Path) -> None:
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
