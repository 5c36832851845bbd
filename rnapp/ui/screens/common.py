"""What the screens share."""

from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

import gradio as gr

from rnapp.ui import html
from rnapp.ui.flow import runs
from rnapp.ui.scripts import on_load
from rnapp.ui.work import Job
from rnapp.ui.workspace import Step

Updates: TypeAlias = dict[Any, Any]


# What failed may stand above what was just clicked.
SHOW_ALERT = on_load("alert")


def status(elem_id: str) -> gr.HTML:
    """The place of a screen's message."""
    return gr.HTML("", elem_id=elem_id, apply_default_css=False, js_on_load=SHOW_ALERT)


def panel(value: str, elem_id: str, js_on_load: str | None = None, classes: str | None = None) -> gr.HTML:
    """A piece of plain HTML that the server writes."""
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=js_on_load, elem_classes=classes)


def components(screen: object) -> list[Any]:
    """All components of a screen, in order, and those of its parts."""
    assert is_dataclass(screen)
    values = [getattr(screen, field.name) for field in fields(screen)]
    return [part for value in values for part in (components(value) if is_dataclass(value) else [value])]


def progress(job: Job | None, step: Step) -> str:
    """How far this screen's work is, "" where none goes on; it is painted several times a second."""
    if job is None or not runs(job, step):
        return ""
    return html.progress(job.title, job.progress(), f"{step.name.lower()}-job")
