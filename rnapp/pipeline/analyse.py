"""The answers: each lesion, or the study, with the clinical data, through the task's model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from rnapp.geometry import grid_like
from rnapp.models.clinical import validate
from rnapp.pipeline.checks import entered_cautions
from rnapp.pipeline.clock import Clock
from rnapp.pipeline.dose import dose_figures, usable_alone
from rnapp.pipeline.resources import Resources
from rnapp.report.versions import software_versions
from rnapp.tasks.task import Task
from rnapp.trust.calibrate import checked_prior
from rnapp.trust.judge import judged
from rnapp.trust.verdict import open_cautions
from rnapp.types import (
    STUDY,
    Answer,
    CancelToken,
    Caution,
    Clinical,
    Confirmed,
    Evidence,
    LesionSet,
    Prepared,
    ProgressCallback,
    Reading,
    no_progress,
    withheld,
)

DOSE = "Measuring the dose"
OF_DOSE = "dose_"  # how the codes of cautions about the study's dose begin
NO_MASK = "No lesion mask was given, so no lesion was analysed."


def no_lesions(prepared: Prepared, cautions: Sequence[Caution] = ()) -> LesionSet:
    """The lesions of a study in which nobody has drawn any, or whose question is about the study."""
    atlas, native = (grid_like(grid, np.zeros(grid.shape, np.int16)) for grid in (prepared.head, prepared.native))
    return LesionSet((), atlas, native, cautions=tuple(cautions))


def analyse(prepared: Prepared, lesions: LesionSet, clinical: Clinical, resources: Resources,
            progress: ProgressCallback = no_progress, cancel: CancelToken | None = None, *,
            confirmed: Sequence[Confirmed] = (), prior: float | None = None) -> Reading:
    """An answer for each lesion (none for no_lesions()), or the one for the study, as the task's question has it, and
    the figures of a dose that may be used. An answer with a caution that stops it, or that nobody confirmed, is
    withheld: no number leaves this function.

    confirmed: what the reader said about cautions of level "confirm"; prior: share of the first outcome among this
    centre's cases, None for that of the model's calibration.

    Raises ClinicalError for an impossible value, InputError for an impossible prior, Cancelled.
    """
    task = resources.task
    validate(task.question.fields, clinical)
    if prior is not None:
        checked_prior(prior)
    numbers = [STUDY] if task.question.unit == "study" else [lesion.number for lesion in lesions.lesions]
    seen, unused = usable_alone(prepared)
    known = (*unused, *entered_cautions(prepared, clinical), *unanswerable(seen, resources))
    cautions = {number: (*known, *_of_task(task, seen, lesions, number)) for number in numbers}
    token = cancel or CancelToken()
    names = {number: _stage(number) for number in numbers}
    stages = [*names.values(), *([] if seen.dose is None else [DOSE])]
    clock = Clock(dict.fromkeys(stages, 1 / max(len(stages), 1)), progress, token)
    answers: list[Answer] = []
    for number, name in names.items():
        with clock.stage(name):
            answers.append(_judged(_Case(seen, lesions, number, clinical), cautions[number], resources,
                                   _Reader(tuple(confirmed), prior), token))
    figures = None
    if seen.dose is not None:
        with clock.stage(DOSE):
            figures = dose_figures(seen, lesions, clinical, task.id)
    clock.finish()
    return Reading(
        question=task.id, answers=tuple(answers), clinical=clinical, model=resources.model.card,
        created=datetime.now().astimezone().isoformat("T", "seconds"), software=software_versions(),
        timings_s={**prepared.timings_s, **clock.timings_s}, dose=figures, confirmed=tuple(confirmed))


def explain(prepared: Prepared, lesions: LesionSet, reading: Reading, resources: Resources,
            progress: ProgressCallback = no_progress, cancel: CancelToken | None = None) -> Reading:
    """The same answers with what takes longer than they did (a map of occlusion); the reading as it is where the task
    has no such thing. Everything else must be what the answers were made of. Raises Cancelled."""
    task, token = resources.task, cancel or CancelToken()
    shown = [answer for answer in reading.answers if answer.prediction is not None]
    if task.explain is None or not shown:
        return reading
    seen, _ = usable_alone(prepared)
    names = {answer.lesion: _explained(answer.lesion) for answer in shown}
    clock = Clock(dict.fromkeys(names.values(), 1 / len(names)), progress, token)
    explained: dict[int, Answer] = {}
    for answer in shown:
        with clock.stage(names[answer.lesion]):
            sample = task.sample(seen, lesions, answer.lesion)
            explained[answer.lesion] = task.explain(resources.model, sample, answer, _within(clock), token)
    clock.finish()
    return replace(reading, answers=tuple(explained.get(one.lesion, one) for one in reading.answers),
                   timings_s={**reading.timings_s, **clock.timings_s})


def _within(clock: Clock) -> ProgressCallback:
    """Progress of a stage that counts from 0 to 1 itself; its own words are left out."""
    def report(stage: str, fraction: float) -> None:  # noqa: ARG001
        clock.part(fraction)

    return report


def _explained(number: int) -> str:
    return "Explaining the answer" if number == STUDY else f"Explaining the answer for lesion {number}"


def _stage(number: int) -> str:
    return "Analysing the study" if number == STUDY else f"Analysing lesion {number}"


@dataclass(frozen=True, eq=False)
class _Case:
    """What one answer is about."""

    prepared: Prepared
    lesions: LesionSet
    number: int
    clinical: Clinical


@dataclass(frozen=True)
class _Reader:
    """What the reader adds to it."""

    confirmed: tuple[Confirmed, ...]
    prior: float | None


def _judged(case: _Case, cautions: tuple[Caution, ...], resources: Resources, reader: _Reader,
            token: CancelToken) -> Answer:
    """The answer, calibrated and judged; withheld where a caution asks for it. Nothing runs for one that would be
    withheld by what is known before."""
    task, model = resources.task, resources.model
    if because := open_cautions(known_before(case.prepared, case.lesions, case.number, cautions), reader.confirmed,
                                case.number):
        return withheld(case.number, cautions, because)
    answer = task.answer(model, task.sample(case.prepared, case.lesions, case.number), case.number, case.clinical,
                         token)
    found = (Evidence() if task.evidence is None else
             task.evidence(model, case.prepared, case.lesions, case.number, case.clinical, token))
    answer = judged(answer, found, model.card.calibration, reader.prior)
    answer = replace(answer, cautions=(*cautions, *answer.cautions))
    if because := open_cautions(answer.cautions, reader.confirmed, case.number):
        # Notes on the answer describe a number that is not given.
        asked = (one for one in answer.cautions if one in cautions or one.level != "note")
        return withheld(case.number, tuple(asked), because, answer.trust)
    return answer


def _of_task(task: Task, prepared: Prepared, lesions: LesionSet, number: int) -> tuple[Caution, ...]:
    """What the task has to say of one answer and the lesion does not carry already."""
    own = () if number == STUDY else lesions.lesion(number).cautions
    return tuple(one for one in task.cautions(prepared, lesions, number) if one not in own)


def known_before(prepared: Prepared, lesions: LesionSet, number: int,
                 cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """The cautions that can withhold an answer before any model runs, each once. Those about the study's dose are left
    out: the dose is shown separately, and a model that takes it as an input has its own. cautions: of the task."""
    of_scans = (one for one in prepared.cautions if not one.code.startswith(OF_DOSE))
    own = () if number == STUDY else lesions.lesion(number).cautions
    return tuple(dict.fromkeys((*of_scans, *lesions.cautions, *own, *cautions)))


def unanswerable(prepared: Prepared, resources: Resources) -> tuple[Caution, ...]:
    """What keeps the model in use from answering about this study, of level "stop"; none where it can."""
    asked = resources.task.unanswerable
    return () if asked is None else asked(resources.model, usable_alone(prepared)[0])
