"""The invisible wire between the case and the viewers: revisions down, "the drawing was saved" up."""

import json

import gradio as gr

from rnapp.types import STUDY
from rnapp.ui.flow import WORDS, states
from rnapp.ui.screens.screen import Shown
from rnapp.ui.scripts import on_load
from rnapp.ui.workspace import Open

WIRE = on_load("bridge")


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
        "head": revisions.head if case.accepted else 0,
        "mask": revisions.mask if prepared is not None else 0,
        "hasMask": case.has_mask,
        "lesion": case.lesions.lesions[0].centre_mm if case.lesions is not None and case.lesions.lesions else None,
        "proposal": revisions.proposal if preparation is not None and preparation.outlined else 0,
        "scale": prepared.to_atlas.scale if prepared is not None else 1.0,
        "reading": revisions.reading * 100 + page.shown_answer if reading is not None else 0,
        "attention": reading is not None and reading.answers[page.shown_answer].attention is not None,
        "centre": _centre(shown),
        "earlier": revisions.earlier if case.earlier else 0,
        "kept": "" if prepared is None else "no" if page.kept is None else "yes",
        "busy": not shown.idle,
        "steps": {step.name.lower(): [state, WORDS[state]]
                  for step, state in states(Open(case, page), shown.job, shown.question).items()},
    })


def _centre(shown: Shown) -> tuple[float, float, float] | None:
    """Of the lesion whose answer is shown, SRI24 LPS mm."""
    reading, lesions = shown.case.revealed_reading, shown.case.lesions
    number = reading.answers[shown.page.shown_answer].lesion if reading is not None else STUDY
    return None if number == STUDY or lesions is None else lesions.lesion(number).centre_mm
