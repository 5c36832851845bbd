"""Doses, plans and registrations as DICOM, in every kind of grid, that tests write themselves.

The dose is linear in the patient's millimetres, so that every error in Gy is an error of place: trilinear interpolation
gives it exactly, and one millimetre too far along x is 0.2 Gy.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RTDoseStorage, RTIonPlanStorage, RTPlanStorage

from rnapp.types import FloatArray, Volume
from tests.io.io_data import rotation

PLANNING, FOLLOW_UP = "1.2.826.0.1.3680043.8.498.11", "1.2.826.0.1.3680043.8.498.12"
PATIENT = "DOSE-TEST"
SHAPE = (11, 9, 8)  # columns, rows, frames
SPACING = (2.5, 2.0)  # mm between rows, between columns
STEP = 3.0
GRADIENT = np.array([0.20, 0.10, -0.15])
# Between the voxels of every grid below.
POINTS = np.array([[0.0, 0.0, 0.0], [4.3, -3.1, 2.2], [-5.7, 4.9, -4.4], [6.1, 5.2, 3.3], [-2.2, -6.3, 5.0]])
AXIAL, FEET_FIRST, PRONE = np.eye(3)[:2], np.array([[-1.0, 0, 0], [0, 1, 0]]), np.array([[-1.0, 0, 0], [0, -1, 0]])
SAGITTAL = np.array([[0.0, 1, 0], [0, 0, -1]])
OBLIQUE = rotation(0.21, -0.14, 0.35).T[:2]


def linear(points: FloatArray) -> FloatArray:
    """Gy at positions, shape (N, 3), LPS mm."""
    return np.asarray(30.0 + points @ GRADIENT)


def frame_places(axes: FloatArray, offsets: FloatArray, shape: Sequence[int] = SHAPE) -> tuple[FloatArray, FloatArray]:
    """The position of a grid about the origin, and all its voxels, shape (frames, rows, columns, 3). axes: row and
    column direction; offsets: of the frames along row × column, the first 0."""
    across = (np.arange(shape[0]) - (shape[0] - 1) / 2) * SPACING[1]
    down = (np.arange(shape[1]) - (shape[1] - 1) / 2) * SPACING[0]
    normal = np.cross(axes[0], axes[1])
    depths = offsets - (offsets.min() + offsets.max()) / 2
    places = (depths[:, None, None, None] * normal + down[None, :, None, None] * axes[1]
              + across[None, None, :, None] * axes[0])
    return places[0, 0, 0], places


def write_dose(path: Path, axes: FloatArray = AXIAL, offsets: FloatArray | None = None, share: float = 1.0,
               bits: int = 32, signed: bool = False, less: float = 0.0, written: Any = None,
               shape: Sequence[int] = SHAPE, **tags: Any) -> Path:
    """The linear dose times share, minus less (Gy). written: offsets as the file has them; tags: set, None deletes."""
    along = np.arange(shape[2]) * STEP if offsets is None else offsets
    position, places = frame_places(axes, along, shape)
    values = linear(places.reshape(-1, 3)).reshape(places.shape[:3]) * share - less
    most = float(np.abs(values).max()) or 1.0
    scaling = float(f"{most / (2 ** (bits - (2 if signed else 1)) - 1):.9E}")
    file = _file(RTDoseStorage, "RTDOSE")
    file.ImagePositionPatient = _numbers(position)
    file.ImageOrientationPatient = _numbers(axes.ravel())
    file.PixelSpacing, (file.Columns, file.Rows, file.NumberOfFrames) = _numbers(SPACING), shape
    file.GridFrameOffsetVector = _numbers(along if written is None else written)
    file.DoseUnits, file.DoseType, file.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    file.DoseGridScaling = f"{scaling:.9E}"
    file.SamplesPerPixel, file.PhotometricInterpretation, file.PixelRepresentation = 1, "MONOCHROME2", int(signed)
    file.BitsAllocated, file.BitsStored, file.HighBit = bits, bits, bits - 1
    kind = f"<{'i' if signed else 'u'}{bits // 8}"
    file.PixelData = np.rint(values / scaling).astype(kind).tobytes()
    file["PixelData"].VR = "OW"
    return _saved(file, path, tags)


def refer_to(plan: str, *beams: int, group: int = 1) -> list[Dataset]:
    """A ReferencedRTPlanSequence, with beams where the dose is of these."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = RTPlanStorage, plan
    if beams:
        item.ReferencedFractionGroupSequence = [Dataset()]
        item.ReferencedFractionGroupSequence[0].ReferencedFractionGroupNumber = group
        item.ReferencedFractionGroupSequence[0].ReferencedBeamSequence = [_set(ReferencedBeamNumber=one)
                                                                          for one in beams]
    return [item]


