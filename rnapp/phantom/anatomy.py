"""Varied heads from SRI24 on any grid: what the phantoms of several tasks share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, map_coordinates, uniform_filter

from rnapp.phantom.head import with_vessels
from rnapp.types import SRI24, Atlas, FloatArray, Volume

BEND_MM = 2.5  # standard deviation of the smooth deformation along each axis
BEND_KNOTS = 7
LEAST_SCALE, MOST_SCALE = 0.94, 1.06
TURN_DEGREES = 4.0
COARSE_MM = 2.0  # voxels from which on every other of the atlas' is enough


@dataclass(frozen=True, eq=False)
class HeadTemplate:
    """SRI24 after contrast, ready to be moved onto a grid.

    head: in units of white matter, blurred to the grid's voxels; depth: mm inside the brain, negative outside; both in
    the atlas' space; grid: what is drawn on; blur: by how much the brain's contrast (standard deviation) falls from
    1 mm to the grid's voxels.
    """

    head: Volume
    depth: Volume
    grid: Volume
    blur: float

    @property
    def spacing_mm(self) -> float:
        """Of the grid, which has cubic voxels."""
        return float(self.grid.spacing[0])


@dataclass(frozen=True, eq=False)
class Head:
    """One person on the template's grid, float32. points: LPS mm, shape (3, I, J, K); the others as of HeadTemplate."""

    points: FloatArray
    head: FloatArray
    depth: FloatArray

    def near(self, centre: Sequence[float] | FloatArray, reach: float) -> tuple[slice, slice, slice]:
        """The voxels within so many mm of a point along each axis, at least one; the grid runs along LPS."""
        axes = self.points[0, :, 0, 0], self.points[1, 0, :, 0], self.points[2, 0, 0, :]
        i, j, k = (_within(axis, middle, reach) for axis, middle in zip(axes, centre, strict=True))
        return i, j, k

    def part(self, box: tuple[slice, slice, slice]) -> "Head":
        """The same head in a part of the grid."""
        return Head(self.points[:, *box], self.head[box], self.depth[box])

    def offset(self, centre: Sequence[float] | FloatArray) -> FloatArray:
        """mm from a point, float32, shape (I, J, K, 3)."""
        return np.stack([part - np.float32(middle) for part, middle in zip(self.points, centre, strict=True)], axis=-1)


def head_template(atlas: Atlas, grid: Volume) -> HeadTemplate:
    """The template for drawing on a grid of cubic voxels, whose own voxels do not matter."""
    mask = atlas.brain_mask.array
    enhanced = with_vessels(atlas).array
    head = enhanced / float(np.percentile(atlas.head.array[mask], 85))
    depth = np.asarray(distance_transform_edt(mask) - distance_transform_edt(~mask), np.float32)
    blurred = uniform_filter(head, max(round(float(grid.spacing[0])), 1)).astype(np.float32)
    blur = float(blurred[mask].std() / head[mask].std())
    step = 1 if grid.spacing[0] < COARSE_MM else 2
    affine = atlas.head.affine.copy()
    affine[:3, :3] *= step
    parts = [Volume(np.ascontiguousarray(one[::step, ::step, ::step]), affine, SRI24) for one in (blurred, depth)]
    return HeadTemplate(parts[0], parts[1], grid, blur)


def draw_head(template: HeadTemplate, rng: np.random.Generator) -> Head:
    """SRI24 turned, scaled, bent and perhaps mirrored."""
    points = grid_points(template.grid)
    middle = template.head.to_mm((np.array([template.head.shape]) - 1) / 2)[0].astype(np.float32)
    matrix = small_turn(np.deg2rad(TURN_DEGREES), rng) * rng.uniform(LEAST_SCALE, MOST_SCALE)
    if rng.random() < 0.5:
        matrix = matrix @ np.diag([-1.0, 1.0, 1.0])
    moved = np.tensordot(matrix.astype(np.float32), points - middle[:, None, None, None], 1)
    for axis in range(3):
        moved[axis] += middle[axis] + BEND_MM * smooth_field(template.grid.shape, BEND_KNOTS, rng)
    origin, spacing = template.head.affine[:3, 3].astype(np.float32), np.float32(template.head.spacing[0])
    voxels = (moved - origin[:, None, None, None]) / spacing  # SRI24 runs along LPS
    head, depth = (map_coordinates(one.array, voxels, order=1, mode="constant", cval=outside)
                   for one, outside in ((template.head, 0.0), (template.depth, -50.0)))
    return Head(points, head, depth)


def _within(places: FloatArray, middle: float, reach: float) -> slice:
    inside = np.flatnonzero(np.abs(places - middle) <= reach)
    nearest = int(np.abs(places - middle).argmin())
    return slice(int(inside[0]), int(inside[-1]) + 1) if len(inside) else slice(nearest, nearest + 1)


def grid_points(grid: Volume) -> FloatArray:
    """LPS mm of a grid's voxels, float32, shape (3, I, J, K)."""
    indices = np.indices(grid.shape, dtype=np.float32)
    points = np.tensordot(grid.affine[:3, :3].astype(np.float32), indices, 1)
    return np.asarray(points + grid.affine[:3, 3, None, None, None].astype(np.float32))


def small_turn(radians: float, rng: np.random.Generator) -> FloatArray:
    """A rotation around a random axis by a normally distributed angle (Rodrigues). radians: its standard deviation."""
    axis = rng.normal(size=3)
    angle = radians * rng.normal()
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def smooth_field(shape: tuple[int, int, int], knots: int, rng: np.random.Generator) -> FloatArray:
    """A smooth random field, variance about 1, float32."""
    field = rng.standard_normal((knots,) * 3)
    for axis, side in enumerate(shape):
        field = np.moveaxis(np.tensordot(_hats(side, knots), field, (1, axis)), 0, axis)
    return np.asarray(field / max(float(field.std()), 1e-6), np.float32)


def _hats(side: int, knots: int) -> FloatArray:
    """Linear interpolation between knots over so many voxels, shape (side, knots)."""
    places = np.linspace(0, knots - 1, side)
    return np.asarray(np.maximum(1 - np.abs(places[:, None] - np.arange(knots)), 0))
