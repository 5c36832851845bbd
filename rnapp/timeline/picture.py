"""Volume and longest diameter of lesions over time, with the treatments: interactive, and as a PNG for print."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO

import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from rnapp.explain.contributions import FIRST, FONT, NEUTRAL, SECOND
from rnapp.timeline.dates import in_words, months_between
from rnapp.types import Course, Measurement, Treatment, When

# Okabe and Ito: safe for the colour-blind (without their yellow, too pale on white), each with a mark of its own. Last
# the two that stand for the outcomes elsewhere.
COLOURS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", FIRST, SECOND)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "x")
MARKERS = ("o", "s", "D", "^", "v", "X")
# The lines of the seventh lesion and on, whose colour and mark come again.
DASHES = ("solid", "dash", "dot")
STYLES = ("solid", "dashed", "dotted")
NAMES_PER_ROW = 4  # of the legend
MONTHS_CAPTION = "months after radiosurgery"
_LONGEST_WORDS = 40


@dataclass(frozen=True)
class _Panel:
    """One of the two plots, from the top. share: of the height, bottom and top."""

    caption: str
    value: Callable[[Measurement], float]
    share: tuple[float, float]


PANELS = (_Panel("volume, ml", lambda one: one.volume_ml, (0.53, 1.0)),
          _Panel("longest diameter, mm", lambda one: one.longest_diameter_mm, (0.0, 0.47)))


def course_figure(courses: Sequence[Course], treatments: Sequence[Treatment] = ()) -> go.Figure:
    """The plot as a plotly figure: volume above, longest diameter below, treatments as dashed lines through both.

    Raises ClinicalError where days and months after radiosurgery are mixed.
    """
    _check(courses, treatments)
    figure = go.Figure(layout=_layout(courses, treatments))
    for row, panel in enumerate(PANELS, start=1):
        for number, course in enumerate(courses):
            style, again = number % len(COLOURS), number // len(COLOURS) % len(DASHES)
            figure.add_scatter(
                x=[one.when for one in course.measurements], y=[panel.value(one) for one in course.measurements],
                yaxis=f"y{row}", name=escape(course.name), legendgroup=str(number), showlegend=row == 1,
                mode="lines+markers", cliponaxis=False, marker={"symbol": SYMBOLS[style], "size": 9},
                line={"color": COLOURS[style], "width": 2, "dash": DASHES[again]},
                hovertemplate="%{customdata}<extra></extra>",
                customdata=[f"{escape(course.name)}<br>{_told(one)}" for one in course.measurements])
    return figure


def course_png(courses: Sequence[Course], treatments: Sequence[Treatment] = ()) -> bytes:
    """The same plot as a PNG for print, white, the same bytes for the same input. Raises ClinicalError as above."""
    _check(courses, treatments)
    figure = Figure(figsize=(6.2, 4.4), dpi=150, facecolor="white")
    FigureCanvasAgg(figure)
    upper = figure.add_subplot(2, 1, 1)
    lower = figure.add_subplot(2, 1, 2, sharex=upper)
    for axes, panel in ((upper, PANELS[0]), (lower, PANELS[1])):
        _draw(axes, panel, courses, treatments)
    _name_treatments(upper, treatments)
    _dress(figure, upper, lower, _in_days(courses, treatments))
    buffer = BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.05, metadata={"Software": None})
    return buffer.getvalue()


def _check(courses: Sequence[Course], treatments: Sequence[Treatment]) -> None:
    """Raises ClinicalError where days and months are mixed."""
    whens = _whens(courses, treatments)
    for when in whens[1:]:
        months_between(whens[0], when)


def _whens(courses: Sequence[Course], treatments: Sequence[Treatment]) -> list[When]:
    return [*(one.when for course in courses for one in course.measurements), *(one.when for one in treatments)]


def _in_days(courses: Sequence[Course], treatments: Sequence[Treatment]) -> bool:
    return any(not isinstance(when, int | float) for when in _whens(courses, treatments))


def _told(measurement: Measurement) -> str:
    """What is read beside a point."""
    if measurement.number is None:
        return f"{in_words(measurement.when)}: not there"
    return (f"{in_words(measurement.when)}: {measurement.volume_ml:.2f} ml, longest "
            f"{measurement.longest_diameter_mm:.1f} mm, axial "
            f"{measurement.axial_diameter_mm:.1f} × {measurement.axial_perpendicular_mm:.1f} mm")


def _caption(treatment: Treatment) -> str:
    words = treatment.kind if not treatment.words else f"{treatment.kind}: {treatment.words}"
    return words if len(words) <= _LONGEST_WORDS else words[:_LONGEST_WORDS - 1].rstrip() + "…"


def _layout(courses: Sequence[Course], treatments: Sequence[Treatment]) -> dict[str, object]:
    upper, lower = PANELS
    axis = {"rangemode": "tozero", "zeroline": True}
    lines = [{"type": "line", "xref": "x", "yref": "paper", "x0": one.when, "x1": one.when, "y0": 0, "y1": 1,
              "line": {"color": NEUTRAL, "width": 1.5, "dash": "dash"}, "layer": "above"} for one in treatments]
    words = [{"xref": "x", "yref": "paper", "x": one.when, "y": 1, "yanchor": "top", "xanchor": "right", "xshift": -2,
              "text": escape(_caption(one)), "textangle": -90, "showarrow": False,
              "bgcolor": "rgba(255,255,255,0.8)", "font": {"size": 11, "color": NEUTRAL}} for one in treatments]
    return {
        "template": "plotly_white", "font": {"family": FONT}, "height": 520,
        "margin": {"l": 10, "r": 20, "t": 50, "b": 50},
        "legend": {"orientation": "h", "y": 1.0, "yref": "container", "yanchor": "top", "x": 0},
        "xaxis": {"anchor": "y2", "title": {"text": "" if _in_days(courses, treatments) else MONTHS_CAPTION},
                  "type": "date" if _in_days(courses, treatments) else "linear"},
        "yaxis": {**axis, "title": {"text": upper.caption}, "domain": upper.share},
        "yaxis2": {**axis, "title": {"text": lower.caption}, "domain": lower.share},
        "shapes": lines, "annotations": words,
    }


def _place(when: When) -> float:
    """On the axis: months, or matplotlib's number of the day."""
    return float(when) if isinstance(when, int | float) else float(date2num(when))


