"""NIfTI-1 and NIfTI-2 headers, as nibabel understands them, with left and right beyond doubt."""

import logging
import struct
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from nibabel import Nifti1Header, Nifti2Header
from nibabel.spatialimages import HeaderDataError

from rnapp.errors import GeometryError, StudyError
from rnapp.io.stored import Stored, check_axes, checked, opened, volume_shape
from rnapp.limits import MAX_HEADER_BYTES, Damaged, unpacked_parts
from rnapp.types import FloatArray

HEADERS = {348: Nifti1Header, 540: Nifti2Header}  # by their length, which is their first number
LONGEST_HEADER = max(HEADERS)
_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_MM_PER_UNIT = {1: 1000.0, 3: 0.001}  # metres and micrometres; all else, and silence, are millimetres
# A qform and a sform that differ in voxel sizes (share) or places (voxels).
_SIZES_DIFFER, _PLACES_DIFFER = 0.01, 0.5
_FARTHEST = 1e7
_DAMAGED = "A NIfTI file is cut short or damaged; convert or copy it again."
_NO_HEADER = "A file named as NIfTI has no NIfTI header; convert the DICOM series again with dcm2niix."
_AGAIN = "convert the DICOM series again with dcm2niix."
# nibabel reports what it repairs in a header; this would be written to stderr.
_SILENT = logging.Logger("rnapp.nifti", logging.CRITICAL + 1)
Header: TypeAlias = Any  # nibabel, which has no types: Nifti1Header, or Nifti2Header, which is one too


def open_nifti(source: Path | bytes, packed: str = "") -> Stored:
    """Where the voxels of a .nii file lie. packed: "gzip" or "".

    The sform is used if there is one, else the qform, as in nibabel; pixdim only as part of the qform. Raises
    StudyError for a damaged header, a time series, colours or too many voxels, and GeometryError where left and right
    cannot be known or qform and sform contradict each other on them or on the size of the voxels.
    """
    header, sizes, qfac = _header(_head(source, packed))
    affine, notes = _placed(header, sizes, qfac)
    unit = int(header["xyzt_units"]) & 7
    affine = _TO_LPS @ np.diag([*[_MM_PER_UNIT.get(unit, 1.0)] * 3, 1.0]) @ affine
    return checked(Stored(source, affine, _shape(header), header.get_data_dtype(), int(header["vox_offset"]),
                          packed, scaling=_scaling(header), notes=notes,
                          description=bytes(header["descrip"].item()).split(b"\0", 1)[0].decode("latin-1")))


def nifti_order(head: bytes) -> str:
    """Byte order ("<" or ">") of a NIfTI header, "" if it is none."""
    if len(head) < min(HEADERS):
        return ""
    return next((order for order in "<>" if struct.unpack_from(f"{order}i", head)[0] in HEADERS), "")


def _head(source: Path | bytes, packed: str) -> bytes:
    head = b""
    try:
        with opened(source) as stream:
            if not packed:
                return stream.read(LONGEST_HEADER)
            for part in unpacked_parts(stream, packed):
                head += part
                if len(head) >= LONGEST_HEADER:
                    break
    except Damaged as error:
        raise StudyError(_DAMAGED) from error
    return head


def _header(head: bytes) -> tuple[Header, FloatArray, float]:
    """The header as repaired by nibabel, with the original voxel sizes and the number that gives the qform's
    handedness."""
    order = nifti_order(head)
    size = struct.unpack_from(f"{order}i", head)[0] if order else 0
    if size not in HEADERS or len(head) < size:
        raise StudyError(_NO_HEADER)
    header = HEADERS[size](head[:size], endianness=order, check=False)
    magic = header["magic"].item()
    if magic == header.pair_magic:
        raise StudyError("The NIfTI file is one half of a pair (.hdr and .img); convert it to one .nii.gz file.")
    if magic != header.single_magic:
        raise StudyError(_NO_HEADER)
    offset = float(header["vox_offset"])
    if not offset.is_integer() or not header.single_vox_offset <= offset <= MAX_HEADER_BYTES:
        raise StudyError(f"The NIfTI file does not say where its voxels begin (vox_offset is {offset:g}); {_AGAIN}")
    sizes, qfac = np.array(header["pixdim"][1:4], dtype=np.float64), float(header["pixdim"][0])
    try:
        with np.errstate(invalid="ignore"):
            header.check_fix(logger=_SILENT, error_level=40)
    except HeaderDataError as error:
        raise StudyError("The header of the NIfTI file is damaged, or its voxels are of a kind that cannot be read; "
                         f"{_AGAIN}") from error
    return header, sizes, qfac


