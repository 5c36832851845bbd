"""The 3D scene: translucent brain, lesions, isodoses, and shells of attention or occlusion, in LPS mm."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rnapp.errors import RnappError
from rnapp.explain import isodoses
from rnapp.explain.contributions import FONT
from rnapp.explain.meshes import Mesh, coarse, level_mesh, mask_mesh
from rnapp.explain.occlusion import ALL, LEAST
from rnapp.explain.planes import box_mm
from rnapp.trust.attention import too_weak
from rnapp.types import Answer, LesionSet, PlacedDose, Prepared, Volume

BRAIN_FACES, LESION_FACES = 10_000, 6_000
# Level (for an occlusion: share of its maximum), opacity, colour (plasma's brighter half).
SHELLS = ((0.4, 0.2, "#CC4AA8"), (0.6, 0.35, "#F1605D"), (0.8, 0.6, "#FCDA3C"))
NO_MAP = "No map: the image networks hardly moved this answer"
CHOSEN, OTHER, BRAIN = "#56B4E9", "#00B383", "#C9BFB2"
BACKGROUND, INK = "#1f2329", "#e8e8e8"  # of a saved picture; on the page its style sheet decides
LETTERS = "#8391a0"  # drawn in the scene, where no style sheet reaches: legible on a dark page and on a white one
LETTER_MARGIN_MM = 14.0
ISODOSES, ISODOSES_ON = (95, 50, 30), 2  # per cent of the prescription; how many of them show at first
ISODOSE_STEP_MM = 3.0  # of the surfaces' grid: a dose is smooth
# Position of the eye (LPS) and the up direction; slightly off-axis, so that no two letters coincide.
CAMERAS = {
    "Left": ((1.5, -0.17, 0.2), (0, 0, 1)), "Right": ((-1.5, -0.17, 0.2), (0, 0, 1)),
    "Front": ((0.17, -1.5, 0.2), (0, 0, 1)), "Back": ((0.17, 1.7, 0.2), (0, 0, 1)),
    "Above": ((0.17, -0.2, 1.5), (0, -1, 0)),
    # The patient's right on the left, as on axial slices.
    "Below, as slices": ((0.17, -0.2, -1.5), (0, -1, 0)),
}


def scene(prepared: Prepared, lesions: LesionSet, answers: Sequence[Answer], selected: int) -> go.Figure:
    """The scene with the lesion of one answer highlighted, its attention or occlusion and the isodoses. selected: index
    of the answer.

    Nothing is fetched from outside; about 0.6 MB as JSON. Raises RnappError where there is no such answer.
    """
    if not 0 <= selected < len(answers):
        raise RnappError(f"Lesion {selected + 1} is not among the {len(answers)} lesions of this reading; "
                         "choose another.")
    chosen = answers[selected]
    figure = go.Figure(layout=_layout())
    _add(figure, mask_mesh(prepared.brain_mask, BRAIN_FACES), "brain", BRAIN, 0.22)
    for lesion in lesions.lesions:
        is_chosen = lesion.number == chosen.lesion
        colour, opacity = (CHOSEN, 0.75) if is_chosen else (OTHER, 0.6)
        name = f"lesion {lesion.number} ({lesion.side})" + (", selected" if is_chosen else "")
        _add(figure, mask_mesh(lesions.mask(lesion.number), LESION_FACES), name, colour, opacity)
    if chosen.attention is not None and not too_weak(chosen):
        # Its own scale is the same for all lesions, so that an even map has no shells.
        _add_shells(figure, chosen.attention, 1.0, "attention ≥ {:.1f}")
    if too_weak(chosen):
        figure.add_annotation(text=NO_MAP, showarrow=False, xref="paper", yref="paper", x=0.01, xanchor="left", y=0.99,
                              yanchor="top")
    if ALL in chosen.occlusion:
        # Cubes of several millimetres: every second voxel shows them.
        effect = coarse(chosen.occlusion[ALL], 2)
        peak = float(effect.array.max())
        _add_shells(figure, effect, peak if peak >= LEAST else 0.0, "occlusion effect ≥ {:.0%} of its maximum")
    if prepared.dose is not None:
        _add_isodoses(figure, prepared.dose)
    figure.add_trace(_letters(prepared.brain_mask))
    return figure


def _add_shells(figure: go.Figure, field: Volume, most: float, name: str) -> None:
    """Where a map of the chosen answer is strongest; what hiding added to the outcome is not among it. most: the top of
    its scale, 0 for no shells; name: of a shell, with a place for its level."""
    for level, opacity, colour in SHELLS:
        if 0 < level * most < float(field.array.max()):
            _add(figure, level_mesh(field, level * most), name.format(level).replace("%", " %"), colour, opacity)


def _add_isodoses(figure: go.Figure, placed: PlacedDose) -> None:
    """Surfaces of a few isodoses, the outer ones switched off at first; they end flat where the dose is unknown."""
    drawn = isodoses.of(placed)
    shown = [one for one in drawn if one.percent in ISODOSES] or list(drawn[::2][:len(ISODOSES)])
    stride = max(1, int(ISODOSE_STEP_MM // placed.on_atlas.spacing.min()))
    field = coarse(placed.on_atlas.with_array(np.nan_to_num(placed.on_atlas.array, nan=0.0)), stride)
    doubt = "" if placed.confirmed else ", not confirmed"
    for n, one in enumerate(shown):
        _add(figure, level_mesh(field, one.gy), f"isodose {one.label}{doubt}", one.colour, 0.3 if n == 0 else 0.16,
             visible=True if n < ISODOSES_ON else "legendonly")


def _add(figure: go.Figure, mesh: Mesh | None, name: str, colour: str, opacity: float,
         visible: bool | str = True) -> None:
    if mesh is None:
        return
    (x, y, z), (i, j, k) = mesh.points_mm.T, mesh.faces.T
    figure.add_mesh3d(x=x, y=y, z=z, i=i, j=j, k=k, name=name, color=colour, opacity=opacity, showlegend=True,
                      visible=visible,
                      hoverinfo="name" if name != "brain" else "skip", flatshading=False,
                      lighting={"ambient": 0.5, "diffuse": 0.8, "specular": 0.3, "roughness": 0.6})


def _letters(mask: Volume) -> go.Scatter3d:
    """L, R, A, P, S and I beside the brain, where the patient has them."""
    low, high = box_mm(mask)
    x, y, z = (low + high) / 2
    (x0, y0, z0), (x1, y1, z1) = low - LETTER_MARGIN_MM, high + LETTER_MARGIN_MM
    places = {"L": (x1, y, z), "R": (x0, y, z), "A": (x, y0, z), "P": (x, y1, z), "S": (x, y, z1), "I": (x, y, z0)}
    across, back, up = zip(*places.values(), strict=True)
    return go.Scatter3d(x=across, y=back, z=up, text=list(places), mode="text", hoverinfo="skip", name="directions",
                        textfont={"size": 20, "color": LETTERS})


def _layout() -> dict[str, object]:
    hidden = {"visible": False, "showspikes": False}
    return {
        "template": "none", "paper_bgcolor": BACKGROUND, "font": {"color": INK, "family": FONT}, "height": 620,
        "margin": {"l": 0, "r": 0, "t": 40, "b": 70},
        # The same revision keeps the user's viewpoint when another lesion is chosen.
        "uirevision": "scene",
        "legend": {"orientation": "h", "x": 0.01, "y": 0.0, "yanchor": "top", "itemsizing": "constant"},
        "scene": {"xaxis": hidden, "yaxis": hidden, "zaxis": hidden, "aspectmode": "data", "dragmode": "orbit",
                  "camera": _camera("Left")},
        "updatemenus": [{"type": "buttons", "direction": "right", "x": 0.01, "xanchor": "left", "y": 1.0,
                         "yanchor": "bottom", "pad": {"t": 2, "b": 2}, "bgcolor": "#3a4048", "font": {"color": INK},
                         "active": -1, "showactive": False, "buttons": [_button(name) for name in CAMERAS]}],
    }


def _camera(name: str) -> dict[str, object]:
    eye, up = (dict(zip("xyz", values, strict=True)) for values in CAMERAS[name])
    return {"eye": eye, "up": up, "center": {"x": 0, "y": 0, "z": 0}}


def _button(name: str) -> dict[str, object]:
    return {"label": name, "method": "relayout", "args": [{"scene.camera": _camera(name)}]}
