"""The answers: each lesion, or the study, with the clinical data, through the task's model."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from rnapp.errors import MaskError, PreparationError
from rnapp.geometry import grid_like
from rnapp.models.clinical import validate
from rnapp.pipeline.clock import Clock
from rnapp.pipeline.dose import dose_figures, usable_alone
from rnapp.pipeline.resources import Resources
from rnapp.report.versions import software_versions
from rnapp.tasks.task import Task
from rnapp.types import (
    STUDY,
    Answer,
    CancelToken,
    Caution,
    Clinical,
    LesionSet,
    Prepared,
    ProgressCallback,
    Reading,
    no_progress,
    of_level,
)

DOSE = "Measuring the dose"
NO_MASK = "No lesion mask was given, so no lesion was analysed."


def no_lesions(prepared: Prepared, cautions: Sequence[Caution] = ()) -> LesionSet:
    """The lesions of a study in which nobody has drawn any, or whose question is about the study."""
    atlas, native = (grid_like(grid, np.zeros(grid.shape, np.int16)) for grid in (prepared.head, prepared.native))
    return LesionSet((), atlas, native, cautions=tuple(cautions))


def analyse(prepared: Prepared, lesions: LesionSet, clinical: Clinical, resources: Resources,
            progress: ProgressCallback = no_progress, cancel: CancelToken | None = None) -> Reading:
    """An answer for each lesion (none for no_lesions()), or the one for the study, as the task's question has it, and
    the figures of a dose that may be used.

    Raises ClinicalError for an impossible value, and, before any network runs, MaskError for a lesion and
    PreparationError for a study with a caution that stops the reading; Cancelled.
    """
    task = resources.task
    validate(task.question.fields, clinical)
    numbers = [STUDY] if task.question.unit == "study" else [lesion.number for lesion in lesions.lesions]
    seen, unused = usable_alone(prepared)
    _refuse_unanswerable(resources, seen, unused)
    cautions = {number: (*unused, *_cautions(task, seen, lesions, number)) for number in numbers}
    token = cancel or CancelToken()
    names = {number: _stage(number) for number in numbers}
    stages = [*names.values(), *([] if seen.dose is None else [DOSE])]
    clock = Clock(dict.fromkeys(stages, 1 / max(len(stages), 1)), progress, token)
    answers: list[Answer] = []
    for number, name in names.items():
        with clock.stage(name):
            sample = task.sample(seen, lesions, number)
            answer = task.answer(resources.model, sample, number, clinical, token)
            answers.append(replace(answer, cautions=(*cautions[number], *answer.cautions)))
    figures = None
    if seen.dose is not None:
        with clock.stage(DOSE):
            figures = dose_figures(seen, lesions, clinical, task.id)
    clock.finish()
    return Reading(
        question=task.id, answers=tuple(answers), clinical=clinical, model=resources.model.card,
        created=datetime.now().astimezone().isoformat("T", "seconds"), software=software_versions(),
        timings_s={**prepared.timings_s, **clock.timings_s}, dose=figures)


def explain(prepared: Prepared, lesions: LesionSet, reading: Reading, resources: Resources,
            progress: ProgressCallback = no_progress, cancel: CancelToken | None = None) -> Reading:
    """The same answers with what takes longer than they did (a map of occlusion); the reading as it is where the task
    has no such thing. Everything else must be what the answers were made of. Raises Cancelled."""
    task, token = resources.task, cancel or CancelToken()
    if task.explain is None or not reading.answers:
        return reading
    seen, _ = usable_alone(prepared)
    names = {answer.lesion: _explained(answer.lesion) for answer in reading.answers}
    clock = Clock(dict.fromkeys(names.values(), 1 / len(names)), progress, token)
    answers: list[Answer] = []
    for answer in reading.answers:
        with clock.stage(names[answer.lesion]):
            sample = task.sample(seen, lesions, answer.lesion)
            answers.append(task.explain(resources.model, sample, answer, _within(clock), token))
    clock.finish()
    return replace(reading, answers=tuple(answers), timings_s={**reading.timings_s, **clock.timings_s})


def _within(clock: Clock) -> ProgressCallback:
    """Progress of a stage that counts from 0 to 1 itself; its own words are left out."""
    def report(stage: str, fraction: float) -> None:  # noqa: ARG001
        clock.part(fraction)

    return report


def _explained(number: int) -> str:
    return "Explaining the answer" if number == STUDY else f"Explaining the answer for lesion {number}"


def _stage(number: int) -> str:
    return "Analysing the study" if number == STUDY else f"Analysing lesion {number}"


def unanswerable(prepared: Prepared, resources: Resources) -> tuple[Caution, ...]:
    """What keeps the model in use from answering about this study, of level "stop"; none where it can."""
    asked = resources.task.unanswerable
    return () if asked is None else asked(resources.model, usable_alone(prepared)[0])


def _refuse_unanswerable(resources: Resources, prepared: Prepared, unused: Sequence[Caution]) -> None:
    """unused: that a dose is not used. Raises PreparationError."""
    for one in unanswerable(prepared, resources):
        raise PreparationError(" ".join(map(str, ("This study cannot be read.", *unused, one))))


def _cautions(task: Task, prepared: Prepared, lesions: LesionSet, number: int) -> tuple[Caution, ...]:
    """What the answer needs to say of a study; a lesion says its own. Raises MaskError, PreparationError for what stops
    the reading."""
    found = task.cautions(prepared, lesions, number)
    if number == STUDY:
        if stops := of_level(found, "stop"):
            raise PreparationError(f"This study cannot be read. {stops[0]}")
        return found
    if stops := of_level((*found, *lesions.lesion(number).cautions), "stop"):
        raise MaskError(f"Lesion {number} cannot be read. {stops[0]}")
    return ()
