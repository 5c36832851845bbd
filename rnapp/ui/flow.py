"""Where the case stands: what each step is waiting for, from the case alone."""

from collections.abc import Mapping
from typing import Literal

from rnapp.case.case import Case
from rnapp.types import Prepared, Question, of_level
from rnapp.ui.work import Job
from rnapp.ui.workspace import Message, Open, Page, Step

State = Literal["done", "yours", "running", "failed", "later"]
# What a screen reader says of a step, and the tooltip.
WORDS: Mapping[State, str] = {"done": "done", "yours": "needs you", "running": "is running", "failed": "failed",
                              "later": "comes later"}
OUTDATED = Message("info", "The drawing or the form has changed since the last reading; read the case again.")


def states(now: Open, job: Job | None, question: Question) -> dict[Step, State]:
    """The state of every step."""
    case, page = now.case, now.page
    found: dict[Step, State] = {
        Step.STUDY: "done" if case.series else "yours",
        Step.PREPARATION: _after(case.prepared is not None, case.accepted),
        Step.LESIONS: _lesions(case, question),
        Step.CLINICAL: _after(readable(case, question), case.reading is not None or runs(job, Step.READING)),
        Step.READING: _after(case.reading is not None, case.revealed_reading is not None),
        Step.REPORT: _after(case.revealed_reading is not None, False),
        Step.TIME: "done" if case.earlier else "later",
    }
    # What failed after the step was done has changed nothing; its message tells of it.
    failed = {step for step, message in page.messages.items()
              if message.level == "error" and found[Step(step)] != "done"}
    return {step: "running" if runs(job, step) else "failed" if step in failed else state
            for step, state in found.items()}


def readable(case: Case, question: Question) -> bool:
    """Whether the model can be asked: on an accepted preparation, about lesions that are measured, or the study."""
    return case.accepted and (question.unit == "study" or case.lesions is not None)


def ready_to_read(case: Case, question: Question) -> bool:
    """Whether it can be asked now: there is at least one lesion, or the question is about the study."""
    found = case.lesions is not None and bool(case.lesions.lesions)
    return readable(case, question) and (question.unit == "study" or found)


def doubtful(prepared: Prepared) -> bool:
    """Whether a person must say expressly that the registration may be used."""
    return not prepared.quality.good or bool(of_level(prepared.cautions, "confirm"))


def outdated(page: Page) -> Message | None:
    """That the answer which was there no longer belongs to what is on the screen."""
    return OUTDATED if page.messages.get(Step.READING) == OUTDATED else None


def runs(job: Job | None, step: Step) -> bool:
    """Whether this step's work is going on."""
    return job is not None and job.step == step


def _after(ready: bool, done: bool) -> State:
    return "done" if done else "yours" if ready else "later"


def _lesions(case: Case, question: Question) -> State:
    """A question about the whole study needs no lesion."""
    drawn = case.lesions is not None and bool(case.lesions.lesions)
    return _after(case.accepted, drawn or (case.accepted and question.unit == "study"))
