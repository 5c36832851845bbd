"""Isodose lines on a slice, in the colours of rnapp/dose/isodose.py; none where the dose is unknown."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from rnapp.dose.isodose import Isodose, gy_words, levels
from rnapp.explain import canvas
from rnapp.explain.planes import View, sample
from rnapp.types import PlacedDose, Volume

GRID_EDGE = canvas.Line("dose known to here", "#B0B0B0", "dotted", 1.2)
WIDTH, WIDE = 1.5, 2.4  # points; wide: the line that shares and distances are about
TOLD_PERCENT = 95
_KNOWN_ENOUGH = 0.99


def of(placed: PlacedDose) -> tuple[Isodose, ...]:
    """The isodoses to draw for a dose, highest first; none if all of it is unknown."""
    known = placed.dose.volume.array[np.isfinite(placed.dose.volume.array)]
    return levels(placed.dose.prescribed_gy, float(known.max())) if known.size else ()


def draw(axes: Axes, dose: Volume, view: View, isodoses: Sequence[Isodose], labelled: bool = False) -> None:
    """The lines that this plane meets, and where the known dose ends. dose: Gy, NaN where unknown; labelled: with Gy
    written on them."""
    step = 0.5 if view.width_mm < 150 else 1.0
    known = dose.with_array(np.isfinite(dose.array))
    here = sample(known, view, step) > _KNOWN_ENOUGH
    shown = np.ma.masked_array(sample(dose.with_array(np.nan_to_num(dose.array, nan=0.0)), view, step), ~here)
    canvas.outline(axes, known, view, GRID_EDGE)
    if not here.any():
        return
    across, up = view.grid(step)
    for one in isodoses:
        if shown.min() < one.gy < shown.max():
            width = WIDE if one.percent == TOLD_PERCENT else WIDTH
            drawn = axes.contour(across, up, shown, levels=[one.gy], colors=[one.colour], linewidths=[width])
            drawn.set_path_effects([withStroke(linewidth=width + 1.0, foreground=canvas.DARK, alpha=0.6)])
            if labelled:
                for text in axes.clabel(drawn, fmt=gy_words, fontsize=8.5, colors=[one.colour]):
                    text.set_path_effects([withStroke(linewidth=2.5, foreground=canvas.DARK)])


def legend(figure: Figure, isodoses: Sequence[Isodose], further: Sequence[canvas.Line],
           corner: tuple[float, float], size: float = 11) -> None:
    """The legend of the lines, one below the other. corner: left top, fractions of the figure; further: other lines."""
    handles = [Line2D([], [], color=one.colour, linewidth=3.2 if one.percent == TOLD_PERCENT else 2.2, label=one.label)
               for one in isodoses]
    handles += [Line2D([], [], color=one.colour, linestyle=one.style, linewidth=2, label=one.label) for one in further]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=corner, frameon=False, fontsize=size,
                  labelcolor=canvas.PALE, handlelength=2.0, borderaxespad=0, labelspacing=0.7)
