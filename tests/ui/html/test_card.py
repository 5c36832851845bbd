"""The model's card and the centre's own audit as the page shows them."""

import re
from dataclasses import replace
from types import MappingProxyType

import pytest

from rnapp.tasks.metastasis.question import QUESTION
from rnapp.trust.audit import Audited, audit
from rnapp.types import Benefit, Bin, Calibration, CardWords, ModelCard
from rnapp.ui.html import card as html

CALIBRATION = Calibration(
    0.3, 1.1, -0.2, (0.2, 0.65), 0.9, 1000, True,
    MappingProxyType({"fresh_first": {"n": 1000.0, "auc": 0.81, "auc_low": 0.78, "auc_high": 0.84, "coverage": 0.91,
                                      "coverage_low": 0.89, "coverage_high": 0.93}, "fresh_second": {"auc": 0.7}}),
    {"fresh_first": (Bin(0.25, 0.5, 0.25, 0.75, 40),)}, {"fresh_first": (Benefit(0.5, 0.2, 0.0),)})
CARD = ModelCard("Made up", "1", True, "0" * 64, "CC", "tests", "synthetic lesions", {"held_out/multimodal/auc": 0.8},
                 calibration=CALIBRATION, about=CardWords(("For a trial.",), ("Children.",), ("Haemorrhage.",)))


def test_a_card_says_what_it_is_for_and_how_good_it_is():
    shown = html.model_card(CARD, QUESTION)
    for words in ("For a trial.", "Children.", "Haemorrhage.", "0.81 (0.78 to 0.84)", "91 % (89 % to 93 %)",
                  "From 65 % on it names radiation necrosis", "up to 20 %", "1000 synthetic cases",
                  "Its numbers mean nothing clinically"):
        assert words in shown


def test_what_a_cohort_does_not_have_is_a_dash():
    cells = re.findall(r"<th>Right or left open</th><td>(.*?)</td><td>(.*?)</td>", html.model_card(CARD, QUESTION))
    assert cells == [("91 % (89 % to 93 %)", "–")]


def test_errors_stand_before_and_after_calibration_with_both_intervals():
    measured = {"n": 100.0, "ece": 0.12, "ece_low": 0.08, "ece_high": 0.21, "raw_ece": 0.31, "raw_ece_low": 0.25,
                "raw_ece_high": 0.39, "raw_brier": 0.2, "brier": 0.1}
    known = replace(CALIBRATION, cohorts={"fresh_first": measured, "fresh_second": {"ece": 0.3}})
    shown = html.model_card(replace(CARD, calibration=known), QUESTION)
    assert shown.count("<th>before calibration</th><th>after calibration</th>") == 2
    (error,) = re.findall(r"<th>Calibration error</th>(.*?)</tr>", shown)
    assert re.findall(r"<td>(.*?)</td>", error) == ["0.31 (0.25 to 0.39)", "0.12 (0.08 to 0.21)", "–", "0.30"]
    assert '<th>Cases</th><td colspan="2">100</td><td colspan="2">–</td>' in shown, "no matter before or after"


def test_a_figure_below_zero_has_a_minus_sign():
    known = replace(CALIBRATION, cohorts={"fresh_first": {"intercept": -0.2, "intercept_low": -0.5,
                                                          "intercept_high": 0.1}})
    assert "<td>−0.20 (−0.50 to 0.10)</td>" in html.model_card(replace(CARD, calibration=known), QUESTION)


def test_what_was_measured_only_after_calibration_has_one_column():
    shown = html.model_card(CARD, QUESTION)
    assert "before calibration" not in shown
    assert "colspan" not in shown


@pytest.mark.parametrize(("upper", "said"), [(0.70, True), (0.899, True), (0.9, False), (0.93, False)])
def test_limits_that_were_wrong_more_often_than_they_promise_are_said(upper, said):
    known = replace(CALIBRATION, cohorts={"fresh_second": {"coverage": 0.61, "coverage_high": upper}})
    shown = html.model_card(replace(CARD, calibration=known), QUESTION)
    assert ("the answer named the wrong outcome in 39 % of lesions, not in at most 10 %" in shown) == said


def test_points_of_the_curves_are_where_their_numbers_are():
    shown = html.model_card(CARD, QUESTION)
    assert 'cx="55.0" cy="110.0"' in shown
    assert 'y1="165.0" y2="55.0" class="interval"' in shown
    height = html.SIDE * (1 - (0.2 + 0.1) / (0.2 + 0.1))
    assert f'points="110.0,{height:.1f}" class="by-model"' in shown


def test_a_model_that_was_never_calibrated_says_so():
    shown = html.model_card(replace(CARD, calibration=None, about=None), QUESTION)
    assert "Never calibrated" in shown
    assert "Its card does not say" in shown
    assert "<svg" not in shown


def test_what_a_card_says_is_shown_as_text():
    shown = html.model_card(replace(CARD, about=CardWords(("<script>alert(1)</script>",), (), ())), QUESTION)
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


@pytest.mark.parametrize(("cases", "curves"), [(10, 0), (60, 2)])
def test_the_audit_draws_curves_only_of_enough_cases(cases, curves):
    rows = [Audited(str(n), "2026-01-01", 1, n / cases, "first", n % 2) for n in range(cases)]
    shown = html.audit(audit(rows), QUESTION, 1)
    assert shown.count("<svg") == curves
    assert "1 kept cases cannot be read" in shown


def test_nothing_is_shown_before_anybody_asked():
    assert html.audit(None, QUESTION, 0) == ""
