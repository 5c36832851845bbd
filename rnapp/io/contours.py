"""Turns closed planar contours in patient space into voxels of a scan.

Each plane of contours (even-odd: a contour inside another one is a hole) stands for a slab as thick as the planes are
apart. In the scan's own slices a voxel belongs to a structure if its centre lies inside, exactly. Between them the
slabs are filled from images of their planes that are finer than the scan. Of the voxels only partly inside a slab, as
many are taken as preserve the volume of the slabs, those with the fullest neighbourhood first.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rnapp.errors import MaskError
from rnapp.geometry import cut_out, empty_grid, tight_box
from rnapp.polygons import inside_polygons
from rnapp.types import Array, FloatArray, Volume

# How far a contour's points may leave its plane; planning systems round to between 0.001 and 0.1 mm.
FLATNESS_MM = 0.5
# Planes closer than this are one plane; no slices are so thin.
SAME_PLANE_MM = 0.25
# A contour this much of a slice away from the scan's slice still belongs to that slice.
SLICE_TOLERANCE = 0.2
PARALLEL = 0.99  # cosine between the contours' normal and the scan's
# Contours further apart than the thickest slices in use are separate lesions, not one drawn on every n-th slice.
LARGEST_GAP_MM = 7.0
_MOST_SKIPPED, _NEARLY = 2, 0.25
UNEVEN = 1.5  # planes up to this many times the usual distance apart are still neighbours
PLANES_THAT_TELL = 3  # two planes may be two lesions; more of them show the spacing of the contours
# Pixel size of the images of planes between the scan's slices: half the scan's voxels, within these limits.
FINEST_PIXEL_MM, COARSEST_PIXEL_MM = 0.4, 1.0
# Samples across the slices that give a voxel's share of a slab; a structure few slices high needs more.
LEAST_LOOKS, MOST_LOOKS, LOOKS_IN_ALL = 2, 16, 64
NEIGHBOURHOOD_MM = 2.0  # standard deviation of the weights by which the shares around a voxel count
_EVEN_STEPS = (0.7549, 0.5698)  # multiples of these fill a square evenly (Roberts 2018, the R2 sequence)


@dataclass(frozen=True, eq=False)
class Stack:
    """The contours of a structure, plane by plane.

    normal: unit vector, LPS. depths: of the planes along it, ascending, mm. planes: the contours of each plane, shape
    (N, 3), LPS mm.
    """

    normal: FloatArray
    depths: FloatArray
    planes: tuple[tuple[FloatArray, ...], ...]

    @property
    def gap_mm(self) -> float:
        """The usual distance between neighbouring planes; infinite for a single plane."""
        return _usual_distance(self.depths)

    @property
    def points(self) -> FloatArray:
        """All points of all contours, shape (N, 3), LPS mm."""
        return np.concatenate([contour for plane in self.planes for contour in plane])


@dataclass(frozen=True, eq=False)
class Filled:
    """mask: bool, on the smallest box of the scan's grid, None if no voxel's centre is inside.

    slices: how many of the scan's slices each contour stands for, 0 where the contours do not lie in its slices.
    thickness: of each contour, mm.
    """

    mask: Volume | None
    slices: int
    thickness: float


def stack_contours(contours: Iterable[FloatArray]) -> Stack | None:
    """The contours, shape (N, 3), LPS mm, sorted into parallel planes; None where they enclose nothing.

    Raises MaskError where they are not flat or point in different directions.
    """
    unique = list({contour.tobytes(): contour for contour in contours}.values())
    areas = [_area_vector(contour) for contour in unique]
    largest = max(areas, key=lambda area: float(np.linalg.norm(area)), default=np.zeros(3))
    if not np.linalg.norm(largest) > 0:
        return None
    normal = sum((area if area @ largest >= 0 else -area for area in areas), np.zeros(3))
    normal /= np.linalg.norm(normal)
    if max(float(np.ptp(contour @ normal)) for contour in unique) > 2 * FLATNESS_MM:
        raise MaskError("Its contours are not planar, or their planes have different orientations.")
    placed = sorted(((float((contour @ normal).mean()), contour) for contour in unique), key=lambda pair: pair[0])
    depths, planes = [placed[0][0]], [[placed[0][1]]]
    for depth, contour in placed[1:]:
        if depth - depths[-1] > SAME_PLANE_MM:
            depths.append(depth)
            planes.append([])
        planes[-1].append(contour)
    return Stack(normal, np.array(depths), tuple(map(tuple, planes)))


def skipped_planes(stack: Stack) -> int:
    """How many planes have no contour although those on both sides of them have, one or two in a row: more of them lie
    between two lesions. 0 if too few planes show the spacing."""
    if len(stack.depths) < PLANES_THAT_TELL:
        return 0
    missing = np.floor(np.diff(stack.depths) / stack.gap_mm + _NEARLY).astype(int) - 1
    return int(missing[(missing >= 1) & (missing <= _MOST_SKIPPED)].sum())


def fill(stack: Stack, scan: Volume, usual_gap_mm: float) -> Filled:
    """The voxels of the scan inside the contours. usual_gap_mm: between the planes of the file's other structures.

    One or two contours are one slice thick each, unless the other structures show that only every n-th was drawn.
    """
    across = np.abs(stack.normal @ (scan.affine[:3, :3] / scan.spacing))
    axis = int(np.argmax(across))
    step = float(scan.spacing[axis])
    numbers = _slice_numbers(stack, scan, axis) if across[axis] > PARALLEL else None
    if numbers is not None:
        drawn = np.unique(numbers)
        gap = _usual_distance(drawn) * step if len(drawn) >= PLANES_THAT_TELL else usual_gap_mm
        slices = max(1, round(gap / step)) if gap <= LARGEST_GAP_MM else 1
        return Filled(_on_slices(stack, scan, axis, numbers, slices), slices, slices * step)
    gap = stack.gap_mm if len(stack.depths) >= PLANES_THAT_TELL else min(stack.gap_mm, usual_gap_mm)
    thickness = gap if gap <= LARGEST_GAP_MM else step
    return Filled(_between_slices(stack, scan, thickness), 0, thickness)


def _area_vector(contour: FloatArray) -> FloatArray:
    """Normal of a closed contour, as long as its area, mm²."""
    centred = contour - contour.mean(axis=0)
    return np.asarray(np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0) / 2)


def _usual_distance(depths: FloatArray) -> float:
    """The (lower) median distance between neighbours; infinite for a single depth. depths: ascending."""
    gaps = np.sort(np.diff(depths))
    return float(gaps[(len(gaps) - 1) // 2]) if len(gaps) else float("inf")


def _slice_numbers(stack: Stack, scan: Volume, axis: int) -> FloatArray | None:
    """Which slice of the scan across this axis each contour lies in, plane by plane; None if any lies in none."""
    across = [scan.to_voxels(contour)[:, axis] for plane in stack.planes for contour in plane]
    numbers = np.array([np.rint(contour.mean()) for contour in across])
    apart = [np.abs(contour - number).max() for contour, number in zip(across, numbers, strict=True)]
    return numbers if max(apart) <= SLICE_TOLERANCE else None


def _nearest_planes(depths: FloatArray, planes: FloatArray, below: float, above: float) -> Array:
    """For each depth the number of the nearest plane, -1 where it is more than below under it or above over it."""
    right = np.clip(np.searchsorted(planes, depths), 1, max(len(planes) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(planes) - 1)
    nearest = np.where(planes[right] - depths < depths - planes[left], right, left)
    off = depths - planes[nearest]
    return np.where((off >= -below) & (off <= above), nearest, -1)


def _on_slices(stack: Stack, scan: Volume, axis: int, numbers: FloatArray, slices: int) -> Volume | None:
    """numbers: each contour's slice; slices: how many of them it stands for."""
    contours = [scan.to_voxels(contour) for plane in stack.planes for contour in plane]
    points = np.concatenate(contours)
    low, high = np.floor(points.min(axis=0)).astype(int), np.ceil(points.max(axis=0)).astype(int)
    low[axis], high[axis] = numbers.min() - slices, numbers.max() + slices
    box = cut_out(empty_grid(scan.shape, scan.affine), low, high)
    if box is None:
        return None
    array = np.zeros(box.shape, dtype=bool)
    view = np.moveaxis(array, axis, 0)
    start = np.maximum(low, 0)
    corner = np.delete(start, axis)
    drawn = np.unique(numbers)
    owners = _nearest_planes(start[axis] + np.arange(len(view), dtype=float), drawn, (slices - 1) // 2, slices // 2)
    for plane in np.unique(owners[owners >= 0]):
        polygons = [np.delete(contour, axis, axis=1) - corner
                    for contour, number in zip(contours, numbers, strict=True) if number == drawn[plane]]
        view[owners == plane] = inside_polygons(polygons, (view.shape[1], view.shape[2]))
    return tight_box(box.with_array(array))


def _between_slices(stack: Stack, scan: Volume, gap: float) -> Volume | None:
    """gap: how thick each plane is, mm."""
    points = stack.points
    corners = scan.to_voxels(np.concatenate([points - stack.normal * gap / 2, points + stack.normal * gap / 2]))
    box = cut_out(empty_grid(scan.shape, scan.affine), np.floor(corners.min(axis=0)).astype(int),
                  np.ceil(corners.max(axis=0)).astype(int))
    if box is None:
        return None
    shares = _shares(stack, box, gap)
    return tight_box(box.with_array(_of_same_volume(shares, box.spacing)))


def _shares(stack: Stack, box: Volume, gap: float) -> FloatArray:
    """The share of each voxel inside the slabs, 0 to 1, sampled at several depths."""
    points = stack.points
    pixel = float(np.clip(box.spacing.min() / 2, FINEST_PIXEL_MM, COARSEST_PIXEL_MM))
    axes = _plane_axes(stack.normal)
    # Not beyond the scan, however far a damaged contour reaches.
    low = np.maximum((points @ axes).min(axis=0), (box.corners_mm @ axes).min(axis=0)) - pixel
    high = np.minimum((points @ axes).max(axis=0), (box.corners_mm @ axes).max(axis=0)) + pixel
    rows, columns = (int(length) for length in np.maximum(np.ceil((high - low) / pixel), 0) + 1)
    pictures = np.stack([inside_polygons([(contour @ axes - low) / pixel for contour in plane], (rows, columns))
                         for plane in stack.planes])
    axis = int(np.argmax(np.abs(stack.normal @ (box.affine[:3, :3] / box.spacing))))
    looks = int(np.clip(-(-LOOKS_IN_ALL // box.shape[axis]), LEAST_LOOKS, MOST_LOOKS))
    shares = np.zeros(box.shape, dtype=np.float32)
    # Depth and picture position of a voxel's centre change by the same amounts from each slice to the next.
    i, j = np.indices(box.shape[:2]).reshape(2, -1)
    first = box.to_mm(np.column_stack([i, j, np.zeros_like(i)]).astype(float))
    depths, pixels = first @ stack.normal, (first @ axes - low) / pixel
    for k in range(box.shape[2]):
        for look in _looks(looks, axis):
            moved = k * box.affine[:3, 2] + box.affine[:3, :3] @ look
            owners = _slabs_at(depths + moved @ stack.normal, stack.depths, gap)
            row, column = np.rint(pixels + moved @ axes / pixel).astype(int).T
            seen = (owners >= 0) & (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
            shares[i[seen], j[seen], k] += pictures[owners[seen], row[seen], column[seen]]
    return shares / looks


def _slabs_at(depths: FloatArray, planes: FloatArray, gap: float) -> Array:
    """For each depth the number of the plane whose slab it is in, -1 where there is none. Neighbours that are hardly
    further apart than the gap touch; a depth between them belongs to the upper one."""
    half = gap / 2
    touching = np.diff(planes) <= UNEVEN * gap
    middles = (planes[1:] + planes[:-1]) / 2
    low = np.append(planes[0] - half, np.where(touching, middles, planes[1:] - half))
    high = np.append(np.where(touching, middles, planes[:-1] + half), planes[-1] + half)
    number = np.searchsorted(low, depths, side="right") - 1
    return np.where((number >= 0) & (depths < high[number]), number, -1)


def _looks(count: int, axis: int) -> FloatArray:
    """Positions in a voxel, shape (count, 3), -0.5 to 0.5, evenly spread, each at a different depth along the axis."""
    number = np.arange(count)[:, None]
    offsets = (number * [1 / count, *_EVEN_STEPS]) % 1.0
    return np.roll(offsets - offsets.mean(axis=0), axis, axis=1)


def _of_same_volume(shares: FloatArray, spacing: FloatArray) -> Array:
    """All whole voxels and as many of the partial ones as make up the sum of the shares, bool: those in the fullest
    neighbourhood, so that the outline between two planes lies between theirs."""
    inside = shares >= 1
    partial = np.flatnonzero((shares > 0) & ~inside)
    wanted = round(float(shares[~inside].sum(dtype=np.float64)))
    nearby = ndimage.gaussian_filter(shares, NEIGHBOURHOOD_MM / spacing, mode="constant").ravel()[partial]
    best = np.argsort(-nearby, kind="stable")[:wanted]
    inside.ravel()[partial[best]] = True
    return inside


def _plane_axes(normal: FloatArray) -> FloatArray:
    """Two unit vectors at right angles in the plane, shape (3, 2)."""
    across = np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))])
    across /= np.linalg.norm(across)
    return np.column_stack([across, np.cross(normal, across)])


def usual_gap(stacks: Iterable[Stack]) -> float:
    """The contour spacing in a file, mm: that of its most finely drawn structure; infinite if unknown."""
    return min((stack.gap_mm for stack in stacks if len(stack.depths) >= PLANES_THAT_TELL), default=float("inf"))
