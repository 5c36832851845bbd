"""What the screens share."""

from dataclasses import fields, is_dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from rnapp.ui.html import common as html
from rnapp.ui.screens.screen import Shown
from rnapp.ui.scripts import on_load
from rnapp.ui.workspace import Step

# The message may be above what was just clicked.
SHOW_ALERT = on_load("alert")


def status(elem_id: str) -> gr.HTML:
    """The place of a screen's message."""
    return gr.HTML("", elem_id=elem_id, apply_default_css=False, js_on_load=SHOW_ALERT)


def panel(value: str, elem_id: str, js_on_load: str | None = None, classes: str | None = None) -> gr.HTML:
    """A piece of plain HTML that the server writes."""
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=js_on_load, elem_classes=classes)


def words(template: str) -> gr.HTML:
    """A piece of the page that never changes. template: its name in rnapp/ui/templates, without .html."""
    return gr.HTML(html.fixed(template), apply_default_css=False)


def cancel_button(elem_id: str) -> gr.Button:
    """Stops the screen's job; hidden while there is none."""
    return gr.Button("Cancel", variant="stop", visible=False, elem_id=elem_id, size="md")


def components(holder: object) -> list[Any]:
    """All components that a dataclass and its parts hold, in order."""
    assert is_dataclass(holder)
    found: list[Any] = []
    for value in (getattr(holder, field.name) for field in fields(holder)):
        if isinstance(value, Block):
            found.append(value)
        elif is_dataclass(value) and not isinstance(value, type):
            found += components(value)
        elif isinstance(value, dict):
            found += [one for one in value.values() if isinstance(one, Block)]
    return found


def progress(shown: Shown, step: Step) -> str:
    """How far this screen's work has got, "" if none is running; updated several times a second."""
    if shown.job is None or not shown.runs(step):
        return ""
    return html.progress(shown.job.title, shown.job.progress(), f"{step.name.lower()}-job")
