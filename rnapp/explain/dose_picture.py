"""Where a radiotherapy dose lies, for the person who confirms it: isodoses and the brain's outline. PNG bytes out."""

import numpy as np
from matplotlib.figure import Figure

from rnapp.explain import canvas, isodoses
from rnapp.explain.panels import HEAD_MARGIN_MM, hot_middle_mm, in_plane
from rnapp.explain.planes import PLANES, View, box_mm, sample
from rnapp.types import PlacedDose, Prepared, Volume

HIGH_SHARE = 0.95  # of the highest dose in the brain: planes through the middle of what received at least this


def dose_quality_picture(prepared: Prepared, placed: PlacedDose, planning: Volume | None) -> bytes:
    """The picture by which a person accepts or rejects where the dose lies, as PNG.

    Three planes through the middle of the high dose: the reference scan above, the planning scan below; on both the
    isodoses and the reference scan's outline of the brain, which must follow the brain on both. planning: on the SRI24
    grid, brought there with the dose's transform, any unit; None if there is none.
    """
    scans = {"scan": prepared.head} if planning is None else {"scan": prepared.head, "planning scan": planning}
    figure = canvas.dark_figure(12.5, 0.95 + 3.55 * len(scans))
    grid = figure.add_gridspec(len(scans), 3, left=0.005, right=0.812, bottom=0.008,
                               top=1 - 0.92 / figure.get_figheight(), wspace=0.02, hspace=0.02)
    drawn = isodoses.of(placed)
    for column, view in enumerate(_views(prepared, placed)):
        for row, (name, scan) in enumerate(scans.items()):
            axes = figure.add_subplot(grid[row, column])
            window = canvas.window if scan is prepared.head else canvas.soft_window
            low, high = window(scan, prepared.brain_mask)
            canvas.show(axes, sample(scan, view), view, cmap="gray", vmin=low, vmax=high)
            isodoses.draw(axes, placed.on_atlas, view, drawn)
            canvas.outline(axes, prepared.brain_mask, view, canvas.BRAIN)
            canvas.letters(axes, view)
            if column == 0:
                canvas.scale_bar(axes, view, 50, prepared.to_atlas.scale)
                axes.text(0.03, 0.965, name, transform=axes.transAxes, fontsize=12, color=canvas.PALE, va="top")
    isodoses.legend(figure, drawn, [canvas.BRAIN, isodoses.GRID_EDGE], (0.819, 1 - 1.0 / figure.get_figheight()), 10.5)
    _words(figure, placed)
    return canvas.png(figure)


def _views(prepared: Prepared, placed: PlacedDose) -> list[View]:
    low, high = box_mm(prepared.brain_mask)
    size = float((high - low).max() + 2 * HEAD_MARGIN_MM)
    inside = np.where(prepared.brain_mask.array, np.nan_to_num(placed.on_atlas.array, nan=0.0), 0.0)
    through = hot_middle_mm(placed.on_atlas.with_array(inside), HIGH_SHARE)
    return [View(plane, in_plane(plane, (low + high) / 2, through), size, size) for plane in PLANES]


def _words(figure: Figure, placed: PlacedDose) -> None:
    top, step = 1 - 0.3 / figure.get_figheight(), 0.25 / figure.get_figheight()
    match = placed.path.match
    doubtful = match is not None and not match.good
    title = "Radiotherapy dose on the scan"
    if match is not None:
        title += f"  ·  registration {'CHECK: doubtful' if doubtful else 'passes its checks'}"
    canvas.text(figure, (0.008, top), title, 14, color=canvas.BRAIN.colour if doubtful else canvas.PALE, weight="bold")
    for line, words in enumerate(placed.path.steps[:2], start=1):
        canvas.text(figure, (0.008, top - line * step), words, 10.5)
