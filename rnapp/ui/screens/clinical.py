"""Screen 4: the clinical form, drawn from each question's fields; every field may stay unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import gradio as gr

from rnapp.case.form import Form
from rnapp.types import Field, Question
from rnapp.ui.flow import outdated, ready_to_read, waits_for_dose
from rnapp.ui.form import NO, UNKNOWN, YES
from rnapp.ui.html import common as html
from rnapp.ui.screens.common import status, words
from rnapp.ui.screens.screen import Listen, Painter, Services, Shown, Updates
from rnapp.ui.workspace import Step

FIELDS_IN_A_ROW = 2


@dataclass(frozen=True, eq=False)
class ClinicalScreen:
    """Its components. forms: id of a question → the part of the page with its fields; fields: "question/field" → its
    component, in the order of the forms."""

    step: ClassVar[Step] = Step.CLINICAL
    progress: ClassVar[None] = None

    services: Services
    status: gr.HTML
    forms: Mapping[str, gr.Column]
    fields: Mapping[str, Any]
    pseudonym: gr.Textbox
    reader_first: gr.Checkbox
    analyse: gr.Button

    def paint(self, shown: Shown) -> Updates:
        """The screen's message and button. The fields are refreshed only for a new case (see paint_fields)."""
        case, question = shown.case, shown.question
        ready, said = ready_to_read(case, question), shown.message(Step.CLINICAL) or outdated(shown.page)
        return {self.status: html.notice(said or waits_for_dose(case), "clinical-status"),
                self.analyse: gr.update(value=_to_read(question), interactive=ready and shown.idle)}

    def paint_heavy(self, shown: Shown) -> Updates:  # noqa: ARG002 - of the protocol
        """Nothing is heavy here."""
        return {}

    def paint_fields(self, shown: Shown) -> Updates:
        """The question's form, with the values as the case has them."""
        form, question = shown.case.form, shown.question
        forms = {part: gr.update(visible=name == question.id) for name, part in self.forms.items()}
        values = {self.fields[_key(question, field)]: gr.update(value=_shown(field, form.value(field.name)))
                  for field in question.fields}
        return {**forms, self.pseudonym: gr.update(value=form.pseudonym), **values,
                self.reader_first: gr.update(value=shown.page.reader_first)}

    def wire(self, on: Listen, painter: Painter) -> None:
        """Connect its components."""
        actions, workspace = self.services.actions, self.services.workspace
        inputs = [self.pseudonym, *self.fields.values()]

        def keep(*values: Any) -> Updates:
            actions.keep_form(self.form(*values))
            return painter.paint()

        def reader_first(wanted: bool) -> None:
            workspace.update_page(lambda page: replace(page, reader_first=wanted))

        def analyse(*values: Any) -> Updates:
            actions.keep_form(self.form(*values))
            actions.analyse()
            return painter.paint_started()

        # One event for all fields: those of two that are typed in at the same time could come the other way round. A
        # textbox has its input event for keys that write alone, not for a paste or Delete: those come when it is left.
        typed = [*(part.input for part in inputs), self.pseudonym.blur]
        on(partial(gr.on, typed), keep, inputs, last=True)
        on(self.reader_first.input, reader_first, self.reader_first, paints=False)
        on(self.analyse.click, analyse, inputs)

    def form(self, pseudonym: Any, *values: Any) -> Form:
        """The form of the current question from the values of the components; an emptied field is unknown."""
        question, entered = self.services.question, dict(zip(self.fields, values, strict=True))
        return Form(pseudonym or "", MappingProxyType(
            {field.name: _entered(entered[_key(question, field)], field.kind == "number")
             for field in question.fields}))


def build(services: Services) -> ClinicalScreen:
    """Lay it out."""
    fields: dict[str, Any] = {}
    forms: dict[str, gr.Column] = {}
    asked = services.question
    with gr.Row(elem_id="clinical-row"), gr.Column():
        words("clinical_heading")
        for number, question in enumerate(services.questions):
            with gr.Column(visible=question.id == asked.id, elem_id=f"form-{question.id}") as forms[question.id]:
                fields |= _build_form(question, f"{question.id}-" if number else "")
        pseudonym = gr.Textbox(label="Pseudonym for the report (no name, no date of birth)", elem_id="pseudonym",
                               max_lines=1)
        message = status("clinical-status")
        first = gr.Checkbox(True, label="Note the board's own opinion before the answer is shown",
                            elem_id="reader-first")
        analyse = gr.Button(_to_read(asked), variant="primary", elem_id="analyse", interactive=False)
    return ClinicalScreen(services, message, forms, fields, pseudonym, first, analyse)


def _to_read(question: Question) -> str:
    return "Read the lesions" if question.unit == "lesion" else "Read this study"


def _key(question: Question, field: Field) -> str:
    return f"{question.id}/{field.name}"


def _shown(field: Field, value: float | str | None) -> float | str | None:
    """The value as its component shows it."""
    return value if value is not None else None if field.kind == "number" else UNKNOWN


def _build_form(question: Question, prefix: str) -> dict[str, Any]:
    """prefix: of the elements' names, since two forms may ask for the same."""
    fields: dict[str, Any] = {}
    for first_of_row in range(0, len(question.fields), FIELDS_IN_A_ROW):
        with gr.Row():
            fields |= {_key(question, field): _component(field, prefix)
                       for field in question.fields[first_of_row:first_of_row + FIELDS_IN_A_ROW]}
    return fields


def _component(field: Field, prefix: str) -> Any:
    """The entry of a field, by its kind."""
    elem_id = f"{prefix}field-{field.name.replace('_', '-')}"
    says_unit = not field.unit or field.unit in field.label.lower()
    label = field.label if says_unit else f"{field.label} ({field.unit})"
    info = field.help or None
    if field.kind == "number":
        return gr.Number(label=label, info=info, placeholder="unknown", elem_id=elem_id, precision=None)
    if field.kind == "yes_no":
        return gr.Radio([("Yes", YES), ("No", NO), ("Unknown", UNKNOWN)], value=UNKNOWN, label=label, info=info,
                        elem_id=elem_id)
    choices = [*((words, code) for code, words in field.choices.items()), ("Unknown", UNKNOWN)]
    if len(choices) <= 3:
        return gr.Radio(choices, value=UNKNOWN, label=label, info=info, elem_id=elem_id)
    return gr.Dropdown(choices, value=UNKNOWN, label=label, info=info, elem_id=elem_id, filterable=False)


def _entered(value: Any, number: bool) -> float | str | None:
    if number:
        return None if value in (None, "") else float(value)
    return value or ""
