"""Part of the reading's screen: the map of occlusion, which is made on request."""

from dataclasses import dataclass

import gradio as gr

from rnapp.types import CaseResult
from rnapp.ui.html import common as html
from rnapp.ui.html import reading as html_reading
from rnapp.ui.screens.common import panel
from rnapp.ui.screens.screen import Listen, Painter, Services, Shown, Updates
from rnapp.ui.workspace import ALL_HIDDEN, Step


@dataclass(frozen=True)
class OcclusionPart:
    """The components of the map of occlusion."""

    place: gr.Column
    words: gr.HTML
    make: gr.Button
    hidden: gr.Radio
    picture: gr.HTML


def build() -> OcclusionPart:
    """Lay it out."""
    with gr.Column(visible=False, elem_id="occlusion") as place:
        words_of = panel("", "occlusion-words")
        make = gr.Button("Make the map", elem_id="make-map", size="md")
        hidden = gr.Radio([], label="What was hidden", elem_id="shown-map", visible=False)
        picture = panel("", "occlusion-picture")
    return OcclusionPart(place, words_of, make, hidden, picture)


def paint(part: OcclusionPart, shown: Shown, result: CaseResult, offered: bool) -> Updates:
    """The map that is chosen, where there is any. offered: the model can make maps."""
    index, name = shown.page.shown_answer, shown.page.shown_map
    found = result.reading.answers[index].occlusion
    labels = {role.name: role.label for role in result.question.roles} | {ALL_HIDDEN: "All inputs at once"}
    choices = [(labels.get(one, one), one) for one in found]
    return {
        part.place: gr.update(visible=offered),
        part.words: html_reading.occlusion(result, index) if offered else "",
        part.hidden: gr.update(choices=choices, value=name if name in found else None, visible=len(found) > 1),
        part.picture: "" if name not in found else html.picture(
            f"occlusion/{name}", shown.page.revisions.reading * 100 + index, "Map of occlusion on slices"),
    }


def wire(part: OcclusionPart, on: Listen, painter: Painter, services: Services) -> None:
    """Connect its components."""
    maps = services.map_actions

    def make() -> Updates:
        maps.make()
        return painter.paint_started()

    def show(name: str | None) -> Updates:
        maps.show(name or "")
        return {**painter.paint(), **painter.paint_heavy(Step.READING)}

    on(part.make.click, make)
    on(part.hidden.input, show, part.hidden, last=True)
