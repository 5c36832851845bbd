"""The dose on the prepared scans: looked at and confirmed before anything is said of it; nothing drawn is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rnapp.errors import MaskError
from rnapp.io import rt_sum
from rnapp.report import dose_words
from rnapp.types import STUDY
from rnapp.ui import dose_told
from rnapp.ui.actions import Actions
from rnapp.ui.dose_actions import DoseActions
from rnapp.ui.dose_told import DoseTold, told
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions, draw, drawing, finish, said, sent, shown_head
from tests.ui.fake_dose import LOST_UID, NO_PLAN_UID, RELATIVE_UID
from tests.ui.fake_models import RICE
from tests.ui.painted import MakePage


@pytest.fixture
def placed(make_actions: MakeActions) -> Callable[..., Actions]:
    """The example with its dose on the scans; the registration is accepted, nobody has confirmed the dose."""
    def make(accept: bool = True, **behaviour: object) -> Actions:
        actions = make_actions(RICE, **behaviour)
        actions.load_example()
        finish(actions)
        assert actions.prepare()
        finish(actions)
        if accept:
            assert actions.accept(despite_doubt=True)
        return actions

    return make


def choose(actions: Actions, uid: str) -> None:
    """A dose of the table by its uid."""
    places = [one.uid for one in actions.workspace.case.study.series]
    assert actions.choose("dose", places.index(uid))


def test_the_codes_are_those_of_the_reader() -> None:
    assert dose_told.QUESTIONS == rt_sum.QUESTIONS
    assert {dose_told.RELATIVE, dose_told.FRACTIONS, dose_told.PARTS} == {
        rt_sum.ASKS_RELATIVE, rt_sum.ASKS_FRACTIONS, rt_sum.ASKS_COMPLETE}


def test_a_dose_is_placed_with_the_preparation_and_waits_to_be_looked_at(placed: Callable[..., Actions]) -> None:
    actions = placed()
    dose = actions.workspace.case.prepared.dose
    assert dose.confirmed is None
    assert dose.path.steps == ("The dose came by the planning <CT>.",)
    assert actions.workspace.page.step is Step.PREPARATION, "where it is confirmed"
    assert set(actions.workspace.case.preparation.pictures) == {"post_op", "dose"}
    assert not actions.analyse()
    assert "whether the dose lies where it should" in said(actions, Step.CLINICAL)
    assert DoseActions(actions).figures(actions.workspace.case) is None


def test_a_screen_that_waits_for_the_dose_says_so(placed: Callable[..., Actions], page: MakePage) -> None:
    actions = placed()
    made = page(actions)
    shown = made.shown()
    for name, button in (("lesion-status", "to-clinical"), ("clinical-status", "analyse")):
        assert "whether the dose lies where it should" in shown[name]["value"]
        assert shown[button]["interactive"] is False
    assert DoseActions(actions).confirm()
    shown = made.shown()
    assert (shown["lesion-status"]["value"], shown["analyse"]["interactive"]) == ("", True)


def test_figures_are_asked_for_with_the_question_that_says_which_volumes_of_brain_matter(
        placed: Callable[..., Actions]) -> None:
    actions = placed()
    assert DoseActions(actions).confirm()
    draw(actions)
    actions.pipeline.asked_by.clear()
    DoseActions(actions).figures(actions.workspace.case)
    assert actions.pipeline.asked_by == [RICE.id]


def test_the_lesion_screen_draws_the_curves_of_a_confirmed_dose_and_explains_its_figures(
        placed: Callable[..., Actions], page: MakePage) -> None:
    actions = placed()
    made = page(actions)
    draw(actions)
    shown = made.shown()
    assert (shown["lesion-dose-curves"]["visible"], shown["lesion-dose-table"]["value"].strip()) == (False, "")
    assert DoseActions(actions).confirm()
    shown = made.shown()
    assert shown["lesion-dose-curves"]["visible"]
    assert "Lesion 1" in str(shown["lesion-dose-curves"]["value"])
    assert dose_words.LESION_WORDS[-35:] in shown["lesion-dose-table"]["value"]


def test_a_confirmed_dose_leads_on_and_says_what_a_lesion_received(placed: Callable[..., Actions]) -> None:
    actions = placed()
    dose_actions = DoseActions(actions)
    assert dose_actions.confirm("  Dr  X ")
    assert actions.pipeline.confirmed_by == ["Dr X"]
    assert actions.workspace.page.step is Step.LESIONS
    draw(actions)
    figures = dose_actions.figures(actions.workspace.case)
    assert 30 < figures.lesions[0].mean_gy <= 60, "it is drawn on the patient's left, where the dose is"
    assert dose_actions.figures(actions.workspace.case) is figures, "made once"
    other = drawing(actions)
    LesionActions(actions).save(sent(actions, other.with_array(other.array[::-1].copy())), shown_head(actions))
    assert LesionActions(actions).measure()
    assert dose_actions.figures(actions.workspace.case).lesions[0].mean_gy < 15, "and this on the right"


def test_the_registration_of_the_scans_comes_first(placed: Callable[..., Actions]) -> None:
    actions = placed(accept=False)
    assert not DoseActions(actions).confirm()
    assert "Accept the registration" in said(actions, Step.PREPARATION)
    assert actions.workspace.case.prepared.dose.confirmed is None


def test_a_doubtful_place_is_accepted_only_expressly(placed: Callable[..., Actions]) -> None:
    actions = placed(dose_doubt="The heads hardly match.")
    dose_actions = DoseActions(actions)
    assert not dose_actions.confirm("Dr X")
    assert "doubtful" in said(actions, Step.PREPARATION)
    assert actions.workspace.case.prepared.dose.confirmed is None
    assert dose_actions.confirm("Dr X", despite_doubt=True)
    assert said(actions, Step.PREPARATION) == ""


def test_who_looked_is_a_short_line(placed: Callable[..., Actions]) -> None:
    actions = placed()
    assert not DoseActions(actions).confirm("x" * 61)
    assert "at most 60 characters" in said(actions, Step.PREPARATION)
    assert actions.workspace.case.prepared.dose.confirmed is None


def test_a_dose_that_is_not_used_leaves_everything_else(placed: Callable[..., Actions]) -> None:
    actions = placed()
    assert DoseActions(actions).leave_out()
    case = actions.workspace.case
    assert (case.prepared.dose, case.chosen["dose"], case.accepted) == (None, "", True)
    assert actions.workspace.page.step is Step.LESIONS
    assert actions.analyse()
    finish(actions)
    assert actions.workspace.case.reading is not None


def test_a_drawing_that_is_not_measured_is_not_passed_over(placed: Callable[..., Actions]) -> None:
    actions = placed()
    assert DoseActions(actions).confirm()
    mask = drawing(actions)
    LesionActions(actions).save(sent(actions, mask), shown_head(actions))
    assert not actions.analyse()
    assert "being measured" in said(actions, Step.CLINICAL)
    assert LesionActions(actions).measure()
    assert actions.analyse()
    finish(actions)
    assert len(actions.workspace.case.reading.dose.lesions) == 1
    LesionActions(actions).save(sent(actions, mask.with_array(mask.array * 0)), shown_head(actions))
    assert LesionActions(actions).measure()
    assert actions.analyse(), "all that was drawn is erased again"
    finish(actions)
    assert actions.workspace.case.reading.dose.lesions == ()


def test_another_dose_loses_no_drawing_and_no_opinion_but_the_answer(placed: Callable[..., Actions]) -> None:
    actions = placed()
    dose_actions = DoseActions(actions)
    assert dose_actions.confirm()
    draw(actions)
    assert actions.analyse()
    finish(actions)
    assert actions.opine([(STUDY, "undecided")])
    actions.reveal()
    before, head = actions.workspace.case, shown_head(actions)
    choose(actions, NO_PLAN_UID)
    assert dose_actions.place()
    finish(actions)
    case = actions.workspace.case
    assert case.prepared.dose.dose.sources == (NO_PLAN_UID,)
    assert case.prepared.dose.confirmed is None, "nobody has looked at this one"
    assert (case.reading, case.lesions is before.lesions, case.opinions) == (None, True, before.opinions)
    assert shown_head(actions) == head, "the viewer goes on with the same head"
    assert "changed" in said(actions, Step.READING)
    assert case.preparation.chosen["dose"] == case.chosen["dose"] == NO_PLAN_UID


def test_a_dose_that_cannot_be_read_leaves_the_prepared_scans(placed: Callable[..., Actions]) -> None:
    actions = placed()
    choose(actions, LOST_UID)
    before = actions.workspace.case.prepared
    assert DoseActions(actions).place()
    finish(actions)
    assert "cut short" in said(actions, Step.PREPARATION)
    assert actions.workspace.case.prepared is before
    assert actions.prepare()
    finish(actions)
    case = actions.workspace.case
    assert case.prepared is not before, "the scans are prepared again all the same"
    assert case.prepared.dose is None
    assert said(actions, Step.PREPARATION).startswith("The dose is not used. A dose file is cut short")


def test_a_relative_dose_asks_which_dose_is_the_whole(placed: Callable[..., Actions], page: MakePage) -> None:
    actions = placed()
    made = page(actions)
    assert made.shown()["dose-told"]["visible"] is False
    choose(actions, RELATIVE_UID)
    shown = made.shown()
    assert (shown["dose-told"]["visible"], shown["dose-full-gy"]["visible"], shown["dose-parts"]["visible"]) == (
        True, True, False)
    assert not actions.prepare()
    assert "per cent" in said(actions, Step.STUDY)
    assert not DoseActions(actions).place()
    actions.workspace.update_page(lambda one: type(one)(**{**vars(one), "dose_told": told(54.0, None, False)}))
    assert DoseActions(actions).place()
    finish(actions)
    assert actions.workspace.case.prepared.dose.dose.volume.array[17, 14, 10] == 54


def test_what_cannot_be_is_not_said() -> None:
    assert told(0, 0, False) == told(None, None, False) == told(900, 99, False) == DoseTold()
    assert told(54, 30.0, True).answered == dose_told.QUESTIONS
    assert told(54, 30.0, True).only({dose_told.PARTS}) == DoseTold(all_parts=True)


def test_a_prescription_is_typed_where_no_plan_says_it(placed: Callable[..., Actions], page: MakePage) -> None:
    actions = placed()
    dose_actions, made = DoseActions(actions), page(actions)
    assert made.shown()["dose-prescribe"]["visible"] is False
    assert not dose_actions.prescribe(50, 25)
    assert "The plan says" in said(actions, Step.PREPARATION)
    choose(actions, NO_PLAN_UID)
    assert dose_actions.place()
    finish(actions)
    assert made.shown()["dose-prescribe"]["visible"] is True
    assert dose_actions.confirm()
    lines = actions.workspace.page.revisions.dose
    for wrong in ((-3, None), (500, None), (60, 0.5)):
        assert not dose_actions.prescribe(*wrong)
        assert said(actions, Step.PREPARATION).startswith("Expected")
    assert dose_actions.prescribe(59.4, 33)
    dose = actions.workspace.case.prepared.dose
    assert (dose.dose.prescribed_gy, dose.dose.fractions) == (59.4, 33)
    assert dose.confirmed is not None, "it lies where it lay"
    assert actions.workspace.page.revisions.dose != lines, "its lines have other names"
    assert made.shown()["prescribed-gy"]["value"] == 59.4
    assert dose_actions.place(), "again: what was typed for this dose stays"
    finish(actions)
    assert actions.workspace.case.prepared.dose.dose.prescribed_gy == 59.4


def test_a_drawing_continues_while_the_dose_changes(placed: Callable[..., Actions]) -> None:
    actions = placed()
    head = shown_head(actions)
    assert DoseActions(actions).confirm()
    assert LesionActions(actions).save(sent(actions, drawing(actions)), head)
    with pytest.raises(MaskError):
        LesionActions(actions).save(sent(actions, drawing(actions)), head + 1000)


def test_the_screen_shows_the_way_and_who_confirmed_it(placed: Callable[..., Actions], page: MakePage) -> None:
    actions = placed(dose_doubt="The heads hardly match.")
    made = page(actions)
    shown = made.shown()
    assert (shown["dose-row"]["visible"], shown["dose-waits"]["visible"]) == (True, False)
    assert "The dose came by the planning &lt;CT&gt;." in shown["dose-way"]["value"]
    assert "DOUBTFUL" in shown["dose-way"]["value"]
    assert "may have moved" in shown["dose-warnings"]["value"]
    assert "Prescribed: 60 Gy in 30 fractions, photons." in shown["dose-way"]["value"]
    assert shown["dose-doubt"]["visible"] is True
    assert "/case/picture/dose.png" in shown["dose-picture"]["value"]
    assert "/case/picture/pair/post_op.png" in shown["pair-pictures"]["value"]
    assert '"dose": 0' in shown["bridge"]["value"], "no isodoses before somebody has confirmed them"
    assert DoseActions(actions).confirm("Dr X", despite_doubt=True)
    shown = made.shown()
    assert "2026-05-05 10:00, Dr X" in shown["dose-way"]["value"]
    assert shown["confirm-dose"]["visible"] is False
    assert "57 Gy (95 %)" in shown["bridge"]["value"]
    choose(actions, NO_PLAN_UID)
    shown = made.shown()
    assert shown["dose-waits"]["visible"] is True
    assert "Another dose or planning scan is chosen" in shown["study-status"]["value"]


def test_without_a_dose_there_is_no_place_for_it(actions: Actions, page: MakePage, tmp_path: Path) -> None:
    shown = page(actions).shown()
    assert (shown["dose-row"]["visible"], shown["dose-waits"]["visible"]) == (False, False)
