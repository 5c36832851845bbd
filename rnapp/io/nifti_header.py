"""The few fields of a NIfTI header that ITK does not pass on faithfully, read from the bytes themselves."""

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rnapp.errors import GeometryError, StudyError

# Byte offsets of the fields, from nifti1.h and nifti2.h, and the struct format of each; keyed by the header's size.
_LAYOUTS = {
    348: {"dim": (40, "8h"), "bitpix": (72, "h"), "pixdim": (76, "f"), "vox_offset": (108, "f"),
          "descrip": (148, "80s"), "codes": (252, "2h"), "srow": (280, "12f")},
    540: {"dim": (16, "8q"), "bitpix": (14, "h"), "pixdim": (104, "d"), "vox_offset": (168, "q"),
          "descrip": (240, "80s"), "codes": (344, "2i"), "srow": (400, "12d")}}
_LONGEST = 540
_BLOCK = 1024 * 1024
_READ_ERRORS = (OSError, EOFError, zlib.error)
_DAMAGED = "A NIfTI file is cut short or damaged; convert or copy it again."


@dataclass(frozen=True, eq=False)
class NiftiHeader:
    """qform, sform: their codes, 0 where absent. *_mirrored: whether each turns the axes left-handed (RAS).

    length: bytes that the (unpacked) file must have.
    """

    qform: int
    sform: int
    qform_mirrored: bool
    sform_mirrored: bool
    description: str
    length: int


def read_nifti_header(path: Path) -> NiftiHeader:
    """Orientation codes, description and length of a .nii or .nii.gz. Raises StudyError if it is damaged."""
    try:
        with _opened(path) as stream:
            head = stream.read(_LONGEST)
    except _READ_ERRORS as error:
        raise StudyError(_DAMAGED) from error
    for order in "<>":
        size = struct.unpack_from(f"{order}i", head)[0] if len(head) > min(_LAYOUTS) else 0
        if size in _LAYOUTS and len(head) >= size:
            return _parse(head, order, size)
    raise StudyError("A file that is named NIfTI has no NIfTI header; convert the DICOM series again with dcm2niix.")


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def _parse(head: bytes, order: str, size: int) -> NiftiHeader:
    field = {name: struct.unpack_from(order + layout, head, offset)
             for name, (offset, layout) in _LAYOUTS[size].items()}
    qform, sform = field["codes"]
    rows = np.array(field["srow"]).reshape(3, 4)
    voxels = math.prod(max(1, length) for length in field["dim"][1:1 + max(0, min(7, field["dim"][0]))])
    return NiftiHeader(qform, sform, field["pixdim"][0] < 0, bool(np.linalg.det(rows[:, :3]) < 0),
                       field["descrip"][0].split(b"\0", 1)[0].decode("latin-1"),
                       int(field["vox_offset"][0]) + voxels * field["bitpix"][0] // 8)


def check_complete(path: Path, header: NiftiHeader) -> None:
    """Raise StudyError for a file that ends early or fails its checksum: ITK would fill in zeros and say nothing."""
    found = 0
    try:
        with _opened(path) as stream:
            # Anything far behind the voxels is not read: a small file can unpack to any size.
            while (block := stream.read(_BLOCK)) and found <= header.length + _BLOCK:
                found += len(block)
    except _READ_ERRORS as error:
        raise StudyError(_DAMAGED) from error
    if found < header.length:
        raise StudyError(_DAMAGED)


def check_orientation(header: NiftiHeader) -> None:
    """Raise GeometryError where left and right cannot be known: no orientation at all, or two that disagree."""
    if header.qform <= 0 and header.sform <= 0:
        raise GeometryError("The NIfTI file has neither qform nor sform, so left and right cannot be known; "
                            "convert the DICOM series again with dcm2niix.")
    if header.qform > 0 and header.sform > 0 and header.qform_mirrored != header.sform_mirrored:
        raise GeometryError("The qform and the sform of the NIfTI file contradict each other on left and right; "
                            "convert the DICOM series again with dcm2niix.")
