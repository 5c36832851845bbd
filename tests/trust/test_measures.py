"""Measures against outcomes, each against a formula of its own or scikit-learn."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import brier_score_loss, roc_auc_score

from rnapp.trust import measures


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(11)
    probabilities = rng.uniform(size=400)
    return probabilities, rng.uniform(size=400) < probabilities


def test_auc_is_scikit_learns_with_and_without_ties(drawn):
    probabilities, labels = drawn
    for given in (probabilities, probabilities.round(1)):
        assert measures.auc(given, labels) == pytest.approx(roc_auc_score(labels, given))


def test_auc_without_both_outcomes_says_nothing():
    assert math.isnan(measures.auc(np.array([0.2, 0.4]), np.array([True, True])))
    assert measures.auc_interval(np.array([0.2, 0.4, 0.5]), np.array([True, True, False])) == (0.0, 1.0)


def test_the_interval_of_the_auc_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    true = stats.norm.cdf(1 / math.sqrt(2))
    covered = 0
    for _ in range(400):
        values = np.concatenate([rng.normal(1, 1, 40), rng.normal(0, 1, 60)])
        low, high = measures.auc_interval(values, np.arange(100) < 40)
        covered += low <= true <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_brier_is_scikit_learns(drawn):
    assert measures.brier(*drawn) == pytest.approx(brier_score_loss(drawn[1], drawn[0]))


@pytest.mark.parametrize(("hits", "cases"), [(0, 10), (3, 10), (10, 10), (250, 1000)])
def test_wilson_is_scipys(hits, cases):
    expected = stats.binomtest(hits, cases).proportion_ci(method="wilson")
    assert measures.wilson(hits, cases) == pytest.approx((expected.low, expected.high))


def test_wilson_without_a_case_says_nothing():
    assert measures.wilson(0, 0) == (0.0, 1.0)


def test_bins_hold_equally_many_cases_and_all_of_them(drawn):
    curve = measures.reliability(*drawn, bins=7)
    assert sum(one.count for one in curve) == 400
    assert max(one.count for one in curve) - min(one.count for one in curve) <= 1
    assert all(one.low <= one.share <= one.high for one in curve)
    assert [one.mean for one in curve] == sorted(one.mean for one in curve)


def test_numbers_that_are_true_have_a_small_error_and_wrong_ones_a_large(drawn):
    probabilities, labels = drawn
    assert measures.expected_calibration_error(probabilities, labels) < 0.08
    assert measures.expected_calibration_error(np.full(400, 0.9), labels) == pytest.approx(0.9 - labels.mean())
    assert measures.expected_calibration_error(1 - probabilities, labels) > 0.3


def test_no_case_is_no_curve():
    assert measures.reliability(np.array([]), np.array([])) == ()
    assert math.isnan(measures.expected_calibration_error(np.array([]), np.array([])))


def test_the_decision_curve_counts_what_acting_brings():
    labels = np.array([True, True, False, False])
    perfect = measures.decision_curve(np.array([0.9, 0.8, 0.1, 0.2]), labels, np.array([0.5]))[0]
    assert (perfect.model, perfect.all_) == (pytest.approx(0.5), pytest.approx(0.0))
    wrong = measures.decision_curve(np.array([0.1, 0.2, 0.9, 0.8]), labels, np.array([0.5]))[0]
    assert wrong.model == pytest.approx(-0.5)
