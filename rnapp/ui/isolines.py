"""The isodoses of a placed dose for the viewers: which ones, and their lines on the SRI24 grid."""

import numpy as np

from rnapp.types import Array, PlacedDose, Prepared, Volume
from rnapp.ui.ports import Isodose, bands, levels

WASH_FROM = 0.1  # of the highest dose: below it the colours of the dose leave the scan free


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
    no line."""
    inside, known = bands(placed.on_atlas, isodoses(placed)), np.isfinite(placed.on_atlas.array)
    array, edge = inside.array, np.zeros(inside.shape, bool)
    for axis in range(3):
        ahead, behind = (_from(array, axis, start) for start in (1, 0))
        _from(edge, axis, 1)[...] |= (behind < ahead) & _from(known, axis, 0)
        _from(edge, axis, 0)[...] |= (ahead < behind) & _from(known, axis, 1)
    return inside.with_array(np.where(edge, array, 0).astype(np.uint8))


def dose_wash(placed: PlacedDose) -> Volume:
    """The dose in Gy, float32, 0 where it is unknown, which the viewer leaves free as it does low doses."""
    return placed.on_atlas.with_array(np.nan_to_num(placed.on_atlas.array, nan=0.0))


def wash_range(placed: PlacedDose) -> tuple[float, float]:
    """From which dose to which it has colours, Gy."""
    most = float(np.nanmax(placed.dose.volume.array))
    return WASH_FROM * most, most


def _from(array: Array, axis: int, start: int) -> Array:
    """All but the first layer (start 1) or all but the last (0) along an axis; a view."""
    layers = slice(1, None) if start else slice(None, -1)
    return array[(slice(None),) * axis + (layers,)]
