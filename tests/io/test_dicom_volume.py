from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from rnapp.errors import GeometryError, StudyError
from rnapp.io.dicom_header import Instance, planes_of, read_instance
from rnapp.io.dicom_volume import read_dicom_volume
from rnapp.types import Volume


def assert_same(back: Volume, original: Volume) -> None:
    """The writer stores slices along the normal, which is +k for this volume."""
    np.testing.assert_array_equal(back.array, original.array)
    assert back.same_grid(original)


def test_shuffled_files_give_the_volume(series_folder: Path, head: Volume) -> None:
    files = np.random.default_rng(0).permutation(sorted(series_folder.iterdir()))
    assert_same(read_dicom_volume(list(files)), head)


def as_enhanced(folder: Path, path: Path, *, shared: bool) -> Path:
    """The series as one enhanced multi-frame file, its frames in scrambled order."""
    slices = [pydicom.dcmread(file) for file in sorted(folder.iterdir())]
    slices = [slices[(7 * number) % len(slices)] for number in range(len(slices))]
    dataset = slices[0]
    frames = []
    for one in slices:
        frame = Dataset()
        frame.PlanePositionSequence = Sequence([_item(ImagePositionPatient=one.ImagePositionPatient)])
        frames.append(frame)
    for owner in [Dataset()] if shared else frames:
        owner.PlaneOrientationSequence = Sequence([_item(ImageOrientationPatient=dataset.ImageOrientationPatient)])
        owner.PixelMeasuresSequence = Sequence([_item(PixelSpacing=dataset.PixelSpacing)])
        owner.PixelValueTransformationSequence = Sequence([_item(RescaleSlope=0.5, RescaleIntercept=-3)])
        if shared:
            dataset.SharedFunctionalGroupsSequence = Sequence([owner])
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.PixelData = b"".join(one.PixelData for one in slices)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    dataset.NumberOfFrames = len(slices)
    for tag in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept"):
        del dataset[tag]
    dataset.save_as(path)
    return path


def _item(**tags: Any) -> Dataset:
    item = Dataset()
    for tag, value in tags.items():
        setattr(item, tag, value)
    return item


@pytest.mark.parametrize("shared", [True, False])
def test_enhanced_multi_frame_gives_the_same(shared: bool, series_folder: Path, head: Volume, tmp_path: Path) -> None:
    path = as_enhanced(series_folder, tmp_path / "enhanced.dcm", shared=shared)
    assert_same(read_dicom_volume([path]), head.with_array(head.array * 0.5 - 3))
    instance = read_instance(path)
    assert isinstance(instance, Instance)
    assert (instance.frames, len(instance.planes)) == (20, 20)


def test_enhanced_without_positions_is_refused(series_folder: Path, tmp_path: Path) -> None:
    path = as_enhanced(series_folder, tmp_path / "enhanced.dcm", shared=True)
    dataset = pydicom.dcmread(path)
    del dataset.PerFrameFunctionalGroupsSequence[4].PlanePositionSequence
    assert planes_of(dataset) == ()
    dataset.save_as(path)
    with pytest.raises(GeometryError, match="does not say where"):
        read_dicom_volume([path])


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless])
def test_transfer_syntaxes_give_the_same(syntax: str, series_folder: Path, head: Volume, tmp_path: Path) -> None:
    for path in series_folder.iterdir():
        dataset = pydicom.dcmread(path)
        if syntax == RLELossless:
            dataset.compress(syntax)
        elif syntax == ExplicitVRBigEndian:
            dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax
        pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    assert_same(read_dicom_volume(sorted(series_folder.iterdir())), head)


def test_files_without_preamble_are_read(series_folder: Path, head: Volume) -> None:
    for path in series_folder.iterdir():
        dataset = pydicom.dcmread(path)
        with path.open("wb") as stream:
            bare = Dataset(dataset)
            pydicom.dcmwrite(stream, bare, implicit_vr=True, little_endian=True)
    assert (series_folder / "slice_0001.dcm").read_bytes()[:2] == b"\x08\x00"
    assert_same(read_dicom_volume(sorted(series_folder.iterdir())), head)


