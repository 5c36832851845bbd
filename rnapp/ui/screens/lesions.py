"""Screen 3: the viewer with its drawing tools, a mask from a file, and the lesions that were found."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import gradio as gr

from rnapp.case.case import Case
from rnapp.types import Question
from rnapp.ui.flow import outdated, ready_to_read, waits_for_dose
from rnapp.ui.html import common as html
from rnapp.ui.html import dose as html_dose
from rnapp.ui.html import lesions as html_lesions
from rnapp.ui.screens import structures
from rnapp.ui.screens.common import panel, progress, status, words
from rnapp.ui.screens.screen import Listen, Painter, Services, Shown, Updates
from rnapp.ui.screens.viewer import COMPANION_TOOLS, DRAWING_TOOLS, viewer
from rnapp.ui.scripts import on_load
from rnapp.ui.workspace import Step

# A row of the table sends the viewer to its lesion; the viewer removes one, so that it can be undone there.
GO_TO = on_load("lesion_rows")
# Taken by the viewer, which can undo it; dismissed on the server alone.
PROPOSE = on_load("lesion_rows", "proposals")


@dataclass(frozen=True, eq=False)
class LesionScreen:
    """Its components, but for the viewer, which is never painted: it follows the bridge (see bridge.py)."""

    step: ClassVar[Step] = Step.LESIONS

    services: Services
    status: gr.HTML
    heading: gr.HTML
    upload: gr.File
    example_mask: gr.Button
    choice: structures.StructureChoice
    doubt: gr.Group
    doubt_words: gr.HTML
    fits: gr.Button
    fits_not: gr.Button
    lesions: gr.HTML
    doses: gr.HTML
    curves: gr.Plot
    warnings: gr.HTML
    go_on: gr.Button
    propose: gr.Button
    progress: gr.HTML
    proposals: gr.HTML

    def paint(self, shown: Shown) -> Updates:
        """The screen as the case has it."""
        case, preparation, found = shown.case, shown.case.preparation, shown.case.lesions
        doubtful = preparation.doubtful if preparation else None
        proposal = preparation.proposal if preparation else None
        ready, said = ready_to_read(case, shown.question), shown.message(Step.LESIONS) or outdated(shown.page)
        return {
            self.status: html.notice(said or waits_for_dose(case), "lesion-status"),
            self.heading: html_lesions.heading(shown.question),
            self.lesions: html_lesions.lesion_table(found),
            self.warnings: html.warnings(found.cautions if found else (), "lesion-set-warning-list"),
            self.go_on: gr.update(value=_to_go_on(shown.question), interactive=ready and doubtful is None),
            **structures.paint(self.choice, preparation.waiting if preparation else None),
            self.doubt: gr.update(visible=doubtful is not None),
            self.doubt_words: html_lesions.doubtful_mask(doubtful) if doubtful else "",
            self.example_mask: gr.update(visible=case.example_mask is not None),
            self.propose: gr.update(interactive=case.accepted and shown.idle),
            self.progress: progress(shown, Step.LESIONS),
            self.proposals: "" if preparation is None or proposal is None else html_lesions.proposals(
                proposal.words, preparation.candidates, _in_drawing(case)),
        }

    def paint_heavy(self, shown: Shown) -> Updates:
        """What each lesion received of a confirmed dose."""
        services, lesions = self.services, shown.case.lesions
        found = services.actions.worker.attempt(Step.LESIONS, lambda: (services.dose_actions.figures(shown.case),))
        figures = found[0] if found and lesions is not None and lesions.lesions else None
        curves = None if lesions is None else services.actions.pipeline.dose_curves(lesions, figures)
        return {self.doses: html_dose.lesion_doses(figures, lesions),
                self.curves: gr.update(value=curves, visible=curves is not None)}

    def paint_fields(self, shown: Shown) -> Updates:  # noqa: ARG002 - of the protocol
        """Nothing is typed here."""
        return {}

    def wire(self, on: Listen, painter: Painter) -> None:
        """Connect its components."""
        self._wire_masks(on, painter)
        self._wire_proposals(on, painter)
        workspace, lesion_actions = self.services.workspace, self.services.lesion_actions

        def rename(event: gr.EventData) -> Updates:
            lesion_actions.rename(int(event._data["lesion"]), str(event._data["name"]))
            return {**painter.paint(), **painter.paint_heavy(Step.READING)}

        def go_on() -> Updates:
            workspace.turn(Step.CLINICAL)
            return painter.paint(go=True)

        on(self.lesions.rename, rename, each=True)
        on(self.go_on.click, go_on)

    def _wire_masks(self, on: Listen, painter: Painter) -> None:
        workspace, lesion_actions = self.services.workspace, self.services.lesion_actions

        def upload(path: str | None) -> Updates:
            if path:
                lesion_actions.upload(Path(path), temporary=True)
            return {**painter.paint_started(), self.upload: None, **self.choice.cleared()}

        def use_example() -> Updates:
            if mask := workspace.case.example_mask:
                lesion_actions.upload(mask)
            return painter.paint_started()

        def use_structures(indices: list[str]) -> Updates:
            lesion_actions.choose([int(index) for index in indices])
            return {**painter.paint(), **painter.paint_heavy(Step.LESIONS)}

        def fits() -> Updates:
            lesion_actions.confirm(True)
            return {**painter.paint(), **painter.paint_heavy(Step.LESIONS)}

        def fits_not() -> Updates:
            lesion_actions.confirm(False)
            return painter.paint()

        on(self.upload.upload, upload, self.upload)
        on(self.example_mask.click, use_example)
        on(self.choice.use.click, use_structures, self.choice.structures)
        on(self.fits.click, fits)
        on(self.fits_not.click, fits_not)

    def _wire_proposals(self, on: Listen, painter: Painter) -> None:
        lesion_actions = self.services.lesion_actions

        def propose() -> Updates:
            lesion_actions.propose()
            return painter.paint_started()

        def dismiss(event: gr.EventData) -> Updates:
            lesion_actions.dismiss(int(event._data["number"]))
            return painter.paint()

        on(self.propose.click, propose)
        on(self.proposals.dismiss, dismiss, each=True)


def build(services: Services) -> LesionScreen:
    """Lay it out."""
    with gr.Row():
        with gr.Column(scale=7, min_width=620):
            viewer("draw-viewer", DRAWING_TOOLS, "draw")
            viewer("companion", COMPANION_TOOLS, "beside")
            curves = gr.Plot(show_label=False, visible=False, elem_id="lesion-dose-curves", container=False)
        with gr.Column(scale=3, min_width=310):
            message = status("lesion-status")
            heading = panel(html_lesions.heading(services.question), "lesions-heading")
            lesions = panel(html_lesions.lesion_table(None), "lesion-table", GO_TO)
            doses = panel("", "lesion-dose-table")
            warnings = panel("", "lesion-set-warnings")
            go_on = gr.Button(_to_go_on(services.question), variant="primary", elem_id="to-clinical",
                              interactive=False)
            words("proposal_heading")
            propose = gr.Button("Propose lesions", elem_id="propose", size="md", interactive=False)
            state = panel("", "lesion-progress")
            proposals = panel("", "proposals", PROPOSE)
            words("mask_from_file")
            # Any name: DICOM files often have no suffix.
            upload = gr.File(label="Mask", file_count="single", height=104, elem_id="mask-file")
            choice = structures.build("mask")
            with gr.Group(visible=False, elem_id="mask-doubt", elem_classes="structure-group") as doubt:
                doubt_words = panel("", "mask-doubt-words", GO_TO)
                fits = gr.Button("It fits the lesion: use it", variant="primary", elem_id="mask-fits")
                fits_not = gr.Button("It does not fit: leave it out", elem_id="mask-fits-not")
            example_mask = gr.Button("Use the example's mask", visible=False, elem_id="example-mask", size="md")
    return LesionScreen(services, message, heading, upload, example_mask, choice, doubt, doubt_words, fits, fits_not,
                        lesions, doses, curves, warnings, go_on, propose, state, proposals)


def _to_go_on(question: Question) -> str:
    return "Go on with these lesions" if question.unit == "lesion" else "Go on"


def _in_drawing(case: Case) -> frozenset[int]:
    """Numbers of the candidates that were accepted and are still, at least in part, in the drawing."""
    mask = case.mask
    return frozenset(one.number for one in case.outline.taken
                     if mask is not None and (mask.array & one.mask.array).any())
