"""A new bundle of RICE-NET is calibrated on what every fold says of its own patients."""

import numpy as np
import pytest
from scipy.special import expit

from training.calibration import measure
from training.rice.deliver import calibration_of_folds
from training.rice.experiment import Answers, Truth

ALL, PAIR = ("event", "post_op", "dose"), ("event", "dose")


@pytest.fixture
def truth(monkeypatch):
    monkeypatch.setattr(measure, "RESAMPLES", 20)
    rng = np.random.default_rng(4)
    return Truth(rng.integers(0, 2, (5, 60)), rng.integers(0, 2, 80))


def answers(truth, sure, seed):
    """Log-odds that rise with the outcome, sure times too far."""
    rng = np.random.default_rng(seed)
    validation = sure * (2 * truth.validation - 1 + rng.normal(size=truth.validation.shape))
    return Answers(validation, sure * (2 * truth.test - 1 + rng.normal(size=(5, 80))), 1.0, ("abc",))


def test_every_combination_gets_its_own_from_its_own_folds(truth):
    found = calibration_of_folds({ALL: answers(truth, 12.0, 1), PAIR: answers(truth, 24.0, 2)}, truth, 2.0)
    assert found.of(ALL) is found
    assert found.of(PAIR).slope < 0.75 * found.slope
    assert found.cases == found.of(PAIR).cases == 300
    assert found.cohorts["test"]["n"] == 80
    assert found.slope == pytest.approx(1 / 3, abs=0.1)  # twice the value, of six times the value
    assert found.synthetic


def test_folds_that_say_nothing_give_no_calibration(truth):
    good, bad = answers(truth, 4.0, 1), answers(truth, -4.0, 2)
    assert calibration_of_folds({ALL: good, PAIR: bad}, truth, 2.0) is None
    assert expit(-bad.validation).mean() == pytest.approx(0.5, abs=0.2)
