"""What the buttons do, and what they leave alone when they fail."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import MaskError
from rnapp.geometry import to_sitk
from rnapp.types import Volume
from rnapp.ui import html
from rnapp.ui.actions import Actions
from rnapp.ui.workspace import Form, Step
from tests.io.dicom_masks import write_segmentation
from tests.ui.conftest import MakeActions, drawing, finish, prepared
from tests.ui.fake_pipeline import FRAME


def said(actions: Actions, step: Step) -> str:
    message = actions.workspace.case.messages.get(step)
    return message.text if message else ""


def sent(actions: Actions, volume: Volume) -> bytes:
    return actions.pipeline.nifti_bytes(volume)


def test_a_study_is_opened_with_its_proposal(actions: Actions, tmp_path: Path) -> None:
    assert actions.open_study([tmp_path])
    case = actions.workspace.case
    assert case.series is not None
    assert case.series.uid == "1.2"
    assert case.form.pseudonym == "case-1"


def test_a_study_that_cannot_be_read_leaves_the_old_one(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    before = actions.workspace.case
    assert not actions.open_study([tmp_path / "missing"])
    assert "nothing readable" in said(actions, Step.STUDY)
    assert actions.workspace.case.prepared is before.prepared
    assert actions.workspace.case.study is before.study


def test_another_study_clears_the_desk(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    actions.keep_form(Form(age=70.0))
    folder = actions.workspace.case.example_mask.parent
    assert actions.open_study([tmp_path])
    case = actions.workspace.case
    assert case.prepared is None
    assert case.form.age is None
    assert not folder.exists(), "the last patient's files must be gone"


def test_uploads_are_moved_and_names_may_repeat(actions: Actions, tmp_path: Path) -> None:
    files = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        files.append(tmp_path / name / "IM0001")
        files[-1].write_bytes(name.encode())
    assert actions.open_uploads(files)
    stored = actions.workspace.case.series.files
    assert [file.read_bytes() for file in stored] == [b"a", b"b"]
    assert {file.name for file in stored} == {"IM0001"}
    assert not any(file.exists() for file in files)


def test_uploads_that_cannot_be_read_are_removed(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = make_actions(broken="open_study")
    upload = tmp_path / "IM0001"
    upload.write_bytes(b"x")
    assert not actions.open_uploads([upload])
    assert not list(tmp_path.rglob("IM0001"))


def test_an_unusable_series_cannot_be_chosen(actions: Actions, tmp_path: Path) -> None:
    actions.open_study([tmp_path])
    assert not actions.choose(1)
    assert said(actions, Step.STUDY).startswith("Only 3 slices")
    assert actions.workspace.case.chosen == "1.2"
    assert not actions.choose(5)
    assert actions.choose(0)
    assert said(actions, Step.STUDY) == ""


def test_the_example_fills_the_form(actions: Actions) -> None:
    actions.load_example()
    finish(actions)
    form = actions.workspace.case.form
    assert (form.age, form.sex, form.wbrt_before, form.primary_tumour) == (61, "female", "no", "")


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
    actions.cancel()
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
    actions.cancel()
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
    assert actions.accept(in_spite_of_doubt=True)


def test_a_rejected_registration_leads_back_with_an_explanation(actions: Actions) -> None:
    prepared(actions)
    actions.reject()
    case = actions.workspace.case
    assert (case.prepared, case.accepted, case.step) == (None, False, Step.STUDY)
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


def test_a_drawing_becomes_a_lesion_on_the_side_it_was_drawn(actions: Actions) -> None:
    prepared(actions)
    revision = actions.save_drawing(sent(actions, drawing(actions)))
    assert revision == actions.workspace.case.mask_revision
    assert actions.measure()
    found = actions.workspace.case.lesions
    assert [lesion.side for lesion in found.lesions] == ["left"]
    assert np.array_equal(actions.workspace.case.mask.array, drawing(actions).array > 0)


def test_an_empty_drawing_is_no_error(actions: Actions) -> None:
    prepared(actions)
    actions.save_drawing(sent(actions, actions.pipeline.head.with_array(np.zeros((24, 30, 20), np.uint8))))
    assert actions.measure()
    assert actions.workspace.case.lesions is None
    assert said(actions, Step.LESIONS) == "Nothing is drawn yet."


def test_a_drawing_on_another_grid_is_refused(actions: Actions) -> None:
    prepared(actions)
    other = Volume(drawing(actions).array, np.diag([1.0, 1.0, 2.0, 1.0]))
    with pytest.raises(MaskError, match="does not lie on the prepared study"):
        actions.save_drawing(sent(actions, other))
    assert actions.workspace.case.mask is None


def test_a_drawing_without_a_study_or_format_is_refused(actions: Actions) -> None:
    with pytest.raises(MaskError, match="no prepared study"):
        actions.save_drawing(b"")
    prepared(actions)
    with pytest.raises(MaskError, match="NIfTI"):
        actions.save_drawing(b"<html>")


def test_slices_between_drawn_ones_are_filled_and_nothing_else_changes(actions: Actions) -> None:
    with pytest.raises(MaskError, match="no drawing to fill"):
        actions.fill_slices()
    prepared(actions)
    whole = drawing(actions).array > 0
    drawn = np.flatnonzero(whole.any(axis=(0, 1)))
    gapped = whole.copy()
    gapped[:, :, drawn[1:-1]] = False
    actions.save_drawing(sent(actions, actions.pipeline.head.with_array(gapped.astype(np.uint8))))
    revision = actions.fill_slices()
    case = actions.workspace.case
    assert revision == case.mask_revision
    assert np.array_equal(case.mask.array, whole)
    with pytest.raises(MaskError, match="two or more slices"):
        actions.fill_slices("axial")
    assert actions.workspace.case.mask is case.mask, "what cannot be done changes nothing"


def test_a_growth_is_added_and_another_tolerance_replaces_it(actions: Actions) -> None:
    prepared(actions)
    actions.save_drawing(sent(actions, drawing(actions)))
    drawn = actions.workspace.case.mask.array
    point = actions.pipeline.head.to_mm(np.array([[6.0, 10.0, 10.0]]))[0].tolist()
    sizes = []
    for tolerance, again in ((1.5, False), (0.3, True), (0.3, False)):
        actions.grow(point, tolerance, again)
        mask = actions.workspace.case.mask.array
        assert mask[6, 10, 10]
        assert mask[drawn].all(), "what was drawn stays"
        sizes.append(int(mask.sum()))
    assert sizes[0] > sizes[1] == sizes[2]
    actions.save_drawing(sent(actions, drawing(actions)))
    actions.grow(point, 0.3, True)
    assert actions.workspace.case.mask.array[drawn].all(), "a new drawing is where the next growth begins"
    with pytest.raises(MaskError, match="outside the picture"):
        actions.grow([500.0, 0.0, 0.0], 1.0, False)


def test_a_mask_file_shows_in_the_viewer(actions: Actions) -> None:
    prepared(actions)
    assert actions.upload_mask(actions.workspace.case.example_mask)
    case = actions.workspace.case
    assert len(case.lesions.lesions) == 1
    assert case.mask.array.sum() == case.lesions.lesions[0].mask.array.sum() > 0


def test_a_mask_with_labels_waits_until_they_are_chosen(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    array = drawing(actions).array.copy()
    array[3:6, 3:6, 3:6] = 4
    sitk.WriteImage(to_sitk(actions.pipeline.head.with_array(array)), str(tmp_path / "m.nii.gz"))
    assert actions.upload_mask(tmp_path / "m.nii.gz")
    assert actions.workspace.case.waiting_choices == (("Label 1 (0.05 ml)", 0), ("Label 4 (0.03 ml)", 1))
    assert actions.workspace.case.lesions is None
    assert not actions.choose_structures([])
    assert not actions.choose_structures([2])
    assert actions.choose_structures([1])
    case = actions.workspace.case
    assert (case.waiting, [lesion.side for lesion in case.lesions.lesions]) == (None, ["right"])
    assert not actions.choose_structures([1]), "nothing waits any more"


def segmentation(actions: Actions, path: Path, frame: str) -> Path:
    array = drawing(actions).array > 0
    other = np.zeros_like(array)
    other[3:6, 3:6, 3:6] = True
    empty = np.zeros_like(array)
    head = actions.pipeline.head
    write_segmentation(head, [array, other, empty], path, frame, names=("GTV", "Other <b>one</b>", "Nothing"))
    return path


def test_a_dicom_segmentation_of_the_prepared_series_is_taken(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    assert actions.upload_mask(segmentation(actions, tmp_path / "IM0001", FRAME)), said(actions, Step.LESIONS)
    case = actions.workspace.case
    assert [words for words, _ in case.waiting_choices] == ["GTV (0.05 ml)", "Other <b>one</b> (0.03 ml)"]
    assert "“Nothing” is empty" in html.left_out(case.waiting.structures)
    assert actions.choose_structures([0, 1])
    case = actions.workspace.case
    assert sorted(lesion.side for lesion in case.lesions.lesions) == ["left", "right"]
    assert np.array_equal(case.mask.array[15:19, 10:14, 8:11], np.ones((4, 4, 3), bool))


def test_a_dicom_segmentation_of_another_scan_is_refused(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    actions.save_drawing(sent(actions, drawing(actions)))
    before = actions.workspace.case
    assert not actions.upload_mask(segmentation(actions, tmp_path / "IM0001", FRAME + ".9"))
    assert "drawn on another scan" in said(actions, Step.LESIONS)
    assert (actions.workspace.case.mask, actions.workspace.case.waiting) == (before.mask, None)


def test_the_frame_of_reference_is_that_of_the_prepared_series(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    actions.workspace.change(chosen="1.3")  # another one, not yet prepared
    assert actions.upload_mask(segmentation(actions, tmp_path / "IM0001", FRAME))


def test_a_mask_without_a_prepared_study_is_refused(actions: Actions, tmp_path: Path) -> None:
    assert not actions.upload_mask(segmentation(actions, tmp_path / "IM0001", FRAME))
    assert "no prepared study" in said(actions, Step.LESIONS)


def test_what_must_be_known_of_a_structure_stands_with_the_lesions(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    write_segmentation(actions.pipeline.head, [drawing(actions).array * 0.8], tmp_path / "seg", FRAME,
                       kind="FRACTIONAL")
    assert actions.upload_mask(tmp_path / "seg")
    assert "fractions" in actions.workspace.case.lesions.warnings[0]


def test_a_mask_that_cannot_be_used_leaves_the_drawing(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    actions.save_drawing(sent(actions, drawing(actions)))
    before = actions.workspace.case.mask
    stranger = Volume(drawing(actions).array[:-1], np.eye(4))
    sitk.WriteImage(to_sitk(stranger), str(tmp_path / "m.nii.gz"))
    assert not actions.upload_mask(tmp_path / "m.nii.gz")
    assert "another grid" in said(actions, Step.LESIONS)
    assert actions.workspace.case.mask is before


def proposed(actions: Actions) -> Actions:
    prepared(actions)
    assert actions.propose()
    finish(actions)
    return actions


def test_nothing_is_proposed_before_a_preparation_is_accepted(actions: Actions) -> None:
    assert not actions.propose()
    assert "accept" in said(actions, Step.LESIONS)
    actions.load_example()
    finish(actions)
    actions.prepare()
    finish(actions)
    assert not actions.propose(), "prepared, but not accepted"


def test_a_proposal_is_no_lesion_until_it_is_taken(actions: Actions) -> None:
    proposed(actions)
    case = actions.workspace.case
    assert [candidate.side for candidate in case.candidates] == ["left", "right"]
    assert case.mask is None
    assert not actions.analyse(), "nobody has confirmed anything"
    assert actions.take(1) == actions.workspace.case.mask_revision
    assert actions.measure()
    found = actions.workspace.case.lesions.lesions
    assert [lesion.side for lesion in found] == ["left"]
    assert found[0].warnings == ("The outline was proposed by a test and taken over by the reader.",)
    assert actions.analyse()
    finish(actions)
    assert "proposed by a test" in actions.workspace.case.reading.lesions[0].lesion.warnings[0]


def test_taking_adds_to_the_drawing_and_drops_the_reading_of_before(actions: Actions) -> None:
    with_lesion(actions)
    actions.analyse()
    finish(actions)
    actions.propose()
    finish(actions)
    assert actions.workspace.case.reading is not None, "a proposal alone changes nothing"
    actions.take(2)
    case = actions.workspace.case
    assert (case.reading, case.lesions) == (None, None)
    actions.measure()
    marks = {lesion.side: bool(lesion.warnings) for lesion in actions.workspace.case.lesions.lesions}
    assert marks == {"left": False, "right": True}, "only what was taken is marked"


def test_a_taken_lesion_that_is_changed_says_so_also_after_undo(actions: Actions) -> None:
    proposed(actions)
    actions.take(1)
    taken = actions.workspace.case.mask
    array = taken.array.copy()
    array[15] = False
    for drawn in (array, np.zeros_like(array), taken.array):
        actions.save_drawing(sent(actions, taken.with_array(drawn.astype(np.uint8))))
        actions.measure()
        if np.array_equal(drawn, array):
            assert "who then changed it" in actions.workspace.case.lesions.lesions[0].warnings[0]
    assert actions.workspace.case.lesions.lesions[0].warnings[0].endswith("taken over by the reader.")


def test_a_dismissed_candidate_is_gone_until_lesions_are_proposed_again(actions: Actions) -> None:
    proposed(actions)
    before = actions.workspace.case.proposal_revision
    assert actions.dismiss(1)
    case = actions.workspace.case
    assert [candidate.number for candidate in case.candidates] == [2]
    assert case.proposal_revision > before
    assert not actions.dismiss(1)
    assert "no longer in the list" in said(actions, Step.LESIONS)
    with pytest.raises(MaskError, match="no longer in the list"):
        actions.take(1)
    actions.propose()
    finish(actions)
    assert len(actions.workspace.case.candidates) == 2


def test_a_new_preparation_and_a_rejected_one_clear_the_proposal(actions: Actions) -> None:
    proposed(actions)
    actions.take(1)
    actions.prepare("balanced")
    finish(actions)
    case = actions.workspace.case
    assert (case.proposal, case.taken, case.mask, case.candidates) == (None, (), None, ())
    actions.accept()
    actions.propose()
    finish(actions)
    actions.reject()
    assert actions.workspace.case.proposal is None


def test_a_mask_from_a_file_owes_nothing_to_a_proposal(actions: Actions) -> None:
    proposed(actions)
    actions.take(1)
    assert actions.upload_mask(actions.workspace.case.example_mask)
    case = actions.workspace.case
    assert case.taken == ()
    assert case.lesions.lesions[0].warnings == ()
    assert len(case.candidates) == 2, "what was proposed still belongs to the picture"


def test_a_proposer_that_fails_leaves_a_message(make_actions: MakeActions) -> None:
    actions = make_actions(broken="propose_lesions")
    proposed(actions)
    assert "unexpected" in said(actions, Step.LESIONS)
    assert actions.workspace.case.proposal is None


def with_lesion(actions: Actions) -> Actions:
    prepared(actions)
    actions.save_drawing(sent(actions, drawing(actions)))
    actions.measure()
    return actions


def test_the_lesions_are_read(actions: Actions) -> None:
    with_lesion(actions)
    assert actions.analyse()
    finish(actions)
    reading = actions.workspace.case.reading
    assert len(reading.lesions) == 1
    assert reading.clinical.age == 61
    assert reading.pseudonym == "case-1"


def test_nothing_is_read_without_a_lesion(actions: Actions) -> None:
    prepared(actions)
    assert not actions.analyse()
    assert "Draw or upload" in said(actions, Step.CLINICAL)


@pytest.mark.parametrize("form", [Form(age=140.0), Form(pseudonym="x" * 65), Form(pseudonym="a\nb")])
def test_an_impossible_form_is_refused_and_kept(actions: Actions, form: Form) -> None:
    with_lesion(actions)
    actions.keep_form(form)
    assert not actions.analyse()
    assert said(actions, Step.CLINICAL) != ""
    assert actions.workspace.case.form == form


def test_a_reading_goes_when_what_it_was_made_from_changes(actions: Actions) -> None:
    with_lesion(actions)
    actions.analyse()
    finish(actions)
    actions.keep_form(actions.workspace.case.form)
    assert actions.workspace.case.reading is not None, "the same form changes nothing"
    actions.keep_form(Form(age=30.0))
    assert actions.workspace.case.reading is None
    assert "read them again" in said(actions, Step.READING)


def test_a_reading_of_lesions_that_changed_meanwhile_is_dropped(make_actions: MakeActions) -> None:
    actions = with_lesion(make_actions(delay=0.2))
    assert actions.analyse()
    actions.save_drawing(sent(actions, drawing(actions)))
    finish(actions)
    assert actions.workspace.case.reading is None
    assert "changed while" in said(actions, Step.READING)


def read(actions: Actions) -> Actions:
    with_lesion(actions)
    actions.analyse()
    finish(actions)
    return actions


def test_the_answer_stays_hidden_until_the_board_wants_it(actions: Actions) -> None:
    read(actions)
    assert actions.workspace.case.reading is not None
    assert actions.workspace.case.revealed_reading is None
    assert actions.opine([(1, "probably_necrosis")])
    actions.reveal()
    shown = actions.workspace.case.revealed_reading
    assert shown is not None
    assert [(one.lesion, one.leaning) for one in shown.board] == [(1, "probably_necrosis")]
    assert shown.board[0].noted


def test_the_answer_is_shown_at_once_where_the_board_wants_no_opinion(actions: Actions) -> None:
    actions.workspace.change(reader_first=False)
    read(actions)
    shown = actions.workspace.case.revealed_reading
    assert shown is not None
    assert shown.board == ()


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
    actions.keep_form(Form(age=30.0))
    assert actions.analyse()
    finish(actions)
    again = actions.workspace.case.revealed_reading
    assert again is not None, "the board has seen the answer to these lesions"
    assert [one.leaning for one in again.board] == ["necrosis"]
    actions.save_drawing(sent(actions, drawing(actions)))
    assert (actions.workspace.case.opinions, actions.workspace.case.revealed) == ({}, False)


def two_lesions(actions: Actions) -> Actions:
    prepared(actions)
    mask = drawing(actions)
    array = mask.array.copy()
    array[6:8, 8:12, 5:9] = 1
    actions.save_drawing(sent(actions, mask.with_array(array)))
    actions.measure()
    return actions


def test_a_lesion_is_named_in_its_reading_too_and_removed(actions: Actions) -> None:
    two_lesions(actions)
    left = next(one for one in actions.workspace.case.lesions.lesions if one.side == "left")
    actions.analyse()
    finish(actions)
    assert actions.rename(left.number, "frontal")
    case = actions.workspace.case
    assert [one.lesion.name for one in case.reading.lesions if one.lesion.number == left.number] == ["frontal"]
    right = next(one for one in case.lesions.lesions if one.side == "right")
    actions.remove_lesion(right.number)
    assert actions.workspace.case.reading is None
    actions.measure()
    (rest,) = actions.workspace.case.lesions.lesions
    assert (rest.side, rest.name) == ("left", "frontal")


def test_what_cannot_be_named_or_removed_gets_a_sentence(actions: Actions) -> None:
    with pytest.raises(MaskError, match="no lesion"):
        actions.remove_lesion(1)
    assert not actions.rename(1, "a")
    two_lesions(actions)
    before = actions.workspace.case.mask
    with pytest.raises(MaskError):
        actions.remove_lesion(7)
    assert actions.workspace.case.mask is before
    assert not actions.rename(1, "x" * 41)
    assert "shorten" in said(actions, Step.LESIONS)


def test_an_opinion_that_did_not_change_keeps_its_time(actions: Actions) -> None:
    read(actions)
    actions.opine([(1, "undecided")])
    first = actions.workspace.case.opinions[1]
    actions.opine([(1, "undecided")])
    assert actions.workspace.case.opinions[1] is first
    actions.opine([(1, "necrosis")])
    assert actions.workspace.case.opinions[1].leaning == "necrosis"
