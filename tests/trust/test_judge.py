"""From a task's own answer to the one that is shown: calibrated, adjusted, and called what the rule says."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rnapp.errors import InputError, RnappError
from rnapp.trust.calibrate import log_odds, probability_of
from rnapp.trust.judge import judged
from rnapp.trust.verdict import named
from rnapp.types import Answer, Evidence, Likeness, Prediction, note, withheld
from tests.explain.synthetic import answer
from tests.trusted import PLAIN

SKEWED = replace(PLAIN, prior=0.3, slope=1.4, intercept=0.2, limits=(0.25, 0.55))


def raw(probability: float, folds: tuple[float, ...] = ()) -> Answer:
    return Answer(1, Prediction(probability, folds, ()), (), log_odds(probability), cautions=(note("seen", "Seen."),))


def around(probability: float, by: float = 0.05) -> Evidence:
    """Variations that move the raw log-odds a little both ways."""
    return Evidence({"outline 1 mm larger": log_odds(probability) + by, "1 mm smaller": log_odds(probability) - by})


def codes(one: Answer) -> list[str]:
    return [caution.code for caution in one.cautions]


def test_an_answer_is_judged_in_the_calibrations_own_prior():
    shown = judged(raw(0.8), around(0.8), PLAIN, None)
    assert shown.trust is not None
    assert (shown.trust.verdict, shown.trust.steady, shown.trust.prior) == ("first", True, 0.5)
    assert shown.trust.limits == pytest.approx(PLAIN.limits)
    assert [one.what for one in shown.trust.variations] == ["outline 1 mm larger", "1 mm smaller"]
    assert codes(shown) == ["seen"]


def test_a_fragile_answer_says_so_and_names_nothing():
    shown = judged(raw(0.8), around(0.8, 1.5), PLAIN, None)
    assert shown.trust is not None
    assert (shown.trust.verdict, shown.trust.steady) == ("indeterminate", False)
    assert codes(shown) == ["seen", "answer_fragile"]


def test_without_variations_nothing_is_named_and_nothing_is_called_fragile():
    shown = judged(raw(0.95), Evidence(), PLAIN, None)
    assert shown.trust is not None
    assert (shown.trust.verdict, shown.trust.steady) == ("indeterminate", None)
    assert codes(shown) == ["seen"]


def test_a_model_without_a_calibration_asks_and_its_number_is_its_own():
    shown = judged(raw(0.8), around(0.8), None, 0.1)
    assert shown.trust is not None
    assert (shown.prediction, shown.trust.verdict, shown.trust.interval) == (raw(0.8).prediction, "indeterminate", None)
    assert [(one.code, one.level) for one in shown.cautions][1:] == [("model_not_calibrated", "confirm")]


@pytest.mark.parametrize("calibration", [PLAIN, None])
def test_what_is_unlike_the_models_cases_asks(calibration):
    unlike = Likeness(12.34, 9.0, 0.05)
    shown = judged(raw(0.8), Evidence(likeness=unlike), calibration, None)
    (caution,) = [one for one in shown.cautions if one.code == "unlike_training"]
    assert caution.level == "confirm"
    assert "distance 12.3" in caution.sentence
    assert "5 %" in caution.sentence
    if calibration:
        assert shown.trust is not None
        assert shown.trust.likeness == unlike


@pytest.mark.parametrize("likeness", [None, Likeness(9.0, 9.0, 0.05), Likeness(1.0, 9.0, 0.05)])
def test_what_is_like_them_does_not(likeness):
    assert "unlike_training" not in codes(judged(raw(0.8), Evidence(likeness=likeness), PLAIN, None))


@pytest.mark.parametrize("prior", [0.05, 0.3, 0.5, 0.8])
def test_another_prior_moves_number_and_limits_together_so_that_the_set_is_the_same(prior):
    for probability in np.random.default_rng(1).uniform(0.001, 0.999, 100):
        here = judged(raw(float(probability)), Evidence(), SKEWED, None)
        there = judged(raw(float(probability)), Evidence(), SKEWED, prior)
        assert here.trust is not None
        assert there.trust is not None
        assert named(there.prediction.probability, there.trust.limits) == named(
            here.prediction.probability, here.trust.limits)
        assert there.trust.unadjusted == pytest.approx(here.prediction.probability, abs=1e-9)
        assert there.trust.prior == prior
        assert there.trust.trained_prior == SKEWED.prior
    assert there.trust.limits[0] <= there.trust.limits[1]


def test_at_the_trained_prior_the_number_is_the_unadjusted_one():
    for prior in (None, SKEWED.prior):
        shown = judged(raw(0.7), around(0.7), SKEWED, prior)
        assert shown.trust is not None
        assert shown.trust.unadjusted == pytest.approx(shown.prediction.probability)
        assert shown.prediction.probability == pytest.approx(probability_of(1.4 * log_odds(0.7) + 0.2))


def test_a_higher_share_of_the_first_outcome_gives_a_higher_number():
    numbers = [judged(raw(0.7), Evidence(), SKEWED, prior).prediction.probability for prior in (0.1, 0.3, 0.6, 0.9)]
    assert numbers == sorted(set(numbers))


def test_the_interval_holds_the_number_and_everything_that_moves_it():
    for seed in range(50):
        random = np.random.default_rng(seed)
        given = raw(float(random.uniform(0, 1)), tuple(map(float, random.uniform(0, 1, 5))))
        found = Evidence({f"variation {i}": float(one) for i, one in enumerate(random.normal(0, 3, 4))})
        shown = judged(given, found, SKEWED, 0.7)
        assert shown.trust is not None
        low, high = shown.trust.interval
        inside = (shown.prediction.probability, *shown.prediction.folds,
                  *(one.probability for one in shown.trust.variations))
        assert (low, high) == (min(inside), max(inside))


@pytest.mark.parametrize("prior", [None, 0.1, 0.9])
def test_the_reasons_add_up_to_the_number_that_is_shown(prior):
    shown = judged(answer(), Evidence(), SKEWED, prior)
    odds = shown.baseline_log_odds + math.fsum(one.effect for one in shown.contributions)
    assert odds == pytest.approx(log_odds(shown.prediction.probability), abs=1e-3)


def test_an_impossible_prior_is_refused_and_nothing_to_judge_too():
    with pytest.raises(InputError, match=r"between 0\.02 and 0\.98"):
        judged(raw(0.5), Evidence(), PLAIN, 1.0)
    with pytest.raises(RnappError, match="the model gave none"):
        judged(withheld(1, (), ()), Evidence(), PLAIN, None)
