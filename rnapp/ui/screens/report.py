"""Screen 6: the files to save."""

from dataclasses import dataclass
from typing import ClassVar

import gradio as gr

from rnapp.ui.html import common as html
from rnapp.ui.html import report as html_report
from rnapp.ui.screens.common import panel, words
from rnapp.ui.screens.screen import Light, Listen, Painter, Services, Shown, Updates
from rnapp.ui.workspace import Step


@dataclass(frozen=True, eq=False)
class ReportScreen(Light):
    """Its components."""

    step: ClassVar[Step] = Step.REPORT
    progress: ClassVar[None] = None

    downloads: gr.HTML
    summary: gr.HTML

    def paint(self, shown: Shown) -> Updates:
        """The screen as the case has it."""
        if shown.case.revealed_reading is None:
            return {self.downloads: html.fixed("nothing_to_report"), self.summary: ""}
        result = shown.case.result(shown.question)
        return {self.downloads: html_report.downloads(shown.page.revisions.reading, result.pseudonym),
                self.summary: html_report.summary(result)}

    def wire(self, on: Listen, painter: Painter) -> None:
        """The page's links do everything."""


def build(services: Services) -> ReportScreen:  # noqa: ARG001 - every screen is built with them
    """Lay it out."""
    with gr.Row(elem_id="report-row"), gr.Column():
        words("report_heading")
        summary = panel("", "report-summary")
        downloads = panel(html.fixed("nothing_to_report"), "downloads")
    return ReportScreen(downloads, summary)
