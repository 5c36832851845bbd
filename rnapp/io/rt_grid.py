"""Where the voxels of an RTDOSE file lie and what they are (PS3.3, C.8.8.3), with pydicom and our own affine.

No library we tried places every grid correctly: absolute offsets, feet first and unequal frames are the pitfalls.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnapp import limits
from rnapp.errors import GeometryError, StudyError
from rnapp.io.dicom_header import DICOM_ERRORS, open_dicom, tag_number, tag_text
from rnapp.io.dicom_volume import decode
from rnapp.types import ORTHOGONALITY_TOLERANCE, Array, FloatArray, Volume

GRID_TAGS = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "NumberOfFrames",
             "GridFrameOffsetVector", "DoseGridScaling", "FrameOfReferenceUID")
SAME_PLACE_MM = 0.01  # offsets are written with few digits
_CLOSEST_MM = 0.1  # planes nearer to each other are damage, not a grid
_FARTHEST_MM = 10_000.0
_MOST_FRAMES = 4096
_BYTES = 16  # of memory for each voxel, while it is read
_DAMAGED = "A dose file is cut short or damaged; copy or export it again."


@dataclass(frozen=True, eq=False)
class DoseGeometry:
    """position: centre of the first voxel of the first frame, LPS mm. row, column: unit vectors along which the column
    index and the row index grow. spacing: mm between rows, mm between columns. size: rows, columns. depths: of the
    frames along row × column, from the position, mm, shape (frames,), rising or falling."""

    position: FloatArray
    row: FloatArray
    column: FloatArray
    spacing: tuple[float, float]
    size: tuple[int, int]
    depths: FloatArray

    @property
    def even(self) -> bool:
        """Whether all frames are as far apart."""
        return bool(np.abs(self.depths - np.linspace(self.depths[0], self.depths[-1], len(self.depths))).max()
                    <= SAME_PLACE_MM)

    @property
    def planes(self) -> FloatArray:
        """The depths of the regular grid, rising, mm: the frames' own, or where they are uneven as many as the smallest
        distance between them asks for."""
        low, high = float(self.depths.min()), float(self.depths.max())
        nearest = float(np.abs(np.diff(self.depths)).min())
        count = len(self.depths) if self.even else round((high - low) / nearest) + 1
        return np.linspace(low, high, count)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the regular grid, (i, j, k)."""
        return self.size[1], self.size[0], len(self.planes)

    @property
    def affine(self) -> FloatArray:
        """Of the regular grid, whose frames run along row × column: 4×4, (column, row, frame) → LPS mm."""
        normal, planes = np.cross(self.row, self.column), self.planes
        affine = np.eye(4)
        affine[:3, 0] = self.row * self.spacing[1]
        affine[:3, 1] = self.column * self.spacing[0]
        affine[:3, 2] = normal * (planes[1] - planes[0])
        affine[:3, 3] = self.position + normal * planes[0]
        return affine


def geometry_of(header: Any) -> DoseGeometry:
    """The positions of the frames of a dose. Raises GeometryError if the header is ambiguous."""
    position = _numbers(header, "ImagePositionPatient", 3)
    orientation = _numbers(header, "ImageOrientationPatient", 6)
    between = _numbers(header, "PixelSpacing", 2)
    if between.min() <= 0:
        raise GeometryError("The dose has a voxel size of zero; export it again.")
    row, column = orientation[:3], orientation[3:]
    lengths = np.array([np.linalg.norm(row), np.linalg.norm(column), row @ column + 1])
    if not np.allclose(lengths, 1, atol=ORTHOGONALITY_TOLERANCE):
        raise GeometryError("The orientation of the dose is damaged (rows and columns are not at right angles); export "
                            "it again.")
    row, column = row / lengths[0], column / lengths[1]
    size = int(tag_number(header, "Rows") or 0), int(tag_number(header, "Columns") or 0)
    if min(size) < 2:
        raise GeometryError("The dose has only one row or column of voxels, which is no volume; export the whole grid.")
    depths = _depths(header, position, np.cross(row, column))
    return DoseGeometry(position, row, column, (float(between[0]), float(between[1])), size, depths)


def _numbers(header: Any, keyword: str, count: int | None = None) -> FloatArray:
    """Raises GeometryError where there are not so many plausible numbers."""
    try:
        value = header.get(keyword)
        numbers = np.atleast_1d(np.array([] if value is None else value, dtype=np.float64))
    except DICOM_ERRORS as error:
        raise GeometryError(_not_said(keyword)) from error
    if not numbers.size or (count and numbers.size != count) or not (np.abs(numbers) <= _FARTHEST_MM).all():
        raise GeometryError(_not_said(keyword))
    return numbers


