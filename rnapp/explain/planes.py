"""Planes through a volume as a radiologist sees them: sampled in world millimetres, so no flip can creep in.

The patient's left is on the right of axial and coronal pictures (radiological convention); sagittal
pictures look from the patient's left, with the face to the left.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.ndimage import map_coordinates

from rnapp.types import FloatArray, Volume

PlaneName = Literal["axial", "coronal", "sagittal"]
PLANES: tuple[PlaneName, ...] = ("axial", "coronal", "sagittal")

# Unit vectors in LPS: where the picture's right and top point to in the patient.
_RIGHT: dict[PlaneName, tuple[int, int, int]] = {"axial": (1, 0, 0), "coronal": (1, 0, 0), "sagittal": (0, 1, 0)}
_UP: dict[PlaneName, tuple[int, int, int]] = {"axial": (0, -1, 0), "coronal": (0, 0, 1), "sagittal": (0, 0, 1)}
NORMAL_AXIS: dict[PlaneName, int] = {"axial": 2, "coronal": 1, "sagittal": 0}


@dataclass(frozen=True)
class View:
    """A rectangle cut through the patient. centre_mm: LPS; width_mm and height_mm: of the rectangle."""

    plane: PlaneName
    centre_mm: tuple[float, float, float]
    width_mm: float
    height_mm: float

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top in mm from the centre of the picture (matplotlib's order)."""
        return (-self.width_mm / 2, self.width_mm / 2, -self.height_mm / 2, self.height_mm / 2)

    @property
    def letters(self) -> tuple[str, str, str, str]:
        """The patient's direction at the picture's left, right, bottom and top edge."""
        right, up = np.array(_RIGHT[self.plane]), np.array(_UP[self.plane])
        return _letter(-right), _letter(right), _letter(-up), _letter(up)

    def place(self, point_mm: FloatArray) -> tuple[float, float]:
        """Where an LPS position, shape (3,), lies in the picture: mm to the right and up from its centre."""
        offset = np.asarray(point_mm) - np.array(self.centre_mm)
        return float(offset @ np.array(_RIGHT[self.plane])), float(offset @ np.array(_UP[self.plane]))

    def grid(self, step_mm: float) -> tuple[FloatArray, FloatArray]:
        """Pixel centres: mm to the right, shape (columns,), and mm up, shape (rows,), from top to bottom."""
        columns, rows = round(self.width_mm / step_mm), round(self.height_mm / step_mm)
        across = (np.arange(columns) + 0.5) * self.width_mm / columns - self.width_mm / 2
        up = self.height_mm / 2 - (np.arange(rows) + 0.5) * self.height_mm / rows
        return across, up


def sample(volume: Volume, view: View, step_mm: float = 0.5) -> FloatArray:
    """The volume on the view, linear interpolation, 0 outside it: float32, shape (rows, columns), top row first."""
    across, up = view.grid(step_mm)
    points = (np.array(view.centre_mm) + across[None, :, None] * np.array(_RIGHT[view.plane])
              + up[:, None, None] * np.array(_UP[view.plane]))
    voxels = volume.to_voxels(points.reshape(-1, 3)).T
    array = volume.array.view(np.uint8) if volume.array.dtype == np.bool_ else volume.array
    values = map_coordinates(array, voxels, output=np.float32, order=1, mode="constant", cval=0.0)
    return np.asarray(values.reshape(len(up), len(across)))


def box_mm(mask: Volume) -> tuple[FloatArray, FloatArray]:
    """The lowest and highest LPS corner, each shape (3,), of the voxels above 0 (of the whole grid if none is)."""
    inside = np.argwhere(mask.array > 0)
    low, high = (inside.min(0), inside.max(0)) if len(inside) else (np.zeros(3), np.array(mask.shape) - 1)
    corners = np.array([[(low, high)[a][0], (low, high)[b][1], (low, high)[c][2]]
                        for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=np.float64)
    world = mask.to_mm(corners)
    return world.min(0), world.max(0)


def _letter(direction: FloatArray) -> str:
    axis = int(np.abs(direction).argmax())
    return ("RL", "AP", "IS")[axis][int(direction[axis] > 0)]
