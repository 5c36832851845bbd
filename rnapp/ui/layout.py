"""The page: header, the five screens, and the wire to the viewers."""

from html import escape

import gradio as gr

from rnapp import __version__
from rnapp.types import ModelCard
from rnapp.ui.actions import Actions
from rnapp.ui.desk import POLL_SECONDS, Screens
from rnapp.ui.handlers import wire
from rnapp.ui.screens import bridge, clinical, lesions, preparation, reading, study
from rnapp.ui.workspace import Step

TITLES = {Step.STUDY: "Study", Step.PREPARATION: "Preparation", Step.LESIONS: "Lesions", Step.CLINICAL: "Clinical",
          Step.READING: "Reading"}
DEMONSTRATION = "<b>Demonstration model:</b> trained on synthetic lesions. Its numbers mean nothing clinically."


def header(card: ModelCard) -> str:
    """The product's name, what it is not, and the demonstration banner, which never goes away."""
    banner = f'<div id="demo-banner" role="note">{DEMONSTRATION}</div>' if card.demonstration else ""
    return (f'<header><div class="name"><b>rnapp</b><span>Radiation necrosis or tumour progression after radiosurgery'
            f'</span></div><div class="legal">Research software, <b>not a medical device</b>'
            f"<span>rnapp {escape(__version__)} · model: {escape(card.name)} {escape(card.version)}</span></div>"
            f"</header>{banner}")


def build(actions: Actions) -> gr.Blocks:
    """The whole page, wired."""
    page: gr.Blocks
    with gr.Blocks(title="rnapp", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(header(actions.resources.bundle.card), apply_default_css=False, elem_id="header")
        wires = bridge.build()
        clock = gr.Timer(POLL_SECONDS, active=False)
        with gr.Tabs(selected=int(Step.STUDY), elem_id="steps") as tabs:
            tab = {step: gr.Tab(f"{int(step)}  {title}", id=int(step), elem_id=f"step-{title.lower()}")
                   for step, title in TITLES.items()}
            with tab[Step.STUDY]:
                first = study.build()
            with tab[Step.PREPARATION]:
                second = preparation.build(actions.pipeline.brain_mask_choices(actions.resources))
            with tab[Step.LESIONS]:
                third = lesions.build()
            with tab[Step.CLINICAL]:
                fourth = clinical.build(actions.pipeline.CLINICAL_CHOICES)
            with tab[Step.READING]:
                fifth = reading.build()
        screens = Screens(tabs, tab, wires, clock, first, second, third, fourth, fifth)
        wire(page, screens, actions)
    return page
