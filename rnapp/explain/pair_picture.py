"""Two prepared scans of one head next to each other, for judging their registration. PNG bytes out."""

import numpy as np
from matplotlib.figure import Figure

from rnapp.explain import canvas
from rnapp.explain.panels import HEAD_MARGIN_MM, point
from rnapp.explain.planes import NORMAL_AXIS, PLANES, View, box_mm, sample
from rnapp.types import Channel, FloatArray, MatchQuality, Prepared, Volume

SQUARE_MM = 25.0
FRACTIONS = {"axial": 0.55, "coronal": 0.5, "sagittal": 0.35}  # of the brain; the last is just off the middle
_TINT = np.array((0.62, 0.85, 1.0))


def pair_picture(prepared: Prepared, channel: Channel, label: str) -> bytes:
    """The picture by which a person accepts or rejects the registration of a further scan, as PNG.

    Rows: the reference scan, the further one, both in squares; columns: three planes. All show the outline of the
    reference scan's brain. label: what the further scan is called.
    """
    figure = canvas.dark_figure(11, 12.3)
    grid = figure.add_gridspec(3, 3, left=0.005, right=0.995, bottom=0.035, top=0.925, wspace=0.02, hspace=0.02)
    for column, view in enumerate(_views(prepared)):
        first, second = _grey(prepared.head, prepared, view), _grey(channel.head, prepared, view)
        for row, image in enumerate((first, second, _squares(first, second, view))):
            axes = figure.add_subplot(grid[row, column])
            canvas.show(axes, image, view)
            canvas.outline(axes, prepared.brain_mask, view, canvas.BRAIN)
            canvas.letters(axes, view)
            if column == 0:
                canvas.scale_bar(axes, view, 50, prepared.to_atlas.scale)
    _words(figure, channel.match, label)
    return canvas.png(figure)


def _views(prepared: Prepared) -> list[View]:
    low, high = box_mm(prepared.brain_mask)
    size = float((high - low).max() + 2 * HEAD_MARGIN_MM)
    views = []
    for plane in PLANES:
        centre = (low + high) / 2
        axis = NORMAL_AXIS[plane]
        centre[axis] = low[axis] + FRACTIONS[plane] * (high[axis] - low[axis])
        views.append(View(plane, point(centre), size, size))
    return views


def _grey(head: Volume, prepared: Prepared, view: View) -> FloatArray:
    """RGB 0 to 1, shape (rows, columns, 3)."""
    low, high = canvas.window(head, prepared.brain_mask)
    grey = np.clip((sample(head, view) - low) / (high - low), 0.0, 1.0)
    return np.asarray(grey[..., None] * np.ones(3))


def _squares(first: FloatArray, second: FloatArray, view: View) -> FloatArray:
    """Squares of the first and of the tinted second scan in turn: a failed registration breaks every edge."""
    across, up = view.grid(0.5)
    odd = (np.floor(across / SQUARE_MM)[None, :] + np.floor(up / SQUARE_MM)[:, None]) % 2 == 1
    return np.where(odd[..., None], first, second * _TINT)


def _words(figure: Figure, match: MatchQuality | None, label: str) -> None:
    if match is not None:
        verdict = "passes its thresholds" if match.good else "CHECK: below its thresholds"
        canvas.text(figure, (0.008, 0.972), f"{label}: registration {verdict}", 12.5,
                    color=canvas.PALE if match.good else canvas.BRAIN.colour, weight="bold")
        canvas.text(figure, (0.008, 0.945), f"Correlation {match.correlation:.2f} (mirrored {match.mirrored:.2f})  ·  "
                    f"Dice {match.dice:.3f}. {match.sentence}", 10)
    canvas.text(figure, (0.008, 0.012), "Top: reference scan. Middle: this one. Bottom: both in squares (this one "
                "blue); edges should continue.", 10)
    canvas.legend(figure, [canvas.BRAIN], (0.992, 0.006), 10)
