"""A page without a browser, and what it shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from rnapp.ui.actions import Actions
from rnapp.ui.page_painter import PagePainter
from rnapp.ui.screens.screen import Screen
from rnapp.ui.workspace import Step


@dataclass(frozen=True)
class Made:
    """A page without a browser. shown: all that it shows, by the name of the element."""

    actions: Actions
    painter: PagePainter

    def screen(self, step: Step) -> Screen:
        """One of the screens."""
        return next(screen for screen in self.painter.screens if screen.step == step)

    def shown(self) -> dict[str, Any]:
        """Everything painted now, as Gradio sends it. Whatever it cannot send raises an error here."""
        painted = self.painter.paint_all()
        assert set(painted) <= set(self.painter.outputs)
        return {part.elem_id: as_sent(part, update) for part, update in painted.items() if part.elem_id}


def as_sent(part: Block, update: Any) -> dict[str, Any]:
    """What Gradio sends of a part that was painted."""
    changes = dict(update) if isinstance(update, dict) else {"value": update}
    if isinstance(update, gr.Timer):
        return {"active": update.active}
    if "choices" in changes:
        part.choices = changes["choices"]  # type: ignore[attr-defined]
    if "value" in changes and changes["value"] is not None:
        changes["value"] = part.postprocess(changes["value"])  # type: ignore[attr-defined]
    return changes


MakePage = Callable[[Actions], Made]
