"""A bundle calibrated from its own cohort: out of fold, measured on the held-out lesions, without any picture."""

import numpy as np
import pytest
import torch

from rnapp.models.weights import load_bundle
from tests.models.conftest import crop, make_bundle
from training.calibration import measure
from training.calibration.card import write_trust
from training.calibration.cohort import found_of_cohort
from training.cases import Labelled
from training.cohort import Case
from training.stack import Rows

__all__ = ["crop"]
COLUMNS = ("original_firstorder_Mean", "original_firstorder_Range", "wavelet-LLH_glcm_Correlation", "of_no_use")


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    monkeypatch.setattr(measure, "RESAMPLES", 20)
    return load_bundle(make_bundle(tmp_path / "bundle", demonstration=False).folder)


def lesions(crop, seed, labels):
    rng = np.random.default_rng(seed)
    cases = [Case(crop, {}, int(label), f"{seed}-{n}") for n, label in enumerate(labels)]
    rows = [dict(zip(COLUMNS, rng.normal(size=4), strict=True)) for _ in cases]
    return Labelled(cases, torch.zeros(0), Rows(rows, [{} for _ in cases], list(map(int, labels))))


def odds(labels, seed):
    return 2 * (2 * np.array(labels) - 1) + 3 * np.random.default_rng(seed).normal(size=len(labels))


def test_a_real_cohort_is_calibrated_out_of_fold_and_keeps_its_pictures(bundle, crop, tmp_path):
    labels = [n % 3 == 0 for n in range(48)]
    training, held, tiny = lesions(crop, 1, labels), lesions(crop, 2, labels[:20]), lesions(crop, 3, [1, 1, 0])
    given = {name: 1 / (1 + np.exp(-odds(part.rows.labels, 5))) for name, part in
             {"held_out": held, "second_centre": tiny}.items()}
    found = found_of_cohort(bundle, training, odds(labels, 4), {"held_out": held, "second_centre": tiny}, given)
    assert found.calibration.cases == 48
    assert found.calibration.prior == pytest.approx(1 / 3)
    assert not found.calibration.synthetic
    assert set(found.calibration.cohorts) == {"held_out"}  # one case of an outcome is no cohort
    assert set(found.novelty[()].columns) == set(COLUMNS[:3])
    assert len(found.novelty[()].pictures) == 0
    write_trust(tmp_path / "bundle", tmp_path / "out", found)
    opened = load_bundle(tmp_path / "out")
    assert opened.card.calibration.cohorts["held_out"]["n"] == 20
    assert opened.card.version == bundle.card.version


def test_out_of_fold_numbers_that_say_nothing_leave_the_card_without(bundle, crop):
    labels = [n % 2 == 0 for n in range(20)]
    part = lesions(crop, 1, labels)
    assert found_of_cohort(bundle, part, -odds(labels, 4), {"held_out": part}, {"held_out": np.full(20, 0.5)}) is None
