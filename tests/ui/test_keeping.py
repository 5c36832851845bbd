"""A case is kept when the user wants it, as it changes from then on, and comes back as it was left."""

from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.case.form import Form
from rnapp.case.kept import open_kept
from rnapp.case.outline import Outline
from rnapp.errors import CaseError
from rnapp.store.library import Library
from rnapp.ui import keeping
from rnapp.ui.actions import Actions
from rnapp.ui.html.study import kept_cases
from rnapp.ui.keeping import Keeping, same, summary
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.timeline_actions import TimelineActions
from rnapp.ui.workspace import Step
from tests.ui.conftest import finish, prepared, read, said
from tests.ui.fake_models import TWO_SCANS


def test_nothing_is_written_before_the_user_wants_it(actions: Actions, shelf: Keeping, tmp_path: Path) -> None:
    read(actions)
    shelf.start()
    shelf.stop()
    assert not (tmp_path / "kept").exists()
    assert shelf.entries() == ()


def test_an_unprepared_case_is_not_kept(actions: Actions, shelf: Keeping) -> None:
    actions.load_example()
    finish(actions)
    with pytest.raises(CaseError, match="prepare the scan first"):
        shelf.keep()


def test_a_kept_case_is_kept_again_when_it_changes(actions: Actions, shelf: Keeping, tmp_path: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "QUIET_SECONDS", 0.02)
    read(actions)
    label = shelf.keep()
    actions.keep_form(Form("RN-7", {"age": 62.0}))
    shelf.start()
    shelf.stop()
    _, kept = open_kept(Library(tmp_path / "kept"), label.id)
    assert kept.case.form.value("age") == 62.0
    assert [entry.id for entry in shelf.entries()] == [label.id], "the same file"


def test_what_was_changed_last_is_kept_before_another_study_is_opened(actions: Actions, shelf: Keeping,
                                                                          tmp_path: Path) -> None:
    read(actions)
    label = shelf.keep()
    actions.keep_form(Form("RN-7", {"age": 70.0}))
    actions.load_example()
    finish(actions)
    _, kept = open_kept(Library(tmp_path / "kept"), label.id)
    assert kept.case.form.value("age") == 70.0


def test_changes_of_one_case_never_go_into_the_file_of_another(actions: Actions, shelf: Keeping,
                                                              tmp_path: Path) -> None:
    read(actions)
    label = shelf.keep()
    prepared(actions)
    actions.keep_form(Form("another"))
    shelf.stop()
    _, kept = open_kept(Library(tmp_path / "kept"), label.id)
    assert kept.case.form.pseudonym == "RN-7"


def test_what_cannot_be_kept_is_reported(actions: Actions, shelf: Keeping, tmp_path: Path) -> None:
    read(actions)
    (tmp_path / "kept").write_text("in the way")
    with pytest.raises(CaseError, match="disk"):
        shelf.keep()
    assert actions.workspace.page.kept is None
    actions.workspace.update_page(lambda page: replace(page, kept="0123456789abcdef0123456789abcdef"))
    shelf.stop()
    assert "disk" in shelf.trouble


def test_a_broken_file_leaves_the_open_case_and_says_so(actions: Actions, shelf: Keeping, tmp_path: Path) -> None:
    read(actions)
    label = shelf.keep()
    file = tmp_path / "kept" / f"{label.id}.rnapp"
    file.write_bytes(file.read_bytes()[:-300])
    before = actions.workspace.case
    shelf.open(label.id)
    finish(actions)
    assert actions.workspace.case.prepared is before.prepared
    assert said(actions, Step.STUDY)


def test_a_deleted_case_is_gone_and_the_open_one_stays(actions: Actions, shelf: Keeping) -> None:
    read(actions)
    label = shelf.keep()
    assert shelf.remove(label.id)
    assert shelf.entries() == ()
    assert actions.workspace.page.kept is None
    assert actions.workspace.case.reading
    shelf.stop()
    assert shelf.entries() == (), "a deleted case does not come back when the app ends"


def test_a_case_is_the_same_until_something_worth_keeping_changes(actions: Actions) -> None:
    now = read(actions).workspace.open
    case = now.case
    assert same(now, replace(now, page=replace(now.page, step=Step.STUDY, number=99)))
    assert same(now, replace(now, case=replace(case, chosen={"t1ce": "1.3"}))), "nothing of it is prepared yet"
    assert not same(now, replace(now, page=replace(now.page, reader_first=False)))
    assert not same(now, replace(now, case=case.with_form(Form("other"))))
    assert not same(now, replace(now, case=case.with_preparation(None)))
    assert summary(case, actions.question) == "1 lesion, answer shown"
    assert summary(case.with_outline(Outline()), actions.question) == "no lesion drawn, not read"
    assert summary(case.with_outline(Outline()), TWO_SCANS) == "not read", "there are no lesions to draw"


def test_every_change_that_is_kept_counts(actions: Actions, tmp_path: Path) -> None:
    seen = [read(actions).workspace.open]
    timeline = TimelineActions(actions)
    actions.pipeline.day = "2026-01-02"
    for change in (lambda: timeline.add([tmp_path]), lambda: timeline.treat("2025-12-01", "surgery", ""),
                   lambda: timeline.date_present("2026-06-01"),
                   lambda: LesionActions(actions).rename(1, "frontal"),
                   lambda: LesionActions(actions).upload(actions.workspace.case.example_mask), actions.prepare,
                   actions.accept):
        assert change()
        finish(actions)
        seen.append(actions.workspace.open)
        assert not same(seen[-1], seen[-2])
    assert LesionActions(actions).propose()
    finish(actions)
    assert same(actions.workspace.open, seen[-1]), "a proposal can be made again"


def test_the_list_of_kept_cases_is_escaped_and_marks_the_open_one(actions: Actions, shelf: Keeping) -> None:
    assert kept_cases((), None, "") == ""
    read(actions)
    actions.keep_form(Form("<b>RN</b>"))
    label = shelf.keep()
    shown = kept_cases(shelf.entries(), None, "")
    assert "&lt;b&gt;RN" in shown
    assert f'data-open="{label.id}"' in shown
    assert "data-open" not in kept_cases(shelf.entries(), label.id, "")
    assert "disk is full" in kept_cases((), None, "the disk is full")
