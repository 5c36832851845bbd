"""Screen 2: the preparation as it runs, and the picture by which it is accepted or rejected."""

from dataclasses import dataclass
from typing import ClassVar

import gradio as gr

from rnapp.types import BrainMaskMode
from rnapp.ui.flow import doubtful
from rnapp.ui.html import common as html
from rnapp.ui.html import dose as html_dose
from rnapp.ui.html import preparation as html_preparation
from rnapp.ui.screens import dose
from rnapp.ui.screens.common import cancel_button, panel, progress, status, words
from rnapp.ui.screens.screen import Listen, Painter, Services, Shown, Updates
from rnapp.ui.workspace import Step

MORE_CAREFUL = {"fast": "balanced", "balanced": "accurate", "accurate": "accurate"}


@dataclass(frozen=True, eq=False)
class PreparationScreen:
    """Its components."""

    step: ClassVar[Step] = Step.PREPARATION

    services: Services
    status: gr.HTML
    progress: gr.HTML
    cancel: gr.Button
    decision: gr.Row
    picture: gr.HTML
    pairs: gr.HTML
    verdict: gr.HTML
    warnings: gr.HTML
    doubt: gr.Checkbox
    accept: gr.Button
    reject: gr.Button
    careful: gr.Column
    mode: gr.Radio
    again: gr.Button
    dose: dose.DoseScreen

    def paint(self, shown: Shown) -> Updates:
        """The screen as the case has it."""
        running = shown.runs(Step.PREPARATION)
        prepared = None if running else shown.case.prepared
        updates = {
            self.status: html.notice(shown.message(Step.PREPARATION), "preparation-status"),
            self.progress: _progress(shown),
            self.cancel: gr.update(visible=running),
            self.decision: gr.update(visible=prepared is not None),
            **dose.paint(self.dose, shown, running),
        }
        if prepared is not None:
            updates |= {
                self.picture: html.picture("quality", shown.page.revisions.head,
                                           "Registration: atlas outline over the scan"),
                self.pairs: html_dose.pair_pictures(prepared, shown.question, shown.page.revisions.head),
                self.verdict: html_preparation.quality(prepared, shown.question),
                self.warnings: html.warnings(prepared.cautions, "preparation-warning-list"),
                self.doubt: gr.update(visible=doubtful(prepared) and not shown.case.accepted),
                self.accept: gr.update(value="Accepted: go on" if shown.case.accepted else "Accept"),
                self.careful: gr.update(visible=prepared.mask_source != "given"),
                self.again: gr.update(interactive=shown.idle),
            }
        return updates

    def paint_heavy(self, shown: Shown) -> Updates:  # noqa: ARG002 - of the protocol
        """Nothing is heavy here."""
        return {}

    def paint_fields(self, shown: Shown) -> Updates:
        """The modes in which the skull can be stripped again; none if they are not known."""
        prepared, actions = shown.case.prepared, self.services.actions
        of_dose = dose.paint_fields(self.dose, shown)
        if prepared is None:
            return of_dose
        modes = actions.worker.attempt(
            Step.PREPARATION, lambda: actions.pipeline.brain_mask_choices(actions.resources)) or ()
        proposed = MORE_CAREFUL.get(prepared.mask_source) if modes else None
        return {**of_dose, self.mode: gr.update(choices=list(modes), value=proposed)}

    def wire(self, on: Listen, painter: Painter) -> None:
        """Connect its components."""
        actions, lesion_actions = self.services.actions, self.services.lesion_actions

        def accept(despite_doubt: bool) -> Updates:
            accepted = actions.accept(despite_doubt)
            return painter.paint_started() if accepted and lesion_actions.take_early() else painter.paint(go=accepted)

        def reject() -> Updates:
            actions.reject()
            return painter.paint(go=True)

        def strip_again(mode: BrainMaskMode) -> Updates:
            actions.prepare(mode)
            return painter.paint_started()

        on(self.cancel.click, actions.worker.cancel, paints=False)
        on(self.accept.click, accept, self.doubt)
        on(self.reject.click, reject)
        on(self.again.click, strip_again, self.mode)
        dose.wire(self.dose, on, painter, self.services.dose_actions)


def build(services: Services) -> PreparationScreen:
    """Lay it out."""
    with gr.Column():
        message = status("preparation-status")
        state = panel(html.fixed("nothing_prepared"), "preparation-progress")
        cancel = cancel_button("cancel-prepare")
        with gr.Row(visible=False, elem_id="quality") as decision:
            with gr.Column(scale=3, min_width=560):
                picture = panel("", "quality-picture")
                pairs = panel("", "pair-pictures")
                with gr.Column(elem_id="careful") as careful:
                    words("mask_is_wrong")
                    with gr.Row():
                        mode = gr.Radio([], show_label=False, elem_id="brain-mask-mode", scale=3)
                        again = gr.Button("Strip the skull again", elem_id="strip-again", scale=1, min_width=190)
            with gr.Column(scale=2, min_width=340):
                verdict = panel("", "quality-numbers")
                words("how_to_look")
                warnings = panel("", "preparation-warnings")
                doubt = gr.Checkbox(label="I have looked at all three planes and accept it despite doubtful quality",
                                    visible=False, elem_id="accept-doubt")
                with gr.Row():
                    reject = gr.Button("Reject", elem_id="reject")
                    accept = gr.Button("Accept", variant="primary", elem_id="accept")
        of_dose = dose.build()
    return PreparationScreen(services, message, state, cancel, decision, picture, pairs, verdict, warnings, doubt,
                             accept, reject, careful, mode, again, of_dose)


def _progress(shown: Shown) -> str:
    nothing = shown.case.prepared is None and not shown.message(Step.PREPARATION)
    return progress(shown, Step.PREPARATION) or (html.fixed("nothing_prepared") if nothing else "")
