"""Pictures in two rows of three planes: the whole head above, the region of interest enlarged below."""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.ndimage import label

from rnapp.explain import canvas
from rnapp.explain.planes import NORMAL_AXIS, PLANES, PlaneName, View, box_mm, sample
from rnapp.types import FloatArray, Prepared, Volume

HEAD_MARGIN_MM = 22.0  # scalp and skull around the brain


def show_head(axes: Axes, prepared: Prepared, view: View) -> None:
    """The reference scan in grey, lettered."""
    low, high = canvas.window(prepared.head, prepared.brain_mask)
    canvas.show(axes, sample(prepared.head, view), view, cmap="gray", vmin=low, vmax=high)
    canvas.letters(axes, view)


def pairs(figure: Figure, prepared: Prepared, planes_at: FloatArray,
          zoom: tuple[FloatArray, float], right: float = 0.995) -> Iterator[tuple[Axes, Axes, View, View]]:
    """Per plane: axes and view of the whole head and of the zoom; planes_at: LPS mm; zoom: centre and size in mm."""
    low, high = box_mm(prepared.brain_mask)
    size = float((high - low).max() + 2 * HEAD_MARGIN_MM)
    grid = figure.add_gridspec(2, 3, left=0.005, right=right, bottom=0.008, top=0.93, wspace=0.02, hspace=0.02)
    for column, plane in enumerate(PLANES):
        head = View(plane, in_plane(plane, (low + high) / 2, planes_at), size, size)
        near = View(plane, in_plane(plane, zoom[0], planes_at), zoom[1], zoom[1])
        yield figure.add_subplot(grid[0, column]), figure.add_subplot(grid[1, column]), head, near


def in_plane(plane: PlaneName, centre: FloatArray, planes_at: FloatArray) -> tuple[float, float, float]:
    """The centre moved along the plane's normal into the plane through planes_at."""
    moved = np.array(centre, dtype=np.float64)
    moved[NORMAL_AXIS[plane]] = planes_at[NORMAL_AXIS[plane]]
    return point(moved)


def hot_middle_mm(field: Volume, share: float) -> FloatArray:
    """The middle of the part around the highest value that reaches this share of it, LPS mm, shape (3,); of the whole
    grid where no value is above 0. field: finite."""
    most = float(field.array.max())
    if not most > 0:
        return np.asarray(field.to_mm((np.array(field.shape)[None] - 1) / 2)[0])
    # Several targets may have this dose; their common middle would lie between them.
    parts, _ = label(field.array >= share * most)
    part = parts == parts[np.unravel_index(field.array.argmax(), field.shape)]
    return np.asarray(field.to_mm(np.argwhere(part).mean(axis=0)[None])[0])


def point(values: FloatArray) -> tuple[float, float, float]:
    """A position in the form that View takes."""
    x, y, z = (float(value) for value in values)
    return x, y, z
