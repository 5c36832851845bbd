"""What the screens share."""

from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

import gradio as gr
from gradio.components import Component

Updates: TypeAlias = dict[Any, Any]


def status(elem_id: str) -> gr.HTML:
    """The place of a screen's message."""
    return gr.HTML("", elem_id=elem_id, apply_default_css=False)


def panel(value: str, elem_id: str, js_on_load: str | None = None) -> gr.HTML:
    """A piece of plain HTML that the server writes."""
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=js_on_load)


def components(screen: object) -> list[Any]:
    """All components of a screen dataclass, in order."""
    assert is_dataclass(screen)
    values = [getattr(screen, field.name) for field in fields(screen)]
    return [value for value in values if isinstance(value, (Component, gr.Column, gr.Row, gr.Group, gr.Tab, gr.Tabs))]
