"""Answers for lesions and for studies, and the figures and explanations beside them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnapp.errors import Cancelled, ClinicalError
from rnapp.pipeline.analyse import analyse, explain, no_lesions
from rnapp.pipeline.results import attention_volume
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import (
    STUDY,
    CancelToken,
    CaseResult,
    Caution,
    Confirmation,
    Dose,
    DosePath,
    LesionSet,
    PlacedDose,
    Prepared,
    Prescription,
    SimilarityTransform,
    Volume,
    note,
)
from tests.pipeline.answering import STOP, codes, explaining, resources_of, task_with


def test_one_answer_for_each_lesion(turned: Prepared, two: LesionSet) -> None:
    told: list[str] = []
    reading = analyse(turned, two, QUESTION.unknown, resources_of(task_with("lesion", (note("a", "A."),))),
                      lambda stage, fraction: told.append(stage))
    assert [one.lesion for one in reading.answers] == [lesion.number for lesion in two.lesions] == [1, 2]
    assert [one.prediction.probability for one in reading.answers] == pytest.approx([0.2, 0.3])
    assert told == ["Analysing lesion 1", "Analysing lesion 2", "Done"]
    assert [[one.code for one in answer.cautions] for answer in reading.answers] == [["a", "answered"]] * 2
    assert (reading.question, reading.model.name) == ("metastasis", "made")


def test_what_a_lesion_carries_already_is_not_said_twice(turned: Prepared, two: LesionSet) -> None:
    seen = note("a", "A.")
    lesions = replace(two, lesions=tuple(replace(one, cautions=(seen,)) for one in two.lesions))
    reading = analyse(turned, lesions, QUESTION.unknown, resources_of(task_with("lesion", (seen,))))
    assert [codes(answer) for answer in reading.answers] == [["answered"]] * 2


def test_one_answer_for_the_study(turned: Prepared) -> None:
    task = task_with("study", (note("a", "A."),))
    reading = analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(task))
    (answer,) = reading.answers
    assert answer.lesion == STUDY
    assert [one.code for one in answer.cautions] == ["a", "answered"], "a study has no lesion that says it"


def test_no_answer_without_lesions(turned: Prepared) -> None:
    assert analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(task_with("lesion"))).answers == ()


def test_a_model_that_cannot_answer_about_these_inputs_gives_no_number_and_sees_no_sample(turned: Prepared) -> None:
    asked = []

    def refuse(model: Any, prepared: Prepared) -> tuple[Caution, ...]:
        asked.append((model, prepared.dose))
        return (STOP,)

    task = replace(task_with("study"), unanswerable=refuse, sample=lambda *_: pytest.fail("sampled"))
    (answer,) = analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(task)).answers
    assert answer.prediction is None
    assert STOP in answer.cautions
    assert [dose for _, dose in asked] == [None]
    ready = replace(task_with("study"), unanswerable=lambda *_: ())
    (answer,) = analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(ready)).answers
    assert answer.prediction is not None


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
