"""DICOM headers as values: only the tags that are needed are decoded, never the patient's name."""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pydicom
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from rnapp.io.dicom_stream import Pixels, check_complete, dicom_stream, has_preamble, is_blank, is_pointer, pixels_at

# What pydicom and its decoders raise for damaged or foreign files.
DICOM_ERRORS = (InvalidDicomError, EOFError, OSError, ValueError, KeyError, AttributeError, TypeError, IndexError,
                StopIteration, NotImplementedError, RuntimeError, ArithmeticError, MemoryError, struct.error,
                BytesLengthException)

# PS3.3: position, orientation and pixel spacing; the last four are where enhanced multi-frame objects keep them.
GEOMETRY_TAGS = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "NumberOfFrames",
                 "RescaleSlope", "RescaleIntercept", "SOPClassUID", "Modality", "SamplesPerPixel",
                 "PhotometricInterpretation", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
PIXEL_TAGS = ("PixelData", "FloatPixelData", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
              "PlanarConfiguration", "ExtendedOffsetTable", "ExtendedOffsetTableLengths")
IDENTITY_TAGS = (
    "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "PatientID", "FrameOfReferenceUID", "StudyDate",
    "SeriesDate", "AcquisitionDate", "SeriesDescription", "ProtocolName", "StudyDescription", "BodyPartExamined",
    "ImageType", "ContrastBolusAgent", "ContrastBolusAgentSequence", "ScanningSequence", "SequenceVariant",
    "SequenceName", "MRAcquisitionType", "RepetitionTime", "EchoTime", "InversionTime", "AngioFlag",
    "AcquisitionContrast", "EchoPulseSequence", "EchoPlanarPulseSequence", "AcquisitionTime", "AcquisitionDateTime",
    "SeriesTime", "StudyTime", "SeriesNumber", "AcquisitionNumber", "InstanceNumber", "ImagesInAcquisition",
    "ScanOptions", "FlipAngle", "MagneticFieldStrength", "ContrastBolusRoute", "ContrastBolusVolume",
    "ContrastBolusTotalDose", "ContrastBolusStartTime", "ContrastBolusUsageSequence", "DerivationDescription",
    "PixelPaddingValue", "PixelPaddingRangeLimit", "Manufacturer", "ManufacturerModelName", "SpacingBetweenSlices",
    "SliceThickness", "PatientAge", "PatientBirthDate")
MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
# Classes of the modality MR that are pictures (MR, enhanced, colour, legacy converted), and so have pixels.
_MR_IMAGES = frozenset(f"1.2.840.10008.5.1.4.1.1.4{end}" for end in ("", ".1", ".3", ".4"))
_SPECTRA = "1.2.840.10008.5.1.4.1.1.4.2"
_LONGEST_NAME = 64  # PS3.5, value representation LO
# What an unreadable file is: empty or only zeros, cut short, damaged, an image without its pixels, not permitted,
# the index of a medium (harmless), a pointer to the real file, not DICOM.
Why = Literal["empty", "cut", "damaged", "no_pixels", "no_access", "index", "pointer", "not_dicom"]


@dataclass(frozen=True)
class Plane:
    """One frame: its position and the meaning of its stored values.

    position: centre of the first voxel, LPS mm. row, column: unit vectors along which the column index and the row
    index grow. spacing: mm between rows, mm between columns (the order of PixelSpacing). size: rows, columns.
    """

    position: tuple[float, float, float]
    row: tuple[float, float, float]
    column: tuple[float, float, float]
    spacing: tuple[float, float]
    size: tuple[int, int]
    slope: float
    intercept: float


