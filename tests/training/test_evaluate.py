"""Metrics against values worked out by hand."""

import numpy as np
import pytest

from training.evaluate import named, scores, scores_with_intervals

P = np.array([0.9, 0.4, 0.6, 0.2])
LABELS = [1, 1, 0, 0]


def test_scores_by_hand():
    found = scores(P, LABELS)
    assert found["auc"] == 0.75
    assert found["accuracy"] == found["sensitivity"] == found["specificity"] == 0.5
    assert found["brier"] == pytest.approx((0.01 + 0.36 + 0.36 + 0.04) / 4)


def test_the_interval_holds_the_auc_and_is_wider_for_fewer_patients():
    rng = np.random.default_rng(0)
    truth = np.tile([0, 1], 60)
    p = 1 / (1 + np.exp(-(truth - 0.5 + rng.normal(0, 1, 120))))
    many = scores_with_intervals(p, truth, [str(n) for n in range(120)], 0)
    few = scores_with_intervals(p, truth, [str(n // 12) for n in range(120)], 0)
    assert many["auc_low"] < many["auc"] < many["auc_high"]
    assert few["auc_low"] < few["auc_high"]
    assert many == scores_with_intervals(p, truth, [str(n) for n in range(120)], 0)


def test_names_carry_cohort_and_model():
    assert named("held_out", "vit", {"auc": 0.51236}) == {"held_out/vit/auc": 0.5124}
