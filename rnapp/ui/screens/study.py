"""Screen 1: what is read, and which of its series."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr

from rnapp.types import Role, Study
from rnapp.ui.html import common as html
from rnapp.ui.html import study as html_study
from rnapp.ui.ports import NO_ID, patients
from rnapp.ui.screens import model, shelf
from rnapp.ui.screens.common import cancel_button, panel, progress, status, words
from rnapp.ui.screens.screen import Light, Listen, Painter, Services, Shown, Updates
from rnapp.ui.scripts import on_load
from rnapp.ui.workspace import Message, Step

# The table's radio buttons tell Python the row; the page itself keeps nothing.
CHOOSE = on_load("series")


@dataclass(frozen=True, eq=False)
class StudyScreen(Light):
    """Its components. further: role → the choice of its series, for every role after the first."""

    step: ClassVar[Step] = Step.STUDY

    services: Services
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
    further: Mapping[str, gr.Dropdown]
    warnings: gr.HTML
    mask: gr.File
    mask_status: gr.HTML
    prepare: gr.Button
    kept: gr.HTML
    models: model.ModelScreen

    def paint(self, shown: Shown) -> Updates:
        """The screen as the case has it."""
        case, study, idle = shown.case, shown.case.study, shown.idle
        cautions = [*(study.cautions if study else ()),
                    *(one for role in shown.question.roles if (series := case.chosen_for(role.name))
                      for one in series.cautions)]
        ready = study is not None and not self.services.actions.missing(case)
        return {
            self.status: html.notice(shown.message(Step.STUDY) or _about_preparing(shown), "study-status"),
            self.progress: progress(shown, Step.STUDY),
            self.cancel: gr.update(visible=shown.runs(Step.STUDY)),
            self.patient: _patient(study, idle),
            self.series: (html_study.why_proposed(study, case.chosen, shown.question)
                          + html_study.series_table(study, case.chosen, shown.question)),
            **{part: _choices(study, case.chosen.get(role), idle) for role, part in self.further.items()},
            self.warnings: html.warnings(cautions, "study-warning-list") + html_study.files_left_out(study),
            self.mask: gr.update(visible=case.series is not None and shown.question.unit == "lesion", interactive=idle),
            self.mask_status: html.notice(_early_mask(shown), "early-mask"),
            self.prepare: gr.update(interactive=ready and idle),
            self.open_path: gr.update(interactive=idle),
            self.example: gr.update(interactive=idle),
            self.kept: shelf.paint(shown.page, self.services.keeping),
            **model.paint(self.models, self.services.models),
        }

    def wire(self, on: Listen, painter: Painter) -> None:
        """Connect its components."""
        self._wire_opening(on, painter)
        self._wire_choices(on, painter)
        shelf.wire(self.kept, partial(on, any_case=True), painter, self.services.keeping)
        model.wire(self.models, partial(on, any_case=True), painter, self.services.models)

    def _wire_opening(self, on: Listen, painter: Painter) -> None:
        actions, anyhow = self.services.actions, partial(on, any_case=True)

        def upload(files: Any) -> Updates:
            if files:
                actions.open_uploads([Path(file) for file in ([files] if isinstance(files, str) else files)])
            return {**painter.paint_started(), self.files: None, self.folder: None}

        def open_path(path: str) -> Updates:
            if path.strip():
                actions.open_study([Path(path.strip()).expanduser()])
            return painter.paint_started()

        def example() -> Updates:
            actions.load_example()
            return painter.paint_started()

        anyhow(self.files.upload, upload, self.files)
        anyhow(self.folder.upload, upload, self.folder)
        anyhow(self.open_path.click, open_path, self.path)
        anyhow(self.path.submit, open_path, self.path)
        anyhow(self.example.click, example)
        on(self.cancel.click, actions.worker.cancel, paints=False)

    def _wire_choices(self, on: Listen, painter: Painter) -> None:
        services = self.services

        def choose(event: gr.EventData) -> Updates:
            services.actions.choose(services.question.reference, int(event._data["index"]))
            return painter.paint()

        def choose_further(role: str, index: str | None) -> Updates:
            if index is not None:
                services.actions.choose(role, int(index))
            return painter.paint()

        def choose_patient(patient: str | None) -> Updates:
            if patient:
                services.actions.choose_patient(patient)
            return painter.paint_all()

        def check_mask(path: str | None) -> Updates:
            if path:
                services.lesion_actions.check(Path(path), temporary=True)
            return {**painter.paint_started(), self.mask: None}

        def prepare() -> Updates:
            services.actions.prepare()
            return painter.paint_started()

        on(self.patient.input, choose_patient, self.patient)
        on(self.series.choose, choose, last=True)
        for role, part in self.further.items():
            on(part.input, partial(choose_further, role), part, last=True)
        on(self.mask.upload, check_mask, self.mask)
        on(self.prepare.click, prepare)


def build(services: Services) -> StudyScreen:
    """Lay it out."""
    roles = services.question.roles
    with gr.Row():
        with gr.Column(scale=1, min_width=330):
            words("open_a_study")
            files = gr.File(label="Files or a zip", file_count="multiple", height=118, elem_id="study-files")
            folder = gr.File(label="A whole folder", file_count="directory", height=118, elem_id="study-folder")
            path = gr.Textbox(label="Or a path on this computer", placeholder="folder, zip or file",
                              elem_id="study-path", max_lines=1)
            open_path = gr.Button("Open this path", elem_id="study-open-path", size="md")
            example = gr.Button("Load the example", elem_id="load-example", size="md",
                                visible=services.actions.model.example)
            models = model.build()
        with gr.Column(scale=3, min_width=560):
            gr.HTML(html_study.heading(services.question), apply_default_css=False)
            message = status("study-status")
            state = panel("", "study-progress")
            cancel = cancel_button("cancel-study")
            patient = gr.Radio([], label="These files belong to several patients. Whose scan is it?", visible=False,
                               elem_id="patient")
            series = panel(html_study.series_table(None, {}, services.question), "series-table", CHOOSE)
            further = {role.name: _further(role) for role in roles[1:]}
            warnings = panel("", "study-warnings")
            mask = gr.File(label="Lesion mask of this series, if you have one", file_count="single", height=118,
                           visible=False, elem_id="early-mask-file")
            mask_status = panel("", "early-mask-status")
            prepare = gr.Button("Prepare this series" if len(roles) == 1 else "Prepare these series",
                                variant="primary", elem_id="prepare", interactive=False)
            kept = shelf.build()
    return StudyScreen(services, files, folder, path, open_path, example, message, state, cancel, patient, series,
                       further, warnings, mask, mask_status, prepare, kept, models)


def _further(role: Role) -> gr.Dropdown:
    return gr.Dropdown([], label=role.label, info=role.help or None, elem_id=f"series-{role.name}", filterable=False,
                       visible=False)


def _choices(study: Study | None, chosen: str | None, idle: bool) -> Any:
    """The usable series, for a role after the first."""
    series = study.series if study else ()
    choices = [(html_study.series_words(one), str(index)) for index, one in enumerate(series) if not one.unusable]
    value = next((str(index) for index, one in enumerate(series) if one.uid == chosen), None)
    return gr.update(choices=choices, value=value, visible=study is not None, interactive=idle)


def _patient(study: Study | None, idle: bool) -> Any:
    """Whose scan it is, where the files belong to several patients."""
    found = patients(study) if study else ()
    chosen = (study.series[0].patient or NO_ID) if study and study.series else None
    choices = [(f"{patient} ({count} series)", patient) for patient, count in found]
    return gr.update(visible=bool(study and study.others), choices=choices, value=chosen, interactive=idle)


def _early_mask(shown: Shown) -> Message | None:
    """What was found of a mask that was given before the preparation."""
    early = shown.case.early
    if early is None:
        return None
    if early.series != shown.case.chosen.get(shown.question.reference):
        return Message("warning", "The mask was checked against another series; give it again for this one.")
    return Message("good", early.said)


def _about_preparing(shown: Shown) -> Message | None:
    """What the user should know before preparing again."""
    preparation = shown.case.preparation
    if preparation is None:
        return None
    if dict(shown.case.chosen) != dict(preparation.chosen):
        drawn = "" if shown.question.unit == "study" else "; lesions drawn on the other are removed with it"
        return Message("warning", f"Another series than this one is prepared. Prepare this one to replace it{drawn}.")
    if shown.case.has_mask and shown.question.unit == "lesion":
        return Message("info", "This series is prepared. Preparing it again removes the lesions drawn on it.")
    return None
