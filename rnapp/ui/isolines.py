"""The isodoses of a placed dose for the viewers: which ones, and their lines on the SRI24 grid."""

import numpy as np

from rnapp.types import Array, PlacedDose, Prepared, Volume
from rnapp.ui.ports import Isodose, bands, levels

DOTTED = 3  # voxels from dot to dot
WASH_FROM = 0.1  # of the highest dose: below it the scan is not coloured


def usable_dose(prepared: Prepared | None) -> PlacedDose | None:
    """The dose that may be shown and used, None where there is none or nobody has confirmed it."""
    placed = prepared.dose if prepared else None
    return placed if placed and placed.usable else None


def isodoses(placed: PlacedDose) -> tuple[Isodose, ...]:
    """Highest first."""
    return levels(placed.dose.prescribed_gy, float(np.nanmax(placed.dose.volume.array)))


def isodose_lines(placed: PlacedDose) -> Volume:
    """A line, one voxel wide, inside each isodose wherever a neighbour is known to be outside of it, uint8, SRI24 grid:
    1 for the outermost isodose, the highest number for the innermost, 0 elsewhere. Where the dose's grid ends there is
    no line.

    Where an isodose is level it lies within an axial slice, and a line would be a patch there that could be taken for a
    lesion; it is dotted, which is a dashed line in the other planes.
    """
    inside, known = bands(placed.on_atlas, isodoses(placed)), np.isfinite(placed.on_atlas.array)
    x, y, z = (_edges(inside.array, known, axis) for axis in range(3))
    i, j, _ = np.ogrid[:inside.shape[0], :inside.shape[1], :1]
    edge = x | y | (z & ((i + j) % DOTTED == 0))
    return inside.with_array(np.where(edge, inside.array, 0).astype(np.uint8))


def dose_wash(placed: PlacedDose) -> Volume:
    """The dose in Gy, float32, 0 where it is unknown, which the viewer leaves uncoloured, like low doses."""
    return placed.on_atlas.with_array(np.nan_to_num(placed.on_atlas.array, nan=0.0))


def wash_range(placed: PlacedDose) -> tuple[float, float]:
    """The range of doses that is coloured, Gy."""
    most = float(np.nanmax(placed.dose.volume.array))
    return WASH_FROM * most, most


def _edges(array: Array, known: Array, axis: int) -> Array:
    """Where a neighbour along this axis is known and lower, bool."""
    edge = np.zeros(array.shape, bool)
    ahead, behind = (_from(array, axis, start) for start in (1, 0))
    _from(edge, axis, 1)[...] |= (behind < ahead) & _from(known, axis, 0)
    _from(edge, axis, 0)[...] |= (ahead < behind) & _from(known, axis, 1)
    return edge


def _from(array: Array, axis: int, start: int) -> Array:
    """All but the first layer (start 1) or all but the last (0) along an axis; a view."""
    layers = slice(1, None) if start else slice(None, -1)
    return array[(slice(None),) * axis + (layers,)]
