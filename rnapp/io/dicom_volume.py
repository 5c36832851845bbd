"""The voxels of a DICOM series on their own grid."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rnapp.errors import GeometryError, StudyError
from rnapp.io.dicom_header import DICOM_ERRORS, GEOMETRY_TAGS, PIXEL_TAGS, Plane, open_dicom, planes_of
from rnapp.io.slices import stack_planes
from rnapp.types import Array, Volume


def read_dicom_volume(files: Sequence[Path]) -> Volume:
    """Decode and stack classic or enhanced MR files: float32, rescaled, (i, j, k) = (column, row, slice).

    Raises StudyError for a damaged or truncated file, GeometryError for slices that form no regular volume.
    """
    planes: list[Plane] = []
    frames: list[Array] = []
    for number, path in enumerate(files, start=1):
        try:
            pixels, found = decode(path)
        except DICOM_ERRORS as error:
            raise StudyError(f"File {number} of the {len(files)} of this series is cut short or damaged; "
                             "export or copy the series again.") from error
        if not found:
            raise GeometryError("The header of this series does not say where its images lie in the patient; "
                                "export it again.")
        planes.extend(found)
        frames.extend(pixels)
    stack = stack_planes(planes)
    array = np.empty(stack.shape, dtype=np.float32)
    for k, index in enumerate(stack.order):
        array[:, :, k] = frames[index].T * np.float32(planes[index].slope) + np.float32(planes[index].intercept)
    return Volume(array, stack.affine)


def decode(path: Path) -> tuple[Array, tuple[Plane, ...]]:
    """Stored values, shape (frames, rows, columns), and their planes (empty where the header lacks positions).

    Raises one of DICOM_ERRORS where the pixels are missing, cut short or in no known encoding.
    """
    dataset = open_dicom(path, (*GEOMETRY_TAGS, *PIXEL_TAGS), pixels=True)
    planes = planes_of(dataset)
    pixels = np.asarray(dataset.pixel_array)
    if pixels.ndim == 2:
        pixels = pixels[None]
    expected = (len(planes) or len(pixels), int(dataset.Rows), int(dataset.Columns))
    if pixels.shape != expected:
        raise ValueError(f"decoded {pixels.shape}, but the header announces {expected}")
    return pixels, planes
