"""One rule names an outcome: the number, the card's limits, and whether small changes move it."""

import math

import pytest

from rnapp.errors import RnappError
from rnapp.trust.verdict import STEADY_WITHIN, checked, is_steady, judge, models_disagree, named, open_cautions
from rnapp.types import Caution, Confirmed, Likeness, Prediction, Variation, note
from tests.trusted import PLAIN

LIMITS = (0.4, 0.6)
STOP, ASK, NOTE = Caution("far", "stop", "Too far."), Caution("odd", "confirm", "It is odd."), note("thick", "Thick.")


def moved_to(*probabilities: float) -> list[Variation]:
    return [Variation(f"to {one}", one) for one in probabilities]


@pytest.mark.parametrize(("probability", "expected"), [
    (0.0, "second"), (0.4, "second"), (0.4 + 1e-9, "indeterminate"), (0.5, "indeterminate"),
    (0.6 - 1e-9, "indeterminate"), (0.6, "first"), (1.0, "first")])
def test_the_limits_belong_to_the_outcomes(probability, expected):
    assert named(probability, LIMITS) == expected


def test_where_the_limits_meet_nothing_is_open():
    assert {named(one, (0.5, 0.5)) for one in (0.0, 0.49, 0.5, 0.51, 1.0)} == {"first", "second"}
    assert named(0.5, (0.0, 1.0)) == "indeterminate"


@pytest.mark.parametrize(("variations", "steady"), [
    ((0.8, 0.8 + STEADY_WITHIN - 1e-9, 0.8 - STEADY_WITHIN + 1e-9), True),
    ((0.8 - STEADY_WITHIN - 1e-6,), False),  # too far, the same verdict
    ((0.8, 0.8 + STEADY_WITHIN + 1e-6), False),  # also in its own direction
    ((), True)])
def test_steady_is_no_variation_that_moves_it_far(variations, steady):
    assert is_steady(0.8, moved_to(*variations), LIMITS) is steady


def test_steady_is_no_variation_that_moves_it_to_another_verdict():
    assert not is_steady(0.61, moved_to(0.59), LIMITS)
    assert is_steady(0.61, moved_to(0.62), LIMITS)
    assert not is_steady(0.59, moved_to(0.61), LIMITS), "an open answer that could be named is fragile too"


def judged(probability: float, folds: tuple[float, ...] = (), variations: tuple[float, ...] = (),
           likeness: Likeness | None = None):
    return judge(Prediction(probability, folds, (0.01, 0.99)), moved_to(*variations), likeness, PLAIN, LIMITS, 0.5,
                 probability)


def test_a_fragile_answer_and_one_that_was_not_tried_name_nothing():
    assert judged(0.8, variations=(0.75, 0.85)).verdict == "first"
    assert judged(0.2, variations=(0.25,)).verdict == "second"
    assert judged(0.8, variations=(0.5,)).verdict == "indeterminate"
    untried = judged(0.8)
    assert (untried.verdict, untried.steady) == ("indeterminate", None)


def test_the_interval_holds_the_number_the_models_and_the_variations_and_not_the_networks_alone():
    trust = judged(0.8, (0.7, 0.82), (0.75, 0.85))
    assert trust.interval == (0.7, 0.85)
    assert judged(0.8).interval == (0.8, 0.8)


def test_what_it_was_measured_against_stands_in_it():
    likeness = Likeness(1.0, 2.0, 0.05)
    trust = judged(0.8, variations=(0.8,), likeness=likeness)
    assert (trust.limits, trust.level, trust.prior, trust.trained_prior, trust.unadjusted, trust.likeness) == (
        LIMITS, 0.9, 0.5, 0.5, 0.8, likeness)


@pytest.mark.parametrize(("confirmed", "left"), [
    ((), [STOP, ASK]),
    ((Confirmed("odd"),), [STOP]),
    ((Confirmed("odd", 2, "I looked"),), [STOP]),
    ((Confirmed("odd", 1),), [STOP, ASK]),  # another lesion
    ((Confirmed("thick"),), [STOP, ASK]),
    ((Confirmed("far"),), [STOP, ASK]),  # what stops cannot be confirmed
    ((Confirmed("odd", None, "", "It is odd."),), [STOP]),
    ((Confirmed("odd", None, "", "It was odd otherwise."),), [STOP, ASK])])  # another finding than was looked at
def test_only_the_readers_word_closes_a_caution(confirmed, left):
    assert list(open_cautions((NOTE, ASK, STOP), confirmed, 2)) == left


def test_nothing_is_open_without_cautions_that_ask():
    assert open_cautions((NOTE,), (), 1) == ()


def test_models_disagree_only_across_one_half():
    assert models_disagree(Prediction(0.6, (0.4, 0.7), ()))
    assert not models_disagree(Prediction(0.6, (0.55, 0.7), ()))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.01, 1.01])
def test_what_is_no_probability_is_refused(bad):
    for ask in (checked, lambda one: named(one, LIMITS), lambda one: models_disagree(Prediction(0.5, (one,), ()))):
        with pytest.raises(RnappError, match="do not use this reading"):
            ask(bad)
