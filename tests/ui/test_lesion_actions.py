"""What happens to the lesions of the open case, and what stays when it fails."""

import numpy as np
import pytest

from rnapp.errors import MaskError
from rnapp.types import Volume, sentences
from rnapp.ui.actions import Actions
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions, drawing, drawn, finish, prepared, said, sent, shown_head, uploaded


def test_a_drawing_becomes_a_lesion_on_the_side_it_was_drawn(actions: Actions) -> None:
    prepared(actions)
    revision = LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    assert revision == actions.workspace.page.revisions.mask
    assert LesionActions(actions).measure()
    found = actions.workspace.case.lesions
    assert [lesion.side for lesion in found.lesions] == ["left"]
    assert np.array_equal(actions.workspace.case.mask.array, drawing(actions).array > 0)


def test_an_empty_drawing_is_not_an_error(actions: Actions) -> None:
    prepared(actions)
    empty = actions.pipeline.head.with_array(np.zeros((24, 30, 20), np.uint8))
    LesionActions(actions).save(sent(actions, empty), shown_head(actions))
    assert LesionActions(actions).measure()
    assert actions.workspace.case.lesions is None
    assert said(actions, Step.LESIONS) == "Nothing is drawn yet."


def test_a_drawing_on_another_grid_is_refused(actions: Actions) -> None:
    prepared(actions)
    other = Volume(drawing(actions).array, np.diag([1.0, 1.0, 2.0, 1.0]))
    with pytest.raises(MaskError, match="does not match the prepared study"):
        LesionActions(actions).save(sent(actions, other), shown_head(actions))
    assert actions.workspace.case.mask is None


def test_a_drawing_without_a_study_or_format_is_refused(actions: Actions) -> None:
    with pytest.raises(MaskError, match="no prepared study"):
        LesionActions(actions).save(b"", shown_head(actions))
    prepared(actions)
    with pytest.raises(MaskError, match="NIfTI"):
        LesionActions(actions).save(b"<html>", shown_head(actions))


def test_slices_between_drawn_ones_are_filled_and_nothing_else_changes(actions: Actions) -> None:
    with pytest.raises(MaskError, match="no drawing to fill"):
        LesionActions(actions).fill_slices(shown_head(actions))
    prepared(actions)
    whole = drawing(actions).array > 0
    drawn = np.flatnonzero(whole.any(axis=(0, 1)))
    gapped = whole.copy()
    gapped[:, :, drawn[1:-1]] = False
    stroke = sent(actions, actions.pipeline.head.with_array(gapped.astype(np.uint8)))
    LesionActions(actions).save(stroke, shown_head(actions))
    revision = LesionActions(actions).fill_slices(shown_head(actions))
    case = actions.workspace.case
    assert revision == actions.workspace.page.revisions.mask
    assert np.array_equal(case.mask.array, whole)
    with pytest.raises(MaskError, match="two or more slices"):
        LesionActions(actions).fill_slices(shown_head(actions), "axial")
    assert actions.workspace.case.mask is case.mask, "what cannot be done changes nothing"


def test_a_growth_is_added_and_another_tolerance_replaces_it(actions: Actions) -> None:
    prepared(actions)
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    drawn = actions.workspace.case.mask.array
    point = actions.pipeline.head.to_mm(np.array([[6.0, 10.0, 10.0]]))[0].tolist()
    sizes = []
    for tolerance, again in ((1.5, False), (0.3, True), (0.3, False)):
        LesionActions(actions).grow(shown_head(actions), point, tolerance, again)
        mask = actions.workspace.case.mask.array
        assert mask[6, 10, 10]
        assert mask[drawn].all(), "what was drawn stays"
        sizes.append(int(mask.sum()))
    assert sizes[0] > sizes[1] == sizes[2]
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    LesionActions(actions).grow(shown_head(actions), point, 0.3, True)
    assert actions.workspace.case.mask.array[drawn].all(), "a new drawing is where the next growth begins"
    with pytest.raises(MaskError, match="outside the picture"):
        LesionActions(actions).grow(shown_head(actions), [500.0, 0.0, 0.0], 1.0, False)


def proposed(actions: Actions) -> Actions:
    prepared(actions)
    assert LesionActions(actions).propose()
    finish(actions)
    return actions


def test_nothing_is_proposed_before_a_preparation_is_accepted(actions: Actions) -> None:
    assert not LesionActions(actions).propose()
    assert "accept" in said(actions, Step.LESIONS)
    actions.load_example()
    finish(actions)
    actions.prepare()
    finish(actions)
    assert not LesionActions(actions).propose(), "prepared, but not accepted"


def test_a_proposal_is_not_a_lesion_until_it_is_taken(actions: Actions) -> None:
    proposed(actions)
    case = actions.workspace.case
    assert [candidate.side for candidate in case.preparation.candidates] == ["left", "right"]
    assert case.mask is None
    assert not actions.analyse(), "nobody has confirmed anything"
    assert LesionActions(actions).take(shown_head(actions), 1) == actions.workspace.page.revisions.mask
    assert LesionActions(actions).measure()
    found = actions.workspace.case.lesions.lesions
    assert [lesion.side for lesion in found] == ["left"]
    assert sentences(found[0].cautions) == ("The outline was proposed by a test and accepted by the reader.",)
    assert actions.analyse()
    finish(actions)
    (lesion,) = actions.workspace.case.result(actions.question).lesions.lesions
    assert "proposed by a test" in str(lesion.cautions[0])


