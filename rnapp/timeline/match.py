"""Which lesion is which on another scan of the same patient, both on one grid.

First by overlap: the pairs that share most voxels altogether (Hungarian method; Kuhn 1955). Then, of lesions that
overlap nothing, those whose centres lie near each other. What is left of the overlaps are splits and merges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from rnapp.geometry import resample
from rnapp.types import Array, FloatArray, LesionSet, SimilarityTransform, Volume

# Of the smaller of two lesions: registration and drawing are a millimetre off, which lets neighbours touch.
LEAST_OVERLAP = 0.2
# Between centres of lesions that do not overlap: more than the brain shifts with swelling, less than the space between
# neighbours.
NEAR_MM = 8.0
LEAST_SEEN = 0.5  # share of a lesion that the other scan must cover for its absence to mean anything


@dataclass(frozen=True, eq=False)
class Footprint:
    """Where a lesion lies on a grid. voxels: flat indices, ascending, shape (N,); centre_mm: LPS, shape (3,)."""

    voxels: Array
    centre_mm: FloatArray

    @staticmethod
    def of(voxels: Array, grid: Volume) -> "Footprint":
        """Of flat indices into a grid, at least one."""
        where = np.stack(np.unravel_index(voxels, grid.shape), axis=1)
        return Footprint(voxels, grid.to_mm(where.mean(axis=0)[None])[0])


@dataclass(frozen=True)
class Pair:
    """One lesion on both scans (places in the given lists). how: what they were matched by; overlap: Dice, 0 to 1;
    apart_mm: between the centres, in the grid's millimetres."""

    then: int
    now: int
    how: Literal["overlap", "place"]
    overlap: float
    apart_mm: float


@dataclass(frozen=True)
class Matches:
    """Places in the given lists. split: (then, now), a further part now of a lesion then that has its pair; merged:
    (then, now), a lesion then that went into one now that has another pair; tangled: (then, now), an overlap of two
    that both have another pair; gone, new: without any counterpart."""

    pairs: tuple[Pair, ...]
    split: tuple[tuple[int, int], ...]
    merged: tuple[tuple[int, int], ...]
    tangled: tuple[tuple[int, int], ...]
    gone: tuple[int, ...]
    new: tuple[int, ...]


def match(then: Sequence[Footprint], now: Sequence[Footprint], near_mm: float = NEAR_MM) -> Matches:
    """The lesions of two scans on one grid. near_mm: in the grid's millimetres."""
    shared = _shared(then, now)
    linked = shared >= LEAST_OVERLAP * np.minimum.outer(_sizes(then), _sizes(now))
    apart = _apart(then, now)
    paired = _assign(np.where(linked, -shared, 0.0))
    alone = np.outer(~linked.any(axis=1), ~linked.any(axis=0))
    paired += _assign(np.where(alone & (apart <= near_mm), apart - 2 * near_mm, 0.0))
    old, new = {one for one, _ in paired}, {other for _, other in paired}
    rest = [(int(one), int(other)) for one, other in np.argwhere(linked) if (one, other) not in paired]
    total = np.add.outer(_sizes(then), _sizes(now))
    return Matches(
        pairs=tuple(Pair(one, other, "overlap" if linked[one, other] else "place",
                         float(2 * shared[one, other] / total[one, other]), float(apart[one, other]))
                    for one, other in sorted(paired)),
        split=tuple((one, other) for one, other in rest if other not in new),
        merged=tuple((one, other) for one, other in rest if one not in old),
        tangled=tuple((one, other) for one, other in rest if one in old and other in new),
        gone=_without(len(then), old | {one for one, _ in rest}),
        new=_without(len(now), new | {other for _, other in rest}))


def moved_labels(lesion_set: LesionSet, between: SimilarityTransform, grid: Volume) -> Volume:
    """An earlier study's lesions on the current SRI24 grid, int16 (0 background, n = lesion number): to be shown and
    matched there, not to be measured. between: Followed.between."""
    return resample(lesion_set.atlas, grid, between, "nearest")


def footprints(labels: Volume) -> dict[int, Footprint]:
    """Lesion number → where it lies. labels: LesionSet.atlas or moved_labels(), without lesions that left the grid."""
    voxels = np.flatnonzero(labels.array)
    numbers = labels.array.ravel()[voxels]
    return {int(number): Footprint.of(voxels[numbers == number], labels) for number in np.unique(numbers)}


def seen(footprint: Footprint, covered: Volume) -> bool:
    """Whether a scan covers enough of a place to show a lesion there. covered: bool, on the footprint's grid."""
    return bool(covered.array.ravel()[footprint.voxels].mean() >= LEAST_SEEN)


def _sizes(lesions: Sequence[Footprint]) -> Array:
    return np.array([len(one.voxels) for one in lesions], dtype=float)


def _shared(then: Sequence[Footprint], now: Sequence[Footprint]) -> FloatArray:
    """Voxels in common, shape (then, now)."""
    shared = [[len(np.intersect1d(one.voxels, other.voxels, assume_unique=True)) for other in now] for one in then]
    return np.array(shared, dtype=float).reshape(len(then), len(now))


def _apart(then: Sequence[Footprint], now: Sequence[Footprint]) -> FloatArray:
    """Between the centres, mm, shape (then, now)."""
    places = [np.array([one.centre_mm for one in lesions]).reshape(-1, 1, 3) for lesions in (then, now)]
    return np.asarray(np.linalg.norm(places[0] - places[1].transpose(1, 0, 2), axis=-1))


def _assign(cost: FloatArray) -> list[tuple[int, int]]:
    """Pairs that cost least together; those that cost nothing are none."""
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return [(int(one), int(other)) for one, other in pairs if cost[one, other] < 0]


def _without(count: int, taken: set[int]) -> tuple[int, ...]:
    return tuple(one for one in range(count) if one not in taken)
