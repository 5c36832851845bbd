"""Screen 1: what is read, and which of its series."""

from dataclasses import dataclass

import gradio as gr

from rnapp.ui import html
from rnapp.ui.flow import runs
from rnapp.ui.keeping import Keeping
from rnapp.ui.models import Models
from rnapp.ui.screens import model, shelf
from rnapp.ui.screens.common import Updates, panel, progress, status
from rnapp.ui.work import Job
from rnapp.ui.workspace import Case, Message, Step

# The table's radio buttons tell Python the row; the page itself keeps nothing.
CHOOSE = """
element.addEventListener('change', event => {
  if (event.target.dataset.index !== undefined) trigger('choose', {index: Number(event.target.dataset.index)});
});
"""


@dataclass(frozen=True)
class StudyScreen:
    """Its components."""

    files: gr.File
    folder: gr.File
    path: gr.Textbox
    open_path: gr.Button
    example: gr.Button
    status: gr.HTML
    progress: gr.HTML
    cancel: gr.Button
    series: gr.HTML
    warnings: gr.HTML
    prepare: gr.Button
    kept: gr.HTML
    models: model.ModelScreen


def build() -> StudyScreen:
    """Lay it out."""
    with gr.Row():
        with gr.Column(scale=1, min_width=330):
            gr.HTML("<h2>Open a study</h2><p>DICOM files or one zip of them, or NIfTI or NRRD. "
                    "Everything stays on this computer.</p>", apply_default_css=False)
            files = gr.File(label="Files or a zip", file_count="multiple", height=118, elem_id="study-files")
            folder = gr.File(label="A whole folder", file_count="directory", height=118, elem_id="study-folder")
            path = gr.Textbox(label="Or a path on this computer", placeholder="folder, zip or file",
                              elem_id="study-path", max_lines=1)
            open_path = gr.Button("Open this path", elem_id="study-open-path", size="md")
            example = gr.Button("Load the example", elem_id="load-example", size="md")
            models = model.build()
        with gr.Column(scale=3, min_width=560):
            gr.HTML("<h2>Series of this study</h2><p>The T1-weighted series after contrast agent (T1CE) is proposed. "
                    "Choose another if the proposal is wrong.</p>", apply_default_css=False)
            message = status("study-status")
            progress = panel("", "study-progress")
            cancel = gr.Button("Cancel", variant="stop", visible=False, elem_id="cancel-study", size="md")
            series = panel(html.series_table((), None), "series-table", CHOOSE)
            warnings = panel("", "study-warnings")
            prepare = gr.Button("Prepare this series", variant="primary", elem_id="prepare", interactive=False)
            kept = shelf.build()
    return StudyScreen(files, folder, path, open_path, example, message, progress, cancel, series, warnings, prepare,
                       kept, models)


def paint(screen: StudyScreen, case: Case, job: Job | None, keeping: Keeping, models: Models) -> Updates:
    """The screen as the case has it."""
    study = case.study
    sentences = [*(study.warnings if study else ()), *(case.series.warnings if case.series else ())]
    return {
        screen.status: html.notice(case.messages.get(Step.STUDY) or _about_preparing(case), "study-status"),
        screen.progress: progress(job, Step.STUDY),
        screen.cancel: gr.update(visible=runs(job, Step.STUDY)),
        screen.series: html.series_table(study.series if study else (), case.chosen),
        screen.warnings: html.warnings(sentences, "study-warning-list"),
        screen.prepare: gr.update(interactive=case.series is not None and job is None),
        screen.open_path: gr.update(interactive=job is None),
        screen.example: gr.update(interactive=job is None),
        screen.kept: shelf.paint(case, keeping),
        **model.paint(screen.models, models),
    }


def _about_preparing(case: Case) -> Message | None:
    """What the user should know before preparing again."""
    if case.prepared is None:
        return None
    if case.chosen != case.prepared_uid:
        return Message("warning", "Another series than this one is prepared. Prepare this one to replace it; lesions "
                                  "drawn on the other go with it.")
    if case.mask is not None:
        return Message("info", "This series is prepared. Preparing it again removes the lesions drawn on it.")
    return None
