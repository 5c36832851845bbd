"""The linear dose in every kind of grid comes out right, and a grid that is not clear is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import RLELossless

from rnapp.errors import StudyError
from rnapp.io.rt_grid import read_grid
from rnapp.types import FloatArray, Volume
from tests.io.rt_files import (
    AXIAL,
    FEET_FIRST,
    OBLIQUE,
    PLANNING,
    PRONE,
    SAGITTAL,
    SHAPE,
    STEP,
    errors_gy,
    frame_places,
    linear,
    write_dose,
)

RISING = np.arange(SHAPE[2]) * STEP
UNEVEN = np.array([0.0, 2, 4, 7, 10, 13, 14, 16])


def right(volume: Volume) -> bool:
    """Within 0.002 Gy (a hundredth of a millimetre) between the voxels and at every one of them."""
    every = volume.to_mm(np.argwhere(np.ones(volume.shape)).astype(float))
    return bool(np.abs(errors_gy(volume)).max() < 2e-3 and np.abs(volume.array.ravel() - linear(every)).max() < 2e-3)


@pytest.mark.parametrize(("axes", "offsets"), [
    (AXIAL, RISING), (AXIAL, -RISING), (FEET_FIRST, RISING), (FEET_FIRST, -RISING), (PRONE, RISING), (OBLIQUE, RISING),
    (OBLIQUE, -RISING), (SAGITTAL, RISING), (AXIAL, UNEVEN), (AXIAL, -UNEVEN), (FEET_FIRST, UNEVEN)])
def test_the_dose_is_where_it_was_planned(axes: FloatArray, offsets: FloatArray, tmp_path: Path) -> None:
    volume = read_grid(write_dose(tmp_path / "dose", axes, offsets))
    assert right(volume)
    assert volume.frame_of_reference == PLANNING
    assert np.linalg.det(volume.affine[:3, :3]) > 0
    # What would be a wrong place is noticed here.
    assert not right(volume.with_array(volume.array[::-1]))
    assert not right(volume.with_array(volume.array[:, :, ::-1]))
    moved = volume.affine.copy()
    moved[0, 3] += 0.1
    assert not right(Volume(volume.array, moved))


@pytest.mark.parametrize(("axes", "offsets"), [(AXIAL, RISING), (AXIAL, -RISING), (PRONE, UNEVEN), (FEET_FIRST, RISING),
                                               (FEET_FIRST, -RISING)])
def test_offsets_may_be_absolute_in_axial_grids(axes: FloatArray, offsets: FloatArray, tmp_path: Path) -> None:
    position, places = frame_places(axes, offsets)
    absolute = places[:, 0, 0, 2]
    assert absolute[0] == position[2] != 0
    assert right(read_grid(write_dose(tmp_path / "dose", axes, offsets, written=absolute)))


@pytest.mark.parametrize(("axes", "written", "sentence"), [
    (AXIAL, RISING + 4.0, "neither with 0 nor with the z"), (SAGITTAL, None, "not axial"), (OBLIQUE, None, "not axial"),
    (AXIAL, RISING[:-1], "has 8 planes, but says where 7 lie"), (AXIAL, RISING * 0, "not in order"),
    (AXIAL, [0, 3, 6, 4, 9, 12, 15, 18], "not in order"), (AXIAL, [0, 3, 3, 6, 9, 12, 15, 18], "not in order"),
    (AXIAL, [0, 0.1, 3, 6, 9, 12, 15, 5000], "too unevenly")])
def test_offsets_that_are_not_clear_are_refused(axes: FloatArray, written: Any, sentence: str, tmp_path: Path) -> None:
    if written is None:
        written = RISING + frame_places(axes, RISING)[0][2]
    with pytest.raises(StudyError, match=sentence):
        read_grid(write_dose(tmp_path / "dose", axes, written=written))


@pytest.mark.parametrize(("bits", "signed", "less"), [(16, False, 0.0), (32, False, 0.0), (16, True, 30.0),
                                                      (32, True, 30.0), (16, True, 0.0)])
def test_signed_and_unsigned_values_of_16_and_32_bits(bits: int, signed: bool, less: float, tmp_path: Path) -> None:
    volume = read_grid(write_dose(tmp_path / "dose", bits=bits, signed=signed, less=less))
    assert (volume.array.min() < 0) == (less > 0)
    assert right(volume.with_array(volume.array + np.float32(less)))


def test_compressed_and_headerless_files(tmp_path: Path) -> None:
    file = pydicom.dcmread(write_dose(tmp_path / "dose", bits=16))
    file.compress(RLELossless)
    file.save_as(tmp_path / "rle")
    assert right(read_grid(tmp_path / "rle"))
    plain = pydicom.dcmread(write_dose(tmp_path / "plain"))
    del plain.file_meta
    plain.preamble = None
    plain.save_as(tmp_path / "bare", implicit_vr=True, little_endian=True, enforce_file_format=False)
    assert (tmp_path / "bare").read_bytes()[:2] == b"\x08\x00"
    assert right(read_grid(tmp_path / "bare"))


def test_a_file_without_frame_of_reference_has_none(tmp_path: Path) -> None:
    volume = read_grid(write_dose(tmp_path / "dose", FrameOfReferenceUID=None))
    assert right(volume)
    assert volume.frame_of_reference == ""


@pytest.mark.parametrize(("tags", "sentence"), [
    ({"ImagePositionPatient": None}, "ImagePositionPatient is missing"), ({"PixelSpacing": [0, 2]}, "size of zero"),
    ({"ImageOrientationPatient": [1, 0, 0, 0.5, 1, 0]}, "right angles"),
    ({"GridFrameOffsetVector": None}, "is missing"),
    ({"NumberOfFrames": 1}, "only one plane"), ({"DoseGridScaling": None}, "what its voxels mean"),
    ({"DoseGridScaling": "0"}, "what its voxels mean"), ({"PixelData": b"\0\0"}, "cut short or damaged"),
    ({"ImagePositionPatient": [0, 0, 1e9]}, "ImagePositionPatient is missing or damaged")])
def test_what_a_dose_needs(tags: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=sentence):
        read_grid(write_dose(tmp_path / "dose", **tags))


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = write_dose(tmp_path / "dose")
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(StudyError, match="cut short or damaged"):
        read_grid(path)
