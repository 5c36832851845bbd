"""On the first screen: the cases that are kept on this workstation."""

import gradio as gr

from rnapp.ui.html import study as html
from rnapp.ui.keeping import Keeping
from rnapp.ui.screens.common import panel
from rnapp.ui.screens.screen import Listen, Painter, Updates
from rnapp.ui.scripts import on_load
from rnapp.ui.workspace import Page

# Deleting is permanent, and opening another case closes this one: the page asks before doing either.
CHOOSE = on_load("kept_cases")


def build() -> gr.HTML:
    """Its place."""
    return panel("", "kept-cases", CHOOSE)


def paint(page: Page, keeping: Keeping) -> str:
    """The list, newest first; empty if no case was ever kept."""
    return html.kept_cases(keeping.entries(), page.kept, keeping.trouble)


def wire(listed: gr.HTML, on: Listen, painter: Painter, keeping: Keeping) -> None:
    """Connect the buttons of the list."""
    def open_kept(event: gr.EventData) -> Updates:
        keeping.open(str(event._data["id"]))
        return painter.paint_started()

    def remove_kept(event: gr.EventData) -> Updates:
        keeping.remove(str(event._data["id"]))
        return painter.paint()

    on(listed.open_kept, open_kept)
    on(listed.remove_kept, remove_kept)
