"""Stacking: each fold's stacker is blind to its fold, and calibration only ever makes it less sure."""

import math

import numpy as np
import pytest

from training.config import SelectionConfig, StackConfig
from training.finetune import split_patients
from training.stack import Rows, fit_stackers, out_of_fold_log_odds, temperature_of

COUNT = 60
LABELS = [0, 1] * (COUNT // 2)
CONFIG = StackConfig(hidden=(6, 4), epochs=60, selection=SelectionConfig(most=3))


def made(labels=LABELS, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.array(LABELS)  # features follow the true outcome, whatever the labels say
    features = rng.normal(size=(COUNT, 12)) + np.outer(truth, [1.5] + [0.0] * 11)
    radiomics = [{f"original_firstorder_F{n}": v for n, v in enumerate(row)} for row in features]
    clinical = [{"age": math.nan if n % 9 == 0 else float(rng.normal(55, 9)), "wbrt_before": 1.0} for n in range(COUNT)]
    return Rows(radiomics, clinical, labels), np.clip(0.5 + 0.2 * (truth - 0.5) + rng.normal(0, 0.1, COUNT), 0, 1)


def splits():
    return list(split_patients(LABELS, [str(n // 2) for n in range(COUNT)], 5, 0))


def test_stackers_separate_lesions_they_never_saw():
    rows, vit = made()
    found = out_of_fold_log_odds(fit_stackers(rows, vit, splits(), CONFIG, 0), rows, vit, splits())
    assert np.isfinite(found).all()
    assert np.mean((found > 0) == np.array(LABELS)) > 0.75


def test_columns_that_do_not_vary_are_left_out_and_the_vit_comes_first():
    rows, vit = made()
    for stacker in fit_stackers(rows, vit, splits(), CONFIG, 0):
        assert stacker.columns[0] == "vit_probability"
        assert "age" in stacker.columns
        assert "wbrt_before" not in stacker.columns
        assert "original_firstorder_F0" in stacker.columns


def test_a_folds_rows_cannot_change_their_own_stacker_in_any_way():
    rows, vit = made()
    fold = splits()[2].apart
    labels, radiomics, other = list(LABELS), list(rows.radiomics), vit.copy()
    for row in fold:
        labels[row] = 1 - labels[row]
        radiomics[row] = dict.fromkeys(radiomics[row], 1e3)
        other[row] = 1 - other[row]
    changed = Rows(radiomics, rows.clinical, labels)
    before, after = (fit_stackers(r, v, splits(), CONFIG, 0) for r, v in ((rows, vit), (changed, other)))
    assert before[2].columns == after[2].columns
    assert np.array_equal(before[2].mean, after[2].mean)
    assert all(np.array_equal(a, b) for a, b in zip(before[2].weights, after[2].weights, strict=True))
    assert not np.array_equal(before[0].mean, after[0].mean)


@pytest.mark.parametrize(("factor", "expected"), [(3.0, 3.0), (0.3, 1.0)])
def test_the_temperature_undoes_over_confidence_but_never_sharpens(factor, expected):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, 6000)
    labels = (rng.random(6000) < 1 / (1 + np.exp(-logits))).astype(int).tolist()
    assert temperature_of(factor * logits, labels) == pytest.approx(expected, rel=0.08)
