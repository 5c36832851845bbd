"""A card's figures in sentences: what the limits promise and did not keep."""

from dataclasses import replace

import pytest

from rnapp.report.card_words import shortfalls
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.rice.question import QUESTION as RICE
from tests.trusted import PLAIN


def of(**cohorts):
    return replace(PLAIN, cohorts=cohorts)


def test_the_cohort_that_the_limits_fail_is_named_with_its_own_figure():
    known = of(fresh_first={"coverage": 0.87, "coverage_high": 0.92}, fresh_second={"coverage": 0.55,
                                                                                    "coverage_high": 0.65})
    assert list(shortfalls(known, QUESTION)) == [
        "Fresh lesions, second centre: the answer named the wrong outcome in 45 % of lesions, not in at most 10 % as "
        "promised. The limits hold only for lesions from where the model was calibrated."]


def test_where_the_model_was_calibrated_that_is_no_reason():
    (found,) = shortfalls(of(fresh_first={"coverage": 0.8, "coverage_high": 0.85}, fresh_second={}), QUESTION)
    assert found.endswith("in 20 % of lesions, not in at most 10 % as promised.")


@pytest.mark.parametrize(("level", "said"), [(0.9, True), (0.8, True), (0.7, False)])
def test_what_was_promised_is_the_cards_own_level(level, said):
    found = " ".join(shortfalls(replace(of(test={"coverage": 0.7, "coverage_high": 0.75}), level=level), RICE))
    assert (f"in 30 % of studies, not in at most {100 * (1 - level):.0f} %" in found) == said


def test_one_outcome_alone_can_fall_short():
    measures = {"coverage": 0.88, "coverage_high": 0.93, "coverage_first": 1.0, "coverage_first_high": 1.0,
                "coverage_second": 0.41, "coverage_second_high": 0.53}
    (found,) = shortfalls(of(fresh_second=measures), QUESTION)
    assert "in 59 % of those with tumour progression, not in at most" in found
    assert "of lesions," not in found


def test_all_that_falls_short_stands_in_one_sentence():
    measures = {"coverage": 0.61, "coverage_high": 0.7, "coverage_second": 0.41, "coverage_second_high": 0.53}
    (found,) = shortfalls(of(fresh_second=measures), QUESTION)
    assert "in 39 % of lesions and 59 % of those with tumour progression, not" in found


@pytest.mark.parametrize("measures", [{}, {"coverage": 0.5}, {"coverage": 0.5, "coverage_high": 0.9}])
def test_without_an_interval_below_the_level_nothing_is_said(measures):
    assert list(shortfalls(of(fresh_second=measures), QUESTION)) == []
