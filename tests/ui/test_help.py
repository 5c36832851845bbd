"""The help and the hints of the example follow the steps of each question."""

from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.case.case import Case
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.rice.question import QUESTION as RICE
from rnapp.types import Question
from rnapp.ui import help as help_words
from rnapp.ui.html.page import header
from rnapp.ui.steps import TITLES, numbered, steps_of, title
from rnapp.ui.workspace import Step
from tests.ui.fake_models import TWO_SCANS, model

EXAMPLE = replace(Case(), example_mask=Path("mask.nii.gz"))
QUESTIONS = [QUESTION, RICE, TWO_SCANS]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_hints_count_the_steps_that_the_question_has(question: Question) -> None:
    steps = numbered(question)
    assert [f"step {place} of {len(steps)}." in help_words.guide(EXAMPLE, step, question)
            for place, step in enumerate(steps, start=1)] == [True] * len(steps)
    assert [title(step, question).split()[0] for step in steps] == [str(one) for one in range(1, len(steps) + 1)]


def test_a_question_without_lesions_has_five_steps_and_the_other_six() -> None:
    assert [len(numbered(one)) for one in QUESTIONS] == [6, 6, 5]
    assert "step 3 of 5." in help_words.guide(EXAMPLE, Step.CLINICAL, TWO_SCANS)
    assert "step 4 of 6." in help_words.guide(EXAMPLE, Step.CLINICAL, QUESTION)


def test_the_step_that_may_be_left_out_has_no_number() -> None:
    assert "Example. " in help_words.guide(EXAMPLE, Step.TIME, QUESTION)
    assert title(Step.TIME, QUESTION) == "Over time"


def test_a_hint_is_for_the_example_alone() -> None:
    assert help_words.guide(Case(), Step.STUDY, QUESTION) == ""


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_help_explains_the_steps_of_the_question_and_no_others(question: Question) -> None:
    assert [name for name, _ in help_words.steps(question)] == [TITLES[step] for step in steps_of(question)]


def test_the_help_promises_only_what_the_question_has() -> None:
    of_lesions, of_study, of_two = (dict(help_words.steps(one)) for one in QUESTIONS)
    assert "map of occlusion" in of_study["Reading"]
    assert "map of occlusion" not in of_lesions["Reading"] + of_two["Reading"]
    assert "picture of each pair" in of_study["Preparation"]
    assert "picture of each pair" not in of_lesions["Preparation"]
    assert "whole study" in of_study["Lesions"]
    assert "whole study" not in of_lesions["Lesions"]


def test_the_help_says_of_each_question_what_its_map_of_the_networks_is() -> None:
    shown = {one.id: header([model(question=one)], one) for one in QUESTIONS}
    lesions, study, neither = (shown[one.id] for one in QUESTIONS)
    assert "what spoke against necrosis" in lesions
    assert "prove nothing" in lesions
    assert "has no map of what moved its image networks" in study
    assert "map of occlusion instead" in study
    assert "necrosis" not in study
    assert [one.count('data-topic="networks"') for one in (lesions, study, neither)] == [1, 1, 0]


def test_every_screen_has_its_words() -> None:
    for words in (TITLES, help_words.HELP, help_words.GUIDE, help_words.GUIDE_OF_STUDY):
        assert set(words) == set(Step)
