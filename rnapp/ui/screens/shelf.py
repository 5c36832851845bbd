"""On the first screen: the cases that are kept on this workstation."""

import gradio as gr

from rnapp.ui import html_shelf
from rnapp.ui.keeping import Keeping
from rnapp.ui.screens.common import panel
from rnapp.ui.scripts import on_load
from rnapp.ui.workspace import Case

# Deleting is for good, and opening clears the desk: both are asked about in the page.
CHOOSE = on_load("kept_cases")


def build() -> gr.HTML:
    """Its place."""
    return panel("", "kept-cases", CHOOSE)


def paint(case: Case, keeping: Keeping) -> str:
    """The list, newest first; nothing where no case was ever kept."""
    return html_shelf.kept_cases(keeping.entries(), case.kept, keeping.trouble)
