"""What the buttons do, and what they leave alone when they fail."""

from dataclasses import replace
from pathlib import Path

from rnapp.case.case import Preparation
from rnapp.case.form import Form
from rnapp.tasks.metastasis.question import T1CE
from rnapp.types import Caution
from rnapp.ui.actions import Actions
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions, finish, opened, prepared, said
from tests.ui.fake_models import TWO_SCANS


def test_a_study_is_opened_with_its_proposal(actions: Actions, tmp_path: Path) -> None:
    opened(actions, tmp_path)
    case = actions.workspace.case
    assert case.series is not None
    assert case.series.uid == "1.2"
    assert case.form.pseudonym == "case-1"


def test_a_study_that_cannot_be_read_leaves_the_old_one(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    before = actions.workspace.case
    opened(actions, tmp_path / "missing")
    assert "nothing readable" in said(actions, Step.STUDY)
    assert actions.workspace.case.prepared is before.prepared
    assert actions.workspace.case.study is before.study


def test_another_study_leaves_nothing_of_the_last_one(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    actions.keep_form(Form(values={"age": 70.0}))
    folder = actions.workspace.case.example_mask.parent
    opened(actions, tmp_path)
    case = actions.workspace.case
    assert case.prepared is None
    assert case.form.value("age") is None
    assert not folder.exists(), "the last patient's files must be gone"


def test_of_several_patients_one_is_chosen_and_nothing_of_another_stays(actions: Actions, tmp_path: Path) -> None:
    (tmp_path / "two-patients").mkdir()
    opened(actions, tmp_path / "two-patients")
    case = actions.workspace.case
    assert case.series is None
    assert not case.study.series
    assert not actions.prepare()
    assert not actions.choose_patient("nobody")
    assert "None of the 2 patient" in said(actions, Step.STUDY)
    assert actions.choose_patient("A-1")
    assert actions.workspace.case.series.patient == "A-1"
    assert actions.prepare()
    finish(actions)
    actions.keep_form(Form(values={"age": 70.0}))
    number = actions.workspace.page.number
    assert actions.choose_patient("B-2")
    case = actions.workspace.case
    assert case.series.patient == "B-2"
    assert (case.prepared, case.form.value("age")) == (None, None)
    assert actions.workspace.page.number != number, "a page that still shows the first patient must be known by it"


def test_uploads_are_moved_and_names_may_repeat(actions: Actions, tmp_path: Path) -> None:
    files = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        files.append(tmp_path / name / "IM0001")
        files[-1].write_bytes(name.encode())
    assert actions.open_uploads(files)
    finish(actions)
    stored = actions.workspace.case.series.files
    assert [file.read_bytes() for file in stored] == [b"a", b"b"]
    assert {file.name for file in stored} == {"IM0001"}
    assert not any(file.exists() for file in files)


def test_two_files_of_one_name_and_content_are_one_upload(actions: Actions, tmp_path: Path) -> None:
    upload = tmp_path / "desktop.ini"
    upload.write_bytes(b"x")
    assert actions.open_uploads([upload, upload])
    finish(actions)
    assert said(actions, Step.STUDY) == ""
    assert len(actions.workspace.case.series.files) == 1


def test_uploads_that_cannot_be_read_are_removed(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = make_actions(broken="open_study")
    upload = tmp_path / "IM0001"
    upload.write_bytes(b"x")
    assert actions.open_uploads([upload])
    finish(actions)
    assert "unexpected" in said(actions, Step.STUDY)
    assert not list(tmp_path.rglob("IM0001"))


def test_opening_is_cancelled_and_the_old_study_stays(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = make_actions(delay=0.1)
    opened(actions, tmp_path)
    before = actions.workspace.case.study
    folders = set(actions.workspace.root.iterdir())
    assert actions.open_study([tmp_path])
    actions.worker.cancel()
    finish(actions)
    assert said(actions, Step.STUDY).startswith("Cancelled")
    assert actions.workspace.case.study is before
    assert set(actions.workspace.root.iterdir()) == folders


def test_uploads_that_come_while_something_runs_are_refused_and_removed(make_actions: MakeActions,
                                                                        tmp_path: Path) -> None:
    actions = make_actions(delay=0.2)
    upload = tmp_path / "IM0001"
    upload.write_bytes(b"x")
    assert actions.open_study([tmp_path])
    assert not actions.open_uploads([upload])
    assert "still running" in said(actions, Step.STUDY)
    assert not upload.exists()
    finish(actions)
    assert actions.workspace.case.study is not None, "what ran goes on"


def test_an_unusable_series_cannot_be_chosen(actions: Actions, tmp_path: Path) -> None:
    opened(actions, tmp_path)
    assert not actions.choose(T1CE, 1)
    assert said(actions, Step.STUDY).startswith("Only 3 slices")
    assert actions.workspace.case.chosen[T1CE] == "1.2"
    assert not actions.choose(T1CE, 5)
    assert not actions.choose(T1CE, None), "it cannot be asked without one"
    assert not actions.choose("event", 0), "the question has no such role"
    assert actions.choose(T1CE, 0)
    assert said(actions, Step.STUDY) == ""


def test_the_example_fills_the_form(actions: Actions) -> None:
    actions.load_example()
    finish(actions)
    form = actions.workspace.case.form
    assert form.values == {"age": 61, "sex": "female", "wbrt_before": "no"}


def test_nothing_is_prepared_without_a_series(actions: Actions) -> None:
    assert not actions.prepare()
    assert actions.workspace.job is None


def test_the_skull_can_be_stripped_again_with_more_networks(actions: Actions) -> None:
    actions.load_example()
    finish(actions)
    assert actions.prepare()
    finish(actions)
    first = actions.workspace.case.prepared
    assert first
    assert first.mask_source == "fast"
    assert actions.accept()
    assert actions.prepare("balanced")
    finish(actions)
    again = actions.workspace.case
    assert again.prepared
    assert again.prepared.mask_source == "balanced"
    assert not again.accepted, "a new mask has to be looked at again"


def test_a_cancelled_preparation_changes_nothing(make_actions: MakeActions) -> None:
    actions = make_actions(delay=0.1)
    actions.load_example()
    finish(actions)
    assert actions.prepare()
    actions.worker.cancel()
    finish(actions)
    assert actions.workspace.case.prepared is None
    assert said(actions, Step.PREPARATION).startswith("Cancelled")


def test_only_one_job_runs(make_actions: MakeActions) -> None:
    actions = make_actions(delay=0.1)
    actions.load_example()
    finish(actions)
    assert actions.prepare()
    assert not actions.prepare()
    assert "still running" in said(actions, Step.PREPARATION)
    actions.worker.cancel()
    finish(actions)


def test_a_good_registration_is_accepted(actions: Actions) -> None:
    actions.load_example()
    finish(actions)
    assert not actions.accept(), "there is nothing to accept yet"
    actions.prepare()
    finish(actions)
    assert actions.accept()
    assert actions.workspace.case.accepted


def test_a_doubtful_registration_must_be_accepted_expressly(make_actions: MakeActions) -> None:
    actions = make_actions(quality_good=False)
    actions.load_example()
    finish(actions)
    actions.prepare()
    finish(actions)
    assert not actions.accept()
    assert not actions.workspace.case.accepted
    assert "doubtful" in said(actions, Step.PREPARATION)
    assert actions.accept(despite_doubt=True)


def test_a_rejected_registration_leads_back_with_an_explanation(actions: Actions) -> None:
    prepared(actions)
    actions.reject()
    case = actions.workspace.case
    assert (case.prepared, case.accepted, actions.workspace.page.step) == (None, False, Step.STUDY)
    assert "rejected" in said(actions, Step.STUDY)


def test_an_unexpected_error_is_calm_and_logged_without_its_text(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = make_actions(broken="prepare")
    actions.load_example()
    finish(actions)
    actions.prepare()
    finish(actions)
    assert "Something unexpected happened; nothing was lost." in said(actions, Step.PREPARATION)
    assert "Miller" not in said(actions, Step.PREPARATION)
    log = (tmp_path / "log" / "ui.log").read_text()
    assert "ZeroDivisionError" in log
    assert "fake_pipeline.py" in log
    assert "Miller" not in log
    assert actions.workspace.case.study is not None


def test_every_role_needs_a_series_and_the_missing_one_is_named(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = make_actions(TWO_SCANS)
    opened(actions, tmp_path)
    assert actions.workspace.case.chosen == {"before": "1.2", "after": ""}
    assert not actions.prepare()
    assert said(actions, Step.STUDY) == "Choose a series for “After” first."
    assert actions.choose("after", 0)
    assert actions.prepare()
    finish(actions)
    assert list(actions.workspace.case.prepared.channels) == ["before", "after"], "the reference comes first"


def test_each_role_is_prepared_from_its_own_series(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = make_actions(TWO_SCANS, second=True)
    opened(actions, tmp_path)
    assert actions.prepare()
    finish(actions)
    case = actions.workspace.case
    assert {role: one.series.uid for role, one in case.prepared.channels.items()} == {"before": "1.2", "after": "1.4"}
    assert case.preparation.chosen == {"before": "1.2", "after": "1.4"}
    assert all(one.series.files == () for one in case.prepared.channels.values())


def test_a_second_scan_that_does_not_fit_the_first_must_be_accepted_expressly(actions: Actions) -> None:
    prepared(actions)
    case = actions.workspace.case
    doubt = Caution("registration_doubtful", "confirm", "The second scan does not fit the first.")
    uncertain = replace(case.prepared, cautions=(doubt,))
    actions.workspace.update(lambda now: now.with_preparation(Preparation(uncertain, now.chosen)))
    assert not actions.accept()
    assert not actions.workspace.case.accepted
    assert actions.accept(despite_doubt=True)
    assert actions.workspace.case.accepted
