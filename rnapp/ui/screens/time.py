"""Over time: earlier scans next to the current one, and the course of each lesion."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr

from rnapp.types import TreatmentKind
from rnapp.ui.html import common as html
from rnapp.ui.html import time as html_time
from rnapp.ui.screens import structures
from rnapp.ui.screens.common import cancel_button, panel, progress, status, words
from rnapp.ui.screens.screen import Listen, Painter, Services, Shown, Updates
from rnapp.ui.screens.viewer import DIFFERENCE_TOOLS, EARLIER_TOOLS, viewer
from rnapp.ui.scripts import on_load
from rnapp.ui.timeline_actions import KINDS
from rnapp.ui.workspace import Message, Step

NO_PATH = Message("info", "Give the folder, zip or file of the earlier study first, or drop its files above.")
# Buttons in the tables tell Python what to do and to which row.
ACT = on_load("earlier_scans")


@dataclass(frozen=True, eq=False)
class TreatmentEntry:
    """The components to note a treatment with."""

    day: gr.Textbox
    kind: gr.Dropdown
    words: gr.Textbox
    add: gr.Button
    listed: gr.HTML


@dataclass(frozen=True, eq=False)
class TimeScreen:
    """Its components, but for the viewers, which are never painted (see bridge.py)."""

    step: ClassVar[Step] = Step.TIME

    services: Services
    status: gr.HTML
    progress: gr.HTML
    cancel: gr.Button
    files: gr.File
    path: gr.Textbox
    day: gr.Textbox
    add: gr.Button
    present_day: gr.Textbox
    scans: gr.HTML
    masks: gr.File
    choice: structures.StructureChoice
    all_drawn: gr.Checkbox
    treatment: TreatmentEntry
    courses: gr.HTML
    plot: gr.Plot

    def paint(self, shown: Shown) -> Updates:
        """All but the courses, which are heavy."""
        earlier, index = shown.case.earlier, shown.page.shown_earlier
        return {
            self.status: html.notice(shown.message(Step.TIME), "time-status"),
            self.progress: progress(shown, Step.TIME),
            self.cancel: gr.update(visible=shown.runs(Step.TIME)),
            self.add: gr.update(interactive=shown.case.accepted and shown.idle),
            self.masks: gr.update(visible=bool(earlier)),
            **structures.paint(self.choice, earlier[index].waiting if earlier else None),
            self.scans: html_time.scan_table(earlier, index),
            self.treatment.listed: html_time.treatment_table(shown.case.timeline.treatments),
        }

    def paint_heavy(self, shown: Shown) -> Updates:
        """The course of each lesion, as table and plot; if it cannot be determined, this screen's message says why."""
        painted = self.services.actions.worker.attempt(Step.TIME, lambda: self._courses(shown))
        if painted is not None:
            return painted
        workspace = self.services.workspace
        return self.paint(Shown(workspace.case, workspace.page, None, shown.question))

    def paint_fields(self, shown: Shown) -> Updates:
        """The day of the current scan."""
        return {self.present_day: gr.update(value=shown.case.timeline.present_day)}

    def wire(self, on: Listen, painter: Painter) -> None:
        """Connect its components."""
        self._wire_scans(on, painter)
        self._wire_masks(on, painter)
        self._wire_course(on, painter)
        on(self.cancel.click, self.services.actions.worker.cancel, paints=False)

    def _courses(self, shown: Shown) -> Updates:
        timeline_actions, pipeline = self.services.timeline_actions, self.services.pipeline
        courses = timeline_actions.courses()
        if not courses:
            return {self.courses: "", self.plot: gr.update(value=None, visible=False)}
        figure = pipeline.course_figure(courses, shown.case.timeline.treatments)
        table = html_time.course_table(courses, [pipeline.growth(course) for course in courses],
                                       [pipeline.rano_response(courses).sentence])
        return {self.courses: table, self.plot: gr.update(value=figure, visible=True)}

    def _wire_scans(self, on: Listen, painter: Painter) -> None:
        timeline_actions, workspace = self.services.timeline_actions, self.services.workspace

        def add_files(files: Any, day: str) -> Updates:
            if files:
                timeline_actions.add([Path(file) for file in files], day, temporary=True)
            return {**painter.paint_started(), self.files: None}

        def add(path: str, day: str) -> Updates:
            if not path.strip():
                workspace.say(Step.TIME, NO_PATH)
                return painter.paint()
            timeline_actions.add([Path(path.strip()).expanduser()], day)
            return painter.paint_started()

        def show(event: gr.EventData) -> Updates:
            timeline_actions.show(int(event._data["place"]))
            return _painted(painter)

        def remove(event: gr.EventData) -> Updates:
            timeline_actions.remove(int(event._data["place"]))
            return _painted(painter)

        on(self.files.upload, add_files, [self.files, self.day])
        on(self.add.click, add, [self.path, self.day])
        on(self.scans.show, show, last=True)
        on(self.scans.remove, remove)

    def _wire_masks(self, on: Listen, painter: Painter) -> None:
        timeline_actions, workspace = self.services.timeline_actions, self.services.workspace

        def mask(path: str | None) -> Updates:
            if path:
                timeline_actions.mask(workspace.page.shown_earlier, Path(path), temporary=True)
            return {**painter.paint_started(), self.masks: None, **self.choice.cleared()}

        def use_structures(indices: list[str]) -> Updates:
            timeline_actions.choose(workspace.page.shown_earlier, [int(index) for index in indices])
            return _painted(painter)

        on(self.masks.upload, mask, self.masks)
        on(self.choice.use.click, use_structures, self.choice.structures)

    def _wire_course(self, on: Listen, painter: Painter) -> None:
        timeline_actions, treatment = self.services.timeline_actions, self.treatment

        def date_present(day: str) -> Updates:
            timeline_actions.date_present(day.strip())
            return _painted(painter)

        def all_drawn(wanted: bool) -> Updates:
            timeline_actions.say_all_drawn(wanted)
            return _painted(painter)

        def treat(day: str, kind: TreatmentKind, said: str) -> Updates:
            timeline_actions.treat(day, kind, said)
            return _painted(painter)

        def forget(event: gr.EventData) -> Updates:
            timeline_actions.forget_treatment(int(event._data["place"]))
            return _painted(painter)

        on(self.present_day.blur, date_present, self.present_day)
        on(self.present_day.submit, date_present, self.present_day)
        on(self.all_drawn.input, all_drawn, self.all_drawn)
        on(treatment.add.click, treat, [treatment.day, treatment.kind, treatment.words])
        on(treatment.listed.forget, forget)


