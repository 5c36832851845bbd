"""The page around its screens in HTML."""

from dataclasses import replace

from rnapp.tasks.metastasis.question import QUESTION
from rnapp.ui.html.page import header
from tests.explain.synthetic import result_of
from tests.ui.fake_pipeline import TWO_SCANS

CARD = result_of().reading.model


def test_what_it_is_not_is_always_there_and_the_demonstration_where_it_is_one() -> None:
    shown = header(CARD, QUESTION)
    assert "not a medical device" in shown
    assert 'id="demo-banner"' in shown
    assert "phantom-demo 0.1.0" in shown
    without = header(replace(CARD, demonstration=False), QUESTION)
    assert "not a medical device" in without
    assert "demo-banner" not in without


def test_the_help_says_what_the_number_of_this_question_means() -> None:
    assert "Biopsy and the course over time outweigh this number." in header(CARD, QUESTION)
    other = header(CARD, replace(TWO_SCANS, meaning=("It says if it is better.",)))
    assert "It says if it is better." in other
    assert "Biopsy" not in other
