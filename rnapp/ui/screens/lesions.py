"""Screen 3: the viewer with its drawing tools, a mask from a file, and the lesions that were found."""

from dataclasses import dataclass

import gradio as gr

from rnapp.ui import html
from rnapp.ui.flow import outdated
from rnapp.ui.screens import structures
from rnapp.ui.screens.common import Updates, panel, progress, status
from rnapp.ui.screens.viewer import DRAWING_TOOLS, viewer
from rnapp.ui.scripts import on_load
from rnapp.ui.work import Job
from rnapp.ui.workspace import Case, Step

# A row of the table sends the viewer to its lesion; the viewer removes one, so that it can be undone there.
GO_TO = on_load("lesion_rows")
# Taken by the viewer, which can undo it; dismissed on the server alone.
PROPOSE = on_load("lesion_rows", "proposals")


@dataclass(frozen=True)
class LesionScreen:
    """Its components."""

    status: gr.HTML
    viewer: gr.HTML
    upload: gr.File
    example_mask: gr.Button
    choice: structures.StructureChoice
    doubt: gr.Group
    doubt_words: gr.HTML
    fits: gr.Button
    fits_not: gr.Button
    lesions: gr.HTML
    warnings: gr.HTML
    go_on: gr.Button
    propose: gr.Button
    progress: gr.HTML
    proposals: gr.HTML


def build() -> LesionScreen:
    """Lay it out."""
    with gr.Row():
        with gr.Column(scale=7, min_width=620):
            view = viewer("draw-viewer", DRAWING_TOOLS, "draw")
        with gr.Column(scale=3, min_width=310):
            message = status("lesion-status")
            gr.HTML("<h2>Lesions</h2>", apply_default_css=False)
            lesions = panel(html.lesion_table(()), "lesion-table", GO_TO)
            warnings = panel("", "lesion-set-warnings")
            go_on = gr.Button("Go on with these lesions", variant="primary", elem_id="to-clinical", interactive=False)
            gr.HTML("<h2>Or begin with a proposal</h2>", apply_default_css=False)
            propose = gr.Button("Propose lesions", elem_id="propose", size="md", interactive=False)
            progress = panel("", "lesion-progress")
            proposals = panel("", "proposals", PROPOSE)
            gr.HTML("<h2>Or a mask from a file</h2><p>DICOM segmentation or structure set (RTSTRUCT) of this study; "
                    "NIfTI or NRRD on the scan's own grid or on SRI24. It replaces the drawing.</p>",
                    apply_default_css=False)
            # Any name: DICOM files often have no suffix.
            upload = gr.File(label="Mask", file_count="single", height=104, elem_id="mask-file")
            choice = structures.build("mask")
            with gr.Group(visible=False, elem_id="mask-doubt", elem_classes="structure-group") as doubt:
                doubt_words = panel("", "mask-doubt-words", GO_TO)
                fits = gr.Button("It lies on the lesion: use it", variant="primary", elem_id="mask-fits")
                fits_not = gr.Button("It does not: leave it out", elem_id="mask-fits-not")
            example_mask = gr.Button("Use the example's mask", visible=False, elem_id="example-mask", size="md")
    return LesionScreen(message, view, upload, example_mask, choice, doubt, doubt_words, fits, fits_not, lesions,
                        warnings, go_on, propose, progress, proposals)


def paint(screen: LesionScreen, case: Case, job: Job | None) -> Updates:
    """The screen as the case has it; the viewer follows the bridge instead (see bridge.py)."""
    found = case.lesions
    return {
        screen.status: html.notice(case.messages.get(Step.LESIONS) or outdated(case), "lesion-status"),
        screen.lesions: html.lesion_table(found.lesions if found else ()),
        screen.warnings: html.warnings(found.warnings if found else (), "lesion-set-warning-list"),
        screen.go_on: gr.update(interactive=bool(found and found.lesions) and case.doubtful is None),
        **structures.paint(screen.choice, case.waiting),
        screen.doubt: gr.update(visible=case.doubtful is not None),
        screen.doubt_words: html.doubtful_mask(case.doubtful) if case.doubtful else "",
        screen.example_mask: gr.update(visible=case.example_mask is not None),
        screen.propose: gr.update(interactive=case.accepted and job is None),
        screen.progress: progress(job, Step.LESIONS),
        screen.proposals: "" if case.proposal is None else html.proposals(
            case.proposal.words, case.candidates, _in_drawing(case)),
    }


def _in_drawing(case: Case) -> frozenset[int]:
    """Numbers of the candidates that were taken and are still, at least in part, in the drawing."""
    mask = case.mask
    return frozenset(one.number for one in case.taken if mask is not None and (mask.array & one.mask.array).any())
