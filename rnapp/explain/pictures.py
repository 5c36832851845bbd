"""The three pictures a clinician judges: registration, lesion, attention. Values in, PNG bytes out."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from rnapp.explain import canvas
from rnapp.explain.panels import HEAD_MARGIN_MM, pairs, point, show_head
from rnapp.explain.planes import NORMAL_AXIS, PLANES, PlaneName, View, box_mm, sample
from rnapp.trust.attention import too_weak
from rnapp.types import STUDY, Answer, Atlas, FloatArray, Lesion, LesionSet, Prepared, Volume

SLICE_FRACTIONS = (0.3, 0.5, 0.7)  # of the atlas brain, from right/anterior/inferior
SQUARE_MM = 25.0  # of the checkerboard
SMALLEST_ZOOM_MM = 40.0
ATTENTION_THRESHOLD = 0.3  # below it nothing is coloured, so that the anatomy stays readable
ATTENTION_MAP = "plasma"  # perceptually uniform, and without grey, which could be mistaken for tissue
_ATLAS_TINT = np.array((0.62, 0.85, 1.0))


def quality_picture(prepared: Prepared, atlas: Atlas) -> bytes:
    """The picture by which a clinician accepts or rejects the preparation, as PNG.

    Three slices per plane of the registered head with both brain contours, and a checkerboard of the head
    (grey) and the atlas (bluish), in which a failed registration breaks every edge.
    """
    figure = canvas.dark_figure(14, 9.9)
    heights, grid = _quality_grid(figure, atlas)
    for row, plane in enumerate(PLANES):
        views = _quality_views(plane, atlas, heights[row])
        for column, view in enumerate(views):
            axes = figure.add_subplot(grid[row, column])
            show_head(axes, prepared, view)
            _contours(axes, prepared, atlas, view)
            if column == 0:
                canvas.scale_bar(axes, view, 50, prepared.to_atlas.scale)
        axes = figure.add_subplot(grid[row, 3])
        canvas.show(axes, _checkerboard(prepared, atlas, views[1]), views[1])
        canvas.letters(axes, views[1])
    _quality_words(figure, prepared)
    return canvas.png(figure)


def lesion_picture(prepared: Prepared, lesions: LesionSet, number: int) -> bytes:
    """Three planes through the centre of a lesion, the head above and the lesion enlarged below, as PNG. Raises
    MaskError where there is no such lesion."""
    lesion, mask = lesions.lesion(number), lesions.mask(number)
    figure = canvas.dark_figure(9, 6.55)
    centre = np.array(lesion.centre_mm)
    size = max(SMALLEST_ZOOM_MM, 2.0 * lesion.longest_diameter_mm * prepared.to_atlas.scale)
    for head_axes, zoom_axes, head, zoom in pairs(figure, prepared, centre, (centre, size)):
        for axes, view in ((head_axes, head), (zoom_axes, zoom)):
            show_head(axes, prepared, view)
            canvas.outline(axes, mask, view, canvas.LESION)
        canvas.box(head_axes, head, zoom)
        canvas.scale_bar(zoom_axes, zoom, 10, prepared.to_atlas.scale)
    canvas.text(figure, (0.012, 0.955), _lesion_title(lesion), 13.5)
    canvas.legend(figure, [canvas.LESION], (0.988, 0.947), 12)
    return canvas.png(figure)


def attention_picture(prepared: Prepared, lesions: LesionSet, answer: Answer,
                      threshold: float = ATTENTION_THRESHOLD) -> bytes | None:
    """Attention over the scan in three planes through the lesion, the head above and the crop below, as PNG; None for
    an answer without attention. Where the image networks hardly moved the answer nothing is coloured, and it says so.

    threshold: attention (0 to 1) below which nothing is coloured.
    """
    if answer.attention is None:
        return None
    figure = canvas.dark_figure(10, 6.55)
    low, high = box_mm(answer.attention.with_array(np.ones(answer.attention.shape, bool)))
    zoomed = (low + high) / 2, float((high - low).max()) + 1.0
    edge = canvas.Line("lesion", "#7DF9FF", width=1.4)  # no cyan in the colour map
    of_study = answer.lesion == STUDY
    mask = None if of_study else lesions.mask(answer.lesion)
    centre = zoomed[0] if of_study else np.array(lesions.lesion(answer.lesion).centre_mm)
    weak = too_weak(answer)
    for head_axes, zoom_axes, head, zoom in pairs(figure, prepared, centre, zoomed, 0.895):
        for axes, view in ((head_axes, head), (zoom_axes, zoom)):
            show_head(axes, prepared, view)
            if not weak:
                _colour(axes, answer.attention, view, threshold)
            if mask is not None:
                canvas.outline(axes, mask, view, edge)
        canvas.box(head_axes, head, zoom)
        canvas.scale_bar(zoom_axes, zoom, 10, prepared.to_atlas.scale)
    subject = "This study" if of_study else f"Lesion {answer.lesion}"
    if weak:
        canvas.text(figure, (0.012, 0.955), f"{subject}: no map, the image networks hardly moved this answer", 12)
    else:
        _colour_bar(figure, threshold)
        canvas.text(figure, (0.012, 0.955), f"{subject}: what moved the image networks", 13.5)
    if mask is not None:
        canvas.legend(figure, [edge], (0.895, 0.947), 12)
    return canvas.png(figure)


def _colour(axes: Axes, attention: Volume, view: View, threshold: float) -> None:
    """Attention above the threshold as a colour whose opacity grows with it."""
    values = sample(attention, view)
    image = colormaps[ATTENTION_MAP](np.clip(values, 0.0, 1.0))
    strength = (values - threshold) / max(1.0 - threshold, 1e-6)
    image[..., 3] = np.where(values >= threshold, 0.35 + 0.35 * np.clip(strength, 0.0, 1.0), 0.0)
    canvas.show(axes, image, view)


def _contours(axes: Axes, prepared: Prepared, atlas: Atlas, view: View) -> None:
    canvas.outline(axes, prepared.brain_mask, view, canvas.BRAIN)
    canvas.outline(axes, atlas.brain_mask, view, canvas.ATLAS)


def _quality_grid(figure: Figure, atlas: Atlas) -> tuple[tuple[float, ...], GridSpec]:
    """Row heights in mm (axial, coronal, sagittal), and cells that hold them all at one scale."""
    low, high = box_mm(atlas.brain_mask)
    size = high - low + 2 * HEAD_MARGIN_MM
    heights = (float(size[1]), float(size[2]), float(size[2]))
    return heights, figure.add_gridspec(3, 4, height_ratios=heights, left=0.005, right=0.995, bottom=0.045, top=0.925,
                                        wspace=0.02, hspace=0.02)


def _quality_views(plane: PlaneName, atlas: Atlas, height: float) -> list[View]:
    low, high = box_mm(atlas.brain_mask)
    axis = NORMAL_AXIS[plane]
    width = float(high[1] - low[1] + 2 * HEAD_MARGIN_MM)  # of the sagittal picture, the widest
    views = []
    for fraction in SLICE_FRACTIONS:
        centre = (low + high) / 2
        centre[axis] = low[axis] + fraction * (high[axis] - low[axis])
        views.append(View(plane, point(centre), width, height))
    return views


def _checkerboard(prepared: Prepared, atlas: Atlas, view: View) -> FloatArray:
    """Squares of the head and of the tinted atlas in turn: RGB, shape (rows, columns, 3)."""
    head = _grey(prepared.head, prepared.brain_mask, view)[..., None] * np.ones(3)
    other = _grey(atlas.head, atlas.brain_mask, view)[..., None] * _ATLAS_TINT
    across, up = view.grid(0.5)
    odd = (np.floor(across / SQUARE_MM)[None, :] + np.floor(up / SQUARE_MM)[:, None]) % 2 == 1
    return np.where(odd[..., None], other, head)


def _grey(volume: Volume, mask: Volume, view: View) -> FloatArray:
    low, high = canvas.window(volume, mask)
    return np.asarray(np.clip((sample(volume, view) - low) / (high - low), 0.0, 1.0))


def _quality_words(figure: Figure, prepared: Prepared) -> None:
    quality = prepared.quality
    verdict = "passes its thresholds" if quality.good else "CHECK: below its thresholds"
    canvas.text(figure, (0.008, 0.967), f"Registration to SRI24 {verdict}  ·  Dice {quality.dice:.3f}  ·  correlation "
                f"{quality.correlation:.2f}  ·  brain {prepared.brain_volume_ml:.0f} ml", 15,
                color=canvas.PALE if quality.good else canvas.BRAIN.colour, weight="bold")
    canvas.text(figure, (0.008, 0.938), quality.sentence, 12)
    canvas.text(figure, (0.008, 0.014), "Right column: this scan (grey) and the atlas (blue) in squares; edges "
                "should continue across.", 12)
    canvas.legend(figure, [canvas.BRAIN, canvas.ATLAS], (0.992, 0.004))


def _lesion_title(lesion: Lesion) -> str:
    where = "in the midline" if lesion.side == "midline" else f"on the patient's {lesion.side}"
    return (f"Lesion {lesion.number}, {where}  ·  {lesion.volume_ml:.1f} ml  ·  "
            f"longest diameter {lesion.longest_diameter_mm:.0f} mm")


def _colour_bar(figure: Figure, threshold: float) -> None:
    axes = figure.add_axes((0.915, 0.12, 0.018, 0.7), facecolor=canvas.DARK)
    bar = figure.colorbar(ScalarMappable(Normalize(0.0, 1.0), colormaps[ATTENTION_MAP]), cax=axes)
    axes.axhspan(0.0, threshold, color=canvas.DARK)
    bar.set_ticks([threshold, 1.0], labels=[f"{threshold:.2f}", "1.00"])
    bar.ax.tick_params(colors=canvas.PALE, labelsize=12)
    bar.outline.set_edgecolor(canvas.PALE)
    canvas.text(figure, (0.905, 0.84), "attention", 12)
    canvas.text(figure, (0.905, 0.055), "below: not\ncoloured", 10.5)
