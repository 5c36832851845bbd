"""On the first screen: what a person says of a dose that its files do not say."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from rnapp.ui.dose_told import FRACTIONS, MOST_FRACTIONS, MOST_GY, PARTS, RELATIVE, told
from rnapp.ui.flow import dose_questions
from rnapp.ui.screens.screen import Listen, Painter, Services, Shown, Updates


@dataclass(frozen=True)
class DoseToldScreen:
    """Its components."""

    group: gr.Group
    relative: gr.Number
    fractions: gr.Number
    parts: gr.Checkbox


def build() -> DoseToldScreen:
    """Lay it out, hidden."""
    with gr.Group(visible=False, elem_id="dose-told") as group:
        relative = gr.Number(label=f"Which dose is 100 %? (Gy, up to {MOST_GY:.0f})", elem_id="dose-full-gy",
                             info="The dose file holds per cent. The plan or the radiotherapy report names the dose.")
        fractions = gr.Number(label=f"Multiply the dose by how many fractions? (1 to {MOST_FRACTIONS})",
                              elem_id="dose-fractions", precision=0,
                              info="The file holds the dose of one fraction, or of one group of fractions; 1 where it "
                                   "is that of all of them.")
        parts = gr.Checkbox(label="These files are the doses of all beams of the plan", elem_id="dose-parts")
    return DoseToldScreen(group, relative, fractions, parts)


def paint(screen: DoseToldScreen, shown: Shown) -> Updates:
    """Only what the chosen dose needs."""
    asked = {one.code for one in dose_questions(shown.case, shown.question)}
    return {screen.group: gr.update(visible=bool(asked)), screen.relative: gr.update(visible=RELATIVE in asked),
            screen.fractions: gr.update(visible=FRACTIONS in asked), screen.parts: gr.update(visible=PARTS in asked)}


def paint_fields(screen: DoseToldScreen, shown: Shown) -> Updates:
    """The values as entered. They overwrite the update of paint(), so each is given in full."""
    entered, updates = shown.page.dose_told, paint(screen, shown)
    values = {screen.relative: entered.relative_gy, screen.fractions: entered.fractions,
              screen.parts: entered.all_parts}
    return {part: {**updates[part], "value": value} for part, value in values.items()}


def wire(screen: DoseToldScreen, on: Listen, painter: Painter, services: Services) -> None:
    """Connect its components."""
    def tell(relative_gy: Any, fractions: Any, all_parts: bool) -> Updates:
        said = told(relative_gy, fractions, all_parts)
        services.workspace.update_page(lambda page: replace(page, dose_told=said))
        return painter.paint()

    parts = [screen.relative, screen.fractions, screen.parts]
    on(partial(gr.on, [screen.relative.input, screen.fractions.input, screen.parts.input]), tell, parts, last=True)
