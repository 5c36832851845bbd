"""What drove an answer: a waterfall in log-odds, from the model's baseline to its answer."""

from html import escape
from io import BytesIO

import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rnapp.explain.waterfall_steps import Step, Waterfall, percent, sigmoid, steps
from rnapp.types import Answer, Question

FIRST, SECOND, NEUTRAL = "#0072B2", "#D55E00", "#555555"  # Okabe and Ito: safe for the colour-blind
FONT = "system-ui, sans-serif"  # of interactive plots: the page's


def waterfall(question: Question, answer: Answer, top: int = 12) -> go.Figure:
    """The waterfall as an interactive plotly figure. Raises RnappError as steps() does."""
    chart = steps(question, answer, top)
    height = len(chart.steps) + 1
    figure = go.Figure(layout=_layout(chart))
    figure.add_scatter(**_connectors(chart))
    for name, colour, pattern, sign in ((f"towards {question.outcomes[0].name}", FIRST, "", 1),
                                        (f"towards {question.outcomes[1].name}", SECOND, "/", -1)):
        rows = [(height - 1 - i, step) for i, step in enumerate(chart.steps) if (step.effect >= 0) == (sign > 0)]
        figure.add_bar(
            orientation="h", name=name, y=[row for row, _ in rows], base=[step.start for _, step in rows],
            x=[step.effect for _, step in rows], width=0.7,
            marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": "white", "size": 6}},
            text=[_signed(step.effect) for _, step in rows], textposition="outside", cliponaxis=False,
            customdata=[[escape(step.text), step.group, percent(sigmoid(step.end)), _exact(step)] for _, step in rows],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}%{customdata[3]}<br>effect %{text}<br>"
                          "after it: %{customdata[2]}<extra></extra>")
    figure.add_scatter(x=[chart.baseline, chart.final], y=[height, 0], mode="markers", name="start and result",
                       marker={"symbol": "diamond", "size": 12, "color": NEUTRAL}, hoverinfo="skip")
    # Plotly draws the second axis only if a trace uses it.
    figure.add_scatter(x=[chart.final], y=[0], xaxis="x2", opacity=0, showlegend=False, hoverinfo="skip")
    return figure


def waterfall_png(question: Question, answer: Answer, top: int = 12) -> bytes:
    """The same waterfall as a PNG for print: white, hatched where it points to the second outcome.

    Raises RnappError as steps() does.
    """
    chart = steps(question, answer, top)
    figure = Figure(figsize=(6.2, 1.3 + 0.26 * (len(chart.steps) + 2)), dpi=150, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _draw(axes, chart)
    _dress(axes, chart)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.05, metadata={"Software": None})
    return buffer.getvalue()


def _connectors(chart: Waterfall) -> dict[str, object]:
    """The thin vertical lines that lead from bar to bar, as one plotly trace."""
    levels = [chart.baseline, *(step.end for step in chart.steps)]
    rows = len(chart.steps) + 1
    xs = [x for level in levels for x in (level, level, None)]
    ys = [y for i in range(len(levels)) for y in (rows - i, rows - i - 1, None)]
    return {"x": xs, "y": ys, "mode": "lines", "line": {"color": NEUTRAL, "width": 1}, "showlegend": False,
            "hoverinfo": "skip"}


def _layout(chart: Waterfall) -> dict[str, object]:
    rows = len(chart.steps) + 2
    places, captions = chart.ticks()
    span = list(chart.span)
    return {
        "template": "plotly_white", "font": {"family": FONT}, "height": 150 + 30 * rows,
        "margin": {"l": 10, "r": 20, "t": 90, "b": 60},
        "legend": {"orientation": "h", "y": 1.0, "yref": "container", "yanchor": "top", "x": 0},
        "xaxis": {"title": {"text": _axis_caption(chart)}, "range": span, "zeroline": True, "zerolinecolor": NEUTRAL},
        "xaxis2": {"title": {"text": _probability_caption(chart)}, "range": span, "overlaying": "x", "side": "top",
                   "tickvals": places, "ticktext": captions, "showgrid": False, "matches": "x"},
        "yaxis": {"tickvals": list(range(rows)), "ticktext": _row_names(chart),
                  "range": [-0.7, rows - 0.3], "automargin": True, "showgrid": False, "zeroline": False},
        "barmode": "overlay",
    }


def _draw(axes: Axes, chart: Waterfall) -> None:
    rows = len(chart.steps) + 1
    low, high = chart.span
    for i, step in enumerate(chart.steps):
        right = step.effect >= 0
        axes.barh(rows - 1 - i, step.effect, left=step.start, height=0.68, color=FIRST if right else SECOND,
                  hatch=None if right else "////", edgecolor="white", linewidth=0)
        axes.annotate(_signed(step.effect), (step.end, rows - 1 - i), (4 if right else -4, 0), fontsize=10.5,
                      textcoords="offset points", ha="left" if right else "right", va="center")
        axes.vlines(step.end, rows - 1 - i, rows - 2 - i, color=NEUTRAL, linewidth=0.7)
    axes.vlines(chart.baseline, rows, rows - 1, color=NEUTRAL, linewidth=0.7)
    axes.plot([chart.baseline, chart.final], [rows, 0], "D", color=NEUTRAL, markersize=7)
    axes.axvline(0.0, color="#999999", linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    axes.set(xlim=(low, high), ylim=(-0.7, rows + 0.7))


def _dress(axes: Axes, chart: Waterfall) -> None:
    captions = chart.captions
    axes.set_yticks(range(len(captions) - 1, -1, -1), captions, fontsize=11.5, parse_math=False)
    for tick in (axes.get_yticklabels()[0], axes.get_yticklabels()[-1]):
        tick.set_fontweight("bold")
    axes.set_xlabel(_axis_caption(chart), fontsize=10.5)
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "right"]].set_visible(False)
    top = axes.twiny()
    top.set_xlim(axes.get_xlim())
    top.set_xticks(*chart.ticks(), fontsize=10.5)
    top.set_xlabel(_probability_caption(chart), fontsize=10.5)
    top.spines[["left", "right"]].set_visible(False)


def _signed(effect: float) -> str:
    return f"{effect:+.2f}".replace("-", "−")


def _exact(step: Step) -> str:
    """The feature's own name, for whoever looks it up, where it is not what the row says anyhow."""
    return f" · {escape(step.exact)}" if step.group in ("imaging", "radiomics") and step.exact else ""


def _row_names(chart: Waterfall) -> list[str]:
    """Captions for plotly from the bottom, the first and last in bold; free text is escaped."""
    first, *between, last = (escape(one) for one in reversed(chart.captions))
    return [f"<b>{first}</b>", *between, f"<b>{last}</b>"]


def _axis_caption(chart: Waterfall) -> str:
    first, second = chart.question.outcomes
    return f"{second.short}  ←   log-odds   →  {first.short}"


def _probability_caption(chart: Waterfall) -> str:
    return f"probability of {chart.question.outcomes[0].name}"
