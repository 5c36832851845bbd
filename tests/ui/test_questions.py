"""The question that is asked: chosen on the first screen, it brings its model and opens an empty case."""

from pathlib import Path

import pytest

from rnapp.errors import CaseError
from rnapp.ui.actions import Actions
from rnapp.ui.keeping import Keeping
from rnapp.ui.questions import in_order, read_last, write_last
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions, drawn, finish, opened, said
from tests.ui.fake_models import QUESTION, RICE, TWO_SCANS
from tests.ui.painted import MakePage


def test_another_question_brings_its_model_and_an_empty_case(actions: Actions) -> None:
    told: list[str] = []
    actions.questions.told = told.append
    drawn(actions)
    number = actions.workspace.page.number
    assert actions.ask("rice")
    assert (actions.question, actions.model.question.id, actions.resources.task.id) == (RICE, "rice", "rice")
    assert (actions.workspace.case.study, actions.workspace.case.prepared) == (None, None)
    assert actions.workspace.page.number != number, "a page that shows the former case must be known by it"
    assert told[-1] == "rice"
    actions.load_example()
    finish(actions)
    assert list(actions.workspace.case.chosen) == [role.name for role in RICE.roles]
    assert actions.question is RICE, "another study is asked the same"


def test_what_was_kept_is_kept_as_it_was_last(actions: Actions, shelf: Keeping) -> None:
    drawn(actions)
    label = shelf.keep()
    actions.keep_form(actions.workspace.case.form.__class__("LATER"))
    assert actions.ask("rice")
    assert shelf.open(label.id)
    finish(actions)
    assert actions.question is QUESTION
    assert actions.workspace.case.form.pseudonym == "LATER"
    assert actions.workspace.case.lesions is not None


def test_the_same_question_or_none_changes_nothing(actions: Actions) -> None:
    before = drawn(actions).workspace.case
    assert actions.ask("metastasis")
    assert not actions.ask("unheard-of")
    assert "no model for the question" in said(actions, Step.STUDY)
    assert actions.workspace.case is before


def test_the_question_stays_while_something_runs(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = make_actions(delay=0.3)
    opened(actions, tmp_path)
    assert actions.prepare()
    assert not actions.ask("rice")
    assert "still running" in said(actions, Step.STUDY)
    assert actions.question is QUESTION
    finish(actions)


def test_a_model_is_never_asked_what_it_does_not_answer(actions: Actions) -> None:
    assert actions.questions.find("rice").question is RICE
    with pytest.raises(CaseError, match="no model for the question"):
        actions.questions.find("made-up")


def test_the_page_speaks_of_the_question_that_is_asked(actions: Actions, page: MakePage) -> None:
    made = page(actions)
    first = made.shown()
    assert 'data-ask="metastasis" checked' in first["questions"]["value"]
    assert '"time": ["later"' in first["bridge"]["value"]
    assert first["prepare"]["value"] == "Prepare this series"
    assert actions.ask("rice")
    shown = made.shown()
    assert 'data-ask="rice" checked' in shown["questions"]["value"]
    assert '"time": [' not in shown["bridge"]["value"], "there is nothing to follow"
    assert '"lesions": [' in shown["bridge"]["value"]
    assert shown["prepare"]["value"] == "Prepare these series"
    assert "Optional" in shown["lesions-heading"]["value"]
    assert shown["to-clinical"]["value"] == "Go on"
    assert '"task": "rice"' in shown["bridge"]["value"]


def test_the_roles_of_all_questions_stand_in_one_order() -> None:
    assert in_order([QUESTION, RICE]) == ("post_op", "dose", "planning")
    assert in_order([QUESTION, TWO_SCANS]) == ("dose", "planning", "after")


def test_the_last_question_is_remembered_where_it_can_be(tmp_path: Path) -> None:
    assert read_last(None) == read_last(tmp_path) == ""
    write_last(tmp_path / "state", "rice")
    assert read_last(tmp_path / "state") == "rice"
    (tmp_path / "state" / "question.txt").write_bytes(b"\xff\xfe")
    assert read_last(tmp_path / "state") == ""
