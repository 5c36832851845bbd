"""Screen 6: the files to take along."""

from dataclasses import dataclass

import gradio as gr

from rnapp.types import Reading
from rnapp.ui import html
from rnapp.ui.screens.common import Updates, panel
from rnapp.ui.workspace import Case

NOTHING = '<p class="empty" id="no-report">There is nothing to report yet. The report is made from the reading.</p>'
WORDS = """<h2>Report and files</h2>
<p>They are made when you ask for them, name nobody but the pseudonym, and stay on this computer. rnapp keeps no copy
after it is closed, unless you press "Keep case" above: then the case lies on this computer until you delete it.</p>"""


@dataclass(frozen=True)
class ReportScreen:
    """Its components."""

    downloads: gr.HTML
    summary: gr.HTML


def build() -> ReportScreen:
    """Lay it out."""
    with gr.Row(elem_id="report-row"), gr.Column():
        gr.HTML(WORDS, apply_default_css=False)
        summary = panel("", "report-summary")
        downloads = panel(NOTHING, "downloads")
    return ReportScreen(downloads, summary)


def paint(screen: ReportScreen, case: Case) -> Updates:
    """The screen as the case has it."""
    reading = case.revealed_reading
    return {screen.downloads: NOTHING if reading is None else html.downloads(
                case.reading_revision, reading.pseudonym),
            screen.summary: "" if reading is None else summary(reading)}


def summary(reading: Reading) -> str:
    """What the report is about, so that nobody takes along the wrong one."""
    return html.overview(reading.lesions, reading.board, None) + html.facts((
        ("Pseudonym", reading.pseudonym or "none"), ("Analysed", reading.created.replace("T", " ")[:16]),
        ("Model", f"{reading.model.name} {reading.model.version}")), "report-facts")