@pytest.mark.parametrize("keep", [-200, 0.6, 0.3, 150])
def test_files_cut_short_are_refused(keep: float, series_folder: Path) -> None:
    victim = series_folder / "slice_0006.dcm"
    data = victim.read_bytes()
    victim.write_bytes(data[:int(keep * len(data)) if 0 < keep < 1 else int(keep)])
    with pytest.raises(StudyError) as caught:
        read_dicom_volume(sorted(series_folder.iterdir()))
    assert "slice_0006" not in str(caught.value)


def test_rescaling_is_applied(series_folder: Path, head: Volume, edit: Callable[..., None]) -> None:
    def action(dataset: Any) -> None:
        dataset.RescaleSlope, dataset.RescaleIntercept = "2.5", "-100"

    edit(series_folder, action)
    np.testing.assert_allclose(read_dicom_volume(sorted(series_folder.iterdir())).array, head.array * 2.5 - 100)


def test_deflated_files_give_the_same(series_folder: Path, head: Volume) -> None:
    for path in series_folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    assert_same(read_dicom_volume(sorted(series_folder.iterdir())), head)


def test_each_slice_is_rescaled_by_its_own_header(series_folder: Path, head: Volume, edit: Callable[..., None]) -> None:
    slopes, intercepts = np.linspace(0.5, 3, 20), np.linspace(-50, 70, 20)
    numbers = iter(range(20))

    def action(dataset: Any) -> None:
        number = next(numbers)
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{slopes[number]:.6f}", f"{intercepts[number]:.6f}"

    edit(series_folder, action)
    back = read_dicom_volume(sorted(series_folder.iterdir())).array
    np.testing.assert_allclose(back, head.array * slopes + intercepts, rtol=1e-4, atol=1e-2)


def test_signed_values_of_twelve_bits_keep_their_sign(series_folder: Path, head: Volume,
                                                      edit: Callable[..., None]) -> None:
    signed = (head.array.astype(np.int64) % 4096) - 2048
    numbers = iter(range(20))

    def action(dataset: Any) -> None:
        # Only the lowest twelve bits are the value; the others are not its sign.
        stored = signed[:, :, next(numbers)].T & 0x0FFF
        dataset.PixelData = stored.astype("<u2").tobytes()
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 1

    edit(series_folder, action)
    np.testing.assert_array_equal(read_dicom_volume(sorted(series_folder.iterdir())).array, signed)


def test_overlays_in_the_unused_bits_are_no_brightness(series_folder: Path, head: Volume,
                                                       edit: Callable[..., None]) -> None:
    drawn = np.random.default_rng(2).integers(0, 2, (30, 24)).astype("<u2") << 15

    def action(dataset: Any) -> None:
        stored = np.frombuffer(dataset.PixelData, "<u2").reshape(30, 24) | drawn
        dataset.PixelData = stored.tobytes()
        dataset.BitsStored, dataset.HighBit = 12, 11
        dataset.add_new(0x60000010, "US", 30)
        dataset.add_new(0x60000011, "US", 24)
        dataset.add_new(0x60000100, "US", 16)
        dataset.add_new(0x60000102, "US", 15)

    edit(series_folder, action)
    np.testing.assert_array_equal(read_dicom_volume(sorted(series_folder.iterdir())).array, head.array)


def test_a_localiser_inside_the_series_is_refused(series_folder: Path) -> None:
    path = series_folder / "slice_0010.dcm"
    dataset = pydicom.dcmread(path)
    turned = [float(value) for value in dataset.ImageOrientationPatient]
    dataset.ImageOrientationPatient = [*turned[3:], *[-value for value in turned[:3]]]
    dataset.save_as(path)
    with pytest.raises(GeometryError, match="different directions"):
        read_dicom_volume(sorted(series_folder.iterdir()))


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_missing_and_unequal_slices_are_refused(shift: float, series_folder: Path) -> None:
    path = series_folder / "slice_0010.dcm"
    if not shift:
        path.unlink()
    else:
        dataset = pydicom.dcmread(path)
        row, column = np.array(dataset.ImageOrientationPatient, dtype=float).reshape(2, 3)
        place = np.array(dataset.ImagePositionPatient, dtype=float) + shift * np.cross(row, column)
        dataset.ImagePositionPatient = [f"{value:.6f}" for value in place]
        dataset.save_as(path)
    with pytest.raises(GeometryError, match="missing" if not shift else "unevenly spaced"):
        read_dicom_volume(sorted(series_folder.iterdir()))
