"""Which pixels closed polygons hold."""

from collections.abc import Iterable

import numpy as np

from rnapp.types import Array, FloatArray


def inside_polygons(polygons: Iterable[FloatArray], shape: tuple[int, int]) -> Array:
    """Which pixels have their centre inside an odd number of polygons, bool, of this shape (rows, columns).

    polygons: vertices, shape (N, 2), in pixels (row, column), pixel centres at whole numbers. Where centres lie on
    edges, the first row and column are inside and the last outside, so that neighbours neither overlap nor leave a gap.
    """
    rows, columns = shape
    crossings = [_crossings(polygon, rows) for polygon in polygons]
    row, column = np.concatenate([np.zeros((2, 0)), *crossings], axis=1)
    places = row * (columns + 1) + np.clip(column, 0, columns)
    count = np.bincount(places.astype(np.int64), minlength=rows * (columns + 1)).reshape(rows, columns + 1)
    return np.asarray(np.bitwise_xor.accumulate((count & 1).astype(np.uint8), axis=1)[:, :columns].astype(bool))


def _crossings(polygon: FloatArray, rows: int) -> FloatArray:
    """Where the edges cross the rows: row, and first column past the crossing; shape (2, M)."""
    start, end = polygon, np.roll(polygon, -1, axis=0)
    low = np.clip(np.ceil(np.minimum(start[:, 0], end[:, 0])), 0, rows).astype(int)
    high = np.clip(np.ceil(np.maximum(start[:, 0], end[:, 0])), 0, rows).astype(int)
    count = high - low
    edge = np.repeat(np.arange(len(polygon)), count)
    row = low[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    slope = (end[edge, 1] - start[edge, 1]) / (end[edge, 0] - start[edge, 0])
    return np.stack([row, np.ceil(start[edge, 1] + (row - start[edge, 0]) * slope)])
