"""Maps of occlusion: made on request, next to an answer that does not change."""

import pytest

from rnapp.types import STUDY
from rnapp.ui.actions import Actions
from rnapp.ui.dose_actions import DoseActions
from rnapp.ui.map_actions import MapActions
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions, finish, read, said
from tests.ui.fake_models import RICE
from tests.ui.painted import MakePage


@pytest.fixture
def answered(make_actions: MakeActions) -> Actions:
    """The example with its dose, read; the answer is shown."""
    actions = make_actions(RICE)
    actions.load_example()
    finish(actions)
    assert actions.prepare()
    finish(actions)
    assert actions.accept()
    assert DoseActions(actions).confirm()
    assert actions.analyse()
    finish(actions)
    assert actions.opine([(STUDY, "undecided")])
    actions.reveal()
    return actions


def test_the_maps_come_next_to_the_answer(answered: Actions, page: MakePage) -> None:
    made, maps = page(answered), MapActions(answered)
    before = answered.workspace.case.reading
    shown = made.shown()
    assert (shown["make-map"]["visible"], shown["shown-map"]["visible"]) == (True, False)
    assert "not a healthy one" in shown["occlusion-words"]["value"]
    assert "Of 5 models, 5 favour RICE" in shown["inputs-seen-panel"]["value"]
    assert "V12 Gy: 7.5 ml of brain." in shown["reading-dose"]["value"]
    assert shown["dose-drawn"]["visible"]
    assert '/case/picture/isodoses/1.png' in shown["isodose-pictures"]["value"]
    assert not shown["dose-curves"]["visible"], "nothing is outlined"
    assert maps.make()
    finish(answered)
    case = answered.workspace.case
    assert [one.prediction for one in case.reading.answers] == [one.prediction for one in before.answers]
    assert list(case.reading.answers[0].occlusion) == ["all", "event", "post_op", "dose"]
    assert (case.revealed, case.opinions[STUDY].leaning) == (True, "undecided")
    shown = made.shown()
    assert (shown["make-map"]["visible"], shown["shown-map"]["value"]) == (False, "all")
    assert "/case/picture/occlusion/all.png" in shown["occlusion-picture"]["value"]
    assert '"occlusion-all"' in shown["bridge"]["value"]
    assert shown["study-status"]["value"] == "", "no lesion is drawn that another preparation could remove"
    assert maps.show("dose")
    assert "/case/picture/occlusion/dose.png" in made.shown()["occlusion-picture"]["value"]
    assert not maps.show("planning")


def test_the_answer_stays_while_a_map_is_made_and_after_it_was_cancelled(
        answered: Actions, page: MakePage, monkeypatch: pytest.MonkeyPatch) -> None:
    made = page(answered)
    before = answered.workspace.case.reading
    monkeypatch.setattr(answered.pipeline, "delay", 0.3)
    assert MapActions(answered).make()
    shown = made.shown()
    assert shown["result"]["visible"] is True
    assert "Making the map of occlusion" in shown["reading-progress"]["value"]
    assert shown["make-map"]["interactive"] is False
    answered.worker.cancel()
    finish(answered)
    assert answered.workspace.case.reading is before
    assert said(answered, Step.READING).startswith("Cancelled")


def test_without_an_answer_there_is_nothing_to_make_a_map_of(make_actions: MakeActions) -> None:
    actions = make_actions(RICE)
    assert not MapActions(actions).make()
    assert "no answer" in said(actions, Step.READING)


def test_a_question_without_maps_has_no_place_for_them(make_actions: MakeActions, page: MakePage) -> None:
    shown = page(read(make_actions())).painter.paint_all()
    place = {part.elem_id: value for part, value in shown.items() if part.elem_id == "occlusion"}
    assert place["occlusion"]["visible"] is False
