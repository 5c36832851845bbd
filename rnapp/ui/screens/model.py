"""On the first screen: which model answers, and where another one comes from."""

from dataclasses import dataclass

import gradio as gr

from rnapp.ui import html_shelf
from rnapp.ui.models import Models
from rnapp.ui.screens.common import Updates, panel
from rnapp.ui.scripts import on_load

WORDS = ("A model is a weight bundle, one file (.rnbundle) that its maker gives out. It is checked against its own "
         "card before it is taken. Compare the fingerprint with the one its maker published.")
CHOOSE = on_load("models")


@dataclass(frozen=True)
class ModelScreen:
    """Its components."""

    listed: gr.HTML
    fingerprint: gr.Textbox
    file: gr.File


def build() -> ModelScreen:
    """Lay it out, folded."""
    with gr.Accordion("Models", open=False, elem_id="models"):
        listed = panel("", "model-list", CHOOSE)
        gr.HTML(f"<p>{WORDS}</p>", apply_default_css=False)
        fingerprint = gr.Textbox(label="Fingerprint, if known (SHA-256 of the card)", elem_id="model-fingerprint",
                                 max_lines=1)
        file = gr.File(label="Install a model", height=118, elem_id="model-file")
    return ModelScreen(listed, fingerprint, file)


def paint(screen: ModelScreen, models: Models) -> Updates:
    """The list."""
    return {screen.listed: html_shelf.models(models.listed(), models.in_use.sha256)}
