"""Beside the answer: how common the first outcome is among this centre's own cases."""

from dataclasses import dataclass

import gradio as gr

from rnapp.types import Question
from rnapp.ui.html import reading as html
from rnapp.ui.screens.common import panel
from rnapp.ui.screens.screen import Listen, Painter, Services, Updates


@dataclass(frozen=True)
class PriorPart:
    """Its components."""

    said: gr.HTML
    share: gr.Number
    use: gr.Button
    own: gr.Button


def build() -> PriorPart:
    """Lay it out, folded."""
    with gr.Accordion("How common is it among your own cases?", open=False, elem_id="prior"):
        said = panel("", "prior-said")
        share = gr.Number(label="Share in per cent", minimum=0, maximum=100, elem_id="prior-share")
        with gr.Row():
            use = gr.Button("Read with this share", elem_id="use-prior", size="md")
            own = gr.Button("Back to the model's own", elem_id="own-prior", size="md")
    return PriorPart(said, share, use, own)


def paint(part: PriorPart, question: Question, prior: float | None) -> Updates:
    """What is assumed now."""
    return {part.said: html.prior(question, prior),
            part.share: gr.update(value=None if prior is None else round(100 * prior, 1))}


def wire(part: PriorPart, on: Listen, painter: Painter, services: Services) -> None:
    """Connect its components."""
    def use(per_cent: float | None) -> Updates:
        services.trust_actions.set_prior(services.question, (per_cent or 0.0) / 100)
        return painter.paint_started()

    def own() -> Updates:
        services.trust_actions.set_prior(services.question, None)
        return painter.paint_started()

    on(part.use.click, use, part.share)
    on(part.own.click, own)
