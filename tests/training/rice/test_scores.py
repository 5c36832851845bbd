"""Scores with their intervals, and what could be attained at best."""

import numpy as np
import pytest

from rnapp.tasks.rice.sample import DOSE, EVENT, POST_OP
from training.rice.latent import attainable, three_numbers, visible
from training.rice.scores import (
    auc_with_interval,
    f1_with_interval,
    macro_f1,
    mean_probability,
    share_of_attainable,
    share_right,
    vote,
)


def test_macro_f1_is_that_of_both_outcomes():
    labels = np.array([1, 1, 1, 0, 0])
    assert macro_f1(labels, labels) == 1
    assert macro_f1(np.ones(5, int), labels) == pytest.approx(0.375), "F1 0.75 and 0"


def test_the_paper_s_eleven_of_twelve_is_0_62_to_1():
    found = share_right(11, 12)
    assert (found.value, found.low, found.high) == pytest.approx((0.917, 0.615, 0.998), abs=0.001)
    assert share_right(0, 5).low == 0
    assert share_right(5, 5).high == 1


def test_intervals_hold_the_value_and_shrink_with_more_patients():
    rng = np.random.default_rng(0)
    wide, narrow = (f1_with_interval(*_noisy(count, rng), 0) for count in (40, 2000))
    for found in (wide, narrow):
        assert found.low < found.value < found.high
    assert narrow.high - narrow.low < 0.4 * (wide.high - wide.low)
    values = rng.normal(size=200)
    assert auc_with_interval(values, (values > 0).astype(int), 0).value == 1


def _noisy(count, rng):
    labels = rng.integers(0, 2, count)
    return np.where(rng.random(count) < 0.8, labels, 1 - labels), labels


def test_folds_vote_and_their_probabilities_are_averaged():
    log_odds = np.array([[1.0, -9.0], [1.0, 0.1], [-9.0, 0.1]])
    assert vote(log_odds).tolist() == [True, True]
    assert (mean_probability(log_odds) > 0.5).tolist() == [False, False]


def test_the_share_of_the_attainable_counts_from_chance():
    assert share_of_attainable(0.7, 0.9) == pytest.approx(0.5)
    assert np.isnan(share_of_attainable(0.5, 0.5))


def test_what_can_be_attained_is_all_in_easy_nothing_in_null_and_more_with_more_inputs():
    both, dose = attainable("easy", ((EVENT, DOSE), (DOSE,)), 0, 600)
    assert both > 0.97
    assert dose == pytest.approx(0.5, abs=0.07)
    assert attainable("null", ((EVENT, POST_OP, DOSE),), 0, 1000)[0] == pytest.approx(0.5, abs=0.06)
    dose, everything = attainable("standard", ((DOSE,), (EVENT, POST_OP, DOSE)), 0, 2000)
    assert 0.74 < dose < 0.83, "about what the paper's network reached with dose alone"
    assert everything > dose + 0.04


def test_the_depth_in_the_target_is_seen_only_with_both_dose_and_event():
    assert "lesion_depth" in visible((EVENT, DOSE))
    assert "lesion_depth" not in visible((EVENT, POST_OP)) + visible((DOSE,))


def test_three_numbers_tell_what_they_hold():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300)
    values = np.stack([200 + 60 * labels + rng.normal(0, 20, 300), rng.normal(63, 1, 300), rng.integers(0, 2, 300)], 1)
    log_odds = three_numbers(values[:200], labels[:200])(values[200:])
    assert ((log_odds > 0) == labels[200:]).mean() > 0.85
