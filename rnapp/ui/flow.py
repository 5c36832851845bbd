"""Where the case stands: what each step is waiting for, from the case alone."""

from collections.abc import Mapping
from typing import Literal

from rnapp.ui.work import Job
from rnapp.ui.workspace import Case, Message, Step

State = Literal["done", "yours", "running", "failed", "later"]
# What a screen reader says of a step, and the tooltip.
WORDS: Mapping[State, str] = {"done": "done", "yours": "needs you", "running": "is running", "failed": "failed",
                              "later": "comes later"}
OUTDATED = Message("info", "The lesions or the clinical data were changed since the last reading; read them again.")


def states(case: Case, job: Job | None) -> dict[Step, State]:
    """The state of every step."""
    lesions = case.accepted and case.lesions is not None
    found: dict[Step, State] = {
        Step.STUDY: "done" if case.series else "yours",
        Step.PREPARATION: _after(case.prepared is not None, case.accepted),
        Step.LESIONS: _after(case.accepted, case.lesions is not None and bool(case.lesions.lesions)),
        Step.CLINICAL: _after(lesions, case.reading is not None or runs(job, Step.READING)),
        Step.READING: _after(case.reading is not None, case.revealed_reading is not None),
        Step.REPORT: _after(case.revealed_reading is not None, False),
        Step.TIME: "done" if case.earlier else "later",
    }
    # What failed after the step was done has changed nothing; its message tells of it.
    failed = {step for step, message in case.messages.items()
              if message.level == "error" and found[Step(step)] != "done"}
    return {step: "running" if runs(job, step) else "failed" if step in failed else state
            for step, state in found.items()}


def outdated(case: Case) -> Message | None:
    """That the answer which was there no longer belongs to what is on the screen."""
    return OUTDATED if case.messages.get(Step.READING) == OUTDATED else None


def runs(job: Job | None, step: Step) -> bool:
    """Whether this step's work is going on."""
    return job is not None and job.step == step


def _after(ready: bool, done: bool) -> State:
    return "done" if done else "yours" if ready else "later"
