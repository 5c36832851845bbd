"""All screens of the page, refreshed from the open case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import gradio as gr

from rnapp.ui.help import guide
from rnapp.ui.screens import bridge, warm
from rnapp.ui.screens.common import components, progress
from rnapp.ui.screens.screen import Screen, Services, Shown, Updates
from rnapp.ui.workspace import Message, Step

OTHER_CASE = Message("warning", "Another case was opened meanwhile and is now shown; what you did on the page of the "
                                "previous case was not applied to this one.")
POLL_SECONDS = 0.4
WARM_AFTER_S = 4.0


@dataclass(frozen=True, eq=False)
class Frame:
    """What the page has around its screens. number: of the case that the page shows."""

    tabs: gr.Tabs
    tab: Mapping[Step, gr.Tab]
    hints: Mapping[Step, gr.HTML]
    wire: gr.HTML
    number: gr.Textbox
    clock: gr.Timer
    warm: gr.Plot


class PagePainter:
    """Paints the screens from the open case; their handlers return its updates (rnapp.ui.screens.screen.Painter)."""

    def __init__(self, frame: Frame, screens: Sequence[Screen], services: Services) -> None:
        self.frame = frame
        self.screens = screens
        self.services = services
        self._actions = services.actions
        self._workspace = services.workspace
        self._following = False
        self._warmed = False
        self._paintings = count(1)

    @property
    def outputs(self) -> list[Any]:
        """Every component that a handler may change."""
        frame = self.frame
        parts = [part for screen in self.screens for part in components(screen)]
        return [frame.tabs, frame.wire, frame.number, frame.clock, frame.warm, *frame.tab.values(),
                *frame.hints.values(), *parts]

    def paint(self, go: bool = False) -> Updates:
        """All that is cheap. go: also turn to the case's own screen (not while the user may be elsewhere)."""
        warming = self._actions.warming  # read first, so that its last message is shown now or on the next tick
        shown = self._shown()
        self._following = self._following or not shown.idle
        updates: Updates = {
            **self._wire(),
            self.frame.clock: gr.Timer(active=self._following or warming),
            **{hint: guide(shown.case, step, shown.question) for step, hint in self.frame.hints.items()},
        }
        for screen in self.screens:
            updates |= screen.paint(shown)
        if go:
            updates[self.frame.tabs] = gr.update(selected=int(shown.page.step))
        return updates

    def paint_all(self) -> Updates:
        """Everything, also what the user may be typing: for a case that was just opened or a job that has ended."""
        fields: Updates = {}
        for screen in self.screens:  # first, because they may set a message
            fields |= screen.paint_fields(self._shown())
        return {**self.paint(go=True), **fields, **self.paint_heavy(),
                self.frame.number: str(self._workspace.page.number)}  # of the case whose fields these are

    def paint_heavy(self, *steps: Step) -> Updates:
        """What takes long to draw on these screens, or on all."""
        updates: Updates = {}
        for screen in self.screens:
            if not steps or screen.step in steps:
                updates |= screen.paint_heavy(self._shown())
        return updates

    def paint_only(self, updates: Updates) -> Updates:
        """These updates, numbered like every painting, because an older one that arrives later would undo them."""
        return {**self._wire(), **updates}

    def shows_this_case(self, number: str | None) -> bool:
        """Whether a page with this number shows the case that is open."""
        return number == str(self._workspace.page.number)

    def paint_other(self) -> Updates:
        """Everything, for a page that still showed another case: what was done on it must not be done to this one."""
        self._workspace.say(self._workspace.page.step, OTHER_CASE)
        return self.paint_all()

    def paint_loaded(self) -> Updates:
        """Everything, for a page that was just loaded; it starts on the first screen, and the user may already have
        switched to another."""
        self._actions.warm_up()
        updates = self.paint_all()
        if self._workspace.page.step is Step.STUDY:
            del updates[self.frame.tabs]
        self._warmed = self._workspace.case.prepared is not None
        return {**updates, self.frame.warm: warm.figure()} if self._warmed else updates

    def paint_again(self) -> Updates:
        """Everything except the fields, for a page on which an older painting arrived last."""
        return {**self.paint(), **self.paint_heavy()}

    def paint_drawn(self) -> Updates:
        """After the viewer has saved a drawing."""
        return {**self.paint(), **self.paint_heavy(Step.LESIONS, Step.TIME)}

    def paint_started(self) -> Updates:
        """After a job was requested; the clock runs even if the job has already ended, so that its result is shown."""
        self._following = True
        return self.paint(go=True)

    def tick(self) -> Updates:
        """The running job's progress, or, once it has ended, everything that it may have changed; and any message of
        the warm-up."""
        if self._workspace.job is not None:
            return self._progress()
        if not self._following:
            return self._wire() if self._actions.warming else self.paint()
        self._following = False
        return self.paint_all()

    def _shown(self) -> Shown:
        job, now = self._workspace.job, self._workspace.open
        return Shown(now.case, now.page, job, self._actions.questions.of(now).question)

    def _progress(self) -> Updates:
        """Only the progress: nothing else has changed, and this is refreshed several times a second."""
        shown = self._shown()
        panels = {screen.progress: progress(shown, screen.step) for screen in self.screens
                  if screen.progress is not None and shown.runs(screen.step)}
        return {**self._wire(), **panels, **self._warm(shown)}

    def _wire(self) -> Updates:
        return {self.frame.wire: bridge.paint(self._shown(), next(self._paintings))}

    def _warm(self, shown: Shown) -> Updates:
        """Once, when the preparation has been running for a while: loading Plotly freezes the page for two seconds, at
        a time when nobody is likely to press Cancel."""
        waited = shown.runs(Step.PREPARATION) and shown.job is not None and shown.job.seconds > WARM_AFTER_S
        if self._warmed or not waited:
            return {}
        self._warmed = True
        return {self.frame.warm: warm.figure()}
