"""Kinds of files are distinguished: DICOM, empty, cut short, without pixels, something else."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from rnapp.io import dicom_stream
from rnapp.io.dicom_header import Instance, Unread, open_dicom, read_instance, tag_number

SLICE = "slice_0006.dcm"


def why(path: Path) -> str:
    """"" for a DICOM file that is whole."""
    found = read_instance(path)
    return found.why if isinstance(found, Unread) else ""


def stored(path: Path, syntax: str) -> Path:
    """The slice in another transfer syntax."""
    dataset = pydicom.dcmread(path)
    if syntax == RLELossless:
        dataset.compress(syntax)
    elif syntax == ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    return path


def test_header_reading_never_decodes_the_name(series_folder: Path) -> None:
    instance = read_instance(series_folder / "slice_0001.dcm")
    assert isinstance(instance, Instance)
    assert "PatientName" not in instance.header
    assert "PixelData" not in instance.header


@pytest.mark.parametrize(("data", "expected"), [
    (b"", "empty"), (bytes(4000), "empty"), (b"text", "not_dicom"), (b"\x08\x00", "not_dicom"),
    (b"\x08\x00" * 3000, "not_dicom"), (bytes(128) + b"DICM", "cut"), (b"\x89PNG" + bytes(500), "not_dicom"),
    (bytes(128) + b"DICM" + b"\x02\x00\x10\x00UI\xff\xff", "cut")])
def test_other_files_are_named_by_kind(data: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    assert why(tmp_path / "file") == expected


@pytest.mark.parametrize("syntax", ["", ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless,
                                    DeflatedExplicitVRLittleEndian])
def test_a_file_cut_anywhere_is_noticed_from_its_size(syntax: str, series_folder: Path) -> None:
    path = stored(series_folder / SLICE, syntax) if syntax else series_folder / SLICE
    assert why(path) == ""
    data = path.read_bytes()
    places = np.random.default_rng(6).integers(133, len(data) - 8, 60)
    for length in [*places, 700, len(data) - 9, len(data) // 2]:
        path.write_bytes(data[:int(length)])
        assert why(path) in ("cut", "no_pixels", "damaged"), int(length)


def test_a_file_cut_in_its_pixels_still_says_its_series(series_folder: Path) -> None:
    path = series_folder / SLICE
    series = pydicom.dcmread(path).SeriesInstanceUID
    path.write_bytes(path.read_bytes()[:-100])
    assert read_instance(path) == Unread(path, "cut", series)


def test_pixels_shorter_than_the_picture_are_cut(series_folder: Path, edit: Callable[..., None]) -> None:
    edit(series_folder, lambda dataset: setattr(dataset, "PixelData", dataset.PixelData[:-2]))
    assert why(series_folder / SLICE) == "cut"


def test_images_without_pixels_are_distinguished_from_objects_that_never_have_any(series_folder: Path,
                                                                        edit: Callable[..., None]) -> None:
    def action(dataset: Any) -> None:
        del dataset.PixelData

    edit(series_folder, action)
    assert why(series_folder / SLICE) == "no_pixels"

    def report(dataset: Any) -> None:
        del dataset.Rows, dataset.Columns
        dataset.Modality, dataset.SOPClassUID = "SR", "1.2.840.10008.5.1.4.1.1.88.11"

    edit(series_folder, report)
    assert why(series_folder / SLICE) == ""


def test_an_index_of_a_medium_is_named(series_folder: Path) -> None:
    dataset = pydicom.dcmread(series_folder / SLICE)
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    del dataset.SOPClassUID, dataset.Modality
    dataset.save_as(series_folder / SLICE)
    assert why(series_folder / SLICE) == "index"


def test_a_deflated_bomb_is_not_unpacked(series_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(series_folder / SLICE, DeflatedExplicitVRLittleEndian)
    whole = path.read_bytes()
    assert why(path) == ""
    assert open_dicom(path, ("PixelData",), pixels=True).PixelData == pydicom.dcmread(path).PixelData
    # The meta information ends where its own length says.
    end = 132 + 12 + int.from_bytes(whole[140:144], "little")
    packer = zlib.compressobj(9, wbits=-15)
    bomb = packer.compress(zlib.decompress(whole[end:], -15)) + packer.compress(bytes(9_000_000)) + packer.flush()
    path.write_bytes(whole[:end] + bomb)
    assert why(path) == "", "nine megabytes more are no bomb"
    monkeypatch.setattr(dicom_stream, "MAX_INFLATED_BYTES", 8_000_000)
    assert why(path) == "damaged"
    path.write_bytes(whole[:end] + bomb[:-20])
    assert why(path) in ("cut", "damaged")


def test_a_length_of_four_gigabytes_takes_no_memory(series_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    true_read = dicom_stream._File.read

    def watched(self: Any, size: int | None = -1, /) -> bytes:
        data = true_read(self, size)
        asked.append(len(data))
        return data

    monkeypatch.setattr(dicom_stream._File, "read", watched)
    path = series_folder / SLICE
    data = path.read_bytes()
    place = data.index(b"\xe0\x7f\x10\x00OW")
    path.write_bytes(data[:place + 8] + b"\xfe\xff\xff\xff" + data[place + 12:])
    assert why(path) == "cut"
    with pytest.raises(EOFError):
        dicom_stream.check_complete(open_dicom(path, ("PixelData",), pixels=True))
    assert max(asked) < len(data)


@pytest.mark.parametrize("text", ["1e400", "nan", "9" * 400, "", "x"])
def test_numbers_without_bounds_are_not_numbers(text: str) -> None:
    class Header(dict[str, str]):
        pass

    assert tag_number(Header(NumberOfFrames=text), "NumberOfFrames") is None
    assert tag_number(Header(NumberOfFrames=" 7"), "NumberOfFrames") == 7
