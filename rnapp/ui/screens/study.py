"""Screen 1: what is read, and which of its series."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rnapp.io.patients import NO_ID, patients
from rnapp.types import Study
from rnapp.ui import html, html_study
from rnapp.ui.flow import runs
from rnapp.ui.keeping import Keeping
from rnapp.ui.models import Models
from rnapp.ui.screens import model, shelf
from rnapp.ui.screens.common import Updates, panel, progress, status
from rnapp.ui.scripts import on_load
from rnapp.ui.work import Job
from rnapp.ui.workspace import Case, Message, Step

# The table's radio buttons tell Python the row; the page itself keeps nothing.
CHOOSE = on_load("series")


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
    patient: gr.Radio
    series: gr.HTML
    warnings: gr.HTML
    mask: gr.File
    mask_status: gr.HTML
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
            patient = gr.Radio([], label="These files belong to several patients. Whose scan is it?", visible=False,
                               elem_id="patient")
            series = panel(html_study.series_table((), None), "series-table", CHOOSE)
            warnings = panel("", "study-warnings")
            mask = gr.File(label="Lesion mask of this series, if there is one (checked now, used once the preparation "
                                 "is accepted)", file_count="single", height=118, visible=False,
                           elem_id="early-mask-file")
            mask_status = panel("", "early-mask-status")
            prepare = gr.Button("Prepare this series", variant="primary", elem_id="prepare", interactive=False)
            kept = shelf.build()
    return StudyScreen(files, folder, path, open_path, example, message, progress, cancel, patient, series, warnings,
                       mask, mask_status, prepare, kept, models)


def paint(screen: StudyScreen, case: Case, job: Job | None, keeping: Keeping, models: Models) -> Updates:
    """The screen as the case has it."""
    study = case.study
    sentences = [*(study.warnings if study else ()), *(case.series.warnings if case.series else ())]
    return {
        screen.status: html.notice(case.messages.get(Step.STUDY) or _about_preparing(case), "study-status"),
        screen.progress: progress(job, Step.STUDY),
        screen.cancel: gr.update(visible=runs(job, Step.STUDY)),
        screen.patient: _patient(study, job),
        screen.series: html_study.why_proposed(study, case.chosen) + _series(study, case.chosen),
        screen.warnings: html.warnings(sentences, "study-warning-list") + html_study.files_left_out(study),
        screen.mask: gr.update(visible=case.series is not None, interactive=job is None),
        screen.mask_status: html.notice(_early_mask(case), "early-mask"),
        screen.prepare: gr.update(interactive=case.series is not None and job is None),
        screen.open_path: gr.update(interactive=job is None),
        screen.example: gr.update(interactive=job is None),
        screen.kept: shelf.paint(case, keeping),
        **model.paint(screen.models, models),
    }


def _series(study: Study | None, chosen: str | None) -> str:
    if study is None:
        return html_study.series_table((), None)
    return html_study.series_table(study.series, chosen, "Choose the patient to see the series.")


def _patient(study: Study | None, job: Job | None) -> Any:
    """Whose scan it is, where the files belong to several patients."""
    found = patients(study) if study else ()
    chosen = (study.series[0].patient or NO_ID) if study and study.series else None
    choices = [(f"{patient} ({count} series)", patient) for patient, count in found]
    return gr.update(visible=bool(study and study.others), choices=choices, value=chosen, interactive=job is None)


def _early_mask(case: Case) -> Message | None:
    """What was found of a mask that was given before the preparation."""
    early = case.early
    if early is None:
        return None
    if early.series != case.chosen:
        return Message("warning", "The mask was checked against another series; give it again for this one.")
    return Message("good", early.said)


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
