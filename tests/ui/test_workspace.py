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
def desk(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_a_new_case_keeps_nothing_of_the_last_patient(desk: Workspace) -> None:
    desk.update(lambda case: case.with_form(FORM), lambda page: replace(page, kept="0" * 32, shown_earlier=1))
    desk.say(Step.LESIONS, Message("info", "old"))
    desk.put(Case(chosen={"t1ce": "1.2"}))
    assert desk.case.chosen == {"t1ce": "1.2"}
    assert desk.case.form == Form()
    assert (desk.page.messages, desk.page.kept, desk.page.shown_earlier) == ({}, None, 0)


def test_a_board_that_wants_no_opinion_is_not_asked_again_for_the_next_patient(desk: Workspace) -> None:
    desk.update_page(lambda page: replace(page, reader_first=False))
    desk.put(Case())
    assert (desk.page.reader_first, desk.case.revealed) == (False, False)


def test_work_on_outdated_input_changes_nothing(desk: Workspace) -> None:
    old = desk.case.form
    desk.update(lambda case: case.with_form(FORM))
    before = desk.open
    assert desk.update(lambda case: case.with_form(Form()), lambda page: replace(page, step=Step.TIME),
                       only_if=lambda case: case.form is old) is None
    assert desk.open is before
    now = desk.update(lambda case: case.with_form(Form()), only_if=lambda case: case.form is FORM)
    assert now is desk.open
    assert desk.case.form == Form()


def test_a_change_that_fails_changes_nothing(desk: Workspace) -> None:
    def fail(page: Page) -> Page:
        raise ValueError("no page")

    before = desk.open
    with pytest.raises(ValueError, match="no page"):
        desk.update(lambda case: case.with_form(FORM), fail)
    assert desk.open is before


def test_one_job_at_a_time(desk: Workspace) -> None:
    job = desk.begin("first", Step.STUDY)
    assert job is not None
    assert desk.begin("second", Step.STUDY) is None
    assert desk.job is job
    job.end()
    assert desk.job is None
    assert desk.begin("third", Step.STUDY) is not None


def test_messages_belong_to_their_screen(desk: Workspace) -> None:
    desk.say(Step.STUDY, Message("error", "a"))
    desk.say(Step.LESIONS, Message("info", "b"))
    desk.say(Step.STUDY, None)
    assert desk.page.messages == {Step.LESIONS: Message("info", "b")}


def test_every_case_has_its_own_number(desk: Workspace) -> None:
    numbers = [desk.page.number]
    for _ in range(2):
        desk.put(Case())
        numbers.append(desk.page.number)
    assert len(set(numbers)) == 3
    desk.update(lambda case: case.with_form(FORM))
    assert desk.page.number == numbers[-1], "the same case"


def test_revisions_never_repeat(desk: Workspace) -> None:
    numbers = [desk.revision() for _ in range(5)]
    assert len(set(numbers)) == 5
    assert min(numbers) > 0


def changed(before: Revisions, now: Revisions) -> set[str]:
    return {name for name in vars(now) if getattr(now, name) != getattr(before, name)}


def test_another_case_is_fetched_again_whatever_it_is(desk: Workspace) -> None:
    desk.put(Case())
    before = desk.page.revisions
    desk.put(Case())
    assert changed(before, desk.page.revisions) == {"head", "mask", "reading", "proposal", "earlier"}


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
    workspace.update(lambda case: case.with_preparation(Preparation(replace(case.prepared), case.chosen)))
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


def test_folders_are_private(desk: Workspace) -> None:
    with desk.folder() as folder, desk.folder() as other:
        assert folder.parent == desk.root
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert other != folder
    assert folder.exists()


def test_a_folder_goes_if_what_is_put_in_it_fails(desk: Workspace) -> None:
    def fill() -> None:
        with desk.folder() as folder:
            (folder / "half").write_bytes(b"x")
            raise OSError("the disk is full")

    before = set(desk.root.iterdir())
    with pytest.raises(OSError, match="full"):
        fill()
    assert set(desk.root.iterdir()) == before
