"""NRRD headers: read with pynrrd once they are bounded; only spaces in which left and right are known."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import nrrd
import numpy as np

from rnapp.errors import GeometryError, StudyError
from rnapp.io.stored import Segment, Stored, checked, volume_shape
from rnapp.io.text_header import POINTS_ELSEWHERE, mm_per_unit, text_lines
from rnapp.types import FloatArray

# The factors that turn the axes of each space into left, posterior, superior.
_TO_LPS = {**dict.fromkeys(("left-posterior-superior", "lps"), (1.0, 1.0, 1.0)),
           **dict.fromkeys(("right-anterior-superior", "ras"), (-1.0, -1.0, 1.0)),
           **dict.fromkeys(("left-anterior-superior", "las"), (1.0, -1.0, 1.0))}
_ENCODINGS = {"raw": "", "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2"}
_BYTE_ORDERS: Mapping[str, Literal["<", ">"]] = {"little": "<", "big": ">"}
_TYPES = {**dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
          **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
          **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
          **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
          **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
          **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
          **dict.fromkeys(("longlong", "long long", "long long int", "signed long long", "signed long long int",
                           "int64", "int64_t"), "i8"),
          **dict.fromkeys(("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"), "u8"),
          "float": "f4", "double": "f8"}
# All others (tags, measurement frames, old ranges) are removed before pynrrd sees them.
_FIELDS = {"type", "dimension", "space", "space dimension", "sizes", "space directions", "space origin", "kinds",
           "endian", "encoding", "space units", "line skip", "lineskip", "byte skip", "byteskip", "data file",
           "datafile"}
_SEGMENT = re.compile(r"Segment(\d{1,4})_(Name|LabelValue|Layer|ID)")
_SPATIAL = {"domain", "space", "???", "none"}
_WHOLE = re.compile(r"\d{1,9}( +\d{1,9})*")
_DAMAGED = "The header of the NRRD file is damaged or incomplete; export it again."
_NO_SPACE = ("The NRRD file does not say in which space its axes lie and where they begin, so left and right cannot "
             "be known; export it again.")
_OTHER_SPACE = ("The NRRD file names a space in which left and right cannot be known (3D-left-handed, for example); "
                "export it as left-posterior-superior.")
_AXES = ("The NRRD file holds colours, vectors, segments or time points ({}), but one three-dimensional volume is "
         "needed; export a single one.")


def open_nrrd(source: Path | bytes) -> Stored:
    """Where the voxels of a .nrrd file lie; Slicer's segments with their names.

    Raises StudyError for a damaged header, voxels in another file or written as text, colours, vectors and time series,
    and GeometryError where left and right cannot be known.
    """
    lines, offset = text_lines(source, b"")
    header = _fields(lines)
    if "data file" in header or "datafile" in header:
        raise StudyError(POINTS_ELSEWHERE)
    segments = _segments(header)
    shape, layers, directions = _axes(header, bool(segments))
    if any(header.get(name, 0) for name in ("line skip", "lineskip", "byte skip", "byteskip")):
        raise StudyError("The voxels of the NRRD file do not match its header; save it again.")
    return checked(Stored(source, _affine(header, directions), shape, _dtype(header), offset,
                          encoding=_encoding(header), layers=layers, segments=segments))


def _fields(lines: list[str]) -> Mapping[str, Any]:
    kept = ["NRRD0005"]
    for line in lines[1:]:
        field, separator, value = re.split(r"(:=?)", line, maxsplit=1) if ":" in line else (line, "", "")
        name = field.strip() if separator == ":=" else field.strip().lower()
        if (separator == ":" and name in _FIELDS) or (separator == ":=" and _SEGMENT.fullmatch(name)):
            kept.append(f"{name}{separator} {value.strip()}")
    sizes = next((line for line in kept if line.startswith("sizes:")), "")
    if not _WHOLE.fullmatch(sizes[6:].strip()):
        raise StudyError(_DAMAGED)
    try:
        header: Mapping[str, Any] = nrrd.read_header(kept)
    except (nrrd.NRRDError, ValueError, IndexError, OverflowError) as error:
        raise StudyError(_DAMAGED) from error
    if not {"type", "encoding"} <= header.keys():
        raise StudyError(_DAMAGED)
    return header


def _axes(header: Mapping[str, Any], segmented: bool) -> tuple[tuple[int, int, int], int, FloatArray]:
    """The shape, how many layers are stored at each voxel, and a direction of each axis as a row."""
    sizes = [int(length) for length in header["sizes"]]
    directions = header.get("space directions")
    if not header.get("space") or directions is None or "space origin" not in header:
        raise GeometryError(_NO_SPACE)
    if header["space"].lower() not in _TO_LPS:
        raise GeometryError(_OTHER_SPACE)
    kinds = [str(kind).lower() for kind in header.get("kinds", ["domain"] * len(sizes))]
    if len(kinds) != len(sizes) or directions.shape != (len(sizes), 3) or header.get("dimension") != len(sizes):
        raise StudyError(_DAMAGED)
    other = np.isnan(directions).all(axis=1)
    layers = 1
    if len(sizes) == 4 and other.tolist() == [True, False, False, False] and segmented:
        layers, sizes, kinds, directions = sizes[0], sizes[1:], kinds[1:], directions[1:]
        if not 1 <= layers <= 1000:
            raise StudyError(_DAMAGED)
    else:
        kept = [axis for axis in range(len(sizes)) if not (len(sizes) > 3 and other[axis] and sizes[axis] == 1)]
        sizes, kinds, directions = [sizes[i] for i in kept], [kinds[i] for i in kept], directions[kept]
    if len(sizes) != 3 or not set(kinds) <= _SPATIAL or np.isnan(directions).all(axis=1).any():
        raise StudyError(_AXES.format("×".join(str(int(length)) for length in header["sizes"])[:80]))
    return volume_shape(tuple(sizes)), layers, directions


def _affine(header: Mapping[str, Any], directions: FloatArray) -> FloatArray:
    origin = np.asarray(header["space origin"], dtype=np.float64)
    units = {mm_per_unit(unit) for unit in header.get("space units", [""])}
    if origin.shape != (3,) or len(units) != 1:
        raise StudyError(_DAMAGED)
    affine = np.eye(4)
    turn = np.array(_TO_LPS[header["space"].lower()]) * units.pop()
    affine[:3, :3], affine[:3, 3] = turn[:, None] * directions.T, turn * origin
    return affine


def _dtype(header: Mapping[str, Any]) -> "np.dtype[Any]":
    dtype = np.dtype(_TYPES.get(" ".join(header["type"].lower().split()), "V1"))
    order = _BYTE_ORDERS.get(header.get("endian", "").lower())
    if dtype.itemsize > 1 and order is None:
        raise StudyError("The NRRD file does not say the byte order of its voxels (endian); export it again.")
    return dtype.newbyteorder(order or "=")


def _encoding(header: Mapping[str, Any]) -> str:
    encoding = _ENCODINGS.get(header["encoding"].lower())
    if encoding is None:
        raise StudyError("The voxels of the NRRD file are written as text or in an unknown way; save it as raw or "
                         "gzip.")
    return encoding


def _segments(header: Mapping[str, Any]) -> tuple[Segment, ...]:
    """Slicer's segments, in its order. Before Slicer 4.11 each had a layer of its own, with the value 1."""
    said: dict[int, dict[str, str]] = {}
    for field, value in header.items():
        if match := _SEGMENT.fullmatch(field):
            said.setdefault(int(match[1]), {})[match[2]] = str(value).strip()
    try:
        return tuple(Segment(int(fields.get("Layer", order)), int(fields.get("LabelValue", 1)),
                             fields.get("Name") or fields.get("ID") or f"Segment {number + 1}")
                     for order, (number, fields) in enumerate(sorted(said.items())))
    except ValueError as error:
        raise StudyError(_DAMAGED) from error
