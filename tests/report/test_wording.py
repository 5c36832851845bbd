"""The words never claim more than the numbers."""

import math
from dataclasses import replace

import pytest

from rnapp.errors import RnappError
from rnapp.report.wording import (
    board,
    former_board,
    interval_words,
    level_words,
    likeness_words,
    percent,
    prior_words,
    rule,
    spread,
    statement,
    steadiness,
    validation,
    verdict,
    verdict_code,
    what_if,
)
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.trust.verdict import judge
from rnapp.types import (
    Answer,
    BoardOpinion,
    Caution,
    Confirmed,
    Likeness,
    Prediction,
    Trust,
    Variation,
    WhatIf,
    note,
    withheld,
)
from tests.trusted import PLAIN


def made(probability: float, *folds: float) -> Prediction:
    return Prediction(probability, folds, folds)


@pytest.mark.parametrize(("probability", "words"), [
    (0.0, "<1 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.25, "25 %"), (0.666, "67 %"), (0.994, "99 %"), (0.996, ">99 %"),
    (1.0, ">99 %"),
])
def test_percent(probability, words):
    assert percent(probability) == words


def judged(probability: float, *folds: float, variations: tuple[float, ...] = (), prior: float = 0.5) -> Answer:
    """From 60 % on the first outcome, up to 40 % the second."""
    prediction = made(probability, *folds)
    found = [Variation(f"variation {number}", one) for number, one in enumerate(variations, 1)]
    trust = judge(prediction, found, None, PLAIN, PLAIN.limits, prior, probability)
    return Answer(1, prediction, (), 0.0, trust=trust)


@pytest.mark.parametrize(("answer", "words", "code"), [
    (judged(0.69, 0.68, 0.7, variations=(0.66,)), "favours radiation necrosis", "necrosis"),
    (judged(0.8, 0.3, 0.99, variations=(0.8,)), "favours radiation necrosis", "necrosis"),  # as at 69 %: one rule
    (judged(0.6, variations=(0.61,)), "favours radiation necrosis", "necrosis"),
    (judged(0.4, variations=(0.4,)), "favours tumour progression", "progression"),
    (judged(0.41, variations=(0.42,)), "indeterminate", "indeterminate"),
    (judged(0.8, variations=(0.65,)), "indeterminate", "indeterminate"),  # fragile
    (judged(0.9), "indeterminate", "indeterminate"),  # nothing was tried
    (withheld(1, (), ()), "no number is given", "withheld"),
    (Answer(1, made(0.9), (), 0.0), "not judged", ""),
])
def test_the_verdict_in_words_and_in_files(answer, words, code):
    assert verdict(QUESTION, answer) == words
    assert verdict_code(QUESTION, answer) == code
    assert "weakly" not in statement(QUESTION, answer)


def test_statement_gives_the_number_the_range_and_the_steadiness():
    assert statement(QUESTION, judged(0.67, 0.59, 0.64, 0.72, variations=(0.66, 0.7))) == (
        "Favours radiation necrosis: probability of radiation necrosis 67 %. 3 models range from 59 % to 72 %. "
        "Steady: small changes move it as far as 70 % (variation 2).")
    assert statement(QUESTION, judged(0.67, 0.3, 0.6, variations=(0.66, 0.5))) == (
        "Indeterminate: probability of radiation necrosis 67 %. 2 models range from 30 % to 60 % and disagree "
        "whether it is necrosis or progression. Fragile: small changes move it as far as 50 % (variation 2).")
    assert statement(QUESTION, judged(0.67, 0.66, 0.68)).endswith("not measured, so neither outcome is named.")


def test_a_withheld_answer_says_why_and_tells_no_number():
    stop, ask = Caution("far", "stop", "It is too far.", "Draw it again."), Caution("odd", "confirm", "It is odd.")
    said = statement(QUESTION, withheld(1, (note("thick", "Thick."),), (stop, ask)))
    assert said == "No number is given. It is too far. Draw it again. It is odd."
    assert statement(QUESTION, withheld(1, (), ())) == "No number is given."


def test_a_reading_of_before_is_shown_as_not_judged():
    assert statement(QUESTION, Answer(1, made(0.67, 0.6, 0.7), (), 0.0)) == (
        "Not judged: probability of radiation necrosis 67 %. 2 models range from 60 % to 70 %. This reading was made "
        "before answers were judged; read the case again.")


def test_the_rule_can_be_predicted_from_the_number():
    trust = judged(0.67, variations=(0.66,)).trust
    assert trust is not None
    assert rule(QUESTION, trust) == (
        "From 60 % on it is called necrosis, up to 40 % progression, between them indeterminate. These limits are "
        "right, or leave it open, in 90 % of cases of either kind.")
    assert rule(QUESTION, Trust("indeterminate")) == ""


def test_the_prior_and_the_number_without_it():
    trust = judged(0.67, variations=(0.66,)).trust
    assert trust is not None
    assert prior_words(QUESTION, trust) == (
        "It assumes that 50 % of cases are necrosis, as among those of its calibration.")
    assert prior_words(QUESTION, replace(trust, prior=0.2, unadjusted=0.89)) == (
        "It assumes that 20 % of cases are necrosis, as set for this centre; with the 50 % of its calibration it would "
        "be 89 %.")
    assert prior_words(QUESTION, Trust("withheld")) == ""


def test_interval_steadiness_and_likeness_in_words():
    answer = judged(0.67, 0.6, variations=(0.7,))
    assert interval_words(answer) == "60 % to 70 %"
    assert interval_words(withheld(1, (), ())) == interval_words(Answer(1, made(0.5), (), 0.0)) == ""
    assert steadiness(withheld(1, (), ())) == steadiness(Answer(1, made(0.5), (), 0.0)) == ""
    assert likeness_words(Likeness(3.14, 9.0, 0.05)) == "Like what the model has seen: distance 3.1, limit 9.0."
    assert likeness_words(Likeness(13.0, 9.0, 0.05)).startswith("Unlike what the model has seen")


@pytest.mark.parametrize(("caution", "lesion", "confirmed", "words"), [
    (Caution("far", "stop", "Far."), 1, (Confirmed("far", 1, "seen"),), "Stop"),
    (note("far", "Far."), None, (Confirmed("far"),), "Note"),
    (Caution("far", "confirm", "Far."), 1, (), "To be confirmed"),
    (Caution("far", "confirm", "Far."), 1, (Confirmed("far", 2, "seen"),), "To be confirmed"),
    (Caution("far", "confirm", "Far."), 1, (Confirmed("far", 1, "seen"),), "Confirmed (seen)"),
    (Caution("far", "confirm", "Far."), 1, (Confirmed("far", None, ""),), "Confirmed (without a reason)"),
    (Caution("far", "confirm", "Far."), None, (Confirmed("far", 2, "seen"),), "Confirmed for lesion 2 (seen)"),
    (Caution("far", "confirm", "Far."), None, (Confirmed("near"),), "To be confirmed")])
def test_what_follows_from_a_caution(caution, lesion, confirmed, words):
    assert level_words(caution, lesion, confirmed) == words


def test_spread_of_models_that_agree_and_of_one_alone():
    assert spread(QUESTION, made(0.8, 0.801, 0.802)) == "2 models all say 80 %."
    assert "unknown" in spread(QUESTION, made(0.8, 0.8))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.01, 1.01])
def test_what_is_no_probability_is_refused(bad):
    for prediction in (made(bad, 0.5, 0.6), made(0.5, 0.4, bad)):
        with pytest.raises(RnappError, match="do not use this reading"):
            statement(QUESTION, Answer(1, prediction, (), 0.0))


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
