"""How a series was acquired: from classic and enhanced headers, unknown where they are silent, and never a name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset

from rnapp.io.acquisition import acquisition_of
from rnapp.io.dicom_header import Instance, read_instance
from rnapp.io.dicom_series import group_series
from rnapp.types import Acquisition, Series


def listed(folder: Path) -> Series:
    found = [read_instance(path) for path in sorted(folder.iterdir(), reverse=True)]
    (series,) = group_series([one for one in found if isinstance(one, Instance)])
    return series


def with_tags(**tags: Any) -> Callable[[Any], None]:
    def change(dataset: Any) -> None:
        for name, value in tags.items():
            setattr(dataset, name, value)

    return change


@pytest.mark.parametrize(("tags", "years"), [
    ({"PatientBirthDate": "19600501"}, 63), ({"PatientBirthDate": "19600502"}, 62),
    ({"PatientAge": "063Y"}, 63), ({"PatientBirthDate": "", "PatientAge": "008M"}, None),
    ({"PatientBirthDate": "18000101"}, None), ({"PatientBirthDate": "", "PatientAge": "000Y"}, None), ({}, None)])
def test_the_age_on_the_day_of_the_scan_is_known_in_whole_years(series_folder: Path, edit: Callable[..., None],
                                                                tags: dict[str, str], years: int | None) -> None:
    edit(series_folder, with_tags(AcquisitionDate="20230501", **tags))
    assert listed(series_folder).age == years


@pytest.fixture
def silent(series_folder: Path, edit: Callable[..., None]) -> Path:
    """A series whose headers say nothing of how it was acquired."""
    def change(dataset: Any) -> None:
        for name in ("ContrastBolusAgent", "RepetitionTime", "EchoTime", "InversionTime", "MagneticFieldStrength",
                     "Manufacturer", "ManufacturerModelName"):
            if name in dataset:
                delattr(dataset, name)

    edit(series_folder, change)
    return series_folder


def test_a_classic_header_is_read(silent: Path, edit: Callable[..., None]) -> None:
    edit(silent, with_tags(ContrastBolusAgent="Gadovist 7.5 ml", RepetitionTime=1900.5, EchoTime=2.52,
                           InversionTime=900, MagneticFieldStrength=3, Manufacturer="SIEMENS",
                           ManufacturerModelName="Prisma fit"))
    found = listed(silent).acquisition
    assert (found.contrast_agent, found.scanner) == ("gadovist", "SIEMENS Prisma fit")
    assert (found.repetition_time_ms, found.echo_time_ms, found.inversion_time_ms) == (1900.5, 2.52, 900.0)
    assert found.field_strength_t == 3.0


def test_what_the_header_does_not_say_is_unknown(silent: Path) -> None:
    found = listed(silent).acquisition
    assert found == Acquisition(instances=found.instances)


def test_what_is_not_a_number_is_unknown() -> None:
    header = Dataset()
    header.add_new("RepetitionTime", "LO", "long")
    header.add_new("EchoTime", "LO", "inf")
    header.add_new("MagneticFieldStrength", "LO", "")
    assert acquisition_of([Instance(Path("slice"), header, ())]) == Acquisition()


def test_no_free_text_is_mistaken_for_an_agent(silent: Path, edit: Callable[..., None]) -> None:
    edit(silent, with_tags(ContrastBolusAgent="Mueller^Hans 7.5 ml"))
    series = listed(silent)
    assert series.acquisition.contrast_agent == ""
    assert "mueller" not in repr(series.acquisition).lower()


def test_the_instances_are_in_the_order_of_the_slices(series_folder: Path) -> None:
    series = listed(series_folder)
    assert len(series.acquisition.instances) == series.shape[2]
    assert series.acquisition.instances == tuple(str(pydicom.dcmread(path).SOPInstanceUID) for path in series.files)


def test_a_missing_instance_uid_leaves_all_unknown(series_folder: Path) -> None:
    path = sorted(series_folder.iterdir())[3]
    dataset = pydicom.dcmread(path)
    del dataset.SOPInstanceUID
    dataset.save_as(path)
    assert listed(series_folder).acquisition.instances == ()


def test_an_enhanced_object_keeps_its_timings_in_its_frames(silent: Path) -> None:
    """One file of all slices: each slice has its UID."""
    paths = sorted(silent.iterdir())
    datasets = [pydicom.dcmread(path) for path in paths]
    whole = datasets[0]
    shared, frames = Dataset(), []
    shared.MRTimingAndRelatedParametersSequence = [one(RepetitionTime=2300.0)]
    shared.MREchoSequence = [one(EffectiveEchoTime=2.98)]
    shared.MRModifierSequence = [one(InversionTimes=[900.0])]
    shared.PixelMeasuresSequence = [one(PixelSpacing=whole.PixelSpacing, SliceThickness=whole.SliceThickness)]
    shared.PlaneOrientationSequence = [one(ImageOrientationPatient=whole.ImageOrientationPatient)]
    for dataset in datasets:
        frame = Dataset()
        frame.PlanePositionSequence = [one(ImagePositionPatient=dataset.ImagePositionPatient)]
        frames.append(frame)
    whole.PixelData = b"".join(dataset.PixelData for dataset in datasets)
    whole.SharedFunctionalGroupsSequence, whole.PerFrameFunctionalGroupsSequence = [shared], frames
    whole.NumberOfFrames, whole.SOPClassUID = len(datasets), "1.2.840.10008.5.1.4.1.1.4.1"
    for path in paths:
        path.unlink()
    whole.save_as(paths[0])
    series = listed(silent)
    found = series.acquisition
    assert (found.repetition_time_ms, found.echo_time_ms, found.inversion_time_ms) == (2300.0, 2.98, 900.0)
    assert found.instances == (str(whole.SOPInstanceUID),) * len(datasets)
    assert len(series.files) == 1


def one(**tags: Any) -> Dataset:
    dataset = Dataset()
    for name, value in tags.items():
        setattr(dataset, name, value)
    return dataset
