from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

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
