"""Each statistic against a value worked out by hand, published, or found by brute force."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.statistics import (
    calibration,
    compare_counts,
    compare_values,
    delong,
    net_benefit,
    paired_t,
    youden,
)

RNG = np.random.default_rng(8)
LABELS = np.array([0, 1] * 60)


def noisy(strength):
    return 1 / (1 + np.exp(-(strength * (2 * LABELS - 1) + RNG.normal(size=120))))


def test_delong_agrees_with_the_auc_and_with_the_bootstrap():
    first, second = noisy(1.5), noisy(0.4)
    found = delong(first, second, LABELS)
    assert found.first == pytest.approx(roc_auc_score(LABELS, first))
    assert found.second == pytest.approx(roc_auc_score(LABELS, second))
    drawn = []
    for _ in range(1500):
        rows = RNG.choice(120, 120)
        drawn.append(roc_auc_score(LABELS[rows], first[rows]) - roc_auc_score(LABELS[rows], second[rows]))
    assert (found.high - found.low) / 3.92 == pytest.approx(np.std(drawn), rel=0.15)
    assert found.p < 0.001


def test_delong_of_a_model_with_itself_finds_nothing_and_ties_count_half():
    scores = np.round(noisy(1.0), 1)
    found = delong(scores, scores, LABELS)
    assert (found.difference, found.p) == (0.0, 1.0)
    assert found.first == pytest.approx(roc_auc_score(LABELS, scores))


def test_delong_rejects_at_its_level_when_there_is_nothing_to_find():
    truth = np.array([0, 1] * 25)
    ps = [delong(rng.normal(size=50) + truth, rng.normal(size=50) + truth, truth).p
          for rng in map(np.random.default_rng, range(400))]
    assert 0.02 < np.mean(np.array(ps) < 0.05) < 0.09


def test_the_paired_t_test_sees_a_steady_difference():
    folds = np.array([0.8, 0.82, 0.79, 0.81, 0.83])
    assert paired_t(folds, folds) == 1.0
    assert paired_t(folds, folds - np.array([0.1, 0.11, 0.09, 0.1, 0.1])) < 0.001


def test_youden_separates_what_can_be_separated():
    assert youden(np.array([0.1, 0.2, 0.7, 0.9]), [0, 0, 1, 1]) == pytest.approx(0.45)
    assert youden(np.array([0.5, 0.5, 0.5, 0.5]), [0, 0, 1, 1]) == 0.5


def test_calibration_of_known_distortions():
    truth = RNG.normal(size=20000)
    labels = (RNG.random(20000) < 1 / (1 + np.exp(-truth))).astype(int)
    slope, intercept = calibration(1 / (1 + np.exp(-truth)), labels)
    assert (slope, intercept) == (pytest.approx(1, abs=0.06), pytest.approx(0, abs=0.05))
    over_confident, _ = calibration(1 / (1 + np.exp(-2 * truth)), labels)
    assert over_confident == pytest.approx(0.5, abs=0.04)


def test_net_benefit_by_hand():
    found = net_benefit(np.array([0.9, 0.6, 0.4, 0.2]), [1, 0, 1, 0], np.array([0.5, 0.25]))
    assert found == pytest.approx([1 / 4 - 1 / 4, 2 / 4 - 1 / 4 / 3])


def test_fisher_finds_what_the_paper_finds_in_its_own_table_1():
    assert compare_counts(np.array([[40, 18], [69, 10]])).p == pytest.approx(0.010, abs=0.001)
    assert compare_counts(np.array([[54, 5], [55, 23]])).p == pytest.approx(0.002, abs=0.001)
    assert compare_counts(np.array([[37, 11], [72, 17]])).p == pytest.approx(0.659, abs=0.07)
    tumours = compare_counts(np.array([[54, 3], [36, 5], [8, 15], [7, 0], [2, 0], [2, 5], [0, 0]]))
    assert tumours.p < 0.001
    assert compare_counts(np.array([[5, 7], [0, 0]])).test == "one category"


def test_values_are_compared_by_the_test_that_fits_them():
    normal = RNG.normal(50, 10, 80)
    assert compare_values(normal, normal[:40] + 12).test == "t-test"
    skewed = np.exp(RNG.normal(size=80))
    found = compare_values(skewed, np.append(skewed * 4, np.nan))
    assert found.test == "Mann-Whitney U"
    assert found.p < 0.001
    assert np.isnan(compare_values(np.array([1.0]), normal).p)
