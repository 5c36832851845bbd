"""What replaces what in the open case and its page."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.case.case import Case, Preparation
from rnapp.case.form import Form
from rnapp.ui.actions import Actions
from rnapp.ui.workspace import Message, Page, Revisions, Step, View, Workspace
from tests.ui.conftest import drawn, finish, prepared

FORM = Form("RN-1", {"age": 50.0})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_a_new_case_keeps_nothing_of_the_last_patient(workspace: Workspace) -> None:
    workspace.update(lambda case: case.with_form(FORM), lambda page: replace(page, kept="0" * 32, shown_earlier=1))
    workspace.say(Step.LESIONS, Message("info", "old"))
    workspace.put(Case(chosen={"t1ce": "1.2"}))
    assert workspace.case.chosen == {"t1ce": "1.2"}
    assert workspace.case.form == Form()
    assert (workspace.page.messages, workspace.page.kept, workspace.page.shown_earlier) == ({}, None, 0)


def test_a_board_that_wants_no_opinion_is_not_asked_again_for_the_next_patient(workspace: Workspace) -> None:
    workspace.update_page(lambda page: replace(page, reader_first=False))
    workspace.put(Case())
    assert (workspace.page.reader_first, workspace.case.revealed) == (False, False)


def test_work_on_outdated_input_changes_nothing(workspace: Workspace) -> None:
    old = workspace.case.form
    workspace.update(lambda case: case.with_form(FORM))
    before = workspace.open
    assert workspace.update(lambda case: case.with_form(Form()), lambda page: replace(page, step=Step.TIME),
                       only_if=lambda case: case.form is old) is None
    assert workspace.open is before
    now = workspace.update(lambda case: case.with_form(Form()), only_if=lambda case: case.form is FORM)
    assert now is workspace.open
    assert workspace.case.form == Form()


def test_a_change_that_fails_changes_nothing(workspace: Workspace) -> None:
    def fail(page: Page) -> Page:
        raise ValueError("no page")

    before = workspace.open
    with pytest.raises(ValueError, match="no page"):
        workspace.update(lambda case: case.with_form(FORM), fail)
    assert workspace.open is before


def test_one_job_at_a_time(workspace: Workspace) -> None:
    job = workspace.begin("first", Step.STUDY)
    assert job is not None
    assert workspace.begin("second", Step.STUDY) is None
    assert workspace.job is job
    job.end()
    assert workspace.job is None
    assert workspace.begin("third", Step.STUDY) is not None


def test_messages_belong_to_their_screen(workspace: Workspace) -> None:
    workspace.say(Step.STUDY, Message("error", "a"))
    workspace.say(Step.LESIONS, Message("info", "b"))
    workspace.say(Step.STUDY, None)
    assert workspace.page.messages == {Step.LESIONS: Message("info", "b")}


def test_every_case_has_its_own_number(workspace: Workspace) -> None:
    numbers = [workspace.page.number]
    for _ in range(2):
        workspace.put(Case())
        numbers.append(workspace.page.number)
    assert len(set(numbers)) == 3
    workspace.update(lambda case: case.with_form(FORM))
    assert workspace.page.number == numbers[-1], "the same case"


def test_revisions_never_repeat(workspace: Workspace) -> None:
    numbers = [workspace.revision() for _ in range(5)]
    assert len(set(numbers)) == 5
    assert min(numbers) > 0


def changed(before: Revisions, now: Revisions) -> set[str]:
    return {name for name in vars(now) if getattr(now, name) != getattr(before, name)}


def test_another_case_is_fetched_again_whatever_it_is(workspace: Workspace) -> None:
    workspace.put(Case())
    before = workspace.page.revisions
    workspace.put(Case())
    assert changed(before, workspace.page.revisions) == {"head", "mask", "reading", "proposal", "earlier", "dose"}


def test_a_number_changes_with_what_it_stands_for_and_with_nothing_else(actions: Actions) -> None:
    drawn(actions)
    workspace = actions.workspace
    before = workspace.page.revisions
    assert 0 not in (before.head, before.mask)
    workspace.turn(Step.TIME)
    workspace.update(lambda case: case.with_form(FORM))
    assert changed(before, workspace.page.revisions) == set()
    assert actions.analyse()
    finish(actions)
    read = workspace.page.revisions
    assert changed(before, read) == {"reading"}
    actions.reveal()
    assert changed(read, workspace.page.revisions) == set(), "the same answer, shown"
    head = workspace.case.prepared.head
    workspace.update(lambda case: case.with_outline(case.outline.redrawn(head.with_array(head.array > 80))))
    assert changed(read, workspace.page.revisions) == {"mask", "reading"}
    before = workspace.page.revisions
    again = replace(workspace.case.prepared, channels={
        role: replace(one) for role, one in workspace.case.prepared.channels.items()})
    workspace.update(lambda case: case.with_preparation(Preparation(again, case.chosen)))
    assert changed(before, workspace.page.revisions) == {"head", "mask"}


def test_lesions_that_are_measured_or_named_are_the_same_picture(actions: Actions) -> None:
    drawn(actions)
    before = actions.workspace.page.revisions
    found = replace(actions.workspace.case.lesions, names={1: "frontal"})
    actions.workspace.update(lambda case: case.with_same_outline(case.outline.renamed(found)))
    assert changed(before, actions.workspace.page.revisions) == set()


def test_the_pictures_of_a_reading_go_with_it(actions: Actions) -> None:
    drawn(actions)
    assert actions.analyse()
    finish(actions)
    assert len(actions.workspace.page.views) == 1
    actions.workspace.update(lambda case: case.with_form(FORM))
    assert actions.workspace.case.reading is None
    assert actions.workspace.page.views == ()


def test_what_is_shown_is_there(actions: Actions) -> None:
    prepared(actions)
    view = View(b"", b"", None, None)
    actions.workspace.update_page(lambda page: replace(page, shown_answer=3, shown_earlier=2, views=(view,)))
    assert (actions.workspace.page.shown_answer, actions.workspace.page.shown_earlier) == (0, 0)


def test_folders_are_private(workspace: Workspace) -> None:
    with workspace.folder() as folder, workspace.folder() as other:
        assert folder.parent == workspace.root
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert other != folder
    assert folder.exists()


def test_a_folder_goes_if_what_is_put_in_it_fails(workspace: Workspace) -> None:
    def fill() -> None:
        with workspace.folder() as folder:
            (folder / "half").write_bytes(b"x")
            raise OSError("the disk is full")

    before = set(workspace.root.iterdir())
    with pytest.raises(OSError, match="full"):
        fill()
    assert set(workspace.root.iterdir()) == before
