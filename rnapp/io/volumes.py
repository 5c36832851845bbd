"""Volumes to NIfTI and back."""

import gzip
import tempfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from rnapp.errors import StudyError
from rnapp.geometry import to_sitk
from rnapp.io.images import read_image
from rnapp.types import Volume

# Level 1 is four times faster than the usual 6 for 10 % more bytes; the browser waits for it.
_GZIP_LEVEL = 1
# NIfTI readers, NiiVue among them, do not know these.
_REPLACED_TYPES = {"bool": np.uint8, "int64": np.int32, "uint64": np.uint32, "float16": np.float32}


def write_nifti(volume: Volume, path: Path) -> None:
    """Write .nii or .nii.gz: affine as qform and sform; bool becomes uint8, 64-bit whole numbers 32-bit.

    Raises StudyError for another ending or whole numbers beyond 32 bits.
    """
    if not path.name.endswith((".nii", ".nii.gz")):
        raise StudyError(f"A NIfTI file ends in .nii or .nii.gz, but the name ends in {path.suffix or 'nothing'}.")
    data = nifti_bytes(volume)
    path.write_bytes(data if path.suffix == ".gz" else gzip.decompress(data))


def nifti_bytes(volume: Volume) -> bytes:
    """The volume as gzipped NIfTI; the same volume always gives the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "volume.nii"
        sitk.WriteImage(to_sitk(_storable(volume)), str(path))
        return gzip.compress(path.read_bytes(), _GZIP_LEVEL, mtime=0)


def read_nifti_bytes(data: bytes) -> Volume:
    """The volume in (gzipped) NIfTI bytes, dtype as stored. Raises StudyError or GeometryError as for a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("volume.nii.gz" if data[:2] == b"\x1f\x8b" else "volume.nii")
        path.write_bytes(data)
        return read_image(path)


def _storable(volume: Volume) -> Volume:
    """The volume in a number type that every NIfTI reader knows."""
    target = _REPLACED_TYPES.get(volume.array.dtype.name)
    if target is None:
        return volume
    array = volume.array.astype(target)
    if volume.array.dtype.kind in "iu" and not np.array_equal(array, volume.array):
        raise StudyError("The volume holds whole numbers beyond 32 bits, which NIfTI readers do not know.")
    return volume.with_array(array)
