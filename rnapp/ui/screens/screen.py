"""What every screen is: its place among the steps, its components, how they are painted, and what they do.

A new screen is a file in this folder, a line in rnapp/ui/screens/all.py, a member of Step, its title in
rnapp/ui/steps.py and its words in rnapp/ui/help.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import gradio as gr

from rnapp.case.case import Case
from rnapp.types import Question
from rnapp.ui.actions import Actions
from rnapp.ui.dose_actions import DoseActions
from rnapp.ui.keeping import Keeping
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.map_actions import MapActions
from rnapp.ui.models import Models
from rnapp.ui.outcomes import Outcomes
from rnapp.ui.ports import Pipeline
from rnapp.ui.timeline_actions import TimelineActions
from rnapp.ui.trust_actions import TrustActions
from rnapp.ui.work import Job
from rnapp.ui.workspace import Message, Open, Page, Step, Workspace

# Component → what Gradio is to make of it.
Updates: TypeAlias = dict[Any, Any]


@dataclass(frozen=True, eq=False)
class Services:
    """What the screens act with."""

    actions: Actions
    lesion_actions: LesionActions
    dose_actions: DoseActions
    map_actions: MapActions
    timeline_actions: TimelineActions
    trust_actions: TrustActions
    keeping: Keeping
    models: Models
    outcomes: Outcomes

    @property
    def workspace(self) -> Workspace:
        """What is open."""
        return self.actions.workspace

    @property
    def pipeline(self) -> Pipeline:
        """The steps of the method."""
        return self.actions.pipeline

    @property
    def question(self) -> Question:
        """What is asked of the open case."""
        return self.actions.question

    @property
    def questions(self) -> tuple[Question, ...]:
        """All that can be asked."""
        return tuple(one.question for one in self.actions.questions.models)


@dataclass(frozen=True, eq=False)
class Shown:
    """What is painted: a case and its page at one moment, and the running job."""

    case: Case
    page: Page
    job: Job | None
    question: Question

    @property
    def open(self) -> Open:
        """The case with its page."""
        return Open(self.case, self.page)

    def message(self, step: Step) -> Message | None:
        """A screen's sentence."""
        return self.page.messages.get(step)

    def runs(self, step: Step) -> bool:
        """Whether this screen's work is going on."""
        return self.job is not None and self.job.step == step

    @property
    def idle(self) -> bool:
        """Whether something may be started."""
        return self.job is None


class Listen(Protocol):
    """Connects an event of a component with a handler; see rnapp/ui/handlers.py for what the options mean."""

    def __call__(self, event: Callable[..., Any], handler: Callable[..., Any], inputs: Any = (), *,
                 paints: bool = True, last: bool = False, each: bool = False, any_case: bool = False) -> None:
        """inputs: a component, or several in the order of the handler's arguments."""


class Painter(Protocol):
    """What a handler returns: the whole page, or a part of it, painted again."""

    def paint(self, go: bool = False) -> Updates:
        """All that is cheap. go: also turn to the case's own screen."""

    def paint_started(self) -> Updates:
        """After a job was asked for."""

    def paint_heavy(self, *steps: Step) -> Updates:
        """What takes long to draw on these screens, or on all."""

    def paint_all(self) -> Updates:
        """Everything, also what the user may be typing."""

    def paint_only(self, updates: Updates) -> Updates:
        """These, numbered as a painting."""


class Screen(Protocol):
    """One of the steps. progress: where its running job is shown, None where it has none."""

    @property
    def step(self) -> Step:
        """Its place among the steps."""

    @property
    def progress(self) -> gr.HTML | None:
        """Painted several times a second while its job runs."""

    def paint(self, shown: Shown) -> Updates:
        """All that is cheap, but not what the user may be typing."""

    def paint_heavy(self, shown: Shown) -> Updates:
        """What takes long to draw."""

    def paint_fields(self, shown: Shown) -> Updates:
        """What the user may be typing, as the case has it: for a case that was just opened or a job that has ended."""

    def wire(self, on: Listen, painter: Painter) -> None:
        """Connect its components with what they do."""


class Light:
    """For a screen that has nothing heavy and nothing to type in."""

    def paint_heavy(self, shown: Shown) -> Updates:  # noqa: ARG002 - of the protocol
        """Nothing."""
        return {}

    def paint_fields(self, shown: Shown) -> Updates:  # noqa: ARG002 - of the protocol
        """Nothing."""
        return {}
