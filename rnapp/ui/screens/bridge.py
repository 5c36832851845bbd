"""The invisible link between the case and the viewers: revisions down, "the drawing was saved" up."""

import json

import gradio as gr
import numpy as np

from rnapp.trust.attention import too_weak
from rnapp.types import STUDY
from rnapp.ui.flow import WORDS, has_step, states
from rnapp.ui.isolines import isodoses, usable_dose, wash_range
from rnapp.ui.screens.screen import Shown
from rnapp.ui.scripts import on_load
from rnapp.ui.workspace import Open

WIRE = on_load("bridge")
LEAST_EFFECT = 0.001  # of probability; less is no effect, and gets no colours (as in rnapp/explain/occlusion.py)


def build() -> gr.HTML:
    """The component; it must lie outside the tabs, so that it always exists."""
    return gr.HTML("{}", html_template="<pre>${value}</pre>", js_on_load=WIRE, apply_default_css=False,
                   elem_id="bridge")


def paint(shown: Shown, painting: int) -> str:
    """What the viewers must show, as revisions (0 is nothing), and where each step stands. painting: grows with every
    painting of the page."""
    case, page = shown.case, shown.page
    prepared, preparation, revisions = case.prepared, case.preparation, page.revisions
    reading = case.revealed_reading
    return json.dumps({
        "painting": painting,
        "task": shown.question.id,
        "open": case.study is not None,
        "head": revisions.head if case.accepted else 0,
        "mask": revisions.mask if prepared is not None else 0,
        "hasMask": case.has_mask,
        "lesion": case.lesions.lesions[0].centre_mm if case.lesions is not None and case.lesions.lesions else None,
        "proposal": revisions.proposal if preparation is not None and preparation.outlined else 0,
        "scale": prepared.to_atlas.scale if prepared is not None else 1.0,
        "reading": revisions.reading * 100 + page.shown_answer if reading is not None else 0,
        "map": _map(shown),
        "centre": _centre(shown),
        **_dose(shown),
        "scans": _scans(shown),
        "earlier": revisions.earlier if case.earlier else 0,
        "kept": "" if prepared is None else "no" if page.kept is None else "yes",
        "busy": not shown.idle,
        "steps": {step.name.lower(): [state, WORDS[state]]
                  for step, state in states(Open(case, page), shown.job, shown.question).items()
                  if has_step(step, shown.question)},
    })


def _map(shown: Shown) -> tuple[str, float, str] | None:
    """The overlay of the answer shown: name of the volume, its highest value, its caption."""
    reading = shown.case.revealed_reading
    answer = reading.answers[shown.page.shown_answer] if reading is not None else None
    if answer is None:
        return None
    if answer.attention is not None:
        return None if too_weak(answer) else ("attention", 1.0, "Attention")
    effect = answer.occlusion.get(shown.page.shown_map)
    most = float(np.abs(effect.array).max()) if effect is not None else 0.0
    return (f"occlusion-{shown.page.shown_map}", max(most, LEAST_EFFECT), "Occlusion") if effect is not None else None


def _dose(shown: Shown) -> dict[str, object]:
    """Nothing about a dose that nobody has confirmed."""
    placed = usable_dose(shown.case.prepared)
    if placed is None or not shown.case.accepted:
        return {"dose": 0, "isodoses": [], "doseShown": [0, 1]}
    lines = [{"label": one.label, "colour": one.colour} for one in isodoses(placed)]
    return {"dose": shown.page.revisions.dose, "isodoses": lines, "doseShown": wash_range(placed)}


def _scans(shown: Shown) -> list[tuple[str, str]]:
    """The further scans of the same head: role and words."""
    labels = {role.name: role.label for role in shown.question.roles}
    further = list(shown.case.prepared.channels)[1:] if shown.case.prepared and shown.case.accepted else []
    return [(role, labels.get(role, role)) for role in further]


def _centre(shown: Shown) -> tuple[float, float, float] | None:
    """Of the lesion whose answer is shown, SRI24 LPS mm."""
    reading, lesions = shown.case.revealed_reading, shown.case.lesions
    number = reading.answers[shown.page.shown_answer].lesion if reading is not None else STUDY
    return None if number == STUDY or lesions is None else lesions.lesion(number).centre_mm