def write_plan(path: Path, uid: str, beams: Sequence[tuple[int, str, str]] = ((1, "PHOTON", "TREATMENT"),),
               targets: Sequence[tuple[str, float]] = (("PTV", 60.0),), fractions: int = 30, ion: bool = False,
               **tags: Any) -> Path:
    """beams: number, radiation and delivery type; targets: description and prescription, Gy."""
    file = _file(RTIonPlanStorage if ion else RTPlanStorage, "RTPLAN")
    file.SOPInstanceUID = uid
    file.RTPlanLabel = "Brain"
    file.DoseReferenceSequence = [
        _set(DoseReferenceNumber=number, DoseReferenceType="TARGET", DoseReferenceDescription=name,
             TargetPrescriptionDose=gray) for number, (name, gray) in enumerate(targets, start=1)]
    file.DoseReferenceSequence.append(_set(DoseReferenceType="ORGAN_AT_RISK", DeliveryMaximumDose=54))
    group = _set(FractionGroupNumber=1, NumberOfFractionsPlanned=fractions)
    group.ReferencedBeamSequence = [_set(ReferencedBeamNumber=number) for number, _, _ in beams]
    file.FractionGroupSequence = [group]
    sequence = [_set(BeamNumber=number, RadiationType=radiation, TreatmentDeliveryType=delivery)
                for number, radiation, delivery in beams]
    setattr(file, "IonBeamSequence" if ion else "BeamSequence", sequence)
    return _saved(file, path, tags)


def write_registration(path: Path, matrix: FloatArray, source: str = PLANNING, target: str = FOLLOW_UP,
                       **tags: Any) -> Path:
    """matrix: LPS mm of the source frame → of the target frame, 4×4."""
    file = _file("1.2.840.10008.5.1.4.1.1.66.1", "REG")
    file.FrameOfReferenceUID = target
    file.RegistrationSequence = [_registration(target, np.eye(4)), _registration(source, matrix)]
    return _saved(file, path, tags)


def _registration(frame: str, matrix: FloatArray) -> Dataset:
    item = _set(FrameOfReferenceTransformationMatrixType="RIGID",
                FrameOfReferenceTransformationMatrix=[f"{value:.12g}" for value in matrix.ravel()])
    return _set(FrameOfReferenceUID=frame, MatrixRegistrationSequence=[_set(MatrixSequence=[item])])


def _set(**tags: Any) -> Dataset:
    made = Dataset()
    for tag, value in tags.items():
        setattr(made, tag, value)
    return made


def _file(kind: str, modality: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = kind, ExplicitVRLittleEndian
    file = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.Modality, file.PatientName, file.PatientID = kind, modality, "Miller^Jane", PATIENT
    file.StudyInstanceUID, file.FrameOfReferenceUID, file.StudyDate = "1.2.826.1", PLANNING, "20260105"
    return file


def _saved(file: FileDataset, path: Path, tags: dict[str, Any]) -> Path:
    for tag, value in tags.items():
        if value is None:
            delattr(file, tag)
        else:
            setattr(file, tag, value)
    if "SOPInstanceUID" not in file and "SOPInstanceUID" not in tags:
        file.SOPInstanceUID = f"1.2.826.9.{int.from_bytes(path.name.encode()[-8:])}"
    file.SeriesInstanceUID = f"1.2.826.8.{int.from_bytes(path.name.encode()[-8:])}"
    file.file_meta.MediaStorageSOPInstanceUID = file.get("SOPInstanceUID", "1.2.3")
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save_as(path, enforce_file_format=True)
    return path


def _numbers(values: Any) -> list[str]:
    return [f"{float(value):.10g}" for value in np.asarray(values).ravel()]


def errors_gy(volume: Volume, points: FloatArray = POINTS) -> FloatArray:
    """How far a dose is from the linear one at points, trilinear, Gy; NaN where it is unknown there."""
    from rnapp.dose.sampling import sampler

    return np.asarray(sampler(volume).at(points) - linear(points))
