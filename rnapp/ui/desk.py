"""All screens together, and how they are painted from the case."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import gradio as gr

from rnapp.ui.actions import Actions
from rnapp.ui.drawing import Drawing
from rnapp.ui.flow import runs
from rnapp.ui.help import guide
from rnapp.ui.history import History
from rnapp.ui.keeping import Keeping
from rnapp.ui.models import Models
from rnapp.ui.screens import bridge, clinical, lesions, preparation, reading, report, study, time, warm
from rnapp.ui.screens.common import Updates, components, progress
from rnapp.ui.work import Job
from rnapp.ui.workspace import Case, Message, Step

OTHER_CASE = Message("warning", "Another case was opened meanwhile, and is shown now; what you did on the page of the "
                                "former one was not done to this one.")
POLL_SECONDS = 0.4
WARM_AFTER_S = 4.0


@dataclass(frozen=True)
class Screens:
    """The components of the page."""

    tabs: gr.Tabs
    tab: dict[Step, gr.Tab]
    hints: dict[Step, gr.HTML]
    wire: gr.HTML
    number: gr.Textbox
    clock: gr.Timer
    warm: gr.Plot
    study: study.StudyScreen
    preparation: preparation.PreparationScreen
    lesions: lesions.LesionScreen
    clinical: clinical.ClinicalScreen
    reading: reading.ReadingScreen
    report: report.ReportScreen
    time: time.TimeScreen

    @property
    def outputs(self) -> list[Any]:
        """Everything a handler may change."""
        screens = (self.study, self.preparation, self.lesions, self.clinical, self.reading,
                   self.report, self.time)
        parts = [part for screen in screens for part in components(screen)]
        still = (self.lesions.viewer, self.reading.viewer, self.time.earlier_view, self.time.present_view)
        return [self.tabs, self.wire, self.number, self.clock, self.warm, *self.tab.values(), *self.hints.values(),
                *[part for part in parts if part not in still]]


class Desk:
    """Paints the screens from the case."""

    def __init__(self, screens: Screens, actions: Actions, keeping: Keeping, models: Models) -> None:
        self.screens = screens
        self.actions = actions
        self.keeping = keeping
        self.models = models
        self.drawing = Drawing(actions)
        self.history = History(actions)
        self._following = False
        self._warmed = False
        self._paintings = count(1)

    def paint(self, go: bool = False) -> Updates:
        """All that is cheap. go: also turn to the case's own screen (not while the user may be elsewhere)."""
        warming = self.actions.warming  # before the case: what it says at its end is painted now or at the next tick
        job, case, screens = self.actions.workspace.job, self.actions.workspace.case, self.screens
        self._following = self._following or job is not None
        updates: Updates = {
            **self._wire(),
            screens.clock: gr.Timer(active=self._following or warming),
            **{hint: guide(case, step) for step, hint in screens.hints.items()},
            **study.paint(screens.study, case, job, self.keeping, self.models),
            **preparation.paint(screens.preparation, case, job),
            **lesions.paint(screens.lesions, case, job),
            **clinical.paint(screens.clinical, case, job),
            **reading.paint(screens.reading, case, job),
            **report.paint(screens.report, case),
            **time.paint(screens.time, case, job),
        }
        if go:
            updates[screens.tabs] = gr.update(selected=int(case.step))
        return updates

    def paint_all(self) -> Updates:
        """Everything, for a case that was just opened or a job that has just ended."""
        case = self.actions.workspace.case
        modes = self._paint_modes(case)  # first, because it may have to say something
        return {**self.paint(go=True), **modes, **clinical.paint_fields(self.screens.clinical, case),
                **self.paint_result(), **self.paint_courses(),
                self.screens.time.present_day: gr.update(value=case.present_day),
                self.screens.number: str(case.number)}  # of the case whose fields these are

    def shows_this_case(self, number: str | None) -> bool:
        """Whether a page with this number shows the case on the desk."""
        return number == str(self.actions.workspace.case.number)

    def paint_other(self) -> Updates:
        """Everything, for a page that showed another case when something was done on it, which must not be done to
        this one."""
        self.actions.workspace.say(self.actions.workspace.case.step, OTHER_CASE)
        return self.paint_all()

    def paint_loaded(self) -> Updates:
        """Everything, for a page that was just loaded; it shows the first screen by itself, and the user may already
        have turned to another."""
        self.actions.warm_up()
        updates, case = self.paint_all(), self.actions.workspace.case
        if case.step is Step.STUDY:
            del updates[self.screens.tabs]
        self._warmed = case.prepared is not None
        return {**updates, self.screens.warm: warm.figure()} if self._warmed else updates

    def paint_again(self) -> Updates:
        """Everything but what the user may be typing, for a page on which an older painting came last."""
        return {**self.paint(), **self.paint_result(), **self.paint_courses()}

    def paint_result(self) -> Updates:
        """The heavy part of the reading; a reading that cannot be shown whole is not shown at all."""
        screen, case, pipeline = self.screens.reading, self.actions.workspace.case, self.actions.pipeline
        painted = self.actions.worker.attempt(Step.READING, lambda: reading.paint_result(screen, case, pipeline))
        if painted is not None:
            return painted
        return reading.paint(screen, self.actions.workspace.change(reading=None), None)

    def paint_opinion(self) -> Updates:
        """What an opinion changes, but not the form: painting that again could undo a click that is still on its way.
        Numbered like every painting: an older one that comes later would lock the answer again."""
        return {**self._wire(), self.screens.reading.reveal: reading.reveal_button(self.actions.workspace.case)}

    def paint_courses(self) -> Updates:
        """What became of each lesion; where it cannot be told, the reason is this screen's message."""
        screen, case, pipeline = self.screens.time, self.actions.workspace.case, self.actions.pipeline
        painted = self.actions.worker.attempt(
            Step.TIME, lambda: time.paint_courses(screen, case, self.history, pipeline))
        return painted if painted is not None else time.paint(screen, self.actions.workspace.case, None)

    def _paint_modes(self, case: Case) -> Updates:
        prepared, actions = case.prepared, self.actions
        if prepared is None:
            return {}
        modes = actions.worker.attempt(Step.PREPARATION, lambda: actions.pipeline.brain_mask_choices(actions.resources))
        return preparation.paint_modes(self.screens.preparation, prepared, modes or ())

    def paint_started(self) -> Updates:
        """After a job was asked for; the clock runs even if the job has ended already, so that its end is painted."""
        self._following = True
        return self.paint(go=True)

    def tick(self) -> Updates:
        """The running job's progress, or, once it has ended, everything that it may have changed; what the warming up
        had to say."""
        if self.actions.workspace.job is not None:
            return self._progress()
        if not self._following:
            return self._wire() if self.actions.warming else self.paint()
        self._following = False
        return self.paint_all()

    def _progress(self) -> Updates:
        """Only how far the work is: the rest has not changed, and this is painted several times a second."""
        job, screens = self.actions.workspace.job, self.screens
        panels = {Step.STUDY: screens.study.progress, Step.PREPARATION: screens.preparation.progress,
                  Step.LESIONS: screens.lesions.progress, Step.READING: screens.reading.progress,
                  Step.TIME: screens.time.progress}
        shown = {panel: progress(job, step) for step, panel in panels.items() if runs(job, step)}
        return {**self._wire(), **shown, **self._warm(job)}

    def _wire(self) -> Updates:
        return {self.screens.wire: bridge.paint(self.actions.workspace.case, self.actions.workspace.job,
                                                next(self._paintings))}

    def _warm(self, job: Job | None) -> Updates:
        """Once, when the preparation has gone on for a while: loading Plotly stops the page for two seconds, in which
        nobody should want to press Cancel."""
        waited = runs(job, Step.PREPARATION) and job is not None and job.seconds > WARM_AFTER_S
        if self._warmed or not waited:
            return {}
        self._warmed = True
        return {self.screens.warm: warm.figure()}
