"""The form is drawn from the fields of the question, and reads as it was filled."""

from dataclasses import replace

import gradio as gr
import pytest

from rnapp.case.form import Form
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.rice.question import QUESTION as RICE
from rnapp.types import Field, Question
from rnapp.ui.actions import Actions
from rnapp.ui.screens.clinical import ClinicalScreen
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions
from tests.ui.painted import Made, MakePage, as_sent

OTHER_FORM = replace(QUESTION, id="other", fields=(
    Field("dose", "Dose", "number", unit="Gy", most=90, help="Of the last treatment."),
    Field("grade", "Grade", "choice", choices={"low": "Low", "middle": "Middle", "high": "High"}),
    Field("steroids", "Steroids", "yes_no")))


def clinical(made: Made) -> ClinicalScreen:
    screen = made.screen(Step.CLINICAL)
    assert isinstance(screen, ClinicalScreen)
    return screen


def test_the_form_is_drawn_from_the_questions_fields(make_actions: MakeActions, page: MakePage) -> None:
    form = clinical(page(make_actions(QUESTION))).fields
    assert [(name.removeprefix("metastasis/"), part.elem_id, type(part)) for name, part in form.items()] == [
        ("age", "field-age", gr.Number), ("sex", "field-sex", gr.Radio),
        ("primary_tumour", "field-primary-tumour", gr.Dropdown),
        ("systemic_treatment", "field-systemic-treatment", gr.Dropdown),
        ("months_since_radiosurgery", "field-months-since-radiosurgery", gr.Number),
        ("wbrt_before", "field-wbrt-before", gr.Radio)]
    assert form["metastasis/age"].label == "Age (years)"
    assert form["metastasis/months_since_radiosurgery"].label == "Months since radiosurgery", "the unit is said already"
    assert [code for _, code in form["metastasis/sex"].choices] == ["female", "male", ""]


def test_other_fields_give_other_entries(make_actions: MakeActions, page: MakePage) -> None:
    form = clinical(page(make_actions(OTHER_FORM))).fields
    assert [(part.elem_id, type(part)) for part in form.values()] == [
        ("field-dose", gr.Number), ("field-grade", gr.Dropdown), ("field-steroids", gr.Radio)]
    assert form["other/dose"].label == "Dose (Gy)"
    assert form["other/dose"].info == "Of the last treatment."


FILLED = [
    (QUESTION, {}), (QUESTION, {"age": 61.0, "sex": "female", "wbrt_before": "no", "primary_tumour": "melanoma"}),
    (QUESTION, {"months_since_radiosurgery": 0.0}), (OTHER_FORM, {"dose": 20.5, "grade": "high", "steroids": "yes"})]


@pytest.mark.parametrize(("question", "values"), FILLED)
def test_a_form_that_is_painted_reads_the_same(make_actions: MakeActions, page: MakePage, question: Question,
                                               values: dict[str, float | str]) -> None:
    actions = make_actions(question, RICE)
    made = page(actions)
    screen = clinical(made)
    actions.keep_form(Form("RN-7", values))
    painted = screen.paint_fields(made.painter._shown())
    sent = [part.preprocess(as_sent(part, painted[part])["value"]) if part in painted else "of the other form"
            for part in (screen.pseudonym, *screen.fields.values())]
    assert screen.form(*sent) == Form("RN-7", values)


def test_each_question_has_its_own_form_and_one_is_shown(make_actions: MakeActions, page: MakePage) -> None:
    actions = make_actions()
    made = page(actions)
    screen = clinical(made)
    names = [part.elem_id for part in screen.fields.values()]
    assert {"field-age", "rice-field-age", "rice-field-technique"} <= set(names)
    for task in ("rice", "metastasis"):
        assert actions.ask(task)
        painted = made.painter.paint_all()
        assert {name: painted[part]["visible"] for name, part in screen.forms.items()} == {
            name: name == task for name in ("metastasis", "rice")}


def test_a_field_that_was_emptied_is_unknown(actions: Actions, page: MakePage) -> None:
    screen = clinical(page(actions))
    assert screen.form(None, *("" for _ in screen.fields)) == Form()
    assert screen.form("", *(None for _ in screen.fields)) == Form()