def _not_said(keyword: str) -> str:
    return f"The dose does not say where its voxels lie ({keyword} is missing or damaged); export it again."


def _depths(header: Any, position: FloatArray, normal: FloatArray) -> FloatArray:
    """Of each frame along the normal, from the position, mm."""
    frames = int(tag_number(header, "NumberOfFrames") or 1)
    if frames < 2:
        raise GeometryError("The dose has only one plane, which is no volume; export the whole dose grid.")
    offsets = _numbers(header, "GridFrameOffsetVector")
    if len(offsets) != frames:
        raise GeometryError(f"The dose has {frames} planes, but says where {len(offsets)} lie; export it again.")
    depths = _from_position(offsets, position, normal)
    steps = np.diff(depths)
    if not ((steps >= _CLOSEST_MM).all() or (steps <= -_CLOSEST_MM).all()):
        raise GeometryError("The planes of the dose are not in order, or two are at the same place; export it again.")
    if not np.ptp(depths) / np.abs(steps).min() <= _MOST_FRAMES:
        raise GeometryError("The planes of the dose are too unevenly spaced to be a grid; export it again.")
    return depths


def _from_position(offsets: FloatArray, position: FloatArray, normal: FloatArray) -> FloatArray:
    """Offsets that begin with 0 run along the normal from the position, whatever the orientation; those that begin with
    the position's z are z themselves, in grids of axial planes only."""
    if abs(offsets[0]) <= SAME_PLACE_MM:
        return np.asarray(offsets - offsets[0])
    if abs(offsets[0] - position[2]) > SAME_PLACE_MM:
        raise GeometryError("The offsets of the dose's planes begin neither with 0 nor with the z of its position, so "
                            "it is not clear where the planes lie; export it again.")
    if abs(normal[2]) < 1 - ORTHOGONALITY_TOLERANCE:
        raise GeometryError("The planes of the dose are not axial, but their offsets are given as absolute z, so it is "
                            "not clear where they lie; export it again.")
    return np.asarray((offsets - position[2]) * np.sign(normal[2]))


def read_grid(path: Path) -> Volume:
    """The values of a dose file, stored value × DoseGridScaling, float32 (Gy, or shares of a dose where the file is
    relative), (i, j, k) = (column, row, plane) with the LPS affine, in its frame of reference.

    Unevenly spaced planes are interpolated between the true ones, onto planes as far apart as the nearest two. Raises
    StudyError for a damaged file or scaling, GeometryError where it is not clear where the voxels lie.
    """
    try:
        header = open_dicom(path, GRID_TAGS, pixels=False)
    except DICOM_ERRORS as error:
        raise StudyError(_DAMAGED) from error
    geometry = geometry_of(header)
    scaling = tag_number(header, "DoseGridScaling")
    if scaling is None or scaling <= 0:
        raise StudyError("The dose does not say what its voxels mean in Gy (DoseGridScaling is missing, zero or "
                         "negative); export it again.")
    if (voxels := math.prod(geometry.shape)) > limits.MAX_VOXELS:
        raise GeometryError(f"The dose has {voxels / 1e6:.0f} million voxels, more than can be read; export it on a "
                            "coarser grid.")
    limits.check_memory(voxels * _BYTES)
    try:
        stored, _ = decode(path)
    except DICOM_ERRORS as error:
        raise StudyError(_DAMAGED) from error
    if stored.shape != (len(geometry.depths), *geometry.size):
        raise StudyError(_DAMAGED)
    frame = tag_text(header, "FrameOfReferenceUID")
    return Volume(_on_planes(stored, scaling, geometry), geometry.affine, frame)


def _on_planes(stored: Array, scaling: float, geometry: DoseGeometry) -> Array:
    """stored: (frames, rows, columns); float32, shape of the regular grid."""
    values = np.empty(geometry.shape, dtype=np.float32)
    order = np.argsort(geometry.depths)
    known = geometry.depths[order]
    places = np.arange(len(known)) if geometry.even else np.interp(geometry.planes, known, np.arange(len(known)))
    for k, place in enumerate(places):
        low = min(int(place), len(known) - 2)
        share = float(place - low)
        values[:, :, k] = ((1 - share) * stored[order[low]].T.astype(np.float64)
                           + share * stored[order[low + 1]].T.astype(np.float64)) * scaling
    return values
