"""A radiotherapy as DICOM: structure set, plan and dose of one planning scan; used for example data that the project
makes itself. The same values and seed give the same bytes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import Tag
from pydicom.uid import (
    CTImageStorage,
    RTDoseStorage,
    RTIonPlanStorage,
    RTPlanStorage,
    RTStructureSetStorage,
)
from skimage.measure import approximate_polygon, find_contours

from rnapp.phantom.dicom_write import Acquired, decimal, made_file, plane_header, uid_of
from rnapp.types import FloatArray, Volume

STRUCTURES, PLAN, DOSE = "structures", "plan", "dose"
_MOST_STORED = 65_535
_SIMPLER_VOXELS = 0.15  # how far a contour's points may leave the line that they stand for
_LEAST_POINTS = 3
_BEAMS = (("Beam 1", 40.0), ("Beam 2", 160.0))  # name, gantry angle


@dataclass(frozen=True)
class Therapy:
    """seed: of the planning scan, whose study and frame of reference the files share. date: YYYYMMDD. target: name of
    the structure that is prescribed to."""

    seed: int
    date: str
    target: str
    prescribed_gy: float
    fractions: int
    technique: Literal["photon", "proton"] = "photon"


def write_radiotherapy(therapy: Therapy, structures: Mapping[str, Volume], dose: Volume, folder: Path) -> list[Path]:
    """rtstruct.dcm, rtplan.dcm and rtdose.dcm in the folder.

    structures: name → share of each voxel that belongs to it, 0 to 1, in the planning scan's slices along k. dose: Gy,
    finite, on a right-handed grid of its own. Both in the LPS mm of the planning scan.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {"rtstruct.dcm": _structure_set(therapy, structures), "rtplan.dcm": _plan(therapy, list(structures)),
             "rtdose.dcm": _dose(therapy, dose)}
    for name, file in files.items():
        file.save_as(folder / name, enforce_file_format=True)
    return [folder / name for name in files]


def _file(therapy: Therapy, what: str, sop_class: str, acquired: Acquired) -> FileDataset:
    file = made_file(sop_class, f"Synthetic {what}", therapy.seed, replace(acquired, date=therapy.date))
    file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = uid_of(what, therapy.seed)
    file.InstanceNumber = 1
    return file


def _structure_set(therapy: Therapy, structures: Mapping[str, Volume]) -> FileDataset:
    file = _file(therapy, STRUCTURES, RTStructureSetStorage, Acquired("RTSTRUCT", number=2))
    file.StructureSetLabel, file.StructureSetDate, file.StructureSetTime = "Synthetic", therapy.date, file.StudyTime
    frame = _item(FrameOfReferenceUID=file.FrameOfReferenceUID)
    frame.RTReferencedStudySequence = [_referring(CTImageStorage, file.StudyInstanceUID)]
    file.ReferencedFrameOfReferenceSequence = [frame]
    numbered = list(enumerate(structures.items(), start=1))
    file.StructureSetROISequence = [
        _item(ROINumber=number, ReferencedFrameOfReferenceUID=file.FrameOfReferenceUID, ROIName=name,
              ROIGenerationAlgorithm="AUTOMATIC") for number, (name, _) in numbered]
    file.ROIContourSequence = [
        _item(ReferencedROINumber=number, ROIDisplayColor=[255, 64 * number % 256, 0],
              ContourSequence=[_contour(points) for points in _contours(share)]) for number, (_, share) in numbered]
    file.RTROIObservationsSequence = [
        _item(ObservationNumber=number, ReferencedROINumber=number, ROIInterpreter="",
              RTROIInterpretedType="PTV" if name == therapy.target else "ORGAN") for number, (name, _) in numbered]
    return file


def _contours(share: Volume) -> Iterator[FloatArray]:
    """Closed lines through one half in each slice along k, shape (N, 3), LPS mm."""
    for k in range(share.shape[2]):
        for line in find_contours(np.pad(share.array[:, :, k], 1), 0.5):
            points = approximate_polygon(line, _SIMPLER_VOXELS)[:-1] - 1  # the last is the first again
            if len(points) >= _LEAST_POINTS:
                yield share.to_mm(np.column_stack([points, np.full(len(points), float(k))]))


