"""Volumes to NIfTI and back."""

import gzip
from pathlib import Path

import numpy as np
from nibabel import Nifti1Header

from rnapp.errors import StudyError
from rnapp.files import write_whole
from rnapp.io.images import read_image
from rnapp.types import Volume

# Level 1 is four times faster than the usual 6 for 10 % more bytes; the browser waits for it.
_GZIP_LEVEL = 1
# NIfTI readers, including NiiVue, do not support these.
_REPLACED_TYPES = {"bool": np.uint8, "int64": np.int32, "uint64": np.uint32, "float16": np.float32}
_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SCANNER, _NO_EXTENSION = 1, bytes(4)


def write_nifti(volume: Volume, path: Path) -> None:
    """Write .nii or .nii.gz: affine as qform and sform; bool becomes uint8, 64-bit whole numbers 32-bit.

    The file is complete or absent: its length is checked before it is renamed into place. Raises StudyError for another
    ending or whole numbers beyond 32 bits, and OSError, with the reason, if it cannot be written.
    """
    if not path.name.endswith((".nii", ".nii.gz")):
        raise StudyError(f"A NIfTI file ends in .nii or .nii.gz, but the name ends in {path.suffix or 'nothing'}.")
    data = nifti_bytes(volume) if path.suffix == ".gz" else _unpacked(volume)
    write_whole(path, data)


def nifti_bytes(volume: Volume, description: str = "") -> bytes:
    """The volume as gzipped NIfTI, built in memory; the same volume always gives the same bytes.

    description: up to 79 ASCII letters for the header.
    """
    return gzip.compress(_unpacked(volume, description), _GZIP_LEVEL, mtime=0)


def read_nifti_bytes(data: bytes) -> Volume:
    """The volume in (gzipped) NIfTI bytes, dtype as stored. Raises StudyError or GeometryError as for a file."""
    return read_image(data)


def _unpacked(volume: Volume, description: str = "") -> bytes:
    """Header and voxels, little-endian, i fastest."""
    array = _storable(volume).array
    stored = array.dtype.newbyteorder("<")
    header = Nifti1Header(endianness="<")
    header.set_data_dtype(stored)
    header.set_data_shape(array.shape)
    header.set_xyzt_units("mm")
    header.set_qform(_TO_RAS @ volume.affine, _SCANNER)
    header.set_sform(_TO_RAS @ volume.affine, _SCANNER)
    header["descrip"] = description.encode("ascii")
    header["vox_offset"] = header.single_vox_offset
    data = b"".join((header.binaryblock, _NO_EXTENSION, array.astype(stored, copy=False).tobytes(order="F")))
    if len(data) != header.single_vox_offset + array.size * stored.itemsize:
        raise RuntimeError("a NIfTI file was built with a wrong length")
    return data


def _storable(volume: Volume) -> Volume:
    """The volume in a number type that every NIfTI reader knows."""
    target = _REPLACED_TYPES.get(volume.array.dtype.name)
    if target is None:
        return volume
    array = volume.array.astype(target)
    if volume.array.dtype.kind in "iu" and not np.array_equal(array, volume.array):
        raise StudyError("The volume holds whole numbers beyond 32 bits, which NIfTI readers do not know.")
    return volume.with_array(array)
