"""Occlusion sensitivity (Zeiler & Fergus 2014), coarse to fine: what hiding a small cube of the input takes from the
answer. Own code, because the libraries fill scans and dose with the same value (docs/rice.md).

A hidden scan is filled with the mean of the brain, a hidden dose with the mean of the dose around the cube.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rnapp.types import Array, CancelToken, FloatArray, ProgressCallback

LEVELS_MM = (32.0, 16.0, 8.0)  # sides of the cubes
BEST_SHARE = 0.1  # of the cubes of a level, those with the largest effect are looked at more closely
LEAST_BRAIN = 0.25  # of a cube's voxels, for it to be tried
_NOTHING = 1e-9  # of a probability
Cube = tuple[int, int, int]  # its first voxel


class Ask(Protocol):
    """The probability of the favoured outcome with part of the input replaced."""

    def __call__(self, start: Cube, values: FloatArray) -> float:
        """values: float32, shape (channels, side, side, side), in the place of the input from start on."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What the network sees. volumes: float32, shape (channels, I, J, K); around: for each channel whether a hidden
    cube is filled with the mean around it (a dose) and not with 0 (the brain's mean of a z-scored scan); brain: bool,
    shape (I, J, K); spacing_mm: of the voxels."""

    volumes: FloatArray
    around: tuple[bool, ...]
    brain: Array
    spacing_mm: float

    def sides(self) -> tuple[int, ...]:
        """Of the cubes of each level, voxels; a level finer than a voxel is left out."""
        return tuple(dict.fromkeys(max(1, round(side / self.spacing_mm)) for side in LEVELS_MM))


@dataclass(frozen=True, eq=False)
class Occlusion:
    """effect: float32, shape (I, J, K): how much hiding a cube of the finest level there takes from the probability of
    the favoured outcome; where only larger cubes were tried, their effect by volume; 0 where none was. most: the
    largest effect of a cube of the first level."""

    effect: FloatArray
    most: float


def occlusion(scene: Scene, hidden: Sequence[int], asks: Sequence[Sequence[Ask]], unhidden: Sequence[float],
              progress: ProgressCallback, cancel: CancelToken) -> Occlusion:
    """hidden: channels that are hidden together. asks: for each level the networks whose mean is taken, the last of
    them for all finer levels; unhidden: for each level the probability of just these with nothing hidden.

    Raises Cancelled.
    """
    table = _Sums(scene)
    density = np.zeros(scene.brain.shape)
    cubes = _coarse(scene, table)
    most, sides = 0.0, scene.sides()
    for level, side in enumerate(sides):
        networks, before = asks[min(level, len(asks) - 1)], unhidden[min(level, len(unhidden) - 1)]
        drops = []
        for number, start in enumerate(cubes):
            cancel.check()
            progress(f"Hiding cubes of {side * scene.spacing_mm:.0f} mm", (level + number / len(cubes)) / len(sides))
            values = _filled(scene, table, hidden, start, side)
            drops.append(before - float(np.mean([ask(start, values) for ask in networks])))
        most = max(drops, default=0.0) if level == 0 else most
        _write(density, cubes, drops, side)
        if level + 1 < len(sides):
            cubes = _finer(_best(cubes, drops), side, sides[level + 1])
    return Occlusion((density * sides[-1] ** 3).astype(np.float32), most)


class _Sums:
    """Sums over boxes of each channel and of the brain at once (summed-area tables)."""

    def __init__(self, scene: Scene) -> None:
        self._tables = {channel: _summed(scene.volumes[channel]) for channel, around in enumerate(scene.around)
                        if around}
        self._brain = _summed(scene.brain)

    def brain_share(self, start: Cube, side: int) -> float:
        """Of a cube's voxels, 0 to 1."""
        total, count = _box_sum(self._brain, np.array(start), np.array(start) + side)
        return total / max(count, 1)

    def around(self, channel: int, start: Cube, side: int) -> float:
        """Mean of what surrounds a cube, half its side deep, and is not in it."""
        low, reach = np.array(start), max(1, side // 2)
        outer, many = _box_sum(self._tables[channel], low - reach, low + side + reach)
        inner, few = _box_sum(self._tables[channel], low, low + side)
        return (outer - inner) / max(many - few, 1)


def _summed(array: FloatArray) -> FloatArray:
    table = np.zeros(np.array(array.shape) + 1)
    table[1:, 1:, 1:] = array.astype(np.float64).cumsum(0).cumsum(1).cumsum(2)
    return table


def _box_sum(table: FloatArray, low: FloatArray, high: FloatArray) -> tuple[float, int]:
    """The sum over the voxels from low to before high that are in the array, and how many these are."""
    low, high = np.maximum(low, 0), np.minimum(high, np.array(table.shape) - 1)
    (a, b, c), (d, e, f) = low, high
    total = (table[d, e, f] - table[a, e, f] - table[d, b, f] - table[d, e, c]
             + table[a, b, f] + table[a, e, c] + table[d, b, c] - table[a, b, c])
    return float(total), int(np.prod(high - low))


def _coarse(scene: Scene, table: _Sums) -> list[Cube]:
    """Cubes of the first level in the brain, each half over the next, from one side of the brain to the other."""
    side = scene.sides()[0]
    places = np.argwhere(scene.brain)
    if not len(places):
        return []
    axes = [_starts(int(low), int(high) + 1, side, size) for low, high, size in
            zip(places.min(axis=0), places.max(axis=0), scene.brain.shape, strict=True)]
    every = ((i, j, k) for i in axes[0] for j in axes[1] for k in axes[2])
    return [start for start in every if table.brain_share(start, side) >= LEAST_BRAIN]


def _starts(low: int, high: int, side: int, size: int) -> list[int]:
    """First voxels of cubes that cover low to high in steps of half a side, as evenly around them as the array lets."""
    step = max(1, side // 2)
    count = max(1, -(-(high - low - side) // step) + 1)
    first = low - ((count - 1) * step + side - (high - low)) // 2
    return list(dict.fromkeys(min(max(first + step * number, 0), size - side) for number in range(count)))


def _best(cubes: Sequence[Cube], drops: Sequence[float]) -> list[Cube]:
    """Those with the largest effect in either direction; none where nothing has any."""
    order = sorted(range(len(cubes)), key=lambda one: -abs(drops[one]))
    return [cubes[one] for one in order[:max(1, round(BEST_SHARE * len(cubes)))] if abs(drops[one]) > _NOTHING]


def _finer(chosen: Iterable[Cube], side: int, finer: int) -> list[Cube]:
    """Smaller cubes, each half over the next, that fill the chosen ones; each once."""
    step = max(1, finer // 2)
    offsets = [*range(0, side - finer, step), side - finer]

    def within() -> Iterator[Cube]:
        for i, j, k in chosen:
            yield from ((i + a, j + b, k + c) for a in offsets for b in offsets for c in offsets)

    return list(dict.fromkeys(within()))


def _filled(scene: Scene, table: _Sums, hidden: Sequence[int], start: Cube, side: int) -> FloatArray:
    """The cube of the input with these channels hidden."""
    box = tuple(slice(first, first + side) for first in start)
    values = scene.volumes[(slice(None), *box)].copy()
    for channel in hidden:
        values[channel] = table.around(channel, start, side) if scene.around[channel] else 0.0
    return values


def _write(density: FloatArray, cubes: Sequence[Cube], drops: Sequence[float], side: int) -> None:
    """Effect per voxel, the mean over the cubes that hold it, in the place of what the coarser level said."""
    total, count = np.zeros(density.shape), np.zeros(density.shape, np.int32)
    for start, drop in zip(cubes, drops, strict=True):
        box = tuple(slice(first, first + side) for first in start)
        total[box] += drop / side**3
        count[box] += 1
    density[count > 0] = total[count > 0] / count[count > 0]
