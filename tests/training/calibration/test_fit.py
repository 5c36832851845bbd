"""Calibration and limits: against scikit-learn and maximum likelihood, conformal p-values, and coverage over seeds."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from rnapp.trust.verdict import named
from training.calibration.fit import LEVEL, calibration_of, limits_of, platt


def draw(seed, cases, share=0.34, apart=1.6, sure=2.0):
    """Log-odds of a model that is too sure of itself, and the outcomes."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(cases) < share).astype(int)
    return sure * (rng.normal(size=cases) + apart * (labels - 0.5)) * apart + 0.4, labels


def p_value(among, new):
    """Share of cases at least as strange as the new one, itself included; strange: a small value."""
    return (np.sum(among <= new) + 1) / (len(among) + 1)


def conformal_set(calibration, labels, new, level):
    """From its definition: the outcomes whose own cases do not make the new one too strange."""
    truth = labels == 1
    held = {"first"} if p_value(calibration[truth], new) > 1 - level + 1e-12 else set()
    return held | ({"second"} if p_value(-calibration[~truth], -new) > 1 - level + 1e-12 else set())


def test_platt_is_the_maximum_of_the_likelihood():
    log_odds, labels = draw(1, 700)

    def loss(theta):
        odds = theta[0] * log_odds + theta[1]
        return np.sum(np.logaddexp(0, odds) - labels * odds)

    best = minimize(loss, [1.0, 0.0], method="BFGS").x
    assert platt(log_odds, labels) == pytest.approx(tuple(best), abs=2e-3)


def test_platt_of_calibrated_numbers_changes_nothing_and_of_sure_ones_much():
    rng = np.random.default_rng(2)
    log_odds = rng.normal(size=20000) * 2
    labels = (rng.random(20000) < expit(log_odds)).astype(int)
    slope, intercept = platt(log_odds, labels)
    assert slope == pytest.approx(1, abs=0.06)
    assert intercept == pytest.approx(0, abs=0.06)
    assert platt(3 * log_odds, labels)[0] == pytest.approx(slope / 3, rel=0.01)


@pytest.mark.parametrize(("seed", "apart"), [(3, 0.4), (4, 1.5), (5, 4.0)])
@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_the_limits_name_what_the_conformal_sets_hold(seed, apart, level):
    log_odds, labels = draw(seed, 301, apart=apart)
    probabilities = expit(log_odds)
    limits = limits_of(probabilities, labels, level)
    seen = set()
    for new in expit(draw(seed + 100, 1000, apart=apart)[0]):
        held = conformal_set(probabilities, labels, new, level)
        expected = next(iter(held)) if len(held) == 1 else "indeterminate"
        assert named(new, limits) == expected
        seen.add(expected)
    assert {"first", "second"} <= seen


@pytest.mark.parametrize("apart", [1.0, 4.0])
def test_the_other_outcome_is_named_no_more_often_than_said_for_each_outcome(apart):
    wrong = {1: [], 0: []}
    for seed in range(200):
        log_odds, labels = draw(seed, 160, apart=apart)
        fitted = calibration_of(log_odds[:120], labels[:120], synthetic=True)
        shown = expit(fitted.slope * log_odds[120:] + fitted.intercept)
        for probability, label in zip(shown, labels[120:], strict=True):
            wrong[label].append(named(probability, fitted.limits) == ("second" if label else "first"))
    for outcome in wrong.values():
        assert np.mean(outcome) <= 1 - LEVEL + 0.02  # 3 standard errors of 2,600 cases


def test_the_guarantee_is_lost_where_new_cases_are_others():
    log_odds, labels = draw(9, 600)
    fitted = calibration_of(log_odds, labels, synthetic=True)
    other, truth = draw(10, 600)
    shown = expit(fitted.slope * (other - 6) + fitted.intercept)
    assert np.mean([named(p, fitted.limits) == "second" for p in shown[truth == 1]]) > 0.3


def test_the_limits_do_not_depend_on_the_calibration():
    log_odds, labels = draw(11, 500)
    fitted = calibration_of(log_odds, labels, synthetic=True)
    bare = limits_of(expit(log_odds), labels)
    moved = [expit(fitted.slope * np.log(one / (1 - one)) + fitted.intercept) for one in bare]
    assert fitted.limits == pytest.approx(tuple(moved))


def test_too_few_cases_leave_everything_open():
    probabilities = np.array([0.9, 0.8, 0.7, 0.1, 0.2, 0.3])
    assert limits_of(probabilities, np.array([1, 1, 1, 0, 0, 0])) == (0.0, 1.0)
    assert named(0.999, (0.0, 1.0)) == "indeterminate"


def test_numbers_that_fall_with_the_outcome_give_no_calibration():
    log_odds, labels = draw(12, 300)
    assert calibration_of(-log_odds, labels, synthetic=False) is None
    kept = calibration_of(log_odds, labels, synthetic=False)
    assert kept.cases == 300
    assert kept.prior == labels.mean()
    assert not kept.synthetic


def test_one_outcome_alone_cannot_be_calibrated():
    with pytest.raises(ValueError, match="class"):
        platt(np.arange(5.0), np.ones(5, int))
