"""Drawing on matplotlib figures without pyplot: no window, no global state, PNG bytes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from rnapp.explain.planes import View, sample
from rnapp.types import FloatArray, Volume

DARK = "#000000"
PALE = "#e8e8e8"
DPI = 110
_HALO = [withStroke(linewidth=2.5, foreground=DARK)]


@dataclass(frozen=True)
class Line:
    """How a contour is drawn and what the legend calls it. Colours: Okabe and Ito's, safe for the colour-blind."""

    label: str
    colour: str
    style: str = "solid"
    width: float = 1.6


BRAIN = Line("brain mask of this scan", "#E69F00")
ATLAS = Line("brain of the SRI24 atlas", "#56B4E9", "dashed")
LESION = Line("lesion", "#F0E442")


def dark_figure(width_in: float, height_in: float) -> Figure:
    """An empty dark figure, inches."""
    figure = Figure(figsize=(width_in, height_in), dpi=DPI, facecolor=DARK)
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """The figure as PNG, the same bytes for the same figure."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=figure.dpi, facecolor=figure.get_facecolor(), metadata={"Software": None})
    return buffer.getvalue()


def text(figure: Figure, position: tuple[float, float], sentence: str, size: float, **options: Any) -> None:
    """A sentence at a position of the figure (fractions of it), drawn without markup."""
    figure.text(*position, sentence, fontsize=size, parse_math=False, **{"color": PALE, **options})


def show(axes: Axes, image: FloatArray, view: View, **options: Any) -> None:
    """An image of a view, shape (rows, columns) or (rows, columns, RGB[A]), true to scale and lettered."""
    axes.imshow(image, extent=view.extent, origin="upper", interpolation="bilinear", **options)
    axes.set(xlim=view.extent[:2], ylim=view.extent[2:], xticks=[], yticks=[], facecolor=DARK)
    for spine in axes.spines.values():
        spine.set_visible(False)


def letters(axes: Axes, view: View, size: float = 14) -> None:
    """The patient's directions (R, L, A, P, S, I) at the four edges."""
    for letter, (x, y) in zip(view.letters, ((0.035, 0.5), (0.965, 0.5), (0.5, 0.045), (0.5, 0.955)), strict=True):
        axes.text(x, y, letter, transform=axes.transAxes, fontsize=size, color="white", weight="bold", ha="center",
                  va="center", path_effects=_HALO)


def outline(axes: Axes, mask: Volume, view: View, line: Line) -> None:
    """The edge of a mask in the view; nothing if the mask is not in it."""
    step = 0.5 if view.width_mm < 120 else 1.0
    inside = sample(mask, view, step)
    if inside.min() < 0.5 < inside.max():
        across, up = view.grid(step)
        drawn = axes.contour(across, up, inside, levels=[0.5], colors=[line.colour], linestyles=[line.style],
                             linewidths=[line.width])
        drawn.set_path_effects([withStroke(linewidth=line.width + 1.2, foreground=DARK, alpha=0.6)])


def box(axes: Axes, view: View, inner: View) -> None:
    """A frame around the part of the view that the inner view shows."""
    x, y = view.place(np.array(inner.centre_mm))
    corner = (x - inner.width_mm / 2, y - inner.height_mm / 2)
    axes.add_patch(Rectangle(corner, inner.width_mm, inner.height_mm, fill=False, edgecolor="white", linewidth=1.0,
                             linestyle=(0, (2, 2))))


def scale_bar(axes: Axes, view: View, length_mm: float, scale: float) -> None:
    """A bar of a known length, bottom left. length_mm: in the patient; scale: picture mm per mm in the patient."""
    drawn = length_mm * scale
    x, y = (edge + 0.06 * view.width_mm for edge in (view.extent[0], view.extent[2]))
    bar = Line2D([x, x + drawn], [y, y], color="white", linewidth=3, solid_capstyle="butt", path_effects=_HALO)
    axes.add_line(bar)
    axes.text(x + drawn / 2, y + 0.02 * view.height_mm, f"{length_mm:g} mm", color="white", fontsize=11,
              ha="center", va="bottom", path_effects=_HALO)


def legend(figure: Figure, lines: Sequence[Line], corner: tuple[float, float], size: float = 12) -> None:
    """The legend of the lines. corner: its bottom right corner, fractions of the figure."""
    handles = [Line2D([], [], color=line.colour, linestyle=line.style, linewidth=2.5, label=line.label)
               for line in lines]
    figure.legend(handles=handles, loc="lower right", bbox_to_anchor=corner, ncols=len(lines), frameon=False,
                  fontsize=size, labelcolor=PALE, handlelength=3.2, borderaxespad=0)


def window(volume: Volume, mask: Volume) -> tuple[float, float]:
    """Grey window: 1st to 99.8th percentile inside the mask, so that enhancement is not clipped."""
    inside = volume.array[mask.array > 0]
    low, high = np.percentile(inside if inside.size else volume.array, (1.0, 99.8))
    return float(low), float(max(high, low + 1e-6))


def soft_window(volume: Volume, mask: Volume) -> tuple[float, float]:
    """Grey window that keeps contrast in the brain on CT too, where some of the mask covers bone: the mask's 5th to
    90th percentile, widened."""
    inside = volume.array[mask.array > 0]
    low, high = np.percentile(inside if inside.size else volume.array, (5.0, 90.0))
    spread = float(max(high - low, 1e-6))
    return float(low) - 0.25 * spread, float(high) + 0.75 * spread
