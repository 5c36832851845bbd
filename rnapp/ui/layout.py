"""The page: header, the screens, and the wire to the viewers."""

from html import escape

import gradio as gr

from rnapp import __version__
from rnapp.types import ModelCard
from rnapp.ui.actions import Actions
from rnapp.ui.desk import POLL_SECONDS, Screens
from rnapp.ui.handlers import wire
from rnapp.ui.help import dialog
from rnapp.ui.keeping import Keeping
from rnapp.ui.models import Models
from rnapp.ui.screens import bridge, clinical, lesions, preparation, reading, report, study, time, warm
from rnapp.ui.screens.common import panel
from rnapp.ui.workspace import Step

TITLES = {Step.STUDY: "Study", Step.PREPARATION: "Preparation", Step.LESIONS: "Lesions", Step.CLINICAL: "Clinical",
          Step.READING: "Reading", Step.REPORT: "Report", Step.TIME: "Over time"}
ROOM = '<script src="/ui/room.js"></script>'
# What they do depends on the case: room.js.
KEEP_AND_QUIT = """<button type="button" id="keep-case" disabled>Keep case</button>
<button type="button" id="quit" title="End rnapp">Quit</button>"""
LEAVING = """<dialog id="leaving" aria-label="Quit"><h2>Quit rnapp?</h2><p id="leaving-words"></p><p class="acts">
<button type="button" id="keep-and-quit">Keep the case and quit</button>
<button type="button" id="quit-now">Quit without keeping it</button>
<button type="button" id="stay">Back</button></p></dialog>"""
DEMONSTRATION = "<b>Demonstration model:</b> trained on synthetic lesions. Its numbers mean nothing clinically."


def header(card: ModelCard) -> str:
    """The product's name, what it is not, and the demonstration banner, which never goes away."""
    banner = f'<div id="demo-banner" role="note">{DEMONSTRATION}</div>' if card.demonstration else ""
    return (f'<header><div class="name"><b>rnapp</b><span>Radiation necrosis or tumour progression after radiosurgery'
            f'</span></div><div class="legal">Research software, <b>not a medical device</b>'
            f"<span>rnapp {escape(__version__)} · model: {escape(card.name)} {escape(card.version)}</span></div>"
            f"{KEEP_AND_QUIT}"
            '<button type="button" id="light-switch" title="Light or dark room (T)">Light / dark</button>'
            '<button type="button" id="help-open" title="Help and keys (?)">? Help</button>'
            f"</header>{banner}{dialog()}{LEAVING}")


def build(actions: Actions, keeping: Keeping, models: Models) -> gr.Blocks:
    """The whole page, wired."""
    page: gr.Blocks
    with gr.Blocks(title="rnapp", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(header(actions.model.card), apply_default_css=False, elem_id="header",
                head=ROOM)
        wires = bridge.build()
        number = gr.Textbox(visible="hidden", elem_id="case-number")
        clock = gr.Timer(POLL_SECONDS, active=False)
        unseen = warm.build()
        with gr.Tabs(selected=int(Step.STUDY), elem_id="steps") as tabs:
            tab = {step: gr.Tab(title if step is Step.TIME else f"{int(step)}  {title}", id=int(step),
                                elem_id=f"step-{step.name.lower()}") for step, title in TITLES.items()}
            hints = {}
            with tab[Step.STUDY]:
                hints[Step.STUDY] = panel("", "study-guide")
                first = study.build()
            with tab[Step.PREPARATION]:
                hints[Step.PREPARATION] = panel("", "preparation-guide")
                second = preparation.build()
            with tab[Step.LESIONS]:
                hints[Step.LESIONS] = panel("", "lesions-guide")
                third = lesions.build()
            with tab[Step.CLINICAL]:
                hints[Step.CLINICAL] = panel("", "clinical-guide")
                fourth = clinical.build()
            with tab[Step.READING]:
                hints[Step.READING] = panel("", "reading-guide")
                fifth = reading.build()
            with tab[Step.REPORT]:
                hints[Step.REPORT] = panel("", "report-guide")
                sixth = report.build()
            with tab[Step.TIME]:
                over_time = time.build()
        screens = Screens(tabs, tab, hints, wires, number, clock, unseen, first, second, third, fourth, fifth, sixth,
                          over_time)
        wire(page, screens, actions, keeping, models)
    return page
