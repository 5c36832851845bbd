"""Screen 1: which study is opened, and which of its series is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr

from rnapp.types import Question, Study
from rnapp.ui.flow import lacking, same_dose, same_scans
from rnapp.ui.html import common as html
from rnapp.ui.html import study as html_study
from rnapp.ui.ports import NO_ID, patients, role_problem
from rnapp.ui.questions import in_order
from rnapp.ui.screens import dose_told, model, own_audit, shelf
from rnapp.ui.screens.common import cancel_button, panel, progress, status, words
from rnapp.ui.screens.screen import Light, Listen, Painter, Services, Shown, Updates
from rnapp.ui.scripts import on_load
from rnapp.ui.workspace import Message, Step

# The table's radio buttons tell Python the row; the page itself keeps nothing.
CHOOSE = on_load("series")
ASK = on_load("questions")
NONE = "none"
OTHER_DOSE = Message("info", "Another dose or planning scan is chosen than the one that is used. Place it on the "
                             "screen of the preparation; what is drawn stays.")


@dataclass(frozen=True, eq=False)
class StudyScreen(Light):
    """Its components. further: role → the choice of its series, for every role of any question after the first."""

    step: ClassVar[Step] = Step.STUDY

    services: Services
    question: gr.HTML
    files: gr.File
    folder: gr.File
    path: gr.Textbox
    open_path: gr.Button
    example: gr.Button
    status: gr.HTML
    progress: gr.HTML
    cancel: gr.Button
    heading: gr.HTML
    patient: gr.Radio
    series: gr.HTML
    further: Mapping[str, gr.Dropdown]
    told: dose_told.DoseToldScreen
    warnings: gr.HTML
    mask: gr.File
    mask_status: gr.HTML
    prepare: gr.Button
    kept: gr.HTML
    models: model.ModelScreen
    own_audit: own_audit.AuditScreen

    def paint(self, shown: Shown) -> Updates:
        """The screen as the case has it."""
        case, study, idle, question = shown.case, shown.case.study, shown.idle, shown.question
        cautions = [*(study.cautions if study else ()),
                    *(one for role in shown.question.roles if (series := case.chosen_for(role.name))
                      for one in series.cautions)]
        ready = study is not None and not lacking(case, shown.page, question)
        return {
            self.question: html_study.task_choice(self.services.questions, question, not idle),
            self.heading: html_study.heading(question),
            self.status: html.notice(shown.message(Step.STUDY) or _about_preparing(shown), "study-status"),
            self.progress: progress(shown, Step.STUDY),
            self.cancel: gr.update(visible=shown.runs(Step.STUDY)),
            self.patient: _patient(study, idle),
            self.series: (html_study.why_proposed(study, case.chosen, question)
                          + html_study.series_table(study, case.chosen, question)),
            **{part: _choices(shown, name) for name, part in self.further.items()},
            **dose_told.paint(self.told, shown),
            self.warnings: html.warnings(cautions, "study-warning-list") + html_study.files_left_out(study),
            self.mask: gr.update(visible=case.series is not None and question.outlines, interactive=idle),
            self.mask_status: html.notice(_early_mask(shown), "early-mask"),
            self.prepare: gr.update(value=_to_prepare(question), interactive=ready and idle),
            self.open_path: gr.update(interactive=idle),
            self.example: gr.update(interactive=idle, visible=self.services.actions.model.example),
            self.kept: shelf.paint(shown.page, self.services.keeping),
            **model.paint(self.models, self.services.models, question),
            **own_audit.paint(self.own_audit, shown, self.services.outcomes),
        }

    def paint_fields(self, shown: Shown) -> Updates:
        """What the user says of a dose."""
        return dose_told.paint_fields(self.told, shown)

    def wire(self, on: Listen, painter: Painter) -> None:
        """Connect its components."""
        self._wire_opening(on, painter)
        dose_told.wire(self.told, on, painter, self.services)
        self._wire_choices(on, painter)
        shelf.wire(self.kept, partial(on, any_case=True), painter, self.services.keeping)
        model.wire(self.models, partial(on, any_case=True), painter, self.services.models)
        own_audit.wire(self.own_audit, partial(on, any_case=True), painter, self.services.outcomes)

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

        def ask(event: gr.EventData) -> Updates:
            actions.ask(str(event._data["task"]))
            return painter.paint_all()

        on(self.question.ask, ask, last=True)
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
                services.actions.choose(role, int(index) if index != NONE else None)
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
    asked = services.question
    with gr.Row():
        with gr.Column(scale=1, min_width=330):
            question = panel(html_study.task_choice(services.questions, asked, False), "questions", ASK)
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
            heading = panel(html_study.heading(asked), "series-heading")
            message = status("study-status")
            state = panel("", "study-progress")
            cancel = cancel_button("cancel-study")
            patient = gr.Radio([], label="These files belong to several patients. Whose scan is it?", visible=False,
                               elem_id="patient")
            series = panel(html_study.series_table(None, {}, asked), "series-table", CHOOSE)
            further = {name: gr.Dropdown([], elem_id=f"series-{name.replace('_', '-')}", filterable=False,
                                         visible=False) for name in in_order(services.questions)}
            told = dose_told.build()
            warnings = panel("", "study-warnings")
            mask = gr.File(label="Lesion mask of this series, if you have one", file_count="single", height=118,
                           visible=False, elem_id="early-mask-file")
            mask_status = panel("", "early-mask-status")
            prepare = gr.Button(_to_prepare(asked), variant="primary", elem_id="prepare", interactive=False)
            kept = shelf.build()
            audits = own_audit.build()
    return StudyScreen(services, question, files, folder, path, open_path, example, message, state, cancel, heading,
                       patient, series, further, told, warnings, mask, mask_status, prepare, kept, models, audits)


def _to_prepare(question: Question) -> str:
    return "Prepare this series" if len(question.roles_of("scan")) == 1 else "Prepare these series"


def _choices(shown: Shown, name: str) -> Any:
    """The series that fit a role after the first, and why one is proposed; hidden where the question has no such
    role."""
    study, chosen = shown.case.study, shown.case.chosen.get(name)
    role = next((one for one in shown.question.roles[1:] if one.name == name), None)
    has_dose = any(shown.case.chosen_for(one.name) for one in shown.question.roles_of("dose"))
    if role is None or study is None or (role.kind == "planning" and not has_dose):
        return gr.update(choices=[], value=None, visible=False)
    choices = [("None", NONE)] if role.optional else []
    choices += [(html_study.series_words(one), str(index)) for index, one in enumerate(study.series)
                if role_problem(one, role) is None]
    value = next((str(index) for index, one in enumerate(study.series) if one.uid == chosen),
                 NONE if role.optional else None)
    return gr.update(choices=choices, value=value, visible=True, interactive=shown.idle, label=role.label,
                     info=html_study.why_chosen(study, chosen, role))


def _patient(study: Study | None, idle: bool) -> Any:
    """Whose scan it is, where the files belong to several patients."""
    listed = patients(study) if study else ()
    chosen = (study.series[0].patient or NO_ID) if study and study.series else None
    choices = [(f"{patient} ({count} series)", patient) for patient, count in listed]
    return gr.update(visible=bool(study and study.others), choices=choices, value=chosen, interactive=idle)


def _early_mask(shown: Shown) -> Message | None:
    """The result of checking a mask given before the preparation."""
    early = shown.case.early
    if early is None:
        return None
    if early.series != shown.case.chosen.get(shown.question.reference):
        return Message("warning", "The mask was checked against another series; upload it again for this one.")
    return Message("good", early.said)


def _about_preparing(shown: Shown) -> Message | None:
    """What the user should know before preparing again."""
    preparation = shown.case.preparation
    if preparation is None:
        return None
    if not same_scans(shown.case.chosen, preparation, shown.question):
        drawn = "; the lesions drawn on the other will be removed" if shown.question.outlines else ""
        return Message("warning", f"Another series is prepared. Prepare this one to replace it{drawn}.")
    if not same_dose(shown.open, shown.question):
        return OTHER_DOSE
    lesions = shown.case.lesions
    if shown.case.outline.drawing is not None or (lesions is not None and lesions.lesions):
        return Message("info", "This series is prepared. Preparing it again removes the lesions drawn on it.")
    return None
