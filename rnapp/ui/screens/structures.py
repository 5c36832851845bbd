"""The choice among the structures of a mask file; on the lesions' screen and on that of earlier scans."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rnapp.case.pending import Waiting
from rnapp.ui.html import lesions as html
from rnapp.ui.screens.common import panel
from rnapp.ui.screens.screen import Updates


@dataclass(frozen=True)
class StructureChoice:
    """Its components."""

    group: gr.Group
    structures: gr.CheckboxGroup
    left_out: gr.HTML
    use: gr.Button

    def cleared(self) -> Updates:
        """For another file, of which nothing is chosen yet."""
        return {self.structures: gr.update(value=[])}


def build(prefix: str) -> StructureChoice:
    """Lay it out, hidden. prefix: of the elements' names on this screen."""
    with gr.Group(visible=False, elem_id=f"{prefix}-structure-group", elem_classes="structure-group") as group:
        structures = gr.CheckboxGroup(label="This file has several structures. Which of them make up the lesion?",
                                      elem_id=f"{prefix}-structures", elem_classes="structures")
        left_out = panel("", f"{prefix}-left-out", classes="left-out")
        use = gr.Button("Use these", variant="primary", elem_id=f"{prefix}-use-structures")
    return StructureChoice(group, structures, left_out, use)


def paint(choice: StructureChoice, waiting: Waiting | None) -> Updates:
    """The choice as the case has it; what is ticked stays."""
    choices: list[Any] = [(words, str(index)) for words, index in waiting.choices] if waiting else []
    return {choice.group: gr.update(visible=waiting is not None), choice.structures: gr.update(choices=choices),
            choice.left_out: html.left_out(waiting.file.structures if waiting else ())}
