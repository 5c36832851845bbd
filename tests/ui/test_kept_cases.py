"""What comes back of a kept case, and what can be done with it then."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from rnapp.case.kept import to_keep
from rnapp.ui.actions import Actions
from rnapp.ui.keeping import Keeping
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.questions import Questions
from rnapp.ui.timeline_actions import TimelineActions
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions, drawing, finish, prepared, read, said, sent, shown_head
from tests.ui.fake_models import TWO_SCANS, models


def test_a_case_comes_back_as_it_was_left(actions: Actions, shelf: Keeping) -> None:
    before = read(actions).workspace.case
    head = actions.workspace.page.revisions.head
    label = shelf.keep()
    assert (label.title, label.summary) == ("RN-7", "1 lesion, answer shown")
    prepared(actions)
    assert actions.workspace.page.kept is None, "another case is another file"
    assert shelf.open(label.id)
    finish(actions)
    after, page = actions.workspace.case, actions.workspace.page
    assert page.kept == label.id
    assert (after.form, after.revealed, after.accepted, page.step) == (before.form, True, True, Step.READING)
    assert after.opinions == before.opinions
    assert after.prepared
    assert before.prepared
    assert after.lesions
    assert before.lesions
    assert after.reading
    assert before.reading
    assert np.array_equal(after.prepared.head.array, before.prepared.head.array)
    assert np.array_equal(after.prepared.head.affine, before.prepared.head.affine)
    assert np.array_equal(after.lesions.native.array, before.lesions.native.array)
    assert after.lesions.lesions[0].side == before.lesions.lesions[0].side == "left"
    assert after.result(actions.question).prepared is after.prepared, "one head, not two"
    assert after.reading.answers[0].prediction == before.reading.answers[0].prediction
    assert (after.reading.created, after.reading.software) == (before.reading.created, before.reading.software)
    assert len(page.views) == 1
    assert page.revisions.head != head, "the viewer must fetch it again"


def test_what_came_back_can_be_prepared_drawn_and_read_again(actions: Actions, shelf: Keeping) -> None:
    read(actions)
    label = shelf.keep()
    shelf.open(label.id)
    finish(actions)
    case = actions.workspace.case
    assert case.series
    assert case.series.uid == case.prepared.reference.series.uid
    assert actions.prepare()
    finish(actions)
    assert actions.accept()
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    assert LesionActions(actions).measure()
    assert actions.workspace.case.former.informed, "an answer was seen before it was kept"
    assert actions.analyse()
    finish(actions)
    assert actions.workspace.case.reading
    assert [one.leaning for one in actions.workspace.case.former.opinions] == ["probably_necrosis"]


def test_no_path_of_the_patients_files_is_kept(actions: Actions) -> None:
    read(actions)
    kept = to_keep(actions.workspace.case, actions.question.id).case
    assert actions.workspace.case.series
    assert actions.workspace.case.series.files
    assert [one.files for one in kept.study.series] == [()]
    assert kept.example_mask is None


def test_earlier_scans_and_treatments_come_back(actions: Actions, shelf: Keeping, tmp_path: Path) -> None:
    prepared(actions)
    timeline_actions = TimelineActions(actions)
    folder = tmp_path / "earlier"
    folder.mkdir()
    actions.pipeline.example_study(actions.resources, folder)
    actions.pipeline.day = "2026-01-02"
    assert timeline_actions.add([folder / "study"], "2026-01-02")
    finish(actions)
    assert timeline_actions.treat("2025-12-01", "radiosurgery", "1 × 20 Gy")
    label = shelf.keep()
    assert "2 scans" in label.summary
    before = actions.workspace.case
    prepared(actions)
    shelf.open(label.id)
    finish(actions)
    after = actions.workspace.case
    assert len(before.earlier) == len(after.earlier) == 1
    assert after.earlier[0].scan.when == before.earlier[0].scan.when
    assert after.timeline.treatments == before.timeline.treatments


def test_an_answer_of_another_model_says_so(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = make_actions()
    shelf = Keeping(actions, tmp_path / "kept")
    label_id = Keeping(read(actions), tmp_path / "kept").keep().id
    model, questions = actions.model, actions.questions
    other = replace(model, card=replace(model.card, version="9", sha256="1" * 64))
    actions.questions = Questions([other], actions.workspace)
    shelf.open(label_id)
    finish(actions)
    assert "by fake 0; the model in use is fake 9" in said(actions, Step.READING)
    actions.questions = questions
    shelf.open(label_id)
    finish(actions)
    assert said(actions, Step.READING) == ""


def test_a_case_of_a_question_without_a_model_is_not_opened(actions: Actions, shelf: Keeping) -> None:
    read(actions)
    label = shelf.keep()
    actions.questions = Questions(models(TWO_SCANS), actions.workspace)
    before = actions.workspace.case
    assert shelf.open(label.id)
    finish(actions)
    assert "no model for the question" in said(actions, Step.STUDY)
    assert actions.workspace.case is before


def test_a_case_of_the_other_question_brings_its_question_with_it(actions: Actions, shelf: Keeping) -> None:
    read(actions)
    label = shelf.keep()
    assert actions.ask("rice")
    assert (actions.question.id, actions.workspace.case.study) == ("rice", None)
    assert shelf.open(label.id)
    finish(actions)
    assert actions.question.id == actions.workspace.page.task == "metastasis"
    assert actions.workspace.case.revealed_reading is not None


def test_the_page_of_a_kept_case_comes_back_with_it(actions: Actions, shelf: Keeping) -> None:
    prepared(actions)
    mask = drawing(actions)
    array = mask.array.copy()
    array[6:8, 8:12, 5:9] = 1
    LesionActions(actions).save(sent(actions, mask.with_array(array)), shown_head(actions))
    assert LesionActions(actions).measure()
    actions.workspace.update_page(lambda page: replace(page, reader_first=False))
    assert actions.analyse()
    finish(actions)
    actions.workspace.update_page(lambda page: replace(page, shown_answer=1))
    label = shelf.keep()
    actions.load_example()
    finish(actions)
    actions.workspace.update_page(lambda page: replace(page, reader_first=True))
    assert shelf.open(label.id)
    finish(actions)
    page = actions.workspace.page
    assert (page.reader_first, page.shown_answer, len(page.views)) == (False, 1, 2)


def test_a_case_of_two_scans_comes_back_with_both_and_can_be_prepared_again(make_actions: MakeActions,
                                                                           tmp_path: Path) -> None:
    actions = prepared(make_actions(TWO_SCANS, second=True))
    assert actions.analyse()
    finish(actions)
    shelf = Keeping(actions, tmp_path / "kept")
    label = shelf.keep()
    assert label.summary == "read, answer not shown"
    actions.load_example()
    finish(actions)
    assert shelf.open(label.id)
    finish(actions)
    case = actions.workspace.case
    assert list(case.prepared.channels) == ["before", "after"]
    assert [one.lesion for one in case.reading.answers] == [0]
    files = [case.chosen_for(role).files for role in ("before", "after")]
    assert all(file.is_file() for (file,) in files)
    assert files[0] != files[1]
    assert actions.prepare()
    finish(actions)
    assert actions.workspace.case.prepared is not case.prepared