def _draw(axes: Axes, panel: _Panel, courses: Sequence[Course], treatments: Sequence[Treatment]) -> None:
    for one in treatments:
        axes.axvline(_place(one.when), color=NEUTRAL, linewidth=1.1, linestyle=(0, (4, 3)), zorder=0)
    for number, course in enumerate(courses):
        style, again = number % len(COLOURS), number // len(COLOURS) % len(STYLES)
        points = [(_place(one.when), panel.value(one)) for one in course.measurements]
        axes.plot([x for x, _ in points], [y for _, y in points], color=COLOURS[style], marker=MARKERS[style],
                  linestyle=STYLES[again], markersize=6, linewidth=1.6, clip_on=False, label=course.name)
    axes.set_ylabel(panel.caption, fontsize=10.5)
    axes.set_ylim(bottom=0)
    axes.spines[["right", "top"]].set_visible(False)


def _name_treatments(axes: Axes, treatments: Sequence[Treatment]) -> None:
    for one in treatments:
        axes.annotate(_caption(one), (_place(one.when), 0.98), (-2, 0), xycoords=axes.get_xaxis_transform(),
                      textcoords="offset points", rotation=90, ha="right", va="top", fontsize=8.5, color=NEUTRAL,
                      parse_math=False, bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1})


def _dress(figure: Figure, upper: Axes, lower: Axes, in_days: bool) -> None:
    upper.tick_params(labelbottom=False)
    if in_days:
        locator = AutoDateLocator()
        lower.xaxis.set_major_locator(locator)
        lower.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    else:
        lower.set_xlabel(MONTHS_CAPTION, fontsize=10.5)
    handles, names = upper.get_legend_handles_labels()
    legend = figure.legend(handles, names, loc="upper center", ncols=NAMES_PER_ROW, frameon=False, fontsize=10)
    for words in legend.get_texts():
        words.set_parse_math(False)
    figure.subplots_adjust(top=0.94 - 0.055 * -(-len(names) // NAMES_PER_ROW))
