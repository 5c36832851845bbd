"""Answers for lesions and for studies, and what stops them before any network runs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnapp.errors import Cancelled, ClinicalError, MaskError, PreparationError
from rnapp.lesion.find import find_lesions
from rnapp.pipeline.analyse import analyse, explain, no_lesions
from rnapp.pipeline.results import attention_volume
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.tasks.task import Task
from rnapp.types import (
    STUDY,
    Answer,
    CancelToken,
    CaseResult,
    Caution,
    Clinical,
    Confirmation,
    Dose,
    DosePath,
    LesionSet,
    PlacedDose,
    Prediction,
    Prepared,
    Prescription,
    ProgressCallback,
    SimilarityTransform,
    Volume,
    note,
)
from tests.conftest import sphere

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
                   cautions=lambda prepared, lesions, number: cautions)


def sphere_volume() -> Any:
    from rnapp.io.atlas import atlas_grid

    grid = atlas_grid()
    return replace(grid, array=np.full((4, 4, 4), 0.5, np.float32))


def resources_of(task: Task) -> Any:
    return _Resources(task)


class _Resources:
    """What analyse needs of them."""

    def __init__(self, task: Task) -> None:
        self.task, self.model = task, _Model("model")


class _Model(str):
    """Compares as a word, and has a card."""

    card = "card"


@pytest.fixture
def two(turned: Prepared) -> LesionSet:
    """Two lesions, drawn on the atlas."""
    first, second = (sphere(turned.head, np.array(place, float), 6) for place in ((100, -120, 80), (140, -120, 80)))
    return find_lesions(turned, first.with_array(first.array | second.array), drawn=True)


def test_one_answer_for_each_lesion(turned: Prepared, two: LesionSet) -> None:
    told: list[str] = []
    reading = analyse(turned, two, QUESTION.unknown, resources_of(task_with("lesion", (note("a", "A."),))),
                      lambda stage, fraction: told.append(stage))
    assert [one.lesion for one in reading.answers] == [lesion.number for lesion in two.lesions] == [1, 2]
    assert [one.prediction.probability for one in reading.answers] == pytest.approx([0.2, 0.3])
    assert told == ["Analysing lesion 1", "Analysing lesion 2", "Done"]
    assert [[one.code for one in answer.cautions] for answer in reading.answers] == [["answered"]] * 2
    assert (reading.question, reading.model) == ("metastasis", "card")


def test_one_answer_for_the_study(turned: Prepared) -> None:
    task = task_with("study", (note("a", "A."),))
    reading = analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(task))
    (answer,) = reading.answers
    assert answer.lesion == STUDY
    assert [one.code for one in answer.cautions] == ["a", "answered"], "a study has no lesion that says it"


def test_no_answer_without_lesions(turned: Prepared) -> None:
    assert analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(task_with("lesion"))).answers == ()


@pytest.mark.parametrize("prepare_stop", [lambda lesions: lesions, lambda lesions: replace(lesions, lesions=tuple(
    replace(one, cautions=(STOP,)) for one in lesions.lesions))])
def test_a_lesion_that_cannot_be_read_stops_the_reading(prepare_stop: Callable[[LesionSet], LesionSet],
                                                        turned: Prepared, two: LesionSet) -> None:
    """Whether the task says so or the lesion carries it."""
    lesions = prepare_stop(two)
    task = task_with("lesion", (STOP,) if lesions is two else ())
    with pytest.raises(MaskError, match=r"^Lesion 1 cannot be read\. It is too dark\.$"):
        analyse(turned, lesions, QUESTION.unknown, resources_of(task))


def test_a_study_that_cannot_be_read_stops_the_reading(turned: Prepared) -> None:
    with pytest.raises(PreparationError, match=r"^This study cannot be read\. It is too dark\.$"):
        analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(task_with("study", (STOP,))))


def test_a_model_that_cannot_answer_about_these_inputs_stops_the_reading_before_any_sample(turned: Prepared) -> None:
    asked = []

    def refuse(model: Any, prepared: Prepared) -> tuple[Caution, ...]:
        asked.append((model, prepared.dose))
        return (STOP,)

    task = replace(task_with("study"), unanswerable=refuse, sample=lambda *_: pytest.fail("sampled"))
    with pytest.raises(PreparationError, match=r"^This study cannot be read\. It is too dark\.$"):
        analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(task))
    assert asked == [("model", None)]
    ready = replace(task_with("study"), unanswerable=lambda *_: ())
    assert len(analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(ready)).answers) == 1


def test_impossible_values_are_refused_first(turned: Prepared, two: LesionSet) -> None:
    with pytest.raises(ClinicalError):
        analyse(turned, two, {**QUESTION.unknown, "age": 500.0}, resources_of(task_with("lesion", (STOP,))))


@pytest.mark.parametrize("attention", [False, True])
def test_attention_is_written_only_where_there_is_any(attention: bool, turned: Prepared, two: LesionSet) -> None:
    task = task_with("lesion", attention=attention)
    reading = analyse(turned, two, QUESTION.unknown, resources_of(task))
    volume = attention_volume(CaseResult(task.question, "RN-1", turned, two, reading))
    assert (volume is not None) is attention
    if volume is not None:
        assert volume.array.max() == 0.5
        assert (volume.array > 0).sum() == 4**3


def dosed(prepared: Prepared, confirmed: bool) -> Prepared:
    """With 40 Gy nearly everywhere."""
    affine = np.diag([10.0, 10, 10, 1])
    affine[:3, 3] = prepared.native.to_mm((np.array([prepared.native.shape]) - 1) / 2)[0] - 150
    dose = Dose(Volume(np.full((31, 31, 31), 40, np.float32), affine), (Prescription("PTV", 40.0, 20),))
    path = DosePath("same_frame", ("One frame.",), SimilarityTransform(np.eye(4)))
    grid = prepared.head.with_array(np.full(prepared.head.shape, 40, np.float32))
    by = Confirmation("2026-01-01T12:00:00") if confirmed else None
    return replace(prepared, dose=PlacedDose(dose, path, grid, by))


@pytest.mark.parametrize("confirmed", [True, False])
def test_models_and_figures_see_a_dose_only_once_it_is_confirmed(
        confirmed: bool, turned: Prepared, two: LesionSet) -> None:
    seen: list[Prepared] = []
    task = replace(task_with("study"), cautions=lambda prepared, lesions, number: seen.append(prepared) or ())
    told: list[str] = []
    reading = analyse(dosed(turned, confirmed), two, {**QUESTION.unknown, "months_since_radiosurgery": 5.0},
                      resources_of(task), lambda stage, fraction: told.append(stage))
    (answer,) = reading.answers
    assert answer.lesion == STUDY, "lesions are outlined, and the answer is about the study"
    assert (seen[0].dose is not None) is confirmed
    assert [one.code for one in answer.cautions] == [*([] if confirmed else ["dose_unused"]), "answered"]
    assert ("Measuring the dose" in told) is confirmed
    if not confirmed:
        assert reading.dose is None
        return
    assert reading.dose is not None
    assert (reading.dose.prescribed_gy, reading.dose.months_since) == (40.0, 5.0)
    assert [one.lesion for one in reading.dose.lesions] == [1, 2]
    assert reading.dose.lesions[0].mean_gy == pytest.approx(40, abs=0.01)


def test_without_a_dose_there_is_nothing_of_it(turned: Prepared, two: LesionSet) -> None:
    reading = analyse(turned, two, QUESTION.unknown, resources_of(task_with("lesion")))
    assert reading.dose is None
    assert set(reading.timings_s) == {"Analysing lesion 1", "Analysing lesion 2"}


def explaining(token: CancelToken | None = None) -> Task:
    """A task whose explanation adds a caution, in steps."""
    def explained(model: Any, sample: Any, answer: Answer, progress: ProgressCallback, cancel: CancelToken) -> Answer:
        progress("its own words", 0.5)
        if token is not None:
            token.cancel()
        cancel.check()
        return replace(answer, cautions=(*answer.cautions, note("explained", f"From {sample}.")))

    return replace(task_with("lesion"), explain=explained)


def test_an_explanation_is_a_step_of_its_own_with_progress(turned: Prepared, two: LesionSet) -> None:
    resources = resources_of(explaining())
    reading = analyse(turned, two, QUESTION.unknown, resources)
    assert [one.code for answer in reading.answers for one in answer.cautions] == ["answered"] * 2
    told: list[tuple[str, float]] = []
    later = explain(turned, two, reading, resources, lambda stage, fraction: told.append((stage, round(fraction, 2))))
    assert [answer.prediction for answer in later.answers] == [answer.prediction for answer in reading.answers]
    assert [str(answer.cautions[-1]) for answer in later.answers] == ["From sample 1.", "From sample 2."]
    first, second = "Explaining the answer for lesion 1", "Explaining the answer for lesion 2"
    assert told == [(first, 0.0), (first, 0.25), (second, 0.5), (second, 0.75), ("Done", 1.0)]
    assert {first, second} <= set(later.timings_s)
    assert later.created == reading.created


def test_a_task_without_an_explanation_keeps_its_reading(turned: Prepared, two: LesionSet) -> None:
    resources = resources_of(task_with("lesion"))
    reading = analyse(turned, two, QUESTION.unknown, resources)
    assert explain(turned, two, reading, resources) is reading
    nothing = analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(explaining()))
    assert explain(turned, no_lesions(turned), nothing, resources_of(explaining())) is nothing


def test_an_explanation_can_be_cancelled(turned: Prepared, two: LesionSet) -> None:
    token = CancelToken()
    resources = resources_of(explaining(token))
    with pytest.raises(Cancelled):
        explain(turned, two, analyse(turned, two, QUESTION.unknown, resources), resources, cancel=token)
