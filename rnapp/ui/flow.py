"""Where the case stands: what each step is waiting for, from the case alone."""

from collections.abc import Mapping
from typing import Literal

from rnapp.case.case import Case, Preparation
from rnapp.types import Caution, Prepared, Question, of_level
from rnapp.ui.dose_told import QUESTIONS
from rnapp.ui.work import Job
from rnapp.ui.workspace import Message, Open, Page, Step

State = Literal["done", "yours", "running", "failed", "later"]
# What a screen reader says of a step, and the tooltip.
WORDS: Mapping[State, str] = {"done": "done", "yours": "needs you", "running": "is running", "failed": "failed",
                              "later": "comes later"}
DOSE_FIRST = Message("warning", "Say first, on the screen of the preparation, whether the dose lies where it should.")
OUTDATED = Message("info", "The drawing, the form or the dose has changed since the last reading; read the case again.")


def states(now: Open, job: Job | None, question: Question) -> dict[Step, State]:
    """The state of every step."""
    case, page = now.case, now.page
    found: dict[Step, State] = {
        Step.STUDY: "done" if case.series else "yours",
        Step.PREPARATION: _after(case.prepared is not None, case.accepted and not dose_undecided(case.prepared)),
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


def missing(case: Case, question: Question) -> str:
    """The sentence on the first role that needs a series and has none, "" where each has one."""
    roles = [role for role in question.roles if not role.optional]
    label = next((role.label for role in roles if case.chosen_for(role.name) is None), None)
    if label is None:
        return ""
    return "Choose a series first." if len(roles) == 1 else f"Choose a series for “{label}” first."


def has_step(step: Step, question: Question) -> bool:
    """Whether a question needs the screen: one about the whole study has no lesions to follow, and perhaps none to
    draw."""
    return {Step.LESIONS: question.outlines, Step.TIME: question.unit == "lesion"}.get(step, True)


def lacking(case: Case, page: Page, question: Question) -> str:
    """What has to be said before the study can be prepared, "" where nothing has."""
    return missing(case, question) or next(map(str, unanswered(case, page, question)), "")


def unanswered(case: Case, page: Page, question: Question) -> tuple[Caution, ...]:
    """What a person still has to say of the chosen dose, so that it can be read."""
    return tuple(one for one in dose_questions(case, question) if one.code not in page.dose_told.answered)


def dose_questions(case: Case, question: Question) -> tuple[Caution, ...]:
    """What has to be said of the chosen dose, whether it is said or not; nothing of one that was kept as read."""
    doses = [series for role in question.roles_of("dose") if (series := case.chosen_for(role.name)) and series.files]
    return tuple(one for series in doses for one in series.cautions if one.code in QUESTIONS)


def same_dose(now: Open, question: Question) -> bool:
    """Whether the dose that is chosen, and what is said of it, is the one that is placed, or none is chosen or placed.
    """
    case, preparation = now.case, now.case.preparation
    if preparation is None:
        return True
    roles = (*question.roles_of("dose"), *question.roles_of("planning"))
    said = not dose_questions(case, question) or now.page.dose_told == now.page.placed_told
    return said and all(case.chosen.get(role.name, "") == preparation.chosen.get(role.name, "") for role in roles)


def same_scans(chosen: Mapping[str, str], preparation: Preparation, question: Question) -> bool:
    """Whether what is chosen is what was prepared, whatever the dose."""
    return all(chosen.get(role.name, "") == preparation.chosen.get(role.name, "")
               for role in question.roles_of("scan"))


def readable(case: Case, question: Question) -> bool:
    """Whether the model can be asked: on an accepted preparation, about lesions that are measured, or the study; not
    while nobody has said whether the dose is right, on which its inputs depend."""
    ready = case.accepted and not dose_undecided(case.prepared)
    return ready and (not unmeasured(case) if question.unit == "study" else case.lesions is not None)


def unmeasured(case: Case) -> bool:
    """Whether something is drawn of which nobody knows yet what it is."""
    drawing = case.outline.drawing
    return case.lesions is None and drawing is not None and bool(drawing.array.any())


def ready_to_read(case: Case, question: Question) -> bool:
    """Whether it can be asked now: there is at least one lesion, or the question is about the study."""
    drawn = case.lesions is not None and bool(case.lesions.lesions)
    return readable(case, question) and (question.unit == "study" or drawn)


def next_step(prepared: Prepared, question: Question) -> Step:
    """Where the work goes on once the registration is accepted; a person must say first whether the dose is right."""
    if dose_undecided(prepared):
        return Step.PREPARATION
    return Step.LESIONS if question.outlines else Step.CLINICAL


def dose_undecided(prepared: Prepared | None) -> bool:
    """Whether a person must say first where the dose belongs, or that it is not used."""
    return prepared is not None and prepared.dose is not None and prepared.dose.confirmed is None


def doubtful(prepared: Prepared) -> bool:
    """Whether a person must say expressly that the registration may be used."""
    return not prepared.quality.good or bool(of_level(prepared.cautions, "confirm"))


def waits_for_dose(case: Case) -> Message | None:
    """That a person must say something about the dose before the work can go on."""
    return DOSE_FIRST if case.accepted and dose_undecided(case.prepared) else None


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
