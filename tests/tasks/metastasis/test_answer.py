"""The whole answer: probability, folds, contributions that add up, attention on the crop's grid, cancelling."""

import math

import numpy as np
import pytest

from rnapp.errors import Cancelled, ClinicalError
from rnapp.models.weights import load_bundle
from rnapp.tasks.metastasis.answer import answer
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import CancelToken
from tests.models.conftest import make_bundle

FORM = QUESTION.unknown | {"age": 44.0, "sex": "male"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return load_bundle(make_bundle(tmp_path_factory.mktemp("bundle")).folder)


@pytest.fixture(scope="module")
def opinion(loaded, crop):
    return answer(loaded, crop, 2, FORM, CancelToken())


def test_the_answer_repeats_and_its_folds_are_probabilities(loaded, crop, opinion):
    again = answer(loaded, crop, 2, FORM, CancelToken())
    assert again.prediction == opinion.prediction
    assert again.contributions == opinion.contributions
    assert len(opinion.prediction.folds) == len(opinion.prediction.imaging_folds) == 3
    assert all(0 < p < 1 for p in (*opinion.prediction.folds, opinion.prediction.probability))


def test_the_probability_is_the_mean_of_the_folds_log_odds(opinion):
    logits = [math.log(p / (1 - p)) for p in opinion.prediction.folds]
    together = opinion.prediction.probability
    assert math.log(together / (1 - together)) == pytest.approx(np.mean(logits))


def test_effects_and_baseline_add_up_to_the_log_odds(opinion):
    probability = opinion.prediction.probability
    total = opinion.baseline_log_odds + sum(c.effect for c in opinion.contributions)
    assert total == pytest.approx(math.log(probability / (1 - probability)), abs=1e-9)


def test_contributions_are_named_grouped_and_sorted(opinion, crop):
    by_name = {c.feature: c for c in opinion.contributions}
    assert set(by_name) == {"vit_probability", "original_firstorder_Mean", "wavelet-LLH_glcm_Correlation", "age", "sex"}
    assert {c.group for c in opinion.contributions} == {"imaging", "radiomics", "clinical"}
    sizes = [abs(c.effect) for c in opinion.contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert by_name["sex"].value == "male"
    assert by_name["age"].value == 44.0
    assert by_name["vit_probability"].value == pytest.approx(np.mean(opinion.prediction.imaging_folds))
    mean = crop.t1ce.array[crop.mask.array].mean()
    assert by_name["original_firstorder_Mean"].value == pytest.approx(mean, rel=1e-5)


def test_an_unknown_value_has_no_effect_and_a_known_one_has(loaded, crop, opinion):
    unknown = answer(loaded, crop, 2, QUESTION.unknown, CancelToken())
    by_name = {c.feature: c for c in unknown.contributions}
    assert by_name["sex"].value is None
    assert by_name["sex"].effect == 0.0
    assert by_name["age"].effect == 0.0
    assert {c.feature: c for c in opinion.contributions}["sex"].effect != 0.0
    assert unknown.prediction.probability != opinion.prediction.probability
    assert [(one.code, one.level) for one in unknown.cautions] == [("clinical_unknown", "note")]
    assert opinion.cautions == ()
    assert opinion.lesion == 2


def test_attention_lies_on_the_crops_grid(opinion, crop):
    assert opinion.attention.same_grid(crop.t1ce)
    assert opinion.attention.array.dtype == np.float32
    assert 0.0 <= opinion.attention.array.min() < opinion.attention.array.max() <= 1.0


def test_cancelling_stops_and_impossible_values_are_refused(loaded, crop):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        answer(loaded, crop, 2, FORM, token)
    with pytest.raises(ClinicalError):
        answer(loaded, crop, 2, FORM | {"age": -3.0}, CancelToken())
