"""Closed surfaces of masks and fields as triangles in LPS mm, simplified so that a browser can rotate them smoothly."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.measure import marching_cubes

from rnapp.types import Array, FloatArray, Volume


@dataclass(frozen=True, eq=False)
class Mesh:
    """points_mm: LPS, shape (N, 3), rounded to 0.1 mm; faces: indices into them, shape (M, 3), outside to the front."""

    points_mm: FloatArray
    faces: Array


def mask_mesh(mask: Volume, most_faces: int) -> Mesh | None:
    """The smoothed surface of a mask (Lorensen and Cline 1987); None where the mask is empty."""
    filled = mask.array > 0
    if not filled.any():
        return None
    low, high = _box(filled)
    cut = filled[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    stride = _stride(cut, most_faces)
    # Three voxels of air: the surface closes, and smoothing has room.
    room = 3 * stride
    smooth = gaussian_filter(np.pad(cut, room).astype(np.float32), 0.9 * stride)[::stride, ::stride, ::stride]
    # Smoothing would make a lesion of a few voxels vanish at a level of one half.
    level = min(0.5, 0.5 * float(smooth.max()))
    return _surface(smooth, level, mask.affine, (low - room, stride))


def level_mesh(field: Volume, level: float) -> Mesh | None:
    """The surface where a field reaches a level, closed at the edge of its grid; None if it never does."""
    # Closing with the lowest value keeps the surface within one voxel of the edge.
    padded = np.pad(field.array.astype(np.float32), 1, constant_values=float(field.array.min()))
    if not padded.min() < level < padded.max():
        return None
    return _surface(padded, level, field.affine, (np.full(3, -1), 1))


def coarse(field: Volume, stride: int) -> Volume:
    """Every stride-th voxel along each axis."""
    affine = field.affine.copy()
    affine[:3, :3] *= stride
    return Volume(np.ascontiguousarray(field.array[::stride, ::stride, ::stride]), affine, field.frame_of_reference)


def _surface(field: FloatArray, level: float, affine: FloatArray, start_and_step: tuple[Array, int]) -> Mesh:
    """start_and_step: voxel at which the field starts on the affine's grid, and voxels per step."""
    points, faces, _, _ = marching_cubes(field, level, gradient_direction="ascent")
    start, stride = start_and_step
    world = (points * stride + start) @ affine[:3, :3].T + affine[:3, 3]
    if np.linalg.det(affine[:3, :3]) < 0:
        faces = faces[:, ::-1]
    index = np.uint16 if len(world) < 2**16 else np.uint32
    return Mesh(np.round(world, 1).astype(np.float32), np.ascontiguousarray(faces, dtype=index))


def _stride(filled: Array, most_faces: int) -> int:
    """Voxels per step with which marching cubes makes at most about most_faces triangles."""
    padded = np.pad(filled, 1)
    sides = sum(int(np.count_nonzero(np.diff(padded, axis=axis))) for axis in range(3))
    # Measured on a brain and on balls: about 1.35 triangles per exposed voxel side, falling with the square.
    return max(1, int(np.ceil(np.sqrt(1.35 * sides / most_faces))))


def _box(filled: Array) -> tuple[Array, Array]:
    """First and one-past-last voxel that is filled, each shape (3,)."""
    ranges = [np.flatnonzero(filled.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    return np.array([r[0] for r in ranges]), np.array([r[-1] + 1 for r in ranges])
