"""Dose-volume histograms, our own: trilinear between the dose's voxels, structures filled more finely than those.

Contours are as thick as their distance: between two planes the one passes evenly into the other, and the first and last
reach half the distance beyond their plane. Of a mask every voxel is a box. docs/dose.md says how accurate that is
(tests/dose/test_dvh.py measures it).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Reach:
    """How far a plane reaches to one side along the normal, mm. shared: with its neighbour, so that it counts less and
    less on the way there and makes up half of what is between them."""

    mm: float
    shared: bool

    @property
    def thick_mm(self) -> float:
        """What its area is to be multiplied by for its volume on this side."""
        return self.mm / 2 if self.shared else self.mm

    def places(self, parts: FloatArray) -> FloatArray:
        """Where parts of this volume (0 to 1) are, mm from the plane."""
        return np.asarray(self.mm * (1 - np.sqrt(1 - parts) if self.shared else parts))


def reaches(depths: FloatArray, alone_mm: float) -> list[tuple[Reach, Reach]]:
    """How far each plane reaches down and up: to neighbours that are about as far away as usual, else by half the usual
    distance. depths: of the planes, ascending, mm; alone_mm: thickness of a single plane."""
    gaps = np.diff(depths)
    usual = float(np.sort(gaps)[(len(gaps) - 1) // 2]) if len(gaps) else alone_mm
    between = [Reach(float(gap), True) if gap <= UNEVEN * usual else Reach(usual / 2, False) for gap in gaps]
    end = Reach(usual / 2, False)
    return list(zip([end, *between], [*between, end], strict=True))


def _in_contours(asked: Sampler, contours: Contours, to_dose: SimilarityTransform,
                 alone_mm: float) -> Iterator[tuple[FloatArray, float]]:
    """Doses plane by plane, at several depths below and above each."""
    axes = _plane_axes(contours.normal)
    flat = [[contour @ axes for contour in plane] for plane in contours.planes]
    places = np.concatenate([contour for plane in flat for contour in plane])
    low, sides = places.min(axis=0), np.ptp(places, axis=0)
    reach = reaches(contours.depths, alone_mm)
    high = float(np.ptp(contours.depths)) + reach[0][0].mm + reach[-1][1].mm
    step = _step(float(min(*sides, high)), _volume(flat, reach))
    rows, columns = (int(n) + 2 for n in np.ceil(sides / step))
    for depth, plane, (below, above) in zip(contours.depths, flat, reach, strict=True):
        # Half a step off the edges, so that contours along the axes lose as much on one side as on the other.
        inside = np.argwhere(inside_polygons([(one - low) / step - 0.5 for one in plane], (rows, columns)))
        aside = _spread(len(inside))
        on_plane = ((inside + 0.5 + aside[:, :2]) * step + low) @ axes.T
        for side, way in ((below, -1), (above, 1)):
            looks = max(1, int(np.ceil(side.mm / step)))
            for look in range(looks):
                depths = depth + way * side.places((look + 0.5 + aside[:, 2:]) / looks)
                points = to_dose.apply(on_plane + depths * contours.normal)
                yield asked.at(points), step**2 * side.thick_mm / looks * to_dose.scale**3 / 1000


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


def _volume(flat: Sequence[Sequence[FloatArray]], reach: Sequence[tuple[Reach, Reach]]) -> float:
    """About how much the contours hold, mm³ (holes counted too)."""
    return sum((below.thick_mm + above.thick_mm) * sum(map(_area, plane))
               for plane, (below, above) in zip(flat, reach, strict=True))


def _area(polygon: FloatArray) -> float:
    (x, y), (u, v) = polygon.T, np.roll(polygon, -1, axis=0).T
    return abs(float((x * v - u * y).sum())) / 2


def _plane_axes(normal: FloatArray) -> FloatArray:
    """Two unit vectors at right angles in the plane, shape (3, 2)."""
    across = np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))])
    across /= np.linalg.norm(across)
    return np.column_stack([across, np.cross(normal, across)])
