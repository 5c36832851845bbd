"""DICOM segmentations (by highdicom) and structure sets (by pydicom) that tests write themselves."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import ImplicitVRLittleEndian, RTStructureSetStorage

from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.types import Volume
from tests.io.io_data import rotation

FRAME = "1.2.826.0.1.3680043.8.498.1"


def write_segmentation(grid: Volume, masks: Sequence[np.ndarray], path: Path, frame: str = FRAME,
                       names: Sequence[str] = (), kind: str = "BINARY", omit_empty: bool = True,
                       spacing_hint: bool = True) -> Path:
    """Masks (bool, or 0..1 for FRACTIONAL) with the shape of the grid, one segment each, as highdicom writes them.

    spacing_hint: leave SpacingBetweenSlices in, which other programs often do not write.
    """
    with tempfile.TemporaryDirectory() as folder:
        series = write_dicom_series(Volume(np.zeros((4, 4, 3)), np.eye(4)), Path(folder), "source", seed=1)
        sources = [pydicom.dcmread(file) for file in series]
    for source in sources:
        source.FrameOfReferenceUID = frame
    stacked = np.stack([mask.transpose(2, 1, 0) for mask in masks], axis=-1)
    stacked = stacked.astype(np.float32 if kind == "FRACTIONAL" else np.uint8)
    affine = grid.affine[:, [2, 1, 0, 3]]  # highdicom's axes are slice, row, column
    numbers = list(range(1, len(masks) + 1))
    pixels = hd.Volume(stacked, affine, "PATIENT", frame, channels={"SegmentNumber": numbers})
    descriptions = [hd.seg.SegmentDescription(
        number, names[number - 1] if names else f"Lesion {number}", codes.SCT.MorphologicallyAbnormalStructure,
        codes.SCT.Neoplasm, "MANUAL") for number in numbers]
    file = hd.seg.Segmentation(
        sources, pixels, kind, descriptions, hd.UID(), 1, hd.UID(), 1, "tests", "tests", "1", "1",
        omit_empty_frames=omit_empty)
    if not spacing_hint:
        del file.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]["SpacingBetweenSlices"]
    file.save_as(path)
    return path


def write_structure_set(path: Path, structures: Sequence[tuple[str, Sequence[np.ndarray]]], frames: Sequence[str] = (),
                        kind: str = "CLOSED_PLANAR") -> Path:
    """Structures: name and contours, each of shape (N, 3), LPS mm; frames: of each structure."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = RTStructureSetStorage, "1.2.3"
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    file = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.Modality, file.PatientName = RTStructureSetStorage, "RTSTRUCT", "Miller^Jane"
    file.StructureSetROISequence, file.ROIContourSequence = [], []
    for number, (name, contours) in enumerate(structures, start=1):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName = number, name
        roi.ReferencedFrameOfReferenceUID = frames[number - 1] if frames else FRAME
        drawn.ReferencedROINumber = number
        drawn.ContourSequence = [_contour(points, kind) for points in contours]
        file.StructureSetROISequence.append(roi)
        file.ROIContourSequence.append(drawn)
    file.save_as(path, enforce_file_format=True)
    return path


def _contour(points: np.ndarray, kind: str) -> Dataset:
    contour = Dataset()
    contour.ContourGeometricType, contour.NumberOfContourPoints = kind, len(points)
    contour.ContourData = [f"{value:.4f}" for value in points.ravel()]
    return contour


class Ellipsoid:
    """Turned, with three different axes, so that a mirrored or permuted copy is another body.

    centre: LPS mm; axes: 3×3, columns are the half axes, mm.
    """

    def __init__(self, centre: np.ndarray, half_axes: tuple[float, float, float] = (9.0, 14.0, 20.0)) -> None:
        self.centre, self.axes = centre, rotation(0.5, -0.4, 0.9) * np.array(half_axes)

    def mask(self, grid: Volume) -> np.ndarray:
        """Which voxels of a grid have their centre inside."""
        places = np.indices(grid.shape).reshape(3, -1).T.astype(float)
        unit = (grid.to_mm(places) - self.centre) @ np.linalg.inv(self.axes).T
        return (np.linalg.norm(unit, axis=1) <= 1).reshape(grid.shape)

    def contour(self, normal: np.ndarray, depth: float, points: int = 180) -> np.ndarray | None:
        """Its outline, shape (points, 3), in the plane normal · x = depth, None where the plane misses it."""
        towards = self.axes.T @ normal
        offset = (depth - normal @ self.centre) / np.linalg.norm(towards)
        if abs(offset) >= 1:
            return None
        towards /= np.linalg.norm(towards)
        one = np.cross(towards, np.eye(3)[np.argmin(np.abs(towards))])
        one /= np.linalg.norm(one)
        angle = np.linspace(0, 2 * np.pi, points, endpoint=False)[:, None]
        circle = offset * towards + np.sqrt(1 - offset**2) * (np.cos(angle) * one
                                                              + np.sin(angle) * np.cross(towards, one))
        return self.centre + circle @ self.axes.T

    def contours(self, normal: np.ndarray, depths: np.ndarray) -> list[np.ndarray]:
        """Its outlines in these planes, those that meet it."""
        return [found for depth in depths if (found := self.contour(normal, float(depth))) is not None]