def _shape(header: Header) -> tuple[int, int, int]:
    count = int(header["dim"][0])
    if not 1 <= count <= 7:
        raise StudyError(_DAMAGED)
    return volume_shape(tuple(int(length) for length in header["dim"][1:count + 1]))


def _scaling(header: Header) -> tuple[float, float] | None:
    try:
        slope, intercept = header.get_slope_inter()
    except HeaderDataError as error:
        raise StudyError(f"The scaling of the voxels in the NIfTI header is not a number; {_AGAIN}") from error
    if slope is None or (slope, intercept or 0.0) == (1.0, 0.0):
        return None
    return float(slope), float(intercept or 0.0)


def _placed(header: Header, sizes: FloatArray, qfac: float) -> tuple[FloatArray, tuple[str, ...]]:
    """The RAS affine in the header's own unit, and a note about it."""
    qform = _qform(header, qfac) if header["qform_code"] > 0 else None
    if header["sform_code"] > 0:
        with np.errstate(invalid="ignore"):
            sform = np.asarray(header.get_sform(), dtype=np.float64)
        check_axes(sform)
        return sform, () if qform is None else _compared(header, sform, qform, sizes)
    if header["qform_code"] <= 0:
        raise GeometryError(f"The NIfTI file has neither qform nor sform, so left and right cannot be known; {_AGAIN}")
    if qform is None:
        raise GeometryError("The NIfTI file has a damaged qform and no sform, so left and right cannot be known; "
                            f"{_AGAIN}")
    if (sizes == 0).any():  # nibabel would say 1 mm
        raise GeometryError(f"The NIfTI file has no sform, and a voxel size that is zero or not a number; {_AGAIN}")
    return qform, ()


def _qform(header: Header, qfac: float) -> FloatArray | None:
    """None if it is not a rotation, or readers would not agree on its handedness: nibabel takes -2 for 1, ITK for
    -1."""
    if np.isnan(qfac) or (qfac < 0 and qfac != -1):
        return None
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            qform = np.asarray(header.get_qform(), dtype=np.float64)
    except (HeaderDataError, ValueError):
        return None
    return qform if (np.abs(qform) < _FARTHEST).all() else None


def _compared(header: Header, sform: FloatArray, qform: FloatArray, sizes: FloatArray) -> tuple[str, ...]:
    """The note for a qform and an sform that differ. sizes: pixdim as stored; nibabel reads 0 as 1."""
    if np.linalg.det(sform[:3, :3]) * np.linalg.det(qform[:3, :3]) < 0:
        raise GeometryError("The qform and the sform of the NIfTI file disagree about left and right; "
                            f"{_AGAIN}")
    lengths = np.linalg.norm(sform[:3, :3], axis=0)
    known = np.isfinite(sizes) & (sizes != 0)
    if (np.abs(np.abs(sizes) - lengths)[known] > _SIZES_DIFFER * lengths[known]).any():
        said = ["×".join(f"{length:.3g}" for length in each) for each in (np.abs(sizes), lengths)]
        raise GeometryError("The qform and the sform of the NIfTI file disagree about the size of the "
                            f"voxels ({said[0]} and {said[1]}); {_AGAIN}")
    ends = np.stack(np.meshgrid(*[np.array([0, max(0, int(length) - 1)]) for length in header["dim"][1:4]]))
    apart = np.abs((sform - qform)[:3, :3] @ ends.reshape(3, -1) + (sform - qform)[:3, 3:]).max()
    if not known.all() or apart <= _PLACES_DIFFER * lengths.max():
        return ()
    return ("The qform and the sform of this NIfTI file place the head differently; the sform is used, as most "
            "programs do.",)
