"""What a calibration is worth on fresh cases: counts that can be checked by hand, and what calibration mends."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import binomtest

from rnapp.types import Calibration
from training.calibration import measure
from training.calibration.fit import calibration_of
from training.calibration.measure import Asked, calibrated, measures, with_cohorts


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Resamples enough to order an interval's ends."""
    monkeypatch.setattr(measure, "RESAMPLES", 40)


PLAIN = Calibration(0.5, 1.0, 0.0, (0.3, 0.7), 0.9, 100, True)


def asked(probabilities, labels, unlike=None):
    return Asked(logit(np.array(probabilities)), np.array(labels),
                 np.zeros(len(labels), bool) if unlike is None else np.array(unlike))


def drawn(seed, cases, sure=1.0):
    """sure: how much surer than it should be the model is."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(size=cases) * 2
    return Asked(sure * odds + (sure - 1) * 0.5, (rng.random(cases) < expit(odds)).astype(int), np.zeros(cases, bool))


def test_a_case_is_covered_unless_the_other_outcome_is_named():
    found = measures(asked([0.9, 0.5, 0.1, 0.2, 0.6, 0.8], [1, 1, 1, 0, 0, 0], [0, 0, 1, 0, 0, 0]), PLAIN)
    assert found["n"] == 6
    assert found["indeterminate"] == pytest.approx(2 / 6)
    assert found["coverage"] == pytest.approx(4 / 6)  # 0.1 of the first and 0.8 of the second outcome are wrong
    assert found["coverage_first"] == pytest.approx(2 / 3)
    assert found["coverage_second"] == pytest.approx(2 / 3)
    assert found["coverage_like"] == pytest.approx(4 / 5)
    assert found["unlike"] == pytest.approx(1 / 6)
    low, high = binomtest(4, 6).proportion_ci(method="wilson")
    assert (found["coverage_low"], found["coverage_high"]) == pytest.approx((low, high))


def test_calibration_mends_a_model_that_is_too_sure_and_leaves_its_auc():
    fitted = calibration_of(drawn(1, 4000, sure=3.0).log_odds, drawn(1, 4000, sure=3.0).labels, synthetic=True)
    found = measures(drawn(2, 2000, sure=3.0), fitted)
    assert found["raw_slope"] == pytest.approx(1 / 3, abs=0.05)
    assert found["slope"] == pytest.approx(1, abs=0.1)
    assert found["raw_ece"] > 0.1 > 0.05 > found["ece"]
    assert found["brier"] < found["raw_brier"]
    for name in ("auc", "brier", "ece", "slope", "intercept", "raw_brier", "raw_slope", "coverage"):
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]
    assert found["coverage"] >= 0.9 - 0.02


def test_even_perfect_numbers_have_an_error_and_it_is_told():
    few, many = (measures(drawn(3, cases), PLAIN)["ece_perfect"] for cases in (200, 5000))
    assert few > 0.04 > 0.015 > many


def test_every_cohort_gets_its_measures_and_curves():
    fitted = calibration_of(drawn(4, 800).log_odds, drawn(4, 800).labels, synthetic=True)
    found = with_cohorts(fitted, {"fresh_first": drawn(5, 500), "fresh_second": drawn(6, 300, sure=0.3)})
    assert found.cohorts["fresh_first"]["n"] == 500
    assert found.cohorts["fresh_second"]["slope"] > 2
    assert sum(one.count for one in found.reliability["fresh_second"]) == 300
    assert found.benefit["fresh_first"][0].threshold == 0.05
    assert found.limits == fitted.limits


def test_calibrated_is_what_the_app_shows():
    from rnapp.trust.calibrate import calibrated_log_odds, probability_of

    fitted = Calibration(0.34, 0.7, -0.2, (0.1, 0.9), 0.9, 10, True)
    shown = calibrated(np.array([-3.0, 0.0, 2.5]), fitted)
    assert shown == pytest.approx([probability_of(calibrated_log_odds(one, fitted, 0.34)) for one in (-3.0, 0.0, 2.5)])
