"""A volume as a classic DICOM MR series; used for example data that the project makes itself."""

import hashlib
import uuid
from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import format_number_as_ds

from rnapp.types import Array, FloatArray, Volume

_MAX_STORED = 65_535
_DATE, _TIME = "20200101", "120000"


def write_dicom_series(volume: Volume, folder: Path, description: str, seed: int) -> list[Path]:
    """Write one MR Image Storage file per slice along k and return them in slice order.

    The axes may point anywhere, also left-handed: slices are stored in the order in which the plane normal passes
    them, so that every voxel keeps its LPS position. Whole numbers from 0 to 65,535 are stored as they are, other
    values as 16 bits with rescale slope and intercept. The same volume, description and seed give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    directions = volume.affine[:3, :3] / volume.spacing
    depth = volume.affine[:3, 2] @ np.cross(directions[:, 0], directions[:, 1])
    slices = range(volume.shape[2]) if depth > 0 else range(volume.shape[2])[::-1]
    stored, slope, intercept = _stored(volume.array)
    series = _series_header(volume, description, seed)
    series.RescaleSlope, series.RescaleIntercept, series.RescaleType = _ds(slope), _ds(intercept), "US"
    paths = []
    for number, k in enumerate(slices, start=1):
        paths.append(folder / f"slice_{number:04d}.dcm")
        position = volume.affine[:3, 3] + k * volume.affine[:3, 2]
        _write_slice(series, paths[-1], stored[:, :, k], position, (seed, number))
    return paths


def _stored(array: Array) -> tuple[Array, float, float]:
    """uint16 values, and the slope and intercept (as DICOM writes them) that bring the voxels back."""
    values = array.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= _MAX_STORED and np.array_equal(values, np.rint(values)):
        return values.astype(np.uint16), 1.0, 0.0
    intercept = float(format_number_as_ds(low))
    slope = float(format_number_as_ds(max(high - intercept, 1e-9) / _MAX_STORED))
    return np.clip(np.rint((values - intercept) / slope), 0, _MAX_STORED).astype(np.uint16), slope, intercept


def _series_header(volume: Volume, description: str, seed: int) -> FileDataset:
    """Everything that all slices share."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = _uid("implementation")
    header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    header.update(_identity(description, seed))
    header.update(_acquisition(volume))
    return header


def _identity(description: str, seed: int) -> FileDataset:
    header = FileDataset("", {})
    header.SpecificCharacterSet = "ISO_IR 192"
    header.SOPClassUID = MRImageStorage
    header.PatientName, header.PatientID = "EXAMPLE^PHANTOM", "PHANTOM"
    header.PatientBirthDate, header.PatientSex = "", "O"
    header.StudyInstanceUID, header.SeriesInstanceUID = _uid("study", seed), _uid("series", seed, description)
    header.FrameOfReferenceUID, header.PositionReferenceIndicator = _uid("frame", seed), ""
    header.StudyDate = header.SeriesDate = header.AcquisitionDate = header.ContentDate = _DATE
    header.StudyTime = header.SeriesTime = header.ContentTime = _TIME
    header.StudyID, header.SeriesNumber, header.AccessionNumber, header.ReferringPhysicianName = "1", 1, "", ""
    header.StudyDescription, header.SeriesDescription = "Synthetic brain phantom", description
    header.Manufacturer, header.Modality = "rnapp", "MR"
    header.PatientIdentityRemoved, header.DeidentificationMethod = "YES", "Synthetic data"
    return header


def _acquisition(volume: Volume) -> FileDataset:
    header = FileDataset("", {})
    header.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    header.BodyPartExamined, header.PatientPosition = "BRAIN", "HFS"
    header.ContrastBolusAgent = "synthetic"
    header.ScanningSequence, header.SequenceVariant, header.ScanOptions = ["GR", "IR"], ["SK", "SP", "MP"], ""
    header.MRAcquisitionType, header.EchoTrainLength, header.AcquisitionNumber = "3D", 1, 1
    header.RepetitionTime, header.EchoTime, header.InversionTime = "2000", "2.5", "900"
    header.Columns, header.Rows = volume.shape[0], volume.shape[1]
    header.PixelSpacing = [_ds(volume.spacing[1]), _ds(volume.spacing[0])]
    header.SliceThickness = header.SpacingBetweenSlices = _ds(volume.spacing[2])
    directions = volume.affine[:3, :2] / volume.spacing[:2]
    header.ImageOrientationPatient = [_ds(value) for value in directions.T.ravel()]
    header.SamplesPerPixel, header.PhotometricInterpretation, header.PixelRepresentation = 1, "MONOCHROME2", 0
    header.BitsAllocated, header.BitsStored, header.HighBit = 16, 16, 15
    return header


def _write_slice(series: FileDataset, path: Path, stored: Array, position: FloatArray, key: tuple[int, int]) -> None:
    """stored: shape (columns, rows), uint16. position: centre of its first voxel, LPS mm. key: seed, slice number."""
    series.SOPInstanceUID = _uid("instance", *key, str(series.SeriesInstanceUID))
    series.file_meta.MediaStorageSOPInstanceUID = series.SOPInstanceUID
    series.InstanceNumber = key[1]
    series.ImagePositionPatient = [_ds(value) for value in position]
    series.PixelData = np.ascontiguousarray(stored.T).astype("<u2").tobytes()
    series.save_as(path, enforce_file_format=True)


def _ds(value: float) -> str:
    """A decimal string of at most 16 characters."""
    return str(format_number_as_ds(float(value)))


def _uid(*parts: object) -> str:
    """A UID under 2.25 (PS3.5, B.2) that depends on the parts alone."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"
