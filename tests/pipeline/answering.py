"""Tasks that answer at once, for tests of what is done with their answers."""

from dataclasses import replace
from typing import Any

import numpy as np

from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.tasks.task import Task
from rnapp.types import (
    Answer,
    Calibration,
    CancelToken,
    Caution,
    Clinical,
    LesionSet,
    ModelCard,
    Prediction,
    Prepared,
    ProgressCallback,
    note,
)
from tests.trusted import PLAIN

STOP = Caution("too_dark", "stop", "It is too dark.")


def task_with(unit: Any, cautions: tuple[Caution, ...] = (), attention: bool = False) -> Task:
    """A task that answers with the lesion's number."""
    def answer(model: Any, sample: Any, number: int, clinical: Clinical, cancel: CancelToken) -> Answer:
        assert (model, sample) == ("model", f"sample {number}")
        seen = sample_volume if attention else None
        return Answer(number, Prediction(0.1 + 0.1 * number, (), ()), (), 0.0, seen, (), (note("answered", "Seen."),))

    sample_volume = sphere_volume()
    return replace(METASTASIS, question=replace(QUESTION, unit=unit), answer=answer,
                   sample=lambda prepared, lesions, number: f"sample {number}",
                   cautions=lambda prepared, lesions, number: cautions, evidence=None)


def sphere_volume() -> Any:
    from rnapp.io.atlas import atlas_grid

    grid = atlas_grid()
    return replace(grid, array=np.full((4, 4, 4), 0.5, np.float32))


def resources_of(task: Task, calibration: Calibration | None = PLAIN) -> Any:
    return _Resources(task, calibration)


class _Resources:
    """What analyse needs of them."""

    def __init__(self, task: Task, calibration: Calibration | None) -> None:
        self.task, self.model = task, _Model("model")
        self.model.card = replace(_Model.card, calibration=calibration)


class _Model(str):
    """Compares as a word, and has a card."""

    card = ModelCard("made", "1", True, "ab" * 32, "", "", "", {}, calibration=PLAIN)


def counting(task: Task, ran: list[int]) -> Task:
    """The same task, which notes what it answers."""
    def answer(model: Any, sample: Any, number: int, clinical: Clinical, cancel: CancelToken) -> Answer:
        ran.append(number)
        return task.answer(model, sample, number, clinical, cancel)

    return replace(task, answer=answer)


def placed(caution: Caution, where: str, prepared: Prepared, lesions: LesionSet) -> tuple[Prepared, LesionSet, Task]:
    """A case that has this caution somewhere, on every lesion."""
    if where == "prepared":
        prepared = replace(prepared, cautions=(caution,))
    if where == "lesions":
        lesions = replace(lesions, cautions=(caution,))
    if where == "lesion":
        lesions = replace(lesions, lesions=tuple(replace(one, cautions=(caution,)) for one in lesions.lesions))
    return prepared, lesions, task_with("lesion", (caution,) if where == "task" else ())


def codes(answer: Answer) -> list[str]:
    return [one.code for one in answer.cautions]


def explaining(token: CancelToken | None = None) -> Task:
    """A task whose explanation adds a caution, in steps."""
    def explained(model: Any, sample: Any, answer: Answer, progress: ProgressCallback, cancel: CancelToken) -> Answer:
        progress("its own words", 0.5)
        if token is not None:
            token.cancel()
        cancel.check()
        return replace(answer, cautions=(*answer.cautions, note("explained", f"From {sample}.")))

    return replace(task_with("lesion"), explain=explained)
