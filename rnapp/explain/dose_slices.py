"""The dose on slices, for screen and report: isodoses through a lesion, or through the middle of the high dose."""

import numpy as np

from rnapp.explain import canvas, isodoses
from rnapp.explain.panels import hot_middle_mm, pairs, show_head
from rnapp.types import FloatArray, LesionSet, PlacedDose, Prepared

HIGH_SHARE = 0.95  # of the highest dose on the scan: planes through the middle of what received at least this
LESION = canvas.Line("lesion", "#FFFFFF", "dashed", 1.4)  # not yellow, which is an isodose here
SMALLEST_MM, HIGH_MM = 70.0, 130.0
NOT_CONFIRMED = "Where this dose lies\nwas NOT CONFIRMED\nBY A PERSON"


def dose_slices(prepared: Prepared, lesions: LesionSet, number: int | None = None) -> bytes | None:
    """Three planes through a lesion (number), or through the middle of the high dose, the head above and enlarged
    below, with the isodoses, as PNG; None where there is no dose. Raises MaskError where there is no such lesion."""
    placed = prepared.dose
    if placed is None:
        return None
    figure = canvas.dark_figure(11.2, 6.55)
    scale = prepared.to_atlas.scale
    centre, size = _high_dose_mm(placed), HIGH_MM * scale
    if number is not None:
        lesion = lesions.lesion(number)
        centre, size = np.array(lesion.centre_mm), max(SMALLEST_MM, 3.0 * lesion.longest_diameter_mm) * scale
    drawn, mask = isodoses.of(placed), lesions.all_mask
    for head_axes, zoom_axes, head, zoom in pairs(figure, prepared, centre, (centre, size), 0.8):
        for axes, view in ((head_axes, head), (zoom_axes, zoom)):
            show_head(axes, prepared, view)
            isodoses.draw(axes, placed.on_atlas, view, drawn, labelled=view is zoom)
            canvas.outline(axes, mask, view, LESION)
        canvas.box(head_axes, head, zoom)
        canvas.scale_bar(zoom_axes, zoom, 10, scale)
    further = [*([LESION] if lesions.lesions else []), isodoses.GRID_EDGE]
    isodoses.legend(figure, drawn, further, (0.81, 0.92))
    canvas.text(figure, (0.012, 0.955), _title(lesions, number, placed), 13.5)
    if placed.confirmed is None:
        canvas.text(figure, (0.81, 0.42), NOT_CONFIRMED, 11.5, color=canvas.BRAIN.colour, weight="bold")
    return canvas.png(figure)


def _high_dose_mm(placed: PlacedDose) -> FloatArray:
    """The middle of the high dose on the scan, SRI24 LPS mm, shape (3,)."""
    return hot_middle_mm(placed.on_atlas.with_array(np.nan_to_num(placed.on_atlas.array, nan=0.0)), HIGH_SHARE)


def _title(lesions: LesionSet, number: int | None, placed: PlacedDose) -> str:
    of_what = "per cent of the prescription" if placed.dose.prescribed_gy else "no prescription known"
    if number is None:
        return f"Planned dose, through the middle of the high dose  ·  {of_what}"
    side = lesions.lesion(number).side
    where = "in the midline" if side == "midline" else f"on the patient's {side}"
    return f"Planned dose, lesion {number}, {where}  ·  {of_what}"
