"""What withholds a number, and what gives it all the same."""

from dataclasses import replace
from typing import Any

import pytest

from rnapp.errors import InputError
from rnapp.pipeline.analyse import analyse, explain, no_lesions
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.trust.calibrate import log_odds
from rnapp.types import (
    STUDY,
    Caution,
    Confirmed,
    Evidence,
    LesionSet,
    Likeness,
    Prepared,
    Trust,
)
from tests.pipeline.answering import STOP, codes, counting, explaining, placed, resources_of, task_with


@pytest.mark.parametrize("level", ["stop", "confirm"])
@pytest.mark.parametrize("where", ["task", "lesion", "lesions", "prepared"])
def test_an_open_caution_withholds_the_number_and_nothing_runs(level: Any, where: str, turned: Prepared,
                                                               two: LesionSet) -> None:
    """Wherever the caution is."""
    prepared, lesions, task = placed(replace(STOP, level=level), where, turned, two)
    ran: list[int] = []
    reading = analyse(prepared, lesions, QUESTION.unknown, resources_of(counting(task, ran)))
    assert ran == []
    for answer in reading.answers:
        assert answer.trust is not None
        assert (answer.prediction, answer.contributions, answer.attention) == (None, (), None)
        assert (answer.trust.verdict, answer.trust.interval, answer.trust.limits) == ("withheld", None, None)
        assert [one.code for one in answer.trust.because] == ["too_dark"]


@pytest.mark.parametrize("where", ["task", "lesion", "lesions", "prepared"])
def test_the_readers_word_gives_the_number_where_it_is_about_that_answer(where: str, turned: Prepared,
                                                                         two: LesionSet) -> None:
    ask = replace(STOP, level="confirm")
    prepared, lesions, task = placed(ask, where, turned, two)
    word = Confirmed("too_dark", 2, "it is old blood")
    reading = analyse(prepared, lesions, QUESTION.unknown, resources_of(task), confirmed=[word])
    assert [answer.prediction is None for answer in reading.answers] == [True, False]
    assert reading.confirmed == (word,)
    every = analyse(prepared, lesions, QUESTION.unknown, resources_of(task), confirmed=[replace(word, lesion=None)])
    assert [answer.prediction is None for answer in every.answers] == [False, False]


def test_what_stops_cannot_be_confirmed(turned: Prepared, two: LesionSet) -> None:
    reading = analyse(turned, two, QUESTION.unknown, resources_of(task_with("lesion", (STOP,))),
                      confirmed=[Confirmed("too_dark")])
    assert [answer.prediction for answer in reading.answers] == [None, None]


def test_one_lesion_that_cannot_be_read_leaves_the_others(turned: Prepared, two: LesionSet) -> None:
    first, second = two.lesions
    lesions = replace(two, lesions=(replace(first, cautions=(STOP,)), second))
    reading = analyse(turned, lesions, QUESTION.unknown, resources_of(task_with("lesion")))
    assert [answer.prediction is None for answer in reading.answers] == [True, False]


def test_a_study_is_withheld_too(turned: Prepared) -> None:
    (answer,) = analyse(turned, no_lesions(turned), QUESTION.unknown,
                        resources_of(task_with("study", (STOP,)))).answers
    assert (answer.lesion, answer.prediction) == (STUDY, None)
    ask = replace(STOP, level="confirm")
    (given,) = analyse(turned, no_lesions(turned), QUESTION.unknown, resources_of(task_with("study", (ask,))),
                       confirmed=[Confirmed("too_dark")]).answers
    assert given.prediction is not None


@pytest.mark.parametrize("unit", ["lesion", "study"])
@pytest.mark.parametrize("level", ["stop", "confirm"])
def test_what_is_said_of_the_studys_dose_withholds_nothing(unit: Any, level: Any, turned: Prepared,
                                                           two: LesionSet) -> None:
    doubted = replace(turned, cautions=(Caution("dose_unusual", level, "The dose is odd."),))
    reading = analyse(doubted, two, QUESTION.unknown, resources_of(task_with(unit)))
    assert all(answer.prediction is not None for answer in reading.answers)
    of_task = task_with(unit, (Caution("dose_unusual", level, "The model never saw such a dose."),))
    withheld = analyse(turned, two, QUESTION.unknown, resources_of(of_task))
    assert all(answer.prediction is None for answer in withheld.answers), "it is the model's own input there"


