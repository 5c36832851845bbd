"""The screens in the order of their tabs."""

from collections.abc import Callable
from typing import NamedTuple

from rnapp.types import Question
from rnapp.ui.flow import has_step
from rnapp.ui.screens import clinical, lesions, preparation, reading, report, study, time
from rnapp.ui.screens.screen import Screen, Services
from rnapp.ui.workspace import Step


class Plan(NamedTuple):
    """A screen before it is built. title: of its tab."""

    step: Step
    title: str
    build: Callable[[Services], Screen]


SCREENS = (
    Plan(Step.STUDY, "Study", study.build),
    Plan(Step.PREPARATION, "Preparation", preparation.build),
    Plan(Step.LESIONS, "Lesions", lesions.build),
    Plan(Step.CLINICAL, "Clinical", clinical.build),
    Plan(Step.READING, "Reading", reading.build),
    Plan(Step.REPORT, "Report", report.build),
    Plan(Step.TIME, "Over time", time.build),
)


def title(plan: Plan, question: Question) -> str:
    """Of its tab: numbered among those that are shown, but for the step that may be left out."""
    if plan.step is Step.TIME:
        return plan.title
    before = [one for one in SCREENS if one.step <= plan.step and has_step(one.step, question)]
    return f"{len(before)}  {plan.title}"
