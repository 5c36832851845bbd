"""Dose-volume curves of the lesions: white for print, and interactive."""

from collections.abc import Mapping
from html import escape
from io import BytesIO

import plotly.graph_objects as go
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rnapp.dose.isodose import gy_words
from rnapp.explain.contributions import FONT
from rnapp.types import Curve, DoseFigures

# Okabe and Ito, legible on white and on a dark page; the dash pattern tells them apart in black and white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#767676", "#E69F00")
_DASHES = (("solid", "solid"), ("dashed", "dash"), ("dashdot", "dashdot"), ("dotted", "dot"))
MARKED = (0.95, 0.5)  # of the prescription
AXES = "dose, Gy", "volume that received at least this much, %"


def dvh_png(figures: DoseFigures, names: Mapping[int, str]) -> bytes | None:
    """The curves as PNG for print; None where there is none. names: lesion number → what it is called."""
    curves = _curves(figures, names)
    if not curves:
        return None
    figure = Figure(figsize=(6.6, 3.5), dpi=150, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for n, (name, curve) in enumerate(curves):
        axes.plot(curve.doses_gy, [100 * one for one in curve.shares], color=_COLOURS[n % len(_COLOURS)], label=name,
                  linestyle=_DASHES[n % len(_DASHES)][0], linewidth=1.8)
    for gy, label in _marks(figures):
        axes.axvline(gy, color="#777777", linewidth=0.8, linestyle=(0, (1, 2)))
        axes.annotate(label, (gy, 101.5), fontsize=7.5, rotation=35, ha="left", va="bottom", annotation_clip=False)
    axes.set(xlim=(0, _most(figures, curves)), ylim=(0, 101), xlabel=AXES[0], ylabel=AXES[1])
    axes.grid(color="#dddddd", linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    legend = axes.legend(loc="lower left", fontsize=8.5, frameon=True, framealpha=0.85)
    for one in legend.get_texts():
        one.set_parse_math(False)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.05, metadata={"Software": None})
    return buffer.getvalue()


def dvh_figure(figures: DoseFigures, names: Mapping[int, str]) -> go.Figure | None:
    """The curves as an interactive plotly figure; None where there is none. names: as in dvh_png."""
    curves = _curves(figures, names)
    if not curves:
        return None
    figure = go.Figure(layout={
        "template": "plotly_white", "font": {"family": FONT}, "height": 420,
        "margin": {"l": 60, "r": 20, "t": 60, "b": 50},
        "showlegend": True, "legend": {"orientation": "h", "y": 1.0, "yref": "container", "yanchor": "top", "x": 0},
        "xaxis": {"title": {"text": AXES[0]}, "range": [0, _most(figures, curves)]},
        "yaxis": {"title": {"text": AXES[1]}, "range": [0, 101]}})
    for n, (name, curve) in enumerate(curves):
        figure.add_scatter(
            x=[round(one, 2) for one in curve.doses_gy], y=[round(100 * one, 2) for one in curve.shares], mode="lines",
            name=escape(name), line={"color": _COLOURS[n % len(_COLOURS)], "dash": _DASHES[n % len(_DASHES)][1]},
            hovertemplate="%{y:.1f} % received %{x:.1f} Gy or more<extra>" + escape(name) + "</extra>")
    for gy, label in _marks(figures):
        figure.add_vline(x=gy, line={"color": "#777777", "width": 1, "dash": "dot"}, annotation_text=label,
                         annotation_position="top left")  # to the right of 95 % it would be cut off
    return figure


def _curves(figures: DoseFigures, names: Mapping[int, str]) -> list[tuple[str, Curve]]:
    return [(names.get(one.lesion, f"Lesion {one.lesion}"), one.curve) for one in figures.lesions
            if one.curve is not None]


def _marks(figures: DoseFigures) -> list[tuple[float, str]]:
    prescribed = figures.prescribed_gy
    return [(part * prescribed, f"{part:.0%} ({gy_words(part * prescribed)})".replace("%", " %", 1))
            for part in MARKED] if prescribed else []


def _most(figures: DoseFigures, curves: list[tuple[str, Curve]]) -> float:
    return 1.06 * max([figures.prescribed_gy or 0.0, *(curve.doses_gy[-1] for _, curve in curves)])