def test_a_model_that_was_never_calibrated_asks_first(turned: Prepared, two: LesionSet) -> None:
    resources = resources_of(task_with("lesion"), None)
    reading = analyse(turned, two, QUESTION.unknown, resources)
    assert [answer.prediction for answer in reading.answers] == [None, None]
    word = Confirmed("model_not_calibrated", None, "demonstration")
    shown = analyse(turned, two, QUESTION.unknown, resources, confirmed=[word])
    assert [one.given.probability for one in shown.answers] == pytest.approx([0.2, 0.3])
    assert {one.trust.verdict for one in shown.answers if one.trust} == {"indeterminate"}


def test_what_is_unlike_the_models_cases_is_withheld_and_tells_only_how_unlike(turned: Prepared,
                                                                               two: LesionSet) -> None:
    unlike = Likeness(12.0, 9.0, 0.05)
    task = replace(task_with("lesion"), evidence=lambda *_: Evidence({"1 mm larger": 0.3}, unlike))
    reading = analyse(turned, two, QUESTION.unknown, resources_of(task))
    for answer in reading.answers:
        assert answer.prediction is None
        assert answer.trust == Trust("withheld", likeness=unlike, because=answer.trust.because)
        assert [one.code for one in answer.trust.because] == ["unlike_training"]
        assert "answer_fragile" not in [one.code for one in answer.cautions], "it describes a number"
    shown = analyse(turned, two, QUESTION.unknown, resources_of(task), confirmed=[Confirmed("unlike_training")])
    assert all(answer.prediction is not None for answer in shown.answers)
    assert all("answer_fragile" in [one.code for one in answer.cautions] for answer in shown.answers)


def test_a_steady_answer_beyond_a_limit_is_named(turned: Prepared, two: LesionSet) -> None:
    """0.2 and 0.3 lie below the limit of 0.4."""
    task = replace(task_with("lesion"), evidence=lambda model, prepared, lesions, number, *_: Evidence(
        {"1 mm larger": log_odds(0.1 + 0.1 * number) + 0.01}))
    reading = analyse(turned, two, QUESTION.unknown, resources_of(task))
    assert [answer.trust.verdict for answer in reading.answers if answer.trust] == ["second", "second"]


def test_the_prior_moves_the_number_and_an_impossible_one_is_refused_before_anything_runs(turned: Prepared,
                                                                                          two: LesionSet) -> None:
    reading = analyse(turned, two, QUESTION.unknown, resources_of(task_with("lesion")), prior=0.8)
    for answer, unadjusted in zip(reading.answers, (0.2, 0.3), strict=True):
        assert answer.trust is not None
        assert answer.trust.unadjusted == pytest.approx(unadjusted)
        assert answer.given.probability > unadjusted
    ran: list[int] = []
    with pytest.raises(InputError, match="Expected a share"):
        analyse(turned, two, QUESTION.unknown, resources_of(counting(task_with("lesion", (STOP,)), ran)), prior=0.0)
    assert ran == []


def test_nothing_of_a_withheld_answer_is_explained(turned: Prepared, two: LesionSet) -> None:
    first, second = two.lesions
    lesions = replace(two, lesions=(replace(first, cautions=(STOP,)), second))
    resources = resources_of(explaining())
    reading = analyse(turned, lesions, QUESTION.unknown, resources)
    later = explain(turned, lesions, reading, resources)
    assert later.answers[0] is reading.answers[0]
    assert codes(later.answers[1])[-1] == "explained"
    none = replace(reading, answers=reading.answers[:1])
    assert explain(turned, lesions, none, resources) is none
