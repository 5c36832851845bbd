"""Screen 4: the clinical form; every field may stay unknown."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rnapp.ui import html
from rnapp.ui.flow import outdated
from rnapp.ui.form import NO, UNKNOWN, YES
from rnapp.ui.screens.common import Updates, status
from rnapp.ui.workspace import Case, Form, Step
from rnapp.vocabulary import CATEGORIES

FORM_FIELDS = ("pseudonym", "age", "sex", "primary_tumour", "systemic_treatment", "months_since_radiosurgery",
               "wbrt_before")


@dataclass(frozen=True)
class ClinicalScreen:
    """Its components; the form's fields are named as in Form."""

    status: gr.HTML
    pseudonym: gr.Textbox
    age: gr.Number
    sex: gr.Radio
    primary_tumour: gr.Dropdown
    systemic_treatment: gr.Dropdown
    months_since_radiosurgery: gr.Number
    wbrt_before: gr.Radio
    reader_first: gr.Checkbox
    analyse: gr.Button

    @property
    def fields(self) -> list[Any]:
        """The form's components, in the order of FORM_FIELDS."""
        return [getattr(self, name) for name in FORM_FIELDS]


def build() -> ClinicalScreen:
    """Lay it out."""
    with gr.Row(elem_id="clinical-row"), gr.Column():
        gr.HTML("<h2>Clinical data</h2><p>What you do not know, leave unknown; every field may stay so.</p>",
                apply_default_css=False)
        with gr.Row():
            age = gr.Number(label="Age (years)", placeholder="unknown", elem_id="age", precision=None)
            months = gr.Number(label="Months from radiosurgery to this scan", placeholder="unknown", elem_id="months")
        with gr.Row():
            sex = gr.Radio(_with_unknown("sex"), value=UNKNOWN, label="Sex", elem_id="sex")
            wbrt = gr.Radio([("Yes", YES), ("No", NO), ("Unknown", UNKNOWN)], value=UNKNOWN,
                            label="Whole-brain radiotherapy before", elem_id="wbrt")
        with gr.Row():
            tumour = gr.Dropdown(_with_unknown("primary_tumour"), value=UNKNOWN, label="Primary tumour",
                                 elem_id="primary-tumour", filterable=False)
            treatment = gr.Dropdown(_with_unknown("systemic_treatment"), value=UNKNOWN,
                                    label="Systemic treatment", elem_id="systemic-treatment", filterable=False)
        pseudonym = gr.Textbox(label="Pseudonym for the report (no name, no date of birth)", elem_id="pseudonym",
                               max_lines=1)
        message = status("clinical-status")
        first = gr.Checkbox(True, label="Note the board's own opinion before the answer is shown",
                            elem_id="reader-first")
        analyse = gr.Button("Read the lesions", variant="primary", elem_id="analyse", interactive=False)
    return ClinicalScreen(message, pseudonym, age, sex, tumour, treatment, months, wbrt, first, analyse)


def to_form(*values: Any) -> Form:
    """The form from the values of ClinicalScreen.fields; an emptied field is unknown."""
    given = dict(zip(FORM_FIELDS, values, strict=True))
    return Form(**{name: _clean(name, value) for name, value in given.items()})


def paint(screen: ClinicalScreen, case: Case, job: Any) -> Updates:
    """The screen's message and button; the fields are painted only when the case is new (see paint_fields)."""
    ready = bool(case.accepted and case.lesions and case.lesions.lesions)
    return {
        screen.status: html.notice(case.messages.get(Step.CLINICAL) or outdated(case), "clinical-status"),
        screen.analyse: gr.update(interactive=ready and job is None),
    }


def paint_fields(screen: ClinicalScreen, case: Case) -> Updates:
    """The form's values as the case has them."""
    values = {component: gr.update(value=getattr(case.form, name))
              for component, name in zip(screen.fields, FORM_FIELDS, strict=True)}
    return {**values, screen.reader_first: gr.update(value=case.reader_first)}


def _with_unknown(field: str) -> list[tuple[str, str]]:
    return [*((label, code) for code, label in CATEGORIES[field].items()), ("Unknown", UNKNOWN)]


def _clean(name: str, value: Any) -> Any:
    if name in ("age", "months_since_radiosurgery"):
        return None if value in (None, "") else float(value)
    return value or ""
