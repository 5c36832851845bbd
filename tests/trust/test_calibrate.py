"""Calibration and prior move every number of an answer together, and nothing else."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rnapp.errors import InputError, RnappError
from rnapp.trust.calibrate import (
    PRIOR_LIMITS,
    calibrated,
    calibrated_log_odds,
    checked_prior,
    log_odds,
    moved,
    probability_of,
    shift,
)
from rnapp.types import WhatIf, withheld
from tests.explain.synthetic import answer
from tests.trusted import PLAIN

STEEP = replace(PLAIN, prior=0.3, slope=1.7, intercept=-0.4)
SEEDED = np.random.default_rng(19)


def summed(one):
    return one.baseline_log_odds + math.fsum(part.effect for part in one.contributions)


def test_log_odds_and_probability_undo_each_other():
    for odds in (*np.linspace(-20, 20, 81), -745.0, 745.0):
        assert 0 <= probability_of(odds) <= 1
    for odds in np.linspace(-20, 20, 81):
        assert log_odds(probability_of(odds)) == pytest.approx(odds, abs=1e-4)
    assert math.isfinite(log_odds(0.0))
    assert log_odds(0.0) == pytest.approx(-log_odds(1.0), abs=1e-3)


@pytest.mark.parametrize("bad", [math.nan, -0.1, 1.1])
def test_no_log_odds_of_what_is_no_probability(bad):
    with pytest.raises(RnappError, match="do not use this reading"):
        log_odds(bad)


@pytest.mark.parametrize("share", [*PRIOR_LIMITS, 0.5])
def test_a_prior_that_can_be(share):
    assert checked_prior(share) == share


@pytest.mark.parametrize("share", [0.0, 0.0199, 0.981, 1.0, -1.0, 50.0, math.nan, math.inf])
def test_a_prior_that_cannot_be_is_refused(share):
    with pytest.raises(InputError, match=r"^Expected a share of the first outcome between 0\.02 and 0\.98, but got"):
        checked_prior(share)


def test_a_plain_calibration_changes_nothing():
    raw = answer()
    shown = calibrated(raw, PLAIN, 0.5)
    assert shown.prediction.probability == pytest.approx(raw.prediction.probability, abs=1e-12)
    assert shown.prediction.folds == pytest.approx(raw.prediction.folds)
    assert [one.effect for one in shown.contributions] == [one.effect for one in raw.contributions]
    assert shown.baseline_log_odds == pytest.approx(raw.baseline_log_odds)


@pytest.mark.parametrize("prior", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("baseline", [-6.0, -0.4, 3.0])
def test_contributions_add_up_to_the_log_odds_of_the_number_that_is_shown(prior, baseline):
    shown = calibrated(answer(baseline=baseline), STEEP, prior)
    assert summed(shown) == pytest.approx(log_odds(shown.prediction.probability), abs=1e-3)


def test_bayes_by_hand():
    """Log-odds 0 at a prior of one half mean: the likelihoods are equal. So the answer is the prior itself."""
    even = replace(PLAIN, prior=0.5)
    assert probability_of(calibrated_log_odds(0.0, even, 0.2)) == pytest.approx(0.2)
    # With twice the likelihood, and 20 % of cases: 0.2 * 2 / (0.2 * 2 + 0.8).
    assert probability_of(calibrated_log_odds(math.log(2), even, 0.2)) == pytest.approx(0.4 / 1.2)
    assert shift(even, 0.5) == 0.0
    assert shift(even, 0.2) < 0 < shift(even, 0.8)


def test_platt_by_hand():
    assert calibrated_log_odds(2.0, STEEP, 0.3) == pytest.approx(1.7 * 2.0 - 0.4)


@pytest.mark.parametrize("prior", [0.02, 0.3, 0.98])
def test_a_higher_raw_number_is_never_shown_lower(prior):
    raw = np.sort(SEEDED.uniform(-12, 12, 200))
    shown = [probability_of(calibrated_log_odds(float(one), STEEP, prior)) for one in raw]
    assert (np.diff(shown) >= 0).all()


def test_folds_and_what_ifs_move_as_the_number_does_and_the_networks_alone_do_not():
    raw = replace(answer(), what_if=(WhatIf("age", "Age", 0.3, "35", 0.6, "70"),))
    shown = calibrated(raw, STEEP, 0.3)
    move = lambda one: probability_of(STEEP.slope * log_odds(one) + STEEP.intercept)  # noqa: E731
    assert shown.prediction.folds == pytest.approx([move(one) for one in raw.prediction.folds])
    assert (shown.what_if[0].lowest, shown.what_if[0].highest) == pytest.approx((move(0.3), move(0.6)))
    assert shown.prediction.imaging_folds == raw.prediction.imaging_folds
    assert shown.attention is raw.attention


def test_what_is_withheld_stays_so():
    none = withheld(1, (), ())
    assert calibrated(none, STEEP, 0.9) is none


def test_moved_there_and_back():
    assert moved(moved(0.7, 1.3), -1.3) == pytest.approx(0.7)
    assert moved(0.7, 1.3) > 0.7
