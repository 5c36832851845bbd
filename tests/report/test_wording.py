"""The words never claim more than the numbers."""

import math

import pytest

from rnapp.errors import RnappError
from rnapp.report.wording import board, former_board, percent, spread, statement, validation, verdict, what_if
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import BoardOpinion, Prediction, WhatIf


def made(probability: float, *folds: float) -> Prediction:
    return Prediction(probability, folds, folds)


@pytest.mark.parametrize(("probability", "words"), [
    (0.0, "<1 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.25, "25 %"), (0.666, "67 %"), (0.994, "99 %"), (0.996, ">99 %"),
    (1.0, ">99 %"),
])
def test_percent(probability, words):
    assert percent(probability) == words


@pytest.mark.parametrize(("prediction", "words"), [
    (made(0.8, 0.7, 0.75, 0.8, 0.85, 0.9), "favours radiation necrosis"),
    (made(0.2, 0.1, 0.15, 0.2, 0.25, 0.3), "favours tumour progression"),
    (made(0.58, 0.55, 0.57, 0.6), "weakly favours radiation necrosis"),  # near one half
    (made(0.42, 0.4, 0.41, 0.45), "weakly favours tumour progression"),
    (made(0.6, 0.4, 0.6, 0.8), "indeterminate"),  # the folds disagree
    (made(0.7, 0.45, 0.7, 0.9), "weakly favours radiation necrosis"),  # they disagree, but the mean is clear
    (made(0.3, 0.1, 0.3, 0.55), "weakly favours tumour progression"),
    (made(0.66, 0.19, 0.28, 0.34, 0.85, 0.99), "indeterminate"),  # most models are on the other side
    (made(0.66, 0.28, 0.51, 0.6, 0.7, 0.99), "weakly favours radiation necrosis"),  # four of five are on this side
    (made(0.52, 0.51, 0.52, 0.53), "indeterminate"),
    (made(0.5, 0.5, 0.5), "indeterminate"),
    (made(0.62, 0.3, 0.35, 0.4), "indeterminate"),  # the answer lies on another side than every fold
    (made(0.9), "weakly favours radiation necrosis"),  # no spread known
])
def test_verdict(prediction, words):
    assert verdict(QUESTION, prediction) == words


def test_statement_gives_the_number_and_the_range():
    assert statement(QUESTION, made(0.67, 0.59, 0.64, 0.68, 0.7, 0.72)) == (
        "Favours radiation necrosis: probability of radiation necrosis 67 %. 5 models range from 59 % to 72 %.")
    assert statement(QUESTION, made(0.48, 0.3, 0.6)) == (
        "Indeterminate: probability of radiation necrosis 48 %. 2 models range from 30 % to 60 % and disagree "
        "whether it is necrosis or progression.")


def test_spread_of_models_that_agree_and_of_one_alone():
    assert spread(QUESTION, made(0.8, 0.801, 0.802)) == "2 models all say 80 %."
    assert "unknown" in spread(QUESTION, made(0.8, 0.8))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.01, 1.01])
def test_what_is_no_probability_is_refused(bad):
    for prediction in (made(bad, 0.5, 0.6), made(0.5, 0.4, bad)):
        with pytest.raises(RnappError, match="do not use this reading"):
            statement(QUESTION, prediction)


def test_validation_names_each_cohort_with_its_interval() -> None:
    metrics = {"held_out/multimodal/auc": 0.812, "held_out/multimodal/auc_low": 0.6,
               "held_out/multimodal/auc_high": 0.95, "held_out/vit/auc": 0.7, "second_centre/multimodal/auc": 0.7}
    assert validation(metrics) == [("AUC, held-out patients", "0.81 (95 % interval 0.60 to 0.95)"),
                                   ("AUC, second centre", "0.70")]
    assert validation({})[0][1] == "no figures on its card"


def test_validation_is_that_of_the_inputs_that_the_model_saw() -> None:
    metrics = {"test/event+dose/f1": 0.69, "test/event+dose/f1_low": 0.62, "test/event+dose/f1_high": 0.74,
               "test/event+post_op+dose/auc": 0.79, "test/event+post_op+dose/f1_vote": 0.7, "test/event/auc": 0.6}
    assert validation(metrics, ("event", "dose")) == [("macro F1, test patients", "0.69 (95 % interval 0.62 to 0.74)")]
    assert validation(metrics, ("event", "post_op", "dose")) == [("AUC, test patients", "0.79")]
    assert validation(metrics, ("dose",))[0][1] == "no figures on its card"
    assert validation(metrics)[0][1] == "no figures on its card"


def test_what_a_value_could_do_and_what_the_board_thought():
    assert what_if(WhatIf("age", "Age", 0.304, "35 years", 0.62, "70 years")) == (
        "Age: from 30 % (35 years) to 62 % (70 years).")
    assert what_if(WhatIf("age", "Age", 0.304, "35 years", 0.301, "70 years")) == "Age: would not change it."
    assert board(QUESTION, BoardOpinion(1, "undecided", "2026-11-21T14:03:59+01:00")) == "undecided (at 14:03)"
    informed = BoardOpinion(1, "undecided", "2026-11-21T14:03:59+01:00", informed=True)
    assert board(QUESTION, informed) == "undecided (at 14:03, after seeing an answer to another outline)"
    assert former_board(QUESTION, [informed]).startswith("then lesion 1: undecided")
    assert former_board(QUESTION, []) == ""
    assert board(QUESTION, None) == "none noted"


def test_an_interval_that_holds_the_coin_says_so():
    metrics = {"held_out/multimodal/auc": 0.6, "held_out/multimodal/auc_low": 0.45, "held_out/multimodal/auc_high": 0.8}
    assert "not distinguishable from chance" in validation(metrics)[0][1]
    assert "chance" not in validation({**metrics, "held_out/multimodal/auc_low": 0.55})[0][1]
