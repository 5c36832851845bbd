"""Dose-volume histograms, our own: trilinear between the dose's voxels, structures filled more finely than those.

Contours are as thick as their distance, the first and last by half of it beyond their plane; of a mask every voxel is a
box. docs/dose.md says how accurate that is (tests/dose/test_dvh.py measures it).
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from rnapp.dose.histogram import StructureDose, add_up
from rnapp.dose.sampling import Sampler, sampler
from rnapp.geometry import IDENTITY, tight_box
from rnapp.polygons import inside_polygons
from rnapp.types import FloatArray, SimilarityTransform, Volume

FINEST_MM, COARSEST_MM = 0.05, 0.25  # distance of the samples: of a small structure, and of all others
ACROSS = 40  # samples across the narrowest side of a structure
MOST_SAMPLES = 2_000_000  # of a very large structure: beyond them they are further apart than COARSEST_MM
UNEVEN = 1.5  # planes up to this many times the usual distance apart touch
ONE_PLANE_MM = 3.0  # thick, where a structure has one plane and the caller does not say how thick it is
_PORTION = 1_000_000
_EVEN_STEPS = np.array((0.8191725134, 0.6710436067, 0.5497004779))  # multiples fill a cube evenly (Roberts 2018, R3)


class Contours(Protocol):
    """Closed contours in parallel planes, as rnapp/io/contours.py stacks them: normal, unit vector, LPS; depths of the
    planes along it, ascending, mm; planes: contours of each, shape (N, 3), LPS mm; a contour inside another is a
    hole."""

    @property
    def normal(self) -> FloatArray:
        """Unit vector, LPS, shape (3,)."""

    @property
    def depths(self) -> FloatArray:
        """Of the planes along the normal, ascending, mm."""

    @property
    def planes(self) -> tuple[tuple[FloatArray, ...], ...]:
        """The contours of each plane."""


def structure_dvh(dose: Volume, structure: Contours | Volume, to_dose: SimilarityTransform = IDENTITY,
                  gap_mm: float | None = None) -> StructureDose:
    """What a structure received.

    dose: Gy, NaN where unknown. structure: contours, or a mask (above 0 is inside). to_dose: structure's LPS mm → the
    dose's LPS mm; volumes are in the dose's millimetres, the patient's. gap_mm: how thick a structure of one plane is.
    """
    asked = sampler(dose)
    pieces = (_in_mask(asked, structure, to_dose) if isinstance(structure, Volume)
              else _in_contours(asked, structure, to_dose, gap_mm or ONE_PLANE_MM))
    known = dose.array[np.isfinite(dose.array)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    return add_up(pieces, min(low, 0.0), high)


def slabs(depths: FloatArray, alone_mm: float) -> list[tuple[float, float]]:
    """From where to where each plane reaches along the normal, mm: half-way to neighbours that are about as far away as
    usual, else half the usual distance. depths: ascending; alone_mm: thickness of a single plane."""
    gaps = np.diff(depths)
    usual = float(np.sort(gaps)[(len(gaps) - 1) // 2]) if len(gaps) else alone_mm
    half = np.where(gaps <= UNEVEN * usual, gaps / 2, usual / 2)
    below, above = np.append(usual / 2, half), np.append(half, usual / 2)
    return [(float(depth - a), float(depth + b)) for depth, a, b in zip(depths, below, above, strict=True)]


def _in_contours(asked: Sampler, contours: Contours, to_dose: SimilarityTransform,
                 alone_mm: float) -> Iterator[tuple[FloatArray, float]]:
    """Doses plane by plane, at several depths of each slab."""
    axes = _plane_axes(contours.normal)
    flat = [[contour @ axes for contour in plane] for plane in contours.planes]
    places = np.concatenate([contour for plane in flat for contour in plane])
    low, sides = places.min(axis=0), np.ptp(places, axis=0)
    reach = slabs(contours.depths, alone_mm)
    step = _step(float(min(*sides, reach[-1][1] - reach[0][0])), _volume(flat, reach))
    rows, columns = (int(n) + 2 for n in np.ceil(sides / step))
    for plane, (bottom, top) in zip(flat, reach, strict=True):
        # Half a step off the edges, so that contours along the axes lose as much on one side as on the other.
        inside = np.argwhere(inside_polygons([(one - low) / step - 0.5 for one in plane], (rows, columns)))
        looks = max(1, int(np.ceil((top - bottom) / step)))
        thick = (top - bottom) / looks
        aside = _spread(len(inside))
        on_plane = ((inside + 0.5 + aside[:, :2]) * step + low) @ axes.T
        for look in range(looks):
            depths = bottom + (look + 0.5 + aside[:, 2:]) * thick
            points = to_dose.apply(on_plane + depths * contours.normal)
            yield asked.at(points), step**2 * thick * to_dose.scale**3 / 1000


def _in_mask(asked: Sampler, mask: Volume, to_dose: SimilarityTransform) -> Iterator[tuple[FloatArray, float]]:
    """Doses of all voxels at one place in them after the other."""
    box = tight_box(mask.with_array(mask.array > 0))
    if box is None:
        return
    voxels = np.argwhere(box.array).astype(np.float64)
    sides = np.array(box.shape) * box.spacing
    step = _step(float(sides.min()), len(voxels) * box.voxel_ml * 1000)
    looks = np.maximum(1, (np.ceil if step <= COARSEST_MM else np.floor)(box.spacing / step)).astype(int)
    moved = np.linalg.inv(asked.volume.affine) @ to_dose.matrix @ box.affine
    places = (np.indices(looks).reshape(3, -1).T + 0.5) / looks - 0.5
    ml = box.voxel_ml * to_dose.scale**3 / len(places)
    together = max(1, _PORTION // len(voxels))
    aside = _spread(min(len(voxels), _PORTION)) / looks
    for first in range(0, len(places), together):
        offsets = places[first:first + together, None]
        for start in range(0, len(voxels), _PORTION):
            part = voxels[start:start + _PORTION]
            at = (offsets + part + aside[:len(part)]).reshape(-1, 3) @ moved[:3, :3].T + moved[:3, 3]
            yield asked.at_voxels(at), ml


def _spread(count: int) -> FloatArray:
    """Places in a box, shape (count, 3), -0.5 to 0.5, evenly spread: samples in rows would make steps in the curve."""
    return np.asarray((np.arange(count)[:, None] * _EVEN_STEPS + 0.5) % 1.0 - 0.5)


def _step(narrowest_mm: float, volume_mm3: float) -> float:
    """How far apart the samples of a structure are, mm."""
    fine = float(np.clip(narrowest_mm / ACROSS, FINEST_MM, COARSEST_MM))
    return max(fine, float(np.cbrt(volume_mm3 / MOST_SAMPLES)))


def _volume(flat: Sequence[Sequence[FloatArray]], reach: Sequence[tuple[float, float]]) -> float:
    """About how much the contours hold, mm³ (holes counted too)."""
    return sum((top - bottom) * sum(map(_area, plane)) for plane, (bottom, top) in zip(flat, reach, strict=True))


def _area(polygon: FloatArray) -> float:
    (x, y), (u, v) = polygon.T, np.roll(polygon, -1, axis=0).T
    return abs(float((x * v - u * y).sum())) / 2


def _plane_axes(normal: FloatArray) -> FloatArray:
    """Two unit vectors at right angles in the plane, shape (3, 2)."""
    across = np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))])
    across /= np.linalg.norm(across)
    return np.column_stack([across, np.cross(normal, across)])
