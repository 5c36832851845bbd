"""A volume as a classic DICOM MR or CT series; used for example data that the project makes itself."""

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import format_number_as_ds

from rnapp.types import Array, FloatArray, Volume

_MAX_STORED = 65_535
_AIR_HU = -1024
_TIME = "120000"


Modality = Literal["MR", "CT", "RTSTRUCT", "RTPLAN", "RTDOSE", "REG"]


@dataclass(frozen=True)
class Acquired:
    """What a made file says of itself besides its content and its description. date: YYYYMMDD; number: SeriesNumber.
    Voxels of CT are Hounsfield units."""

    modality: Modality = "MR"
    date: str = "20200101"
    number: int = 1


def write_dicom_series(volume: Volume, folder: Path, description: str, seed: int,
                       acquired: Acquired = Acquired()) -> list[Path]:
    """Write one image file per slice along k and return them in slice order.

    What has the same seed is of one study and has one frame of reference. The axes may point anywhere, also
    left-handed: slices are stored in the order in which the plane normal passes them, so that every voxel keeps its LPS
    position. Whole numbers from 0 to 65,535 are stored as they are, other values as 16 bits with rescale slope and
    intercept. The same volume, description and seed give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    directions = volume.affine[:3, :3] / volume.spacing
    depth = volume.affine[:3, 2] @ np.cross(directions[:, 0], directions[:, 1])
    slices = range(volume.shape[2]) if depth > 0 else range(volume.shape[2])[::-1]
    stored, slope, intercept = _stored_ct(volume.array) if acquired.modality == "CT" else _stored(volume.array)
    series = _series_header(volume, description, seed, acquired)
    series.RescaleSlope, series.RescaleIntercept = decimal(slope), decimal(intercept)
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


def _stored_ct(array: Array) -> tuple[Array, float, float]:
    """Hounsfield units as scanners store them."""
    return np.clip(np.rint(array - _AIR_HU), 0, _MAX_STORED).astype(np.uint16), 1.0, float(_AIR_HU)


def _series_header(volume: Volume, description: str, seed: int, acquired: Acquired) -> FileDataset:
    """Everything that all slices share."""
    header = made_file(CTImageStorage if acquired.modality == "CT" else MRImageStorage, description, seed, acquired)
    header.AcquisitionDate = acquired.date
    header.update(_ct() if acquired.modality == "CT" else _mr())
    header.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    header.BodyPartExamined, header.PatientPosition, header.AcquisitionNumber = "BRAIN", "HFS", 1
    header.SliceThickness = header.SpacingBetweenSlices = decimal(volume.spacing[2])
    header.update(plane_header(volume))
    return header


def made_file(sop_class: str, description: str, seed: int, acquired: Acquired) -> FileDataset:
    """A file of the made patient, with what every object says of patient, study, series and frame of reference."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = uid_of("implementation")
    header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    header.SpecificCharacterSet = "ISO_IR 192"
    header.SOPClassUID = sop_class
    header.PatientName, header.PatientID = "EXAMPLE^PHANTOM", "PHANTOM"
    header.PatientBirthDate, header.PatientSex = "", "O"
    header.StudyInstanceUID, header.SeriesInstanceUID = uid_of("study", seed), uid_of("series", seed, description)
    header.FrameOfReferenceUID, header.PositionReferenceIndicator = uid_of("frame", seed), ""
    header.StudyDate = header.SeriesDate = header.ContentDate = acquired.date
    header.StudyTime = header.SeriesTime = header.ContentTime = _TIME
    header.StudyID, header.SeriesNumber, header.AccessionNumber = "1", acquired.number, ""
    header.ReferringPhysicianName = ""
    header.StudyDescription, header.SeriesDescription = "Synthetic brain phantom", description
    header.Manufacturer, header.Modality = "rnapp", acquired.modality
    header.PatientIdentityRemoved, header.DeidentificationMethod = "YES", "Synthetic data"
    return header


def plane_header(volume: Volume) -> Dataset:
    """Size, spacing and orientation of slices along k, and that their voxels are 16 bits without a sign."""
    header = Dataset()
    header.Columns, header.Rows = volume.shape[0], volume.shape[1]
    header.PixelSpacing = [decimal(volume.spacing[1]), decimal(volume.spacing[0])]
    directions = volume.affine[:3, :2] / volume.spacing[:2]
    header.ImageOrientationPatient = [decimal(value) for value in directions.T.ravel()]
    header.SamplesPerPixel, header.PhotometricInterpretation, header.PixelRepresentation = 1, "MONOCHROME2", 0
    header.BitsAllocated, header.BitsStored, header.HighBit = 16, 16, 15
    return header


def _mr() -> Dataset:
    header = Dataset()
    header.ContrastBolusAgent = "synthetic"
    header.ScanningSequence, header.SequenceVariant, header.ScanOptions = ["GR", "IR"], ["SK", "SP", "MP"], ""
    header.MRAcquisitionType, header.EchoTrainLength = "3D", 1
    header.RepetitionTime, header.EchoTime, header.InversionTime = "2000", "2.5", "900"
    header.RescaleType = "US"
    return header


def _ct() -> Dataset:
    header = Dataset()
    header.KVP, header.RescaleType = "120", "HU"
    return header


def _write_slice(series: FileDataset, path: Path, stored: Array, position: FloatArray, key: tuple[int, int]) -> None:
    """stored: shape (columns, rows), uint16. position: centre of its first voxel, LPS mm. key: seed, slice number."""
    series.SOPInstanceUID = uid_of("instance", *key, str(series.SeriesInstanceUID))
    series.file_meta.MediaStorageSOPInstanceUID = series.SOPInstanceUID
    series.InstanceNumber = key[1]
    series.ImagePositionPatient = [decimal(value) for value in position]
    series.PixelData = np.ascontiguousarray(stored.T).astype("<u2").tobytes()
    series.save_as(path, enforce_file_format=True)


def decimal(value: float) -> str:
    """A decimal string of at most 16 characters."""
    return str(format_number_as_ds(float(value)))


def uid_of(*parts: object) -> str:
    """A UID under 2.25 (PS3.5, B.2) that depends on the parts alone."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"
