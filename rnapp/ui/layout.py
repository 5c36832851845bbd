"""The page: its header, the screens, and the link to the viewers."""

import gradio as gr

from rnapp.ui.actions import Actions
from rnapp.ui.dose_actions import DoseActions
from rnapp.ui.flow import has_step
from rnapp.ui.handlers import wire
from rnapp.ui.html.page import header
from rnapp.ui.keeping import Keeping
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.map_actions import MapActions
from rnapp.ui.models import Models
from rnapp.ui.outcomes import Outcomes
from rnapp.ui.page_painter import POLL_SECONDS, Frame, PagePainter
from rnapp.ui.screens import bridge, warm
from rnapp.ui.screens.all import SCREENS
from rnapp.ui.screens.common import panel
from rnapp.ui.screens.screen import Screen, Services
from rnapp.ui.steps import title
from rnapp.ui.timeline_actions import TimelineActions
from rnapp.ui.trust_actions import TrustActions
from rnapp.ui.workspace import Step

ROOM = '<script src="/ui/room.js"></script>'


def build(actions: Actions, keeping: Keeping, models: Models) -> gr.Blocks:
    """The whole page, wired."""
    services = Services(actions, LesionActions(actions), DoseActions(actions), MapActions(actions),
                        TimelineActions(actions), TrustActions(actions.workspace, actions.worker, actions.analyse),
                        keeping, models, Outcomes(actions, keeping.folder))
    page: gr.Blocks
    with gr.Blocks(title="rnapp", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(header(actions.questions.models, services.question), apply_default_css=False, elem_id="header",
                head=ROOM)
        wires = bridge.build()
        number = gr.Textbox(visible="hidden", elem_id="case-number")
        clock = gr.Timer(POLL_SECONDS, active=False)
        unseen = warm.build()
        with gr.Tabs(selected=int(Step.STUDY), elem_id="steps") as tabs:
            tab = {plan.step: _tab(plan.step, services) for plan in SCREENS}
            hints: dict[Step, gr.HTML] = {}
            screens: list[Screen] = []
            for plan in SCREENS:
                with tab[plan.step]:
                    hints[plan.step] = panel("", f"{plan.step.name.lower()}-guide")
                    screens.append(plan.build(services))
        wire(page, PagePainter(Frame(tabs, tab, hints, wires, number, clock, unseen), screens, services))
    return page


def _tab(step: Step, services: Services) -> gr.Tab:
    """There is a tab for every step that any question has. The page hides those that the current question does not
    have (bridge.js), because Gradio cannot show or hide a tab later."""
    needed = any(has_step(step, one) for one in services.questions)
    return gr.Tab(title(step, services.question), id=int(step), elem_id=f"step-{step.name.lower()}", visible=needed)
