"""Screen 6: the files to save."""

from dataclasses import dataclass
from typing import ClassVar

import gradio as gr

from rnapp.ui.html import common as html
from rnapp.ui.html import report as html_report
from rnapp.ui.screens import outcome
from rnapp.ui.screens.common import panel, status, words
from rnapp.ui.screens.screen import Light, Listen, Painter, Services, Shown, Updates
from rnapp.ui.workspace import Step


@dataclass(frozen=True, eq=False)
class ReportScreen(Light):
    """Its components."""

    step: ClassVar[Step] = Step.REPORT
    progress: ClassVar[None] = None

    services: Services
    status: gr.HTML
    downloads: gr.HTML
    summary: gr.HTML
    known: outcome.OutcomeEntry

    def paint(self, shown: Shown) -> Updates:
        """The screen as the case has it."""
        told = {self.status: html.notice(shown.message(Step.REPORT), "report-status"),
                **outcome.paint(self.known, shown)}
        if shown.case.revealed_reading is None:
            return {**told, self.downloads: html.fixed("nothing_to_report"), self.summary: ""}
        result = shown.case.result(shown.question)
        return {**told, self.downloads: html_report.downloads(shown.page.revisions.reading, result.pseudonym),
                self.summary: html_report.summary(result)}

    def wire(self, on: Listen, painter: Painter) -> None:
        """The downloads are links of the page."""
        outcome.wire(self.known, on, painter, self.services.outcomes)


def build(services: Services) -> ReportScreen:
    """Lay it out."""
    with gr.Row(elem_id="report-row"), gr.Column():
        words("report_heading")
        said = status("report-status")
        summary = panel("", "report-summary")
        downloads = panel(html.fixed("nothing_to_report"), "downloads")
        known = outcome.build()
    return ReportScreen(services, said, downloads, summary, known)
