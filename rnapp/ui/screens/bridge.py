"""The invisible wire between the case and the viewers: revisions down, "the drawing was saved" up."""

import json

import gradio as gr

from rnapp.ui.flow import WORDS, states
from rnapp.ui.scripts import on_load
from rnapp.ui.work import Job
from rnapp.ui.workspace import Case

WIRE = on_load("bridge")


def build() -> gr.HTML:
    """The component; it must lie outside the tabs, so that it always exists."""
    return gr.HTML("{}", html_template="<pre>${value}</pre>", js_on_load=WIRE, apply_default_css=False,
                   elem_id="bridge")


def paint(case: Case, job: Job | None, painting: int) -> str:
    """What the viewers must show, as revisions (0 is nothing), and where each step stands. painting: grows with every
    painting of the page."""
    reading = case.revealed_reading
    return json.dumps({
        "painting": painting,
        "head": case.head_revision if case.prepared is not None and case.accepted else 0,
        "mask": case.mask_revision if case.prepared is not None else 0,
        "hasMask": case.mask is not None,
        "lesion": case.lesions.lesions[0].centre_mm if case.lesions is not None and case.lesions.lesions else None,
        "proposal": case.proposal_revision if case.outlined else 0,
        "scale": case.prepared.to_atlas.scale if case.prepared is not None else 1.0,
        "reading": case.reading_revision * 100 + case.shown_lesion if reading is not None else 0,
        "centre": reading.lesions[case.shown_lesion].lesion.centre_mm if reading is not None else None,
        "earlier": case.earlier_revision if case.earlier else 0,
        "kept": "" if case.prepared is None else "no" if case.kept is None else "yes",
        "busy": job is not None,
        "steps": {step.name.lower(): [state, WORDS[state]] for step, state in states(case, job).items()},
    })
