"""The voxels of a DICOM series on their own grid."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rnapp import limits
from rnapp.errors import GeometryError, StudyError
from rnapp.io.decoding import DecodingError, Packed, decode_files, is_packed, stored_pixels
from rnapp.io.dicom_header import DICOM_ERRORS, GEOMETRY_TAGS, PIXEL_TAGS, Plane, open_dicom, planes_of
from rnapp.io.padding import PADDING_TAGS, Padding, padding_of
from rnapp.io.slices import stack_planes
from rnapp.types import Array, CancelToken, Volume

_TAGS = (*GEOMETRY_TAGS, *PIXEL_TAGS, *PADDING_TAGS)
_UNDECODABLE = {
    "crashed": "The compressed images of this series could not be decoded (the decoder ended at file {number} of the "
               "{count}, which may be damaged); export the series again without compression.",
    "slow": "Decoding the compressed images of this series took more than {seconds:.0f} s, so it was stopped; export "
            "the series again without compression.",
    "memory": "Decoding the compressed images of this series needed more than {size} of memory, so it was stopped; "
              "export the series again without compression."}


@dataclass(frozen=True, eq=False)
class _File:
    """frames: stored values, shape (frames, rows, columns), None as long as they are compressed; shape: announced."""

    path: Path
    planes: tuple[Plane, ...]
    shape: tuple[int, int, int]
    padding: Padding | None
    frames: Array | None


def read_dicom_volume(files: Sequence[Path], cancel: CancelToken | None = None) -> Volume:
    """Decode and stack classic or enhanced MR files: float32, rescaled, (i, j, k) = (column, row, slice).

    Voxels that the header calls padding get the smallest value of the others. Raises StudyError for a damaged or
    truncated file and for too many voxels, GeometryError for slices that form no regular volume, Cancelled.
    """
    opened = []
    voxels = 0
    for number, path in enumerate(files, start=1):
        try:
            file = _opened(path)
        except DICOM_ERRORS as error:
            raise StudyError(_damaged(number, len(files))) from error
        if not file.planes:
            raise GeometryError("The header of this series does not say where its images lie in the patient; "
                                "export it again.")
        opened.append(file)
        voxels += math.prod(file.shape)
        _check_size(voxels)
    return _stacked(_unpacked(opened, cancel))


def decode(path: Path) -> tuple[Array, tuple[Plane, ...]]:
    """Stored values, shape (frames, rows, columns), and their planes (empty where the header lacks positions).

    Raises one of DICOM_ERRORS where the pixels are missing, cut short or in no known encoding.
    """
    file = _opened(path)
    return decode_files([Packed(path, file.shape)])[0] if file.frames is None else file.frames, file.planes


def _opened(path: Path) -> _File:
    """Raises one of DICOM_ERRORS."""
    dataset = open_dicom(path, _TAGS, pixels=True)
    planes = planes_of(dataset)
    shape = _announced(dataset, len(planes))
    file = _File(path, planes, shape, padding_of(dataset), None)
    if is_packed(dataset):
        return file
    pixels = stored_pixels(dataset)
    if pixels.shape != shape:
        raise ValueError(f"decoded {pixels.shape}, but the header announces {shape}")
    return replace(file, frames=pixels)


def _announced(dataset: Any, planes: int) -> tuple[int, int, int]:
    """Frames, rows and columns. Raises ValueError where they are no size of an image."""
    shape = planes or int(dataset.get("NumberOfFrames") or 1), int(dataset.Rows), int(dataset.Columns)
    if min(shape) < 1 or math.prod(shape) > limits.MAX_VOXELS:
        raise ValueError(f"the header announces {shape} voxels")
    return shape


def _check_size(voxels: int) -> None:
    """Of all files so far, before those that are compressed are decoded."""
    if voxels > limits.MAX_VOXELS:
        raise StudyError(f"This series has {voxels / 1e6:.0f} million voxels, but a head scan has at most "
                         f"{limits.MAX_VOXELS // 1_000_000} million; choose another series.")
    limits.check_memory(voxels * np.dtype(np.float32).itemsize)


def _damaged(number: int, count: int) -> str:
    return f"File {number} of the {count} of this series is cut short or damaged; export or copy the series again."


def _unpacked(files: Sequence[_File], cancel: CancelToken | None) -> list[_File]:
    """The same files with their frames, the compressed ones decoded together. Raises StudyError, Cancelled."""
    compressed = [number for number, file in enumerate(files) if file.frames is None]
    if not compressed:
        return list(files)
    try:
        arrays = decode_files([Packed(files[index].path, files[index].shape) for index in compressed], cancel)
    except DecodingError as error:
        number = compressed[min(error.number, len(compressed) - 1)] + 1
        sentence = _UNDECODABLE.get(error.failure, _damaged(number, len(files))).format(
            number=number, count=len(files), seconds=limits.DECODER_SECONDS,
            size=limits.in_words(limits.DECODER_BYTES))
        raise StudyError(sentence) from error
    decoded = dict(zip(compressed, arrays, strict=True))
    return [replace(file, frames=decoded.get(number, file.frames)) for number, file in enumerate(files)]


def _stacked(files: Sequence[_File]) -> Volume:
    """files: with their frames and planes. Raises GeometryError."""
    owners = [(file, index) for file in files for index in range(len(file.planes))]
    stack = stack_planes([file.planes[index] for file, index in owners])
    array = np.empty(stack.shape, dtype=np.float32)
    padded = np.zeros(stack.shape if any(file.padding for file in files) else (0, 0, 0), dtype=bool)
    for k, number in enumerate(stack.order):
        file, index = owners[number]
        frame, plane = np.asarray(file.frames)[index].T, file.planes[index]
        array[:, :, k] = frame * np.float32(plane.slope) + np.float32(plane.intercept)
        if file.padding:
            padded[:, :, k] = file.padding.covers(frame)
    if padded.any() and not padded.all():
        array[padded] = array[~padded].min()
    return Volume(array, stack.affine)
