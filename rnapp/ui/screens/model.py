"""On the first screen: which model answers, and where another one comes from."""

from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from rnapp.types import Question
from rnapp.ui.html import card as html_card
from rnapp.ui.html import study as html
from rnapp.ui.models import Models
from rnapp.ui.screens.common import panel, words
from rnapp.ui.screens.screen import Listen, Painter, Updates
from rnapp.ui.scripts import on_load

CHOOSE = on_load("models")


@dataclass(frozen=True)
class ModelScreen:
    """Its components."""

    listed: gr.HTML
    fingerprint: gr.Textbox
    file: gr.File
    card: gr.HTML


def build() -> ModelScreen:
    """Lay it out, folded."""
    with gr.Accordion("Models", open=False, elem_id="models"):
        listed = panel("", "model-list", CHOOSE)
        words("about_models")
        fingerprint = gr.Textbox(label="Fingerprint, if known (SHA-256 of the card)", elem_id="model-fingerprint",
                                 max_lines=1)
        file = gr.File(label="Install a model", height=118, elem_id="model-file")
        card = panel("", "model-card")
    return ModelScreen(listed, fingerprint, file, card)


def paint(screen: ModelScreen, models: Models, question: Question) -> Updates:
    """The list, and the card of the one that answers now."""
    return {screen.listed: html.models(models.listed(), models.in_use.sha256),
            screen.card: html_card.model_card(models.in_use, question)}


def wire(screen: ModelScreen, on: Listen, painter: Painter, models: Models) -> None:
    """Connect its components."""
    def install(file: str | None, fingerprint: str) -> Updates:
        if file:
            models.install(Path(file), fingerprint)
        return {**painter.paint(), screen.file: None}

    def use(event: gr.EventData) -> Updates:
        models.use(str(event._data["sha256"]))
        return painter.paint()

    def discard(event: gr.EventData) -> Updates:
        models.remove(str(event._data["sha256"]))
        return painter.paint()

    on(screen.file.upload, install, [screen.file, screen.fingerprint])
    on(screen.listed.use_model, use)
    on(screen.listed.discard_model, discard)
