"""On the first screen: how the answers of kept cases turned out."""

from dataclasses import dataclass

import gradio as gr

from rnapp.ui.html import card as html
from rnapp.ui.outcomes import Outcomes
from rnapp.ui.screens.common import panel, words
from rnapp.ui.screens.screen import Listen, Painter, Shown, Updates


@dataclass(frozen=True)
class AuditScreen:
    """Its components."""

    compare: gr.Button
    write: gr.Button
    found: gr.HTML


def build() -> AuditScreen:
    """Lay it out, folded."""
    with gr.Accordion("How our own answers turned out", open=False, elem_id="own-audit"):
        words("about_audit")
        with gr.Row():
            compare = gr.Button("Compare kept cases with outcomes", elem_id="compare-outcomes", size="md")
            write = gr.Button("Write the cohort table", elem_id="write-cohort", size="md", visible=False)
        found = panel("", "audit-found")
    return AuditScreen(compare, write, found)


def paint(screen: AuditScreen, shown: Shown, outcomes: Outcomes) -> Updates:
    """What was found, of the question that is asked."""
    audit = outcomes.audit
    return {screen.compare: gr.update(interactive=shown.idle),
            screen.write: gr.update(visible=audit is not None and any(one.outcome is not None for one in audit.rows)),
            screen.found: html.audit(audit, shown.question, outcomes.unreadable)}


def wire(screen: AuditScreen, on: Listen, painter: Painter, outcomes: Outcomes) -> None:
    """Connect its components."""
    def compare() -> Updates:
        outcomes.compare()
        return painter.paint_started()

    def write() -> Updates:
        outcomes.write_cohort()
        return painter.paint()

    on(screen.compare.click, compare)
    on(screen.write.click, write)