def _contour(points: FloatArray) -> Dataset:
    return _item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=len(points),
                 ContourData=[f"{value:.3f}" for value in points.ravel()])


def _plan(therapy: Therapy, structures: list[str]) -> FileDataset:
    ions = therapy.technique == "proton"
    file = _file(therapy, PLAN, RTIonPlanStorage if ions else RTPlanStorage, Acquired("RTPLAN", number=3))
    file.RTPlanLabel, file.RTPlanDate, file.RTPlanTime = "Synthetic", therapy.date, file.StudyTime
    file.RTPlanGeometry, file.ApprovalStatus = "PATIENT", "UNAPPROVED"
    file.ReferencedStructureSetSequence = [_referring(RTStructureSetStorage, uid_of(STRUCTURES, therapy.seed))]
    file.DoseReferenceSequence = [_item(
        DoseReferenceNumber=1, DoseReferenceStructureType="VOLUME", DoseReferenceDescription=therapy.target,
        DoseReferenceType="TARGET", ReferencedROINumber=structures.index(therapy.target) + 1,
        TargetPrescriptionDose=decimal(therapy.prescribed_gy))]
    file.FractionGroupSequence = [_item(
        FractionGroupNumber=1, NumberOfFractionsPlanned=therapy.fractions, NumberOfBeams=len(_BEAMS),
        NumberOfBrachyApplicationSetups=0,
        ReferencedBeamSequence=[_item(ReferencedBeamNumber=number) for number in range(1, len(_BEAMS) + 1)])]
    beams = [_beam(number, name, angle, ions) for number, (name, angle) in enumerate(_BEAMS, start=1)]
    file.update({"IonBeamSequence" if ions else "BeamSequence": beams})
    return file


def _beam(number: int, name: str, angle: float, ions: bool) -> Dataset:
    control = _item(ControlPointIndex=0, GantryAngle=decimal(angle), CumulativeMetersetWeight="0")
    return _item(BeamNumber=number, BeamName=name, BeamType="STATIC", RadiationType="PROTON" if ions else "PHOTON",
                 TreatmentDeliveryType="TREATMENT", TreatmentMachineName="SYNTHETIC", NumberOfControlPoints=1,
                 **{"IonControlPointSequence" if ions else "ControlPointSequence": [control]})


def _dose(therapy: Therapy, dose: Volume) -> FileDataset:
    """Frames along k, at their distances from the first."""
    plan = RTIonPlanStorage if therapy.technique == "proton" else RTPlanStorage
    file = _file(therapy, DOSE, RTDoseStorage, Acquired("RTDOSE", number=4))
    scaling = decimal(max(float(dose.array.max()), 1e-9) / _MOST_STORED)
    file.DoseUnits, file.DoseType, file.DoseSummationType, file.DoseGridScaling = "GY", "PHYSICAL", "PLAN", scaling
    file.ReferencedRTPlanSequence = [_referring(plan, uid_of(PLAN, therapy.seed))]
    file.update(plane_header(dose))
    file.ImagePositionPatient = [decimal(value) for value in dose.affine[:3, 3]]
    file.SliceThickness, file.NumberOfFrames = decimal(dose.spacing[2]), dose.shape[2]
    file.FrameIncrementPointer = Tag("GridFrameOffsetVector")
    file.GridFrameOffsetVector = [decimal(k * dose.spacing[2]) for k in range(dose.shape[2])]
    stored = np.clip(np.rint(dose.array / float(scaling)), 0, _MOST_STORED).astype("<u2")
    file.PixelData = np.ascontiguousarray(stored.transpose(2, 1, 0)).tobytes()
    return file


def _referring(sop_class: str, uid: str) -> Dataset:
    return _item(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=uid)


def _item(**elements: object) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item