def test_taking_adds_to_the_drawing_and_drops_the_reading_of_before(actions: Actions) -> None:
    drawn(actions)
    actions.analyse()
    finish(actions)
    LesionActions(actions).propose()
    finish(actions)
    assert actions.workspace.case.reading is not None, "a proposal alone changes nothing"
    LesionActions(actions).take(shown_head(actions), 2)
    case = actions.workspace.case
    assert (case.reading, case.lesions) == (None, None)
    LesionActions(actions).measure()
    marks = {lesion.side: bool(lesion.cautions) for lesion in actions.workspace.case.lesions.lesions}
    assert marks == {"left": False, "right": True}, "only what was taken is marked"


def test_a_taken_lesion_that_is_changed_says_so_also_after_undo(actions: Actions) -> None:
    proposed(actions)
    LesionActions(actions).take(shown_head(actions), 1)
    taken = actions.workspace.case.mask
    array = taken.array.copy()
    array[15] = False
    for array_sent in (array, np.zeros_like(array), taken.array):
        LesionActions(actions).save(sent(actions, taken.with_array(array_sent.astype(np.uint8))), shown_head(actions))
        LesionActions(actions).measure()
        if np.array_equal(array_sent, array):
            assert "who then changed it" in str(actions.workspace.case.lesions.lesions[0].cautions[0])
    assert str(actions.workspace.case.lesions.lesions[0].cautions[0]).endswith("accepted by the reader.")


def test_a_dismissed_candidate_is_gone_until_lesions_are_proposed_again(actions: Actions) -> None:
    proposed(actions)
    before = actions.workspace.page.revisions.proposal
    assert LesionActions(actions).dismiss(1)
    assert [candidate.number for candidate in actions.workspace.case.preparation.candidates] == [2]
    assert actions.workspace.page.revisions.proposal > before
    assert not LesionActions(actions).dismiss(1)
    assert "no longer in the list" in said(actions, Step.LESIONS)
    with pytest.raises(MaskError, match="no longer in the list"):
        LesionActions(actions).take(shown_head(actions), 1)
    LesionActions(actions).propose()
    finish(actions)
    assert len(actions.workspace.case.preparation.candidates) == 2


def test_a_new_preparation_and_a_rejected_one_clear_the_proposal(actions: Actions) -> None:
    proposed(actions)
    LesionActions(actions).take(shown_head(actions), 1)
    actions.prepare("balanced")
    finish(actions)
    case = actions.workspace.case
    assert (case.preparation.proposal, case.preparation.candidates) == (None, ())
    assert (case.outline.taken, case.mask) == ((), None)
    actions.accept()
    LesionActions(actions).propose()
    finish(actions)
    actions.reject()
    assert actions.workspace.case.preparation is None


def test_a_mask_from_a_file_owes_nothing_to_a_proposal(actions: Actions) -> None:
    proposed(actions)
    LesionActions(actions).take(shown_head(actions), 1)
    assert uploaded(actions, actions.workspace.case.example_mask)
    case = actions.workspace.case
    assert case.outline.taken == ()
    assert case.lesions.lesions[0].cautions == ()
    assert len(case.preparation.candidates) == 2, "what was proposed still belongs to the picture"


def test_a_proposer_that_fails_leaves_a_message(make_actions: MakeActions) -> None:
    actions = make_actions(broken="propose_lesions")
    proposed(actions)
    assert "unexpected" in said(actions, Step.LESIONS)
    assert actions.workspace.case.preparation.proposal is None


def two_lesions(actions: Actions) -> Actions:
    prepared(actions)
    mask = drawing(actions)
    array = mask.array.copy()
    array[6:8, 8:12, 5:9] = 1
    LesionActions(actions).save(sent(actions, mask.with_array(array)), shown_head(actions))
    LesionActions(actions).measure()
    return actions


def test_a_lesion_is_named_in_its_reading_too_and_removed(actions: Actions) -> None:
    two_lesions(actions)
    left = next(one for one in actions.workspace.case.lesions.lesions if one.side == "left")
    actions.analyse()
    finish(actions)
    assert LesionActions(actions).rename(left.number, "frontal")
    case = actions.workspace.case
    assert case.reading is not None, "another name changes no outline"
    assert case.result(actions.question).lesions.called(left.number) == f"{left.number}, frontal"
    right = next(one for one in case.lesions.lesions if one.side == "right")
    LesionActions(actions).remove(shown_head(actions), right.number)
    assert actions.workspace.case.reading is None
    LesionActions(actions).measure()
    found = actions.workspace.case.lesions
    assert [lesion.side for lesion in found.lesions] == ["left"]
    assert found.names == {found.lesions[0].number: "frontal"}


def test_what_cannot_be_named_or_removed_gets_a_sentence(actions: Actions) -> None:
    with pytest.raises(MaskError, match="no lesion"):
        LesionActions(actions).remove(shown_head(actions), 1)
    assert not LesionActions(actions).rename(1, "a")
    two_lesions(actions)
    before = actions.workspace.case.mask
    with pytest.raises(MaskError):
        LesionActions(actions).remove(shown_head(actions), 7)
    assert actions.workspace.case.mask is before
    assert not LesionActions(actions).rename(1, "x" * 41)
    assert "shorten" in said(actions, Step.LESIONS)
