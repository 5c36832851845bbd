"""The page around its screens in HTML."""

from dataclasses import replace

from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.rice.question import QUESTION as RICE
from rnapp.types import ModelCard, Question
from rnapp.ui.html.page import header
from rnapp.ui.ports import Model
from tests.explain.synthetic import result_of
from tests.ui.fake_models import TWO_SCANS

CARD = result_of().reading.model


def model(question: Question, card: ModelCard = CARD) -> Model:
    return Model(card, question, lambda: None)


def test_what_it_is_not_is_always_there_and_the_demonstration_where_it_is_one() -> None:
    shown = header([model(QUESTION)], QUESTION)
    assert "not a medical device" in shown
    assert 'id="demo-banner"' in shown
    assert "phantom-demo 0.1.0" in shown
    without = header([model(QUESTION, replace(CARD, demonstration=False))], QUESTION)
    assert "not a medical device" in without
    assert "demo-banner" not in without


def test_the_help_says_what_the_number_of_this_question_means() -> None:
    assert "Biopsy and the course over time outweigh this number." in header([model(QUESTION)], QUESTION)
    other = replace(TWO_SCANS, meaning=("It says if it is better.",))
    shown = header([model(other)], other)
    assert "It says if it is better." in shown
    assert "Biopsy" not in shown


def test_the_help_speaks_of_a_dose_only_where_the_question_can_use_one() -> None:
    said = "only once you have said that it lies where it should"
    assert said in header([model(RICE)], RICE)
    assert said in header([model(QUESTION)], QUESTION)
    assert said not in header([model(TWO_SCANS)], TWO_SCANS)


def test_of_two_questions_only_the_one_that_is_asked_is_seen() -> None:
    models = [model(QUESTION), model(RICE, replace(CARD, name="other-demo", demonstration=False))]
    for asked, other in ((QUESTION, RICE), (RICE, QUESTION)):
        shown = header(models, asked)
        assert f'<span data-task="{asked.id}">{asked.title.rstrip("?")}' in shown
        assert f'<span data-task="{other.id}" hidden>{other.title.rstrip("?")}' in shown
        assert f'<i data-task="{other.id}" hidden>' in shown
        assert f'<section data-task="{other.id}" hidden>' in shown
    assert header(models, RICE).count("Demonstration model:") == 1, "only the first of them is one"
