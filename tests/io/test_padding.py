"""What the header calls padding becomes air, whatever the sign and encoding it is written with; nothing else does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from rnapp.io.dicom_volume import read_dicom_volume
from rnapp.io.padding import Padding, padding_of
from rnapp.types import Volume


def header(**tags: Any) -> Dataset:
    dataset = Dataset()
    for tag, value in tags.items():
        setattr(dataset, tag, value)
    return dataset


def written(folder: Path, stored: np.ndarray, edit: Callable[..., None], signed: bool, **tags: Any) -> np.ndarray:
    """The series with these stored values and tags, as it is read back."""
    numbers = iter(range(stored.shape[2]))

    def action(dataset: Any) -> None:
        plane = stored[:, :, next(numbers)].T
        dataset.PixelData = plane.astype("<i2" if signed else "<u2").tobytes()
        dataset.PixelRepresentation = int(signed)
        for tag, value in tags.items():
            if isinstance(value, tuple):
                dataset.add_new(tag, *value)
            else:
                setattr(dataset, tag, value)

    edit(folder, action)
    return read_dicom_volume(sorted(folder.iterdir())).array


@pytest.mark.parametrize(("signed", "value", "stored"), [
    (True, ("SS", -2000), -2000), (True, ("US", 63536), -2000), (False, ("US", 63536), 63536),
    (False, ("SS", -2000), 63536), (True, ("US", 32768), -32768), (False, ("US", 65535), 65535)])
def test_padding_becomes_the_smallest_other_value(signed: bool, value: tuple[str, int], stored: int,
                                                  series_folder: Path, head: Volume,
                                                  edit: Callable[..., None]) -> None:
    values = head.array.astype(np.int64) + 7
    values[:5] = stored
    found = written(series_folder, values, edit, signed, PixelPaddingValue=value, RescaleSlope="2",
                    RescaleIntercept="-10")
    expected = 2.0 * values - 10
    expected[:5] = expected[5:].min()
    np.testing.assert_array_equal(found, expected)


def test_without_the_tag_the_same_value_stays(series_folder: Path, head: Volume, edit: Callable[..., None]) -> None:
    values = head.array.astype(np.int64)
    values[:5] = -2000
    np.testing.assert_array_equal(written(series_folder, values, edit, True), values)


@pytest.mark.parametrize(("value", "limit"), [(-2000, -1000), (-1000, -2000)])
def test_a_range_of_padding_becomes_air(value: int, limit: int, series_folder: Path, head: Volume,
                                        edit: Callable[..., None]) -> None:
    values = head.array.astype(np.int64)
    values[:3], values[3:5], values[5:6] = -2000, -1500, -999
    found = written(series_folder, values, edit, True, PixelPaddingValue=("SS", value),
                    PixelPaddingRangeLimit=("SS", limit))
    assert found.min() == -999
    assert (found[:6] == -999).all()
    np.testing.assert_array_equal(found[6:], values[6:])


def test_implicit_headers_do_not_say_the_sign(series_folder: Path, head: Volume, edit: Callable[..., None]) -> None:
    values = head.array.astype(np.int64)
    values[:5] = -2000
    written(series_folder, values, edit, True, PixelPaddingValue=("SS", -2000))
    for path in series_folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    assert read_dicom_volume(sorted(series_folder.iterdir())).array.min() == values[5:].min()


def test_nothing_but_padding_is_left_as_it_is(series_folder: Path, head: Volume, edit: Callable[..., None]) -> None:
    values = np.full(head.shape, -2000)
    assert (written(series_folder, values, edit, True, PixelPaddingValue=("SS", -2000)) == -2000).all()


@pytest.mark.parametrize(("tags", "expected"), [
    ({}, None), ({"PixelPaddingRangeLimit": 5}, None),
    ({"PixelPaddingValue": 0x800, "PixelRepresentation": 1, "BitsStored": 12}, Padding(-2048, -2048)),
    ({"PixelPaddingValue": 0xF830, "PixelRepresentation": 1, "BitsStored": 12}, Padding(-2000, -2000)),
    ({"PixelPaddingValue": 100, "PixelRepresentation": 1, "BitsStored": 12}, Padding(100, 100)),
    ({"PixelPaddingValue": 0xFFF, "PixelRepresentation": 0, "BitsStored": 12}, Padding(4095, 4095))])
def test_the_sign_is_that_of_the_pixels(tags: dict[str, int], expected: Padding | None) -> None:
    assert padding_of({tag: str(value) for tag, value in tags.items()}) == expected


def test_pixels_of_floats_have_padding_of_their_own() -> None:
    found = padding_of(header(FloatPixelData=b"", FloatPixelPaddingValue=-1.5, FloatPixelPaddingRangeLimit=-3.0))
    assert found == Padding(-3.0, -1.5)
    assert found.covers(np.array([-3.5, -3.0, -2.0, -1.0])).tolist() == [False, True, True, False]
