"""Where hiding parts of the inputs changed the answer, drawn over the scan. It shows what the networks used, not
disease."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure

from rnapp.explain import canvas
from rnapp.explain.panels import hot_middle_mm, pairs, show_head
from rnapp.explain.planes import View, sample
from rnapp.types import STUDY, Answer, LesionSet, Prepared, Question, Volume

ALL = "all"  # every input hidden at once
THRESHOLD = 0.3  # of the strongest effect; below it nothing is coloured, so that the anatomy stays readable
TOOK_MAP, ADDED = "plasma", "#56B4E9"
ZOOM_MM = 90.0
LESION = canvas.Line("lesion", "#7DF9FF", width=1.4)
LEAST = 0.001  # of probability: a smaller effect is not drawn


def occlusion_picture(question: Question, prepared: Prepared, lesions: LesionSet, answer: Answer,
                      hidden: str = ALL) -> bytes | None:
    """Three planes through the strongest effect, the head above and enlarged below, as PNG; None for an answer without
    this map. hidden: what was hidden, "all" or a role's name."""
    effect = answer.occlusion.get(hidden)
    if effect is None:
        return None
    figure = canvas.dark_figure(10, 6.55)
    most = float(np.abs(effect.array).max())
    centre = hot_middle_mm(effect.with_array(np.abs(effect.array)), 0.98)
    for head_axes, zoom_axes, head, zoom in pairs(figure, prepared, centre,
                                                  (centre, ZOOM_MM * prepared.to_atlas.scale), 0.885):
        for axes, view in ((head_axes, head), (zoom_axes, zoom)):
            show_head(axes, prepared, view)
            if most >= LEAST:
                _colour(axes, effect, view, most)
            canvas.outline(axes, lesions.all_mask, view, LESION)
        canvas.box(head_axes, head, zoom)
        canvas.scale_bar(zoom_axes, zoom, 10, prepared.to_atlas.scale)
    if most >= LEAST:
        _colour_bar(figure, most)
    subject = "This study" if answer.lesion == STUDY else f"Lesion {answer.lesion}"
    canvas.text(figure, (0.012, 0.955), f"{subject}: {title(question, answer, hidden)}", 11.5)
    if lesions.lesions:
        canvas.legend(figure, [LESION], (0.885, 0.936), 10.5)
    return canvas.png(figure)


def title(question: Question, answer: Answer, hidden: str) -> str:
    """What the map shows, as the end of a sentence."""
    favoured = question.outcomes[0 if answer.given.probability >= 0.5 else 1]
    if float(np.abs(answer.occlusion[hidden].array).max()) < LEAST:
        return f"hiding places in {hidden_words(question, hidden)} changed nothing"
    return f"what the probability of {favoured.short} lost where {hidden_words(question, hidden)} was hidden"


def hidden_words(question: Question, hidden: str) -> str:
    """What was hidden, inside a sentence."""
    if hidden == ALL:
        return "everything"
    label = {one.name: one.label for one in question.roles}.get(hidden, hidden)
    return f"“{label}” alone"


def _colour(axes: Axes, effect: Volume, view: View, most: float) -> None:
    """Falls in probability in warm colours, rises in blue, more opaque with the effect."""
    values = sample(effect, view) / most
    image = colormaps[TOOK_MAP](np.clip(values, 0.0, 1.0))
    image[values < 0, :3] = to_rgb(ADDED)
    strength = (np.abs(values) - THRESHOLD) / (1.0 - THRESHOLD)
    image[..., 3] = np.where(strength >= 0, 0.35 + 0.35 * np.clip(strength, 0.0, 1.0), 0.0)
    canvas.show(axes, image, view)


def _colour_bar(figure: Figure, most: float) -> None:
    axes = figure.add_axes((0.9, 0.2, 0.018, 0.6), facecolor=canvas.DARK)
    bar = figure.colorbar(ScalarMappable(Normalize(0.0, most), colormaps[TOOK_MAP]), cax=axes)
    axes.axhspan(0.0, THRESHOLD * most, color=canvas.DARK)
    bar.set_ticks([THRESHOLD * most, most], labels=[f"{100 * one:.2g}" for one in (THRESHOLD * most, most)])
    bar.ax.tick_params(colors=canvas.PALE, labelsize=12)
    bar.outline.set_edgecolor(canvas.PALE)
    canvas.text(figure, (0.892, 0.825), "took, per-\ncentage points", 10)
    canvas.text(figure, (0.892, 0.135), "below: not\ncoloured", 10)
    canvas.text(figure, (0.892, 0.06), "blue: hiding\nit added", 10, color=ADDED)
