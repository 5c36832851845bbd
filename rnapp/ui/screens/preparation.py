"""Screen 2: the preparation as it runs, and the picture by which it is accepted or rejected."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from rnapp.types import BrainMaskMode, Prepared
from rnapp.ui import html
from rnapp.ui.flow import runs
from rnapp.ui.screens.common import Updates, panel, progress, status
from rnapp.ui.work import Job
from rnapp.ui.workspace import Case, Step

HOW_TO_LOOK = """
<h2>Is the head where the atlas expects it?</h2>
<p>The <b class="atlas">atlas outline</b> should follow the patient's own brain surface in all three planes, and the
<b class="brain">brain mask</b> should hug the brain. The picture is in radiological convention: <b>R</b> is the
patient's right.</p>
<p>Reject it if you see any of these:</p>
<ul><li>an outline beside, inside or outside the brain by more than a few millimetres</li>
<li>a tilted or turned head, or eyes and cerebellum on the wrong side of the picture</li>
<li>a mask that cuts away brain or a lesion, or takes in skull, eyes or neck</li>
<li>a head that is cut off</li></ul>
"""
MASK_IS_WRONG = """
<h3>Is only the brain mask wrong?</h3>
<p>HD-BET's five networks together judge more carefully than one. On a real scan, one network agreed with five mirrored
ones at a Dice of 0.986, five at 0.990. Lesions already drawn on this preparation are removed.</p>
"""
MORE_CAREFUL = {"fast": "balanced", "balanced": "accurate", "accurate": "accurate"}
NOTHING = '<p class="empty">Nothing is prepared yet. Choose a series on the first screen.</p>'


@dataclass(frozen=True)
class PreparationScreen:
    """Its components."""

    status: gr.HTML
    progress: gr.HTML
    cancel: gr.Button
    decision: gr.Row
    picture: gr.HTML
    verdict: gr.HTML
    warnings: gr.HTML
    doubt: gr.Checkbox
    accept: gr.Button
    reject: gr.Button
    careful: gr.Column
    mode: gr.Radio
    again: gr.Button


def build() -> PreparationScreen:
    """Lay it out."""
    with gr.Column():
        message = status("preparation-status")
        progress = panel(NOTHING, "preparation-progress")
        cancel = gr.Button("Cancel", variant="stop", visible=False, elem_id="cancel-prepare", size="md")
        with gr.Row(visible=False, elem_id="quality") as decision:
            with gr.Column(scale=3, min_width=560):
                picture = panel("", "quality-picture")
                with gr.Column(elem_id="careful") as careful:
                    gr.HTML(MASK_IS_WRONG, apply_default_css=False)
                    with gr.Row():
                        mode = gr.Radio([], show_label=False, elem_id="brain-mask-mode", scale=3)
                        again = gr.Button("Strip the skull again", elem_id="strip-again", scale=1, min_width=190)
            with gr.Column(scale=2, min_width=340):
                verdict = panel("", "quality-numbers")
                gr.HTML(HOW_TO_LOOK, apply_default_css=False)
                warnings = panel("", "preparation-warnings")
                doubt = gr.Checkbox(label="I have looked at all three planes and accept it nevertheless",
                                    visible=False, elem_id="accept-doubt")
                with gr.Row():
                    reject = gr.Button("Reject", elem_id="reject")
                    accept = gr.Button("Accept", variant="primary", elem_id="accept")
    return PreparationScreen(message, progress, cancel, decision, picture, verdict, warnings, doubt, accept, reject,
                             careful, mode, again)


def paint(screen: PreparationScreen, case: Case, job: Job | None) -> Updates:
    """The screen as the case has it."""
    running = runs(job, Step.PREPARATION)
    prepared = None if running else case.prepared
    updates = {
        screen.status: html.notice(case.messages.get(Step.PREPARATION), "preparation-status"),
        screen.progress: _progress(case, job),
        screen.cancel: gr.update(visible=running),
        screen.decision: gr.update(visible=prepared is not None),
    }
    if prepared is not None:
        updates |= {
            screen.picture: html.picture("quality", case.head_revision, "Registration: atlas outline over the scan"),
            screen.verdict: html.quality(prepared.quality, prepared.brain_volume_ml),
            screen.warnings: html.warnings(prepared.warnings, "preparation-warning-list"),
            screen.doubt: gr.update(visible=not prepared.quality.good and not case.accepted),
            screen.accept: gr.update(value="Accepted: go on" if case.accepted else "Accept"),
            screen.careful: gr.update(visible=prepared.mask_source != "given"),
            screen.again: gr.update(interactive=job is None),
        }
    return updates


def paint_modes(screen: PreparationScreen, prepared: Prepared, modes: Sequence[tuple[str, BrainMaskMode]]) -> Updates:
    """How the skull can be stripped again. modes: of HD-BET, in words and by name; none where they are not known."""
    proposed = MORE_CAREFUL.get(prepared.mask_source) if modes else None
    return {screen.mode: gr.update(choices=list(modes), value=proposed)}


def _progress(case: Case, job: Job | None) -> str:
    idle = "" if case.prepared is not None or case.messages.get(Step.PREPARATION) else NOTHING
    return progress(job, Step.PREPARATION) or idle
