"""The lesions, or the study, are read; the answer stays hidden until the board has its own opinion."""

from dataclasses import replace

import pytest

from rnapp.case.form import Form
from rnapp.types import STUDY
from rnapp.ui.actions import Actions
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions, drawing, drawn, finish, prepared, said, sent, shown_head
from tests.ui.fake_models import TWO_SCANS


def test_the_lesions_are_read(actions: Actions) -> None:
    drawn(actions)
    assert actions.analyse()
    finish(actions)
    reading = actions.workspace.case.reading
    assert [answer.lesion for answer in reading.answers] == [1]
    assert reading.clinical["age"] == 61
    assert actions.workspace.case.result(actions.question).pseudonym == "case-1"
    assert len(actions.workspace.page.views) == 1


def test_nothing_is_read_without_a_lesion(actions: Actions) -> None:
    prepared(actions)
    assert not actions.analyse()
    assert "Draw or upload" in said(actions, Step.CLINICAL)


@pytest.mark.parametrize("form", [Form(values={"age": 140.0}), Form(pseudonym="x" * 65), Form(pseudonym="a\nb")])
def test_an_impossible_form_is_refused_and_kept(actions: Actions, form: Form) -> None:
    drawn(actions)
    actions.keep_form(form)
    assert not actions.analyse()
    assert said(actions, Step.CLINICAL) != ""
    assert actions.workspace.case.form == form


def test_a_reading_goes_when_what_it_was_made_from_changes(actions: Actions) -> None:
    drawn(actions)
    actions.analyse()
    finish(actions)
    actions.keep_form(actions.workspace.case.form)
    assert actions.workspace.case.reading is not None, "the same form changes nothing"
    actions.keep_form(Form(values={"age": 30.0}))
    assert actions.workspace.case.reading is None
    assert "read the case again" in said(actions, Step.READING)


def test_a_reading_of_lesions_that_changed_meanwhile_is_dropped(make_actions: MakeActions) -> None:
    actions = drawn(make_actions(delay=0.2))
    assert actions.analyse()
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    finish(actions)
    assert actions.workspace.case.reading is None
    assert "changed while" in said(actions, Step.READING)


def read(actions: Actions) -> Actions:
    drawn(actions)
    actions.analyse()
    finish(actions)
    return actions


def test_the_answer_stays_hidden_until_the_board_wants_it(actions: Actions) -> None:
    read(actions)
    assert actions.workspace.case.reading is not None
    assert actions.workspace.case.revealed_reading is None
    assert actions.opine([(1, "probably_necrosis")])
    actions.reveal()
    assert actions.workspace.case.revealed_reading is not None
    shown = actions.workspace.case.result(actions.question)
    assert [(one.lesion, one.leaning) for one in shown.board] == [(1, "probably_necrosis")]
    assert shown.board[0].noted


def test_the_answer_is_shown_at_once_where_the_board_wants_no_opinion(actions: Actions) -> None:
    actions.workspace.update_page(lambda page: replace(page, reader_first=False))
    read(actions)
    assert actions.workspace.case.revealed_reading is not None
    assert actions.workspace.case.result(actions.question).board == ()


@pytest.mark.parametrize(("lesion", "leaning"), [(2, "necrosis"), (1, "cured")])
def test_an_opinion_about_nothing_is_refused(actions: Actions, lesion: int, leaning: str) -> None:
    read(actions)
    assert not actions.opine([(lesion, leaning)])
    assert actions.workspace.case.opinions == {}


def test_after_the_answer_no_opinion_is_the_boards_own(actions: Actions) -> None:
    read(actions)
    actions.opine([(1, "undecided")])
    actions.reveal()
    assert not actions.opine([(1, "necrosis")])
    assert actions.workspace.case.opinions[1].leaning == "undecided"


def test_the_opinion_survives_another_form_but_not_other_lesions(actions: Actions) -> None:
    read(actions)
    actions.opine([(1, "necrosis")])
    actions.reveal()
    actions.keep_form(Form(values={"age": 30.0}))
    assert actions.analyse()
    finish(actions)
    assert actions.workspace.case.revealed_reading is not None, "the board has seen the answer to these lesions"
    again = actions.workspace.case.result(actions.question)
    assert [one.leaning for one in again.board] == ["necrosis"]
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    assert (actions.workspace.case.opinions, actions.workspace.case.revealed) == ({}, False)


def test_an_opinion_after_an_answer_to_another_outline_says_so_and_the_first_is_kept(actions: Actions) -> None:
    read(actions)
    actions.opine([(1, "necrosis")])
    actions.reveal()
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    LesionActions(actions).measure()
    actions.analyse()
    finish(actions)
    actions.opine([(1, "progression")])
    actions.reveal()
    assert actions.workspace.case.revealed_reading is not None
    shown = actions.workspace.case.result(actions.question)
    assert [(one.leaning, one.informed) for one in shown.board] == [("progression", True)]
    assert [(one.leaning, one.informed) for one in shown.former_board] == [("necrosis", False)]


def test_an_opinion_on_another_outline_is_independent_as_long_as_no_answer_was_seen(actions: Actions) -> None:
    read(actions)
    actions.opine([(1, "necrosis")])
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    LesionActions(actions).measure()
    actions.analyse()
    finish(actions)
    actions.opine([(1, "undecided")])
    case = actions.workspace.case
    assert not case.opinions[1].informed
    assert [one.leaning for one in case.former.opinions] == ["necrosis"]


def test_an_opinion_that_did_not_change_keeps_its_time(actions: Actions) -> None:
    read(actions)
    actions.opine([(1, "undecided")])
    first = actions.workspace.case.opinions[1]
    actions.opine([(1, "undecided")])
    assert actions.workspace.case.opinions[1] is first
    actions.opine([(1, "necrosis")])
    assert actions.workspace.case.opinions[1].leaning == "necrosis"


def test_a_question_about_the_study_is_answered_without_a_lesion(make_actions: MakeActions) -> None:
    actions = make_actions(TWO_SCANS, second=True)
    actions.load_example()
    finish(actions)
    assert not actions.analyse()
    assert "accept it first" in said(actions, Step.CLINICAL)
    assert actions.prepare()
    finish(actions)
    assert not actions.analyse(), "prepared, but not accepted"
    assert actions.accept()
    assert actions.analyse()
    finish(actions)
    case = actions.workspace.case
    assert [answer.lesion for answer in case.reading.answers] == [STUDY]
    assert case.result(actions.question).lesions.lesions == ()
    assert not actions.opine([(1, "better")]), "there is no lesion to have an opinion on"
    assert not actions.opine([(STUDY, "necrosis")]), "that is another question's word"
    assert actions.opine([(STUDY, "better")])
    actions.reveal()
    assert [one.lesion for one in case.result(actions.question).board] == []
    assert [one.lesion for one in actions.workspace.case.result(actions.question).board] == [STUDY]
    assert actions.workspace.page.views[0].attention_png == b""
