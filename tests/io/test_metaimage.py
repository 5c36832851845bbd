import itertools
import struct
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import GeometryError, InputError, StudyError
from rnapp.geometry import to_sitk
from rnapp.io.images import read_image
from rnapp.types import Volume
from tests.io.io_data import content, oblique

SHAPE = (5, 6, 7)


def saved(path: Path, dtype: str = "int16", flips: tuple[int, int, int] = (1, 1, 1), packed: bool = False) -> Path:
    volume = Volume(content(SHAPE).astype(dtype), oblique((1, 1.5, 4), flips))
    sitk.WriteImage(to_sitk(volume), str(path), useCompression=packed)
    return path


def edited(path: Path, old: str, new: str) -> Path:
    data = path.read_bytes()
    assert old.encode() in data
    path.write_bytes(data.replace(old.encode(), new.encode(), 1))
    return path


def assert_as_itk(path: Path) -> None:
    """Voxels and the place of every corner."""
    image, volume = sitk.ReadImage(str(path)), read_image(path)
    np.testing.assert_array_equal(volume.array, sitk.GetArrayViewFromImage(image).T)
    assert volume.array.dtype == sitk.GetArrayViewFromImage(image).dtype
    for place in itertools.product(*[(0, length - 1) for length in volume.shape]):
        np.testing.assert_allclose(volume.to_mm(np.array([place], float))[0],
                                   image.TransformIndexToPhysicalPoint(place), atol=1e-6)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("flips", list(itertools.product((1, -1), repeat=3)))
def test_oblique_and_flipped_grids_are_itks(flips: tuple[int, int, int], packed: bool, tmp_path: Path) -> None:
    assert_as_itk(saved(tmp_path / "v.mha", "int16", flips, packed))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32",
                                   "float64"])
def test_number_types_are_itks(dtype: str, tmp_path: Path) -> None:
    assert_as_itk(saved(tmp_path / "v.mha", dtype))
    assert read_image(tmp_path / "v.mha").array.dtype == dtype


@pytest.mark.parametrize(("dtype", "name"), [("int32", "MET_LONG"), ("uint32", "MET_ULONG")])
def test_long_numbers_have_four_bytes(dtype: str, name: str, tmp_path: Path) -> None:
    path = edited(saved(tmp_path / "v.mha", dtype), {"int32": "MET_INT", "uint32": "MET_UINT"}[dtype], name)
    np.testing.assert_array_equal(read_image(path).array, content(SHAPE))


@pytest.mark.parametrize(("old", "new"), [("TransformMatrix", "Rotation"), ("TransformMatrix", "Orientation"),
                                          ("Offset", "Position"), ("Offset", "Origin"), ("RAI", "LPS"),
                                          ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")])
def test_other_names_of_the_same_and_an_orientation_that_only_informs(old: str, new: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "v.mha", flips=(1, -1, 1))
    text = path.read_bytes()
    if old.encode() not in text:  # another orientation is named for these axes
        place = text.index(b"AnatomicalOrientation = ") + len("AnatomicalOrientation = ")
        old = text[place:place + 3].decode()
    assert_as_itk(edited(path, old, new))
    np.testing.assert_array_equal(read_image(path).array, content(SHAPE))
    np.testing.assert_allclose(read_image(path).affine, oblique((1, 1.5, 4), (1, -1, 1)), atol=1e-9)


def test_big_endian_voxels(tmp_path: Path) -> None:
    path = edited(saved(tmp_path / "v.mha"), "BinaryDataByteOrderMSB = False", "BinaryDataByteOrderMSB = True")
    data = path.read_bytes()
    start = data.index(b"LOCAL\n") + 6
    voxels = np.frombuffer(data[start:], "<i2").astype(">i2").tobytes()
    path.write_bytes(data[:start] + voxels)
    assert_as_itk(path)
    np.testing.assert_array_equal(read_image(path).array, content(SHAPE))


def test_a_fourth_axis_of_one_is_dropped(tmp_path: Path) -> None:
    volume = Volume(content(SHAPE).astype(np.int16), oblique((1, 1.5, 4), (1, 1, -1)))
    path = tmp_path / "v.mha"
    sitk.WriteImage(sitk.JoinSeries([to_sitk(volume)]), str(path))
    np.testing.assert_array_equal(read_image(path).array, volume.array)
    np.testing.assert_allclose(read_image(path).affine, volume.affine, atol=1e-9)
    sitk.WriteImage(sitk.JoinSeries([to_sitk(volume)] * 2), str(path))
    with pytest.raises(StudyError, match="5×6×7×2"):
        read_image(path)


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ("TransformMatrix", "Matrix", "left and right"), ("Offset", "Shift", "left and right"),
    ("ElementSpacing", "Spacing", "left and right"), ("ElementSpacing = ", "ElementSpacing = -", "damaged"),
    ("ElementSpacing = ", "ElementSpacing = 0 1 1\nOther = ", "damaged"),
    ("ElementSpacing = ", "ElementSpacing = nan 1 1\nOther = ", "damaged"),
    ("ElementSpacing = ", "ElementSpacing = 1 ", "damaged"), ("Offset = ", "Offset = 1e400 ", "damaged"),
    ("TransformMatrix = ", "TransformMatrix = 1 ", "damaged"), ("DimSize = 5", "DimSize = 50", "cut short"),
    ("DimSize = 5", "DimSize = 5.5", "damaged"), ("DimSize = 5", "DimSize = -5", "impossible"),
    ("DimSize = 5", "DimSize = 5 5", "damaged"), ("DimSize = 5 6 7", "DimSize = 90000 90000 7", "million voxels"),
    ("DimSize = 5 6 7", "DimSize = ", "damaged"), ("NDims = 3", "NDims = 2", "damaged"),
    ("ObjectType = Image", "ObjectType = Tube", "no image"), ("MET_SHORT", "MET_SHORT_ARRAY", "greyscale"),
    ("MET_SHORT", "MET_OTHER", "greyscale"), ("BinaryDataByteOrderMSB", "Silent", "byte order"),
    ("BinaryDataByteOrderMSB = False", "BinaryDataByteOrderMSB = Perhaps", "damaged"),
    ("BinaryData = True", "BinaryData = False", "text"), ("CompressedData = False", "CompressedData = True", "damaged"),
    ("ElementDataFile = LOCAL", "ElementDataFile = v.raw", "another file"),
    ("ElementDataFile = LOCAL", "ElementDataFile = LIST", "another file"),
    ("NDims = 3", "NDims = 3\nHeaderSize = 12", "not match"), ("NDims = 3", "NDims = 3\nNDims = 3", "damaged"),
    ("NDims = 3", "NDims = 3\nElementNumberOfChannels = 3", "colours"),
    ("NDims = 3", "NDims = 3\nDistanceUnits = furlong", "unit"),
    ("NDims = 3", "NDims = 3\nx = " + "9" * 70_000, "no end"),
    ("ElementDataFile = LOCAL", "Element = LOCAL", "no end")])
