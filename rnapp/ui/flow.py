"""Where the case stands: what each step is waiting for, from the case alone."""

from collections.abc import Mapping
from typing import Literal

from rnapp.ui.work import Job
from rnapp.ui.workspace import Case, Step

State = Literal["done", "yours", "running", "failed", "later"]
# What a screen reader says of a step, and the tooltip.
WORDS: Mapping[State, str] = {"done": "done", "yours": "needs you", "running": "is running", "failed": "failed",
                              "later": "comes later"}
# The titles of the long jobs.
PREPARING, PROPOSING, READING, ADDING = "Preparing", "Proposing", "Reading", "Adding an earlier scan"


def states(case: Case, job: Job | None) -> dict[Step, State]:
    """The state of every step."""
    title = job.title if job is not None else ""
    found: dict[Step, State] = {
        Step.STUDY: "done" if case.series else "yours",
        Step.PREPARATION: _preparation(case, title),
        Step.LESIONS: _after(case.accepted, case.lesions is not None and bool(case.lesions.lesions)),
        Step.CLINICAL: _after(case.lesions is not None and case.accepted, case.reading is not None or title == READING),
        Step.READING: "running" if title == READING else _after(case.reading is not None, case.revealed_reading
                                                                is not None),
        Step.REPORT: _after(case.revealed_reading is not None, False),
    }
    found[Step.TIME] = "running" if title == ADDING else "done" if case.earlier else "later"
    failed = {step for step, message in case.messages.items() if message.level == "error"}
    return {step: "failed" if step in failed and state != "running" else state for step, state in found.items()}


def _preparation(case: Case, title: str) -> State:
    if title == PREPARING:
        return "running"
    return _after(case.prepared is not None, case.accepted)


def _after(ready: bool, done: bool) -> State:
    return "done" if done else "yours" if ready else "later"
