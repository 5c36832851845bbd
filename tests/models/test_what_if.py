"""How far unknown values could move the answer."""

import numpy as np
import pytest

from rnapp.models.stacker import VIT_COLUMN, Stacker
from rnapp.models.weights import load_bundle
from rnapp.models.what_if import possible_values, what_ifs
from rnapp.tasks.metastasis.answer import answer
from rnapp.tasks.metastasis.question import FIELDS
from rnapp.types import CancelToken, Field
from tests.models.conftest import make_bundle

KNOWN = {"age": 60.0, "sex": "male", "primary_tumour": "breast", "systemic_treatment": "none",
         "months_since_radiosurgery": 9.0, "wbrt_before": False}
AGE = FIELDS[0]


def stacker(column="age", mean=50.0, deviation=10.0):
    return Stacker((VIT_COLUMN, column), np.array([0.5, mean]), np.array([0.2, deviation]), (np.ones((1, 2)),),
                   (np.zeros(1),))


def test_nothing_is_asked_where_everything_is_known():
    assert what_ifs(lambda clinical: 1 / 0, (stacker(),), FIELDS, KNOWN) == ()


def test_the_ends_are_named_with_the_values_that_reach_them():
    def ask(clinical):
        return {None: 0.5, "female": 0.3, "male": 0.6}[clinical["sex"]]

    (one,) = what_ifs(ask, (stacker(),), FIELDS, KNOWN | {"sex": None})
    assert (one.feature, one.lowest, one.lowest_value) == ("sex", 0.3, "Female")
    assert (one.highest, one.highest_value) == (0.6, "Male")


def test_numbers_are_tried_over_what_the_model_has_seen_and_no_further():
    values = [value for value, _ in possible_values((stacker(), stacker(mean=60.0)), AGE)]
    assert (min(values), max(values)) == (35.0, 75.0)
    young = [value for value, _ in possible_values((stacker(mean=5.0),), AGE)]
    assert min(young) == 0.0, "nobody is younger than that"
    (one,) = what_ifs(lambda clinical: clinical["age"] / 100, (stacker(),), FIELDS, KNOWN | {"age": None})
    assert (one.lowest_value, one.highest_value) == ("30 years", "70 years")


def test_a_value_that_the_model_does_not_use_moves_nothing():
    (one,) = what_ifs(lambda clinical: 0.4, (stacker(),), FIELDS, KNOWN | {"months_since_radiosurgery": None})
    assert one.lowest == one.highest == 0.4


def test_the_models_own_answer_with_a_value_lies_within_what_was_said_of_it(tmp_path, crop):
    bundle = load_bundle(make_bundle(tmp_path).folder)
    unknown = answer(bundle, crop, 1, KNOWN | {"sex": None}, CancelToken())
    (said,) = unknown.what_if
    answers = [answer(bundle, crop, 1, KNOWN | {"sex": sex}, CancelToken()).prediction.probability
               for sex in ("female", "male")]
    assert (said.lowest, said.highest) == pytest.approx((min(answers), max(answers)))
    assert said.lowest < said.highest, "the bundle of the tests uses the sex"


def test_any_form_can_be_asked_about():
    dose = Field("dose", "Dose", "number", unit="Gy", least=0, most=100)
    boost = Field("boost", "Boost", "yes_no")
    asked = []

    def ask(clinical):
        asked.append(dict(clinical))
        return 0.7 if clinical["boost"] else 0.2

    (said,) = what_ifs(ask, (stacker("dose", 50.0, 5.0),), (dose, boost), {"dose": 54.0, "boost": None})
    assert asked == [{"dose": 54.0, "boost": False}, {"dose": 54.0, "boost": True}]
    assert (said.lowest_value, said.highest_value) == ("no", "yes")
    assert possible_values((stacker("dose", 50.0, 5.0),), dose)[0] == (40.0, "40 Gy")