def build(services: Services) -> TimeScreen:
    """Lay it out."""
    with gr.Row():
        with gr.Column(scale=3, min_width=330):
            words("earlier_scans_heading")
            said = status("time-status")
            state = panel("", "time-progress")
            cancel = cancel_button("cancel-earlier")
            present_day = gr.Textbox(label="Day of the current scan, if its files have none", elem_id="present-day",
                                     placeholder="YYYY-MM-DD", max_lines=1)
            files = gr.File(label="An earlier study", file_count="multiple", height=104, elem_id="earlier-files")
            path = gr.Textbox(label="Or a path on this computer", placeholder="folder, zip or file",
                              elem_id="earlier-path", max_lines=1)
            day = gr.Textbox(label="Its day, if its files have none", placeholder="YYYY-MM-DD", elem_id="earlier-day",
                             max_lines=1)
            add = gr.Button("Add this scan", variant="primary", elem_id="add-earlier")
            masks = gr.File(label="Mask of the lesions on the earlier scan that is shown", height=104,
                            elem_id="earlier-mask")
            choice = structures.build("earlier")
            all_drawn = gr.Checkbox(False, elem_id="all-drawn", label="Every visible lesion is drawn on every scan "
                                                                      "(the RANO-BM category needs that)")
            treatment = _build_treatment()
        with gr.Column(scale=7, min_width=620):
            scans = panel(html_time.scan_table((), 0), "earlier-scans", ACT)
            with gr.Row(elem_id="side-by-side"):
                viewer("earlier-viewer", EARLIER_TOOLS, "earlier")
                viewer("present-viewer", DIFFERENCE_TOOLS, "present")
            courses = panel("", "courses")
            plot = gr.Plot(show_label=False, elem_id="course-plot", container=False, visible=False)
    return TimeScreen(services, said, state, cancel, files, path, day, add, present_day, scans, masks, choice,
                      all_drawn, treatment, courses, plot)


def _build_treatment() -> TreatmentEntry:
    words("treatments_heading")
    with gr.Row():
        day = gr.Textbox(label="Day", placeholder="YYYY-MM-DD", elem_id="treatment-day", max_lines=1, min_width=120)
        kind = gr.Dropdown(list(KINDS), value="radiosurgery", label="What", filterable=False, elem_id="treatment-kind",
                           min_width=150)
    said = gr.Textbox(label="Details (optional)", placeholder="1 × 20 Gy", elem_id="treatment-words", max_lines=1)
    add = gr.Button("Add this treatment", elem_id="treat", size="md")
    return TreatmentEntry(day, kind, said, add, panel("", "treatments", ACT))


def _painted(painter: Painter) -> Updates:
    return {**painter.paint(), **painter.paint_heavy(Step.TIME)}
