"""Which steps a question has, in which order, and what their tabs and the help call them."""

from collections.abc import Mapping

from rnapp.types import Question
from rnapp.ui.flow import has_step
from rnapp.ui.workspace import Step

TITLES: Mapping[Step, str] = {
    Step.STUDY: "Study", Step.PREPARATION: "Preparation", Step.LESIONS: "Lesions", Step.CLINICAL: "Clinical",
    Step.READING: "Reading", Step.REPORT: "Report", Step.TIME: "Over time",
}


def steps_of(question: Question) -> list[Step]:
    """The steps of a question, in the order of their tabs."""
    return [step for step in Step if has_step(step, question)]


def numbered(question: Question) -> list[Step]:
    """Those with a number: all but the one that may be left out."""
    return [step for step in steps_of(question) if step is not Step.TIME]


def title(step: Step, question: Question) -> str:
    """Of its tab, with its number. A step that this question does not have counts with those before it."""
    if step is Step.TIME:
        return TITLES[step]
    return f"{sum(one <= step for one in numbered(question))}  {TITLES[step]}"
