"""On the screen of the report: what became known of a lesion later."""

from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr

from rnapp.types import PROOFS, STUDY, KnownOutcome, Proof
from rnapp.ui.html import card as html
from rnapp.ui.outcomes import Outcomes
from rnapp.ui.screens.common import panel, words
from rnapp.ui.screens.screen import Listen, Painter, Shown, Updates


@dataclass(frozen=True)
class OutcomeEntry:
    """Its components."""

    block: gr.Column
    lesion: gr.Dropdown
    outcome: gr.Radio
    proof: gr.Dropdown
    known: gr.Textbox
    note: gr.Button
    take_back: gr.Button
    listed: gr.HTML


def build() -> OutcomeEntry:
    """Lay it out; hidden while no answer was shown."""
    with gr.Column(visible=False, elem_id="known-outcome") as block:
        words("known_outcome_heading")
        with gr.Row():
            lesion = gr.Dropdown([], label="Of", elem_id="known-lesion", filterable=False, min_width=140)
            outcome = gr.Radio([], label="It was", elem_id="known-what", min_width=240)
        with gr.Row():
            proof = gr.Dropdown([(name, code) for code, name in PROOFS.items()], value="histology", label="Known by",
                                elem_id="known-proof", filterable=False, min_width=180)
            known = gr.Textbox(label="Since", placeholder="YYYY-MM-DD", elem_id="known-since", max_lines=1,
                               min_width=140)
        with gr.Row():
            note = gr.Button("Note this outcome", elem_id="note-outcome", size="md")
            take_back = gr.Button("Take it back", elem_id="take-back-outcome", size="md")
        listed = panel("", "known-outcomes")
    return OutcomeEntry(block, lesion, outcome, proof, known, note, take_back, listed)


def paint(entry: OutcomeEntry, shown: Shown) -> Updates:
    """What was entered; what may be being typed stays."""
    reading, question = shown.case.revealed_reading, shown.question
    if reading is None:
        return {entry.block: gr.update(visible=False)}
    lesions = shown.case.lesions
    choices = [("This study" if one.lesion == STUDY or lesions is None else f"Lesion {lesions.called(one.lesion)}",
                str(one.lesion)) for one in reading.answers]
    value: dict[str, Any] = {"value": choices[0][1]} if len(choices) == 1 else {}
    return {
        entry.block: gr.update(visible=True),
        entry.lesion: gr.update(choices=choices, **value),
        entry.outcome: gr.update(choices=[(one.title, str(place)) for place, one in enumerate(question.outcomes)]),
        entry.take_back: gr.update(visible=bool(shown.case.outline.known)),
        entry.listed: html.known_outcomes(shown.case.outline.known, question),
    }


def wire(entry: OutcomeEntry, on: Listen, painter: Painter, outcomes: Outcomes) -> None:
    """Connect its components."""
    def note(lesion: str | None, outcome: str | None, proof: Proof, known: str) -> Updates:
        if lesion is not None and outcome is not None:
            place: Literal[0, 1] = 0 if outcome == "0" else 1
            outcomes.note(KnownOutcome(int(lesion), place, proof, known.strip()))
        else:
            outcomes.ask_for_both()
        return painter.paint()

    def take_back(lesion: str | None) -> Updates:
        if lesion is not None:
            outcomes.take_back(int(lesion))
        return painter.paint()

    on(entry.note.click, note, [entry.lesion, entry.outcome, entry.proof, entry.known])
    on(entry.take_back.click, take_back, entry.lesion)