@dataclass(frozen=True)
class Instance:
    """One DICOM file. header: its pydicom dataset without pixels; planes: empty where positions are missing."""

    path: Path
    header: Any
    planes: tuple[Plane, ...]

    def text(self, keyword: str) -> str:
        """The tag as plain text, "" if absent; several values are joined by a backslash."""
        return tag_text(self.header, keyword)

    @property
    def frames(self) -> int:
        """Frames in the file."""
        return max(1, int(tag_number(self.header, "NumberOfFrames") or 1))

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns; 0 for objects without pixels."""
        return int(tag_number(self.header, "Rows") or 0), int(tag_number(self.header, "Columns") or 0)


@dataclass(frozen=True)
class Unread:
    """A file that is in no series. series_uid: of the series it belongs to, "" if the file does not say."""

    path: Path
    why: Why
    series_uid: str = ""


def read_instance(path: Path) -> Instance | Unread:
    """The header of a DICOM file, or what the file is instead; pixels are not decoded, but must be there."""
    try:
        if is_blank(path):
            return Unread(path, "empty")
        if is_pointer(path):
            return Unread(path, "pointer")
        with dicom_stream(path) as stream:
            surely = has_preamble(stream)
            try:
                return _instance(path, stream, surely)
            except EOFError:
                return Unread(path, "cut" if surely else "not_dicom")
            except DICOM_ERRORS:
                return Unread(path, "damaged" if surely else "not_dicom")
    except EOFError:
        return Unread(path, "cut")
    except InvalidDicomError:
        return Unread(path, "not_dicom")
    except OSError:
        return Unread(path, "no_access")
    except DICOM_ERRORS:
        return Unread(path, "damaged")


def _instance(path: Path, stream: BinaryIO, surely: bool) -> Instance | Unread:
    """surely: the file says that it is DICOM. Raises one of DICOM_ERRORS."""
    header = _dataset(stream, (*IDENTITY_TAGS, *GEOMETRY_TAGS, "BitsAllocated"), pixels=False)
    pixels, length = pixels_at(stream, *header.original_encoding)
    try:
        check_complete(header)
    except EOFError:
        pixels = "cut"
    kind = tag_text(header, "SOPClassUID")
    if MEDIA_DIRECTORY in (kind, tag_text(header.file_meta, "MediaStorageSOPClassUID")):
        return Unread(path, "index")
    series = tag_text(header, "SeriesInstanceUID")
    if not (tag_text(header, "Modality") or kind):
        why: Why = "damaged" if pixels == "whole" else "cut"
        return Unread(path, why if surely else "not_dicom", series)
    instance = Instance(path, header, planes_of(header))
    amiss = _amiss(instance, kind, pixels, length)
    return Unread(path, amiss, series) if amiss else instance


def _amiss(instance: Instance, kind: str, pixels: Pixels, length: int) -> Why | None:
    """What is missing from a file. pixels, length: as found by pixels_at."""
    rows, columns = instance.size
    if pixels == "cut":
        return "cut"
    if pixels == "none":
        if kind in _MR_IMAGES and not rows:
            return "cut"
        return "no_pixels" if rows and kind != _SPECTRA else None
    grey = instance.text("PhotometricInterpretation").startswith("MONOCHROME")
    bits = int(tag_number(instance.header, "BitsAllocated") or 0)
    needed = rows * columns * instance.frames * bits // 8
    return "cut" if grey and 0 < length < needed else None


def open_dicom(path: Path, tags: Sequence[str], *, pixels: bool) -> Any:
    """The dataset with these tags only. Raises one of DICOM_ERRORS where the file is not DICOM."""
    with dicom_stream(path) as stream:
        return _dataset(stream, tags, pixels=pixels)


def _dataset(stream: BinaryIO, tags: Sequence[str], *, pixels: bool) -> Any:
    """As open_dicom, from the start of a stream."""
    dataset = pydicom.dcmread(stream, force=not has_preamble(stream), stop_before_pixels=not pixels,
                              specific_tags=list(tags))
    _fill_transfer_syntax(dataset)
    return dataset


def _fill_transfer_syntax(dataset: Any) -> None:
    """A missing transfer syntax is taken from how the header itself turned out to be encoded."""
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit


def planes_of(header: Any) -> tuple[Plane, ...]:
    """The planes of a classic or enhanced object in frame order; empty where any of them is incomplete."""
    planes = frame_planes(header)
    whole = tuple(plane for plane in planes if plane is not None)
    return whole if len(whole) == len(planes) else ()


def frame_planes(header: Any) -> tuple[Plane | None, ...]:
    """The planes in frame order, None where one is incomplete; empty where the header cannot be understood."""
    try:
        if "PerFrameFunctionalGroupsSequence" not in header:
            return () if int(tag_number(header, "NumberOfFrames") or 1) > 1 else (_plane(header, [header]),)
        shared = list(header.get("SharedFunctionalGroupsSequence") or [])
        return tuple(_frame_plane(header, frame, shared) for frame in header.PerFrameFunctionalGroupsSequence)
    except DICOM_ERRORS:
        return ()


def _frame_plane(header: Any, frame: Any, shared: Sequence[Any]) -> Plane | None:
    try:
        return _plane(header, _macros([frame, *shared]))
    except DICOM_ERRORS:
        return None


def slice_measures(header: Any) -> tuple[float, float]:
    """The distance between slices and their thickness as the file has them, mm; 0 where it has none."""
    groups = [*(header.get("SharedFunctionalGroupsSequence") or []),
              *(header.get("PerFrameFunctionalGroupsSequence") or [])[:1]]
    measures = [header, *(group.PixelMeasuresSequence[0] for group in groups if group.get("PixelMeasuresSequence"))]
    between, thickness = (next((found for item in measures if (found := tag_number(item, tag))), 0.0)
                          for tag in ("SpacingBetweenSlices", "SliceThickness"))
    return between, thickness


def _macros(groups: Sequence[Any]) -> list[Any]:
    """The items that hold a frame's geometry and rescaling; the frame's own come before the shared ones."""
    names = ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence",
             "PixelValueTransformationSequence")
    return [group[name][0] for group in groups for name in names if group.get(name)]


def _plane(header: Any, items: Sequence[Any]) -> Plane:
    position = _numbers(items, "ImagePositionPatient", 3)
    orientation = _numbers(items, "ImageOrientationPatient", 6)
    spacing = _numbers(items, "PixelSpacing", 2)
    scale = [float(found) if (found := _first(items, tag)) is not None else default
             for tag, default in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0))]
    return Plane((position[0], position[1], position[2]), (orientation[0], orientation[1], orientation[2]),
                 (orientation[3], orientation[4], orientation[5]), (spacing[0], spacing[1]),
                 (int(header.Rows), int(header.Columns)), scale[0], scale[1])


def _numbers(items: Sequence[Any], keyword: str, count: int) -> list[float]:
    values = [float(value) for value in _first(items, keyword) or ()]
    if len(values) != count:
        raise ValueError(f"{keyword} is missing or incomplete")
    return values


def _first(items: Sequence[Any], keyword: str) -> Any:
    return next((item.get(keyword) for item in items if item.get(keyword) is not None), None)


def tag_text(header: Any, keyword: str) -> str:
    """A tag of a dataset as plain text; "" if it is absent or cannot be decoded."""
    try:
        value = header.get(keyword)
    except DICOM_ERRORS:
        return ""
    if value is None:
        return ""
    parts = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else list(value)
    return "\\".join(str(part).strip() for part in parts).strip()


def tag_name(header: Any, keyword: str) -> str:
    """A name given by a person, on one line, no longer than DICOM allows names to be."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in tag_text(header, keyword)).split()
                    )[:_LONGEST_NAME]


def tag_number(header: Any, keyword: str) -> float | None:
    """The first number of a tag; None if it is absent or no finite number."""
    try:
        value = float(tag_text(header, keyword).split("\\")[0])
    except ValueError:
        return None
    return value if math.isfinite(value) else None