def test_damaged_headers_are_refused(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=sentence):
        read_image(edited(saved(tmp_path / "v.mha"), old, new))


def test_directions_that_are_not_of_length_one_or_sheared_are_refused(tmp_path: Path) -> None:
    for matrix in ("2 0 0 0 1 0 0 0 1", "1 0 0 0.6 0.8 0 0 0 1", "0 0 0 0 1 0 0 0 1"):
        path = saved(tmp_path / "v.mha")
        data = path.read_bytes()
        start = data.index(b"TransformMatrix = ")
        path.write_bytes(data[:start] + f"TransformMatrix = {matrix}".encode() + data[data.index(b"\n", start):])
        with pytest.raises(GeometryError, match=r"unit vectors|right angles"):
            read_image(path)


def test_units_become_millimetres(tmp_path: Path) -> None:
    path = edited(saved(tmp_path / "v.mha"), "NDims = 3", "NDims = 3\nDistanceUnits = cm")
    np.testing.assert_allclose(read_image(path).affine[:3], 10 * oblique((1, 1.5, 4))[:3], atol=1e-9)


def test_every_flipped_byte_of_compressed_voxels_is_seen(tmp_path: Path) -> None:
    """ITK prints "uncompress failed" on stderr and continues with wrong voxels."""
    path = saved(tmp_path / "v.mha", packed=True)
    whole = path.read_bytes()
    expected = read_image(path)
    start = whole.index(b"LOCAL\n") + 6
    read = []
    for place, bits in itertools.product(range(start, len(whole)), (0x01, 0x80)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bits]) + whole[place + 1:])
        try:
            found = read_image(path)
        except StudyError:
            continue
        np.testing.assert_array_equal(found.array, expected.array)
        read.append(place)
    # Only how hard it was packed, and the bits that fill the last byte before the checksum, mean nothing.
    assert set(read) <= {start + 1, len(whole) - 5}
    for cut in range(start, len(whole), 17):
        path.write_bytes(whole[:cut])
        with pytest.raises(StudyError):
            read_image(path)


def test_raw_voxels_must_all_be_there(tmp_path: Path) -> None:
    path = saved(tmp_path / "v.mha")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(StudyError, match="cut short"):
        read_image(path)
    path.write_bytes(whole + struct.pack("8x"))
    np.testing.assert_array_equal(read_image(path).array, content(SHAPE))
    path.write_bytes(whole + bytes(5000))
    with pytest.raises(StudyError, match="more voxels"):
        read_image(path)
