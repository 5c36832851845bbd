"""Screen 5: the board's own opinion, then the answer for each lesion, and why."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rnapp.report.wording import called
from rnapp.types import Reading
from rnapp.ui import html
from rnapp.ui.flow import runs
from rnapp.ui.ports import Pipeline
from rnapp.ui.screens.common import Updates, panel, progress, status
from rnapp.ui.screens.viewer import ATTENTION_TOOLS, viewer
from rnapp.ui.scripts import on_load
from rnapp.ui.work import Job
from rnapp.ui.workspace import Case, Step

NOTHING = '<p class="empty">Nothing has been read yet.</p>'
BACKGROUND, INK, GRID = "rgba(0,0,0,0)", "#d5dce4", "#2a333d"


BOARD_FIRST = """<h2>Your own opinion first</h2>
<p>The model has read the lesions; its answer is still hidden. A number that one has seen is hard to think away, so note
what the board thinks before it is shown. Both are kept, side by side, in the report.</p>"""
# All at once, so that a click that overtakes another loses nothing.
OPINE = on_load("opinions")
CHOOSE = on_load("overview")


@dataclass(frozen=True)
class ReadingScreen:
    """Its components."""

    status: gr.HTML
    progress: gr.HTML
    cancel: gr.Button
    board: gr.Row
    opinions: gr.HTML
    skip: gr.Button
    reveal: gr.Button
    result: gr.Column
    overview: gr.HTML
    lesion: gr.Radio
    answer: gr.HTML
    what_if: gr.HTML
    warnings: gr.HTML
    sources: gr.HTML
    waterfall: gr.Plot
    picture: gr.HTML
    viewer: gr.HTML
    scene: gr.Plot
    report: gr.Button


def build() -> ReadingScreen:
    """Lay it out."""
    with gr.Column():
        said = status("reading-status")
        progress = panel(NOTHING, "reading-progress")
        cancel = gr.Button("Cancel", variant="stop", visible=False, elem_id="cancel-reading", size="md")
        with gr.Row(visible=False, elem_id="board-row") as board, gr.Column():
            gr.HTML(BOARD_FIRST, apply_default_css=False)
            opinions = panel("", "opinions", OPINE)
            with gr.Row():
                skip = gr.Button("Show the answer without an opinion", elem_id="skip-opinion")
                reveal = gr.Button("Show the model's answer", variant="primary", elem_id="reveal", interactive=False)
        with gr.Column(visible=False, elem_id="result") as result:
            overview = panel("", "overview", CHOOSE)
            with gr.Row():
                with gr.Column(scale=4, min_width=520):
                    lesion = gr.Radio([], label="Lesion", elem_id="lesion-choice", visible=False)
                    answer = panel("", "answer")
                    warnings = panel("", "reading-warnings")
                    report = gr.Button("Go on to the report", variant="primary", elem_id="to-report")
                with gr.Column(scale=5, min_width=560):
                    gr.HTML("<h2>What moved the answer</h2>", apply_default_css=False)
                    sources = panel("", "sources-panel")
                    waterfall = gr.Plot(show_label=False, elem_id="waterfall", container=False)
                    gr.HTML("<h2>What could change it</h2>", apply_default_css=False)
                    what_if = panel("", "what-if-panel")
            with gr.Row(), gr.Column():
                gr.HTML("<h2>Where the networks looked</h2><p>Attention shows what weighed in, not why; it is no map "
                        "of tumour.</p>", apply_default_css=False)
                picture = panel("", "attention-picture")
            with gr.Row():
                with gr.Column(scale=1, min_width=520):
                    view = viewer("look-viewer", ATTENTION_TOOLS, "look")
                with gr.Column(scale=1, min_width=520):
                    scene = gr.Plot(show_label=False, elem_id="scene-plot", container=False)
    return ReadingScreen(said, progress, cancel, board, opinions, skip, reveal, result, overview, lesion, answer,
                         what_if, warnings, sources, waterfall, picture, view, scene, report)


def paint(screen: ReadingScreen, case: Case, job: Job | None) -> Updates:
    """All but the plots, which are heavy and follow paint_plots."""
    running = runs(job, Step.READING)
    reading = None if running else case.reading
    idle = "" if reading is not None or case.messages.get(Step.READING) else NOTHING
    lesions = [one.lesion for one in reading.lesions] if reading else []
    return {
        screen.status: message(case),
        screen.progress: progress(job, Step.READING) or idle,
        screen.cancel: gr.update(visible=running),
        screen.board: gr.update(visible=reading is not None and not case.revealed),
        screen.opinions: "" if case.revealed else html.board_form(
            lesions, case.opinions, case.reading_revision, case.informed),
        screen.reveal: reveal_button(case),
        screen.result: gr.update(visible=reading is not None and case.revealed),
    }


def reveal_button(case: Case) -> Any:
    """Open once the board has noted something of every lesion."""
    numbers = {one.lesion.number for one in case.reading.lesions} if case.reading else set()
    return gr.update(interactive=numbers <= set(case.opinions))


def message(case: Case) -> str:
    """This screen's sentence."""
    return html.notice(case.messages.get(Step.READING), "reading-status")


def paint_result(screen: ReadingScreen, case: Case, pipeline: Pipeline) -> Updates:
    """The answer, its reasons and its pictures for the chosen lesion; nothing without a reading."""
    reading, index = case.revealed_reading, case.shown_lesion
    if reading is None:
        words = (screen.sources, screen.answer, screen.overview, screen.what_if, screen.warnings, screen.picture)
        return {**dict.fromkeys(words, ""), screen.waterfall: None, screen.scene: None}
    item = reading.lesions[index]
    revision = case.reading_revision * 100 + index
    return {
        screen.overview: html.overview(reading.lesions, reading.board, index) if len(reading.lesions) > 1 else "",
        screen.lesion: _choices(reading, index),
        screen.answer: html.answer(pipeline.statement(item.prediction), item.prediction, reading.model),
        screen.sources: html.sources(item.contributions),
        screen.what_if: html.what_ifs(item.what_if),
        screen.warnings: html.warnings((*item.lesion.warnings, *reading.warnings), "reading-warning-list"),
        screen.picture: html.picture("attention", revision, "Attention of the networks on slices"),
        screen.waterfall: dark(case.views[index].waterfall),
        screen.scene: dark(case.views[index].scene),
    }


def _choices(reading: Reading, index: int) -> Any:
    choices = [(f"Lesion {called(item.lesion)} ({item.lesion.side}, {item.lesion.volume_ml:.1f} ml)", str(place))
               for place, item in enumerate(reading.lesions)]
    return gr.update(choices=choices, value=str(index), visible=len(choices) > 1)


def dark(figure: Any) -> Any:
    """The figure in the colours of the room."""
    figure.update_layout(template="plotly_dark", paper_bgcolor=BACKGROUND, plot_bgcolor=BACKGROUND,
                         font={"color": INK, "family": "system-ui, sans-serif"})
    figure.update_xaxes(title_font_size=12)
    return figure
