"""Voxels with their place, and the transform between two worlds.

World coordinates are LPS millimetres everywhere (the convention of DICOM and ITK: +x to the patient's
left, +y to posterior, +z to superior). Arrays are indexed (i, j, k), the order of the affine's columns.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnapp.errors import GeometryError

Array = NDArray[Any]
FloatArray = NDArray[np.floating[Any]]

# Direction cosines read from DICOM carry about six digits; anything worse than this is a shear.
ORTHOGONALITY_TOLERANCE = 1e-3
# Two grids are the same when no corner differs by more (float32 headers differ by about 1e-4 mm).
SAME_GRID_TOLERANCE_MM = 1e-2
# Adult brains differ from the atlas brain by up to about 1.25 in length; more is a failed registration.
LARGEST_SCALE = 1.35
SRI24 = "SRI24"  # the frame of reference of everything on the atlas' grid


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxels and where they are.

    array: shape (I, J, K), any numeric or bool dtype.
    affine: 4×4, maps voxel indices (i, j, k, 1) to LPS millimetres.
    frame_of_reference: the world of these millimetres: a DICOM UID, SRI24, or "" where the file names none.
    Raises GeometryError where the affine is not a regular grid (sheared, flat, not finite).
    """

    array: Array
    affine: FloatArray
    frame_of_reference: str = ""

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        if self.array.ndim != 3 or 0 in self.array.shape:
            raise GeometryError(f"Expected a three-dimensional volume, but got the shape {self.array.shape}.")
        if affine.shape != (4, 4) or not np.isfinite(affine).all() or not np.allclose(affine[3], (0, 0, 0, 1)):
            raise GeometryError("The position of the volume (its affine) is damaged; export the series again.")
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
        if spacing.min() <= 0:
            raise GeometryError("The volume has a voxel size of zero; export the series again.")
        cosines = affine[:3, :3] / spacing
        if not np.allclose(cosines.T @ cosines, np.eye(3), atol=ORTHOGONALITY_TOLERANCE):
            raise GeometryError("The slices are sheared (gantry tilt?); an MRI without gantry tilt is needed.")
        affine.setflags(write=False)
        object.__setattr__(self, "affine", affine)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along (i, j, k)."""
        i, j, k = self.array.shape
        return i, j, k

    @property
    def spacing(self) -> FloatArray:
        """Voxel size along (i, j, k), mm."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel, ml."""
        return float(abs(np.linalg.det(self.affine[:3, :3])) / 1000.0)

    @property
    def corners_mm(self) -> FloatArray:
        """The centres of the eight corner voxels, LPS mm, shape (8, 3)."""
        ends = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=np.float64)
        return self.to_mm(ends * (np.array(self.shape) - 1))

    def with_array(self, array: Array) -> "Volume":
        """The same grid with other voxels. Raises GeometryError where the shape differs."""
        if array.shape != self.array.shape:
            raise GeometryError(f"Voxels of shape {array.shape} do not fit a grid of shape {self.array.shape}.")
        return replace(self, array=array)

    def to_mm(self, voxels: FloatArray) -> FloatArray:
        """LPS positions in mm, shape (N, 3), of voxel indices, shape (N, 3)."""
        return np.asarray(voxels @ self.affine[:3, :3].T + self.affine[:3, 3])

    def to_voxels(self, points: FloatArray) -> FloatArray:
        """Continuous voxel indices, shape (N, 3), of LPS positions in mm, shape (N, 3)."""
        inverse = np.linalg.inv(self.affine)
        return np.asarray(points @ inverse[:3, :3].T + inverse[:3, 3])

    def same_grid(self, other: "Volume") -> bool:
        """Whether both have the same shape and every corner within SAME_GRID_TOLERANCE_MM, in a world that may be the
        same."""
        if self.shape != other.shape or not self.same_frame(other):
            return False
        return bool(np.abs(self.corners_mm - other.corners_mm).max() <= SAME_GRID_TOLERANCE_MM)

    def same_frame(self, other: "Volume") -> bool:
        """False only where both name their frame of reference, and not the same one."""
        named = {self.frame_of_reference, other.frame_of_reference} - {""}
        return len(named) < 2


@dataclass(frozen=True, eq=False)
class SimilarityTransform:
    """Rotation, translation and one uniform scale, LPS mm to LPS mm: shapes and sides stay as they are.

    matrix: 4×4. Raises GeometryError if it shears, mirrors, or scales beyond what separates adult heads.
    """

    matrix: FloatArray

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        determinant = float(np.linalg.det(matrix[:3, :3]))
        scale = np.cbrt(max(determinant, 0.0))
        rotation = matrix[:3, :3] / scale if scale > 0 else matrix[:3, :3]
        plausible = 1 / LARGEST_SCALE <= scale <= LARGEST_SCALE
        if not plausible or not np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-5):
            raise GeometryError("The registration would stretch or mirror the head; reject it and try another series.")
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    @property
    def scale(self) -> float:
        """Length after the transform per length before it."""
        return float(np.cbrt(np.linalg.det(self.matrix[:3, :3])))

    def inverse(self) -> "SimilarityTransform":
        """The way back."""
        return SimilarityTransform(np.linalg.inv(self.matrix))

    def after(self, first: "SimilarityTransform") -> "SimilarityTransform":
        """First the other, then this one."""
        return SimilarityTransform(self.matrix @ first.matrix)

    def apply(self, points: FloatArray) -> FloatArray:
        """Moved points, shape (N, 3), mm."""
        return np.asarray(points @ self.matrix[:3, :3].T + self.matrix[:3, 3])
