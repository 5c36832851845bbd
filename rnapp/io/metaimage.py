"""MetaImage (.mha) headers: a small strict reader, as ITK understands them. Their world is LPS millimetres."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rnapp.errors import GeometryError, StudyError
from rnapp.io.stored import Stored, checked, volume_shape
from rnapp.io.text_header import POINTS_ELSEWHERE, mm_per_unit, text_lines
from rnapp.types import FloatArray

_LAST = "ElementDataFile"
_TYPES = {"MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
          "MET_LONG": "i4", "MET_ULONG": "u4", "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4",
          "MET_DOUBLE": "f8"}
_DIRECTIONS, _ORIGIN = ("TransformMatrix", "Rotation", "Orientation"), ("Offset", "Position", "Origin")
_TRUE, _FALSE = {"true", "t", "1", "yes"}, {"false", "f", "0", "no"}
_DAMAGED = "The header of the MetaImage file is damaged or incomplete; export it again."


def open_metaimage(source: Path | bytes) -> Stored:
    """Where the voxels of a .mha file lie.

    AnatomicalOrientation is not needed: the directions give the same information. Raises StudyError for a damaged
    header, voxels in another file or written as text, colours and time series, and GeometryError where left and right
    cannot be known.
    """
    lines, offset = text_lines(source, _LAST.encode())
    fields = _fields(lines)
    if fields[_LAST].lower() != "local":
        raise StudyError(POINTS_ELSEWHERE)
    if fields.get("ObjectType", "Image").lower() != "image":
        raise StudyError("The MetaImage file holds no image; choose another file.")
    if not _flag(fields, "BinaryData", "True") or fields.get("HeaderSize", "0") != "0":
        raise StudyError("The voxels of the MetaImage file are written as text or do not match its header; save it "
                         "again as binary.")
    if fields.get("ElementNumberOfChannels", "1") != "1":
        raise StudyError("The image file holds colours or vectors, but a greyscale volume is needed.")
    sizes = _numbers(fields, ("DimSize",))
    if (sizes != np.rint(sizes)).any() or np.abs(sizes).max() > 1e9 or fields.get("NDims") != str(len(sizes)):
        raise StudyError(_DAMAGED)
    shape = volume_shape(tuple(int(length) for length in sizes))
    return checked(Stored(source, _affine(fields, len(sizes)), shape, _dtype(fields), offset,
                          encoding="zlib" if _flag(fields, "CompressedData", "False") else ""))


def is_metaimage(head: bytes) -> bool:
    """Whether a file begins as a MetaImage does: with the name of one of its fields."""
    start = head.lstrip().split(b"=", 1)[0].strip()
    return start in (b"ObjectType", b"NDims", b"Comment", b"ObjectSubType", b"Name", b"ID", b"BinaryData", b"DimSize")


def _fields(lines: list[str]) -> Mapping[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        name, separator, value = (part.strip() for part in line.partition("="))
        if separator and name in fields:
            raise StudyError(_DAMAGED)
        if separator:
            fields[name] = value
    if _LAST not in fields:
        raise StudyError(_DAMAGED)
    return fields


def _one(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The value under the first of the names that mean the same, "" if there is none."""
    return next((fields[name] for name in names if name in fields), "")


def _numbers(fields: Mapping[str, str], names: tuple[str, ...]) -> FloatArray:
    try:
        numbers = np.array([float(part) for part in _one(fields, names).split()[:32]])
    except ValueError as error:
        raise StudyError(_DAMAGED) from error
    if not numbers.size or not np.isfinite(numbers).all():
        raise StudyError(_DAMAGED)
    return numbers


def _flag(fields: Mapping[str, str], name: str, default: str) -> bool:
    said = fields.get(name, default).lower()
    if said not in _TRUE | _FALSE:
        raise StudyError(_DAMAGED)
    return said in _TRUE


def _affine(fields: Mapping[str, str], axes: int) -> FloatArray:
    if any(not _one(fields, names) for names in (_DIRECTIONS, _ORIGIN, ("ElementSpacing",))):
        raise GeometryError("The MetaImage file does not say how its axes run (TransformMatrix, Offset and "
                            "ElementSpacing), so left and right cannot be known; export it again.")
    matrix, origin, spacing = (_numbers(fields, names) for names in (_DIRECTIONS, _ORIGIN, ("ElementSpacing",)))
    if (matrix.size, origin.size, spacing.size) != (axes * axes, axes, axes) or (spacing <= 0).any():
        raise GeometryError("The directions, position or voxel size in the MetaImage header are damaged; export it "
                            "again.")
    # The matrix is written axis by axis; a fourth axis of one time point does not matter.
    directions = matrix.reshape(axes, axes)[:3, :3].T
    lengths = np.linalg.norm(directions, axis=0)
    if np.abs(lengths - 1).max() > 1e-3:
        raise GeometryError("The directions in the MetaImage header are not unit vectors; export it again.")
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = directions * spacing[:3], origin[:3]
    affine[:3] *= mm_per_unit(fields.get("DistanceUnits", ""))
    return affine


def _dtype(fields: Mapping[str, str]) -> "np.dtype[Any]":
    dtype = np.dtype(_TYPES.get(fields.get("ElementType", "").upper(), "V1"))
    names = ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")
    if dtype.itemsize > 1 and not any(name in fields for name in names):
        raise StudyError("The MetaImage file does not say the byte order of its voxels; export it again.")
    big = any(_flag(fields, name, "False") for name in names)
    return dtype.newbyteorder(">" if big else "<")
