"""On the screen of the preparation: where the dose lies, which a person confirms before any dose figure is shown."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rnapp.types import PlacedDose
from rnapp.ui.dose_actions import DoseActions, doubts
from rnapp.ui.flow import same_dose
from rnapp.ui.html import common as html
from rnapp.ui.html import dose as html_dose
from rnapp.ui.screens.common import SHOW_ALERT, panel, words
from rnapp.ui.screens.screen import Listen, Painter, Shown, Updates
from rnapp.ui.workspace import Step


@dataclass(frozen=True)
class DoseScreen:
    """Its components."""

    waiting: gr.Row
    place: gr.Button
    row: gr.Row
    picture: gr.HTML
    way: gr.HTML
    warnings: gr.HTML
    prescription: gr.Column
    gy: gr.Number
    fractions: gr.Number
    prescribe: gr.Button
    decision: gr.Column
    doubt: gr.Checkbox
    by: gr.Textbox
    leave_out: gr.Button
    confirm: gr.Button


def build() -> DoseScreen:
    """Lay it out, hidden."""
    with gr.Row(visible=False, elem_id="dose-waits") as waiting, gr.Column():
        words("dose_waits")
        place = gr.Button("Place the chosen dose", variant="primary", elem_id="place-dose")
    with gr.Row(visible=False, elem_id="dose-row") as row:
        with gr.Column(scale=3, min_width=560):
            picture = panel("", "dose-picture")
        with gr.Column(scale=2, min_width=340):
            words("dose_heading")
            way = panel("", "dose-way", SHOW_ALERT)
            warnings = panel("", "dose-warnings")
            with gr.Column(visible=False, elem_id="dose-prescribe") as prescription:
                with gr.Row():
                    gy = gr.Number(label="Prescribed dose (Gy)", elem_id="prescribed-gy", min_width=140)
                    fractions = gr.Number(label="In how many fractions", elem_id="prescribed-fractions", min_width=140,
                                          precision=0)
                prescribe = gr.Button("Use this prescription", elem_id="prescribe", size="md")
            with gr.Column(elem_id="dose-decision") as decision:
                doubt = gr.Checkbox(label="I have looked at the picture and accept the dose despite the doubt",
                                    visible=False, elem_id="dose-doubt")
                by = gr.Textbox(label="Who looked at it (optional: a role or initials, for the report)",
                                elem_id="dose-by", max_lines=1)
            with gr.Row():
                leave_out = gr.Button("Do not use the dose", elem_id="leave-out-dose")
                confirm = gr.Button("The dose lies where it should", variant="primary", elem_id="confirm-dose")
    return DoseScreen(waiting, place, row, picture, way, warnings, prescription, gy, fractions, prescribe, decision,
                      doubt, by, leave_out, confirm)


def paint(screen: DoseScreen, shown: Shown, running: bool) -> Updates:
    """As the case has it. running: the preparation goes on, and nothing is shown meanwhile."""
    prepared = None if running else shown.case.prepared
    placed = prepared.dose if prepared else None
    other = prepared is not None and not same_dose(shown.open, shown.question) and _chosen(shown)
    updates: Updates = {screen.waiting: gr.update(visible=other), screen.row: gr.update(visible=placed is not None),
                        screen.place: gr.update(interactive=shown.idle)}
    return updates if placed is None else updates | _paint_placed(screen, shown, placed)


def paint_fields(screen: DoseScreen, shown: Shown) -> Updates:
    """The prescription as typed, and the tick for a doubtful dose cleared. They overwrite the update of paint(), so
    each is given in full."""
    placed = shown.case.prepared.dose if shown.case.prepared else None
    typed = next((one for one in placed.dose.prescriptions if one.typed), None) if placed else None
    return {screen.gy: gr.update(value=typed.dose_gy if typed else None),
            screen.fractions: gr.update(value=typed.fractions if typed else None),
            screen.doubt: gr.update(value=False, visible=placed is not None and doubts(placed)),
            screen.by: gr.update(value="")}


def wire(screen: DoseScreen, on: Listen, painter: Painter, actions: DoseActions) -> None:
    """Connect its components."""
    def place() -> Updates:
        actions.place()
        return painter.paint_started()

    def confirm(by: str, despite_doubt: bool) -> Updates:
        confirmed = actions.confirm(by, despite_doubt)
        return {**painter.paint(go=confirmed), **painter.paint_heavy(Step.LESIONS, Step.READING)}

    def leave_out() -> Updates:
        done = actions.leave_out()
        return {**painter.paint(go=done), **painter.paint_heavy(Step.LESIONS, Step.READING)}

    def prescribe(gy: Any, fractions: Any) -> Updates:
        actions.prescribe(gy or None, fractions or None)
        return {**painter.paint(), **painter.paint_heavy(Step.LESIONS, Step.READING)}

    on(screen.place.click, place)
    on(screen.confirm.click, confirm, [screen.by, screen.doubt])
    on(screen.leave_out.click, leave_out)
    on(screen.prescribe.click, prescribe, [screen.gy, screen.fractions])


def _chosen(shown: Shown) -> bool:
    """Whether any dose is."""
    return any(shown.case.chosen_for(role.name) for role in shown.question.roles_of("dose"))


def _paint_placed(screen: DoseScreen, shown: Shown, placed: PlacedDose) -> Updates:
    doubtful, undecided = doubts(placed), placed.confirmed is None
    planned = any(one.dose_gy and not one.typed for one in placed.dose.prescriptions)
    cautions = (*placed.cautions, *placed.dose.cautions)
    return {
        screen.picture: html.picture("dose", shown.page.revisions.dose,
                                     "Isodoses and the brain's outline over the scan"),
        screen.way: html_dose.way(placed, doubtful, undecided and shown.case.accepted),
        screen.warnings: html.warnings(cautions, "dose-warning-list"),
        screen.prescription: gr.update(visible=not planned),
        screen.decision: gr.update(visible=undecided),
        screen.doubt: gr.update(visible=doubtful),
        screen.leave_out: gr.update(interactive=shown.idle),
        screen.confirm: gr.update(visible=undecided, interactive=shown.idle),
    }
