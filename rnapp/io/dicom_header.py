"""DICOM headers as values: only the tags that are needed are decoded, never the patient's name."""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

# What pydicom and its decoders raise for damaged or foreign files.
DICOM_ERRORS = (InvalidDicomError, EOFError, OSError, ValueError, KeyError, AttributeError, TypeError, IndexError,
                StopIteration, NotImplementedError, RuntimeError, struct.error, BytesLengthException)

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
    "PixelPaddingValue", "PixelPaddingRangeLimit", "Manufacturer", "ManufacturerModelName")
_UNDEFINED_LENGTH = 0xFFFFFFFF
_LONGEST_NAME = 64  # PS3.5, value representation LO
# Files without the 128-byte preamble start straight with group 0002 or 0008, little endian.
_BARE_STARTS = (b"\x02\x00", b"\x08\x00")


@dataclass(frozen=True)
class Plane:
    """One frame: where it lies and what its stored values mean.

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


def read_instance(path: Path) -> Instance | None:
    """The header of a DICOM file, or None if the file is not DICOM or too damaged to say what it is."""
    try:
        header = open_dicom(path, (*IDENTITY_TAGS, *GEOMETRY_TAGS), pixels=False)
    except DICOM_ERRORS:
        return None
    if not (tag_text(header, "Modality") or tag_text(header, "SOPClassUID")):
        return None
    return Instance(path, header, planes_of(header))


def open_dicom(path: Path, tags: Sequence[str], *, pixels: bool) -> Any:
    """The dataset with these tags only. Raises one of DICOM_ERRORS where the file is not DICOM."""
    raw = io.FileIO(path)
    # pydicom writes the name of a damaged file into its warnings; file names may hold the patient's name.
    raw.name = "(hidden)"
    with io.BufferedReader(raw) as stream:
        bare = not _has_preamble(stream)
        if bare and stream.peek(2)[:2] not in _BARE_STARTS:
            raise InvalidDicomError("no preamble and no leading group 0002 or 0008")
        dataset = pydicom.dcmread(stream, force=bare, stop_before_pixels=not pixels, specific_tags=list(tags))
    _fill_transfer_syntax(dataset)
    return dataset


def check_complete(dataset: Any) -> None:
    """Raises EOFError where the file ends inside an element; pydicom gives what is left of it without a word.

    For datasets fresh from open_dicom, before any of their values is asked for.
    """
    for element in dataset.values():
        if isinstance(element, RawDataElement) and element.value is not None and (
                element.length not in (_UNDEFINED_LENGTH, len(element.value))):
            raise EOFError(f"element {element.tag} is shorter than announced")


def _has_preamble(stream: BinaryIO) -> bool:
    start = stream.read(132)
    stream.seek(0)
    return start[128:] == b"DICM"


def _fill_transfer_syntax(dataset: Any) -> None:
    """A missing transfer syntax is taken from how the header itself turned out to be encoded."""
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit


def planes_of(header: Any) -> tuple[Plane, ...]:
    """The planes of a classic or enhanced object in frame order; empty where any of them is incomplete."""
    try:
        if "PerFrameFunctionalGroupsSequence" not in header:
            return () if int(tag_number(header, "NumberOfFrames") or 1) > 1 else (_plane(header, [header]),)
        shared = list(header.get("SharedFunctionalGroupsSequence") or [])
        return tuple(_plane(header, _macros([frame, *shared])) for frame in header.PerFrameFunctionalGroupsSequence)
    except DICOM_ERRORS:
        return ()


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
    """What someone called something, on one line, at most as long as DICOM allows names to be."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in tag_text(header, keyword)).split()
                    )[:_LONGEST_NAME]


def tag_number(header: Any, keyword: str) -> float | None:
    """The first number of a tag; None if it is absent or no number."""
    try:
        return float(tag_text(header, keyword).split("\\")[0])
    except ValueError:
        return None
