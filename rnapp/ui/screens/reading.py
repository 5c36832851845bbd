"""Screen 5: the board's own opinion, then each answer, and why."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import gradio as gr

from rnapp.types import CaseResult
from rnapp.ui.html import common as html
from rnapp.ui.html import dose as html_dose
from rnapp.ui.html import reading as html_reading
from rnapp.ui.map_actions import MAKING
from rnapp.ui.screens import occlusion, prior
from rnapp.ui.screens.common import cancel_button, panel, progress, status, words
from rnapp.ui.screens.occlusion import OcclusionPart
from rnapp.ui.screens.prior import PriorPart
from rnapp.ui.screens.screen import Listen, Painter, Services, Shown, Updates
from rnapp.ui.screens.viewer import ATTENTION_TOOLS, OUTLINE_TOOL, viewer
from rnapp.ui.scripts import on_load
from rnapp.ui.workspace import Step

# All at once, so that nothing is lost if one click overtakes another.
OPINE = on_load("opinions")
CHOOSE = on_load("overview")
CONFIRM = on_load("confirm")


@dataclass(frozen=True, eq=False)
class ReadingScreen:
    """Its components, but for the viewer, which is never painted (see bridge.py)."""

    step: ClassVar[Step] = Step.READING

    services: Services
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
    seen: gr.HTML
    dose: gr.HTML
    dosed: gr.Row
    isodoses: gr.HTML
    curves: gr.Plot
    what_if: gr.HTML
    warnings: gr.HTML
    prior: PriorPart
    sources: gr.HTML
    waterfall: gr.Plot
    names: gr.HTML
    beside: gr.Column
    moved: gr.Column
    looked: gr.Column
    looked_words: gr.HTML
    picture: gr.HTML
    map: OcclusionPart
    scene: gr.Plot
    report: gr.Button

    def paint(self, shown: Shown) -> Updates:
        """All but the answer and its pictures, which are heavy."""
        case, running = shown.case, shown.runs(Step.READING)
        mapping = shown.job is not None and shown.job.title == MAKING  # the answer stays
        reading = None if running and not mapping else case.reading
        nothing = reading is None and not shown.message(Step.READING)
        return {
            self.status: html.notice(shown.message(Step.READING), "reading-status"),
            self.progress: progress(shown, Step.READING) or (html.fixed("nothing_read") if nothing else ""),
            self.cancel: gr.update(visible=running),
            self.board: gr.update(visible=reading is not None and not case.revealed),
            self.opinions: "" if case.revealed or reading is None else html_reading.board_form(
                shown.question, case, shown.page.revisions.reading),
            self.reveal: self._reveal(shown),
            self.result: gr.update(visible=reading is not None and case.revealed),
            self.map.make: gr.update(visible=self._can_map(shown), interactive=shown.idle),
        }

    def paint_heavy(self, shown: Shown) -> Updates:
        """The answer, its reasons and its pictures; an answer that cannot be shown in full is not shown at all."""
        actions, workspace = self.services.actions, self.services.workspace
        painted = actions.worker.attempt(Step.READING, lambda: self._result(shown))
        if painted is not None:
            return painted
        workspace.update(lambda case: case.with_reading(None))
        return self.paint(Shown(workspace.case, workspace.page, None, shown.question))

    def paint_fields(self, shown: Shown) -> Updates:  # noqa: ARG002 - of the protocol
        """Nothing is typed here."""
        return {}

    def wire(self, on: Listen, painter: Painter) -> None:
        """Connect its components."""
        services = self.services
        actions, workspace = services.actions, services.workspace

        def opine(event: gr.EventData) -> Updates:
            # Not the form: repainting it could undo a click that has not arrived yet.
            noted = actions.opine([(int(lesion), str(leaning)) for lesion, leaning in event._data["opinions"]])
            now = Shown(workspace.case, workspace.page, workspace.job, services.question)
            return painter.paint_only({self.reveal: self._reveal(now)}) if noted else painter.paint()

        def reveal() -> Updates:
            actions.reveal()
            return {**painter.paint(), **painter.paint_heavy(Step.READING)}

        def report() -> Updates:
            workspace.turn(Step.REPORT)
            return painter.paint(go=True)

        self._wire_choice(on, painter)
        occlusion.wire(self.map, on, painter, services)
        self._wire_trust(on, painter)
        on(self.cancel.click, actions.worker.cancel, paints=False)
        on(self.opinions.opine, opine, last=True)
        on(self.reveal.click, reveal)
        on(self.skip.click, reveal)
        on(self.report.click, report)

    def _wire_choice(self, on: Listen, painter: Painter) -> None:
        workspace = self.services.workspace

        def show(index: int) -> Updates:
            reading = workspace.case.revealed_reading
            if reading is None or not 0 <= index < len(reading.answers):
                return painter.paint()
            workspace.update_page(lambda page: replace(page, shown_answer=index))
            return {**painter.paint(), **painter.paint_heavy(Step.READING)}

        def chosen(index: str | None) -> Updates:
            return show(-1 if index is None else int(index))

        def clicked(event: gr.EventData) -> Updates:
            return show(int(event._data["index"]))

        on(self.lesion.input, chosen, self.lesion, last=True)
        on(self.overview.show, clicked, last=True)

    def _wire_trust(self, on: Listen, painter: Painter) -> None:
        def confirm(event: gr.EventData) -> Updates:
            said = event._data
            self.services.trust_actions.confirm(int(said["answer"]), str(said["code"]), str(said["reason"]))
            return painter.paint_started()

        on(self.warnings.confirm_caution, confirm)
        prior.wire(self.prior, on, painter, self.services)

    def _can_map(self, shown: Shown) -> bool:
        """Whether maps can be made and have not been."""
        reading, model = shown.case.revealed_reading, self.services.actions.questions.of(shown.open)
        return model.maps and reading is not None and not any(one.occlusion for one in reading.answers)

    def _reveal(self, shown: Shown) -> Any:
        """Enabled once the board has noted an opinion on every answer."""
        numbers = {one.lesion for one in shown.case.reading.answers} if shown.case.reading else set()
        return gr.update(interactive=numbers <= set(shown.case.opinions))

    def _result(self, shown: Shown) -> Updates:
        """Nothing before the answer may be seen."""
        if shown.case.revealed_reading is None:
            panels = (self.sources, self.answer, self.seen, self.dose, self.overview, self.what_if, self.warnings,
                      self.names, self.looked_words, self.picture, self.map.picture, self.isodoses)
            return {**dict.fromkeys(panels, ""), self.waterfall: None, self.scene: None, self.curves: None}
        result, index = shown.case.result(shown.question), shown.page.shown_answer
        answer, view = result.reading.answers[index], shown.page.views[index]
        return {
            self.overview: html_reading.overview(result, index) if len(result.reading.answers) > 1 else "",
            self.lesion: _choices(result, index),
            self.answer: html_reading.answer(result, index),
            self.seen: html_reading.inputs_seen(result, index),
            self.dose: html_dose.beside(result),
            self.dosed: gr.update(visible=result.reading.dose is not None),
            self.isodoses: "".join(
                html.picture(f"isodoses/{place}", shown.page.revisions.reading * 100 + index, "Isodoses on slices")
                for place in range(1, len(view.isodoses) + 1)),
            self.curves: gr.update(value=view.curves, visible=view.curves is not None),
            self.moved: gr.update(visible=bool(answer.contributions)),
            self.beside: gr.update(visible=bool(answer.contributions) or result.reading.dose is not None),
            self.sources: html_reading.sources(result, index),
            self.names: html_reading.names_of_bars(result, index),
            self.what_if: html_reading.what_ifs(result, index),
            **occlusion.paint(self.map, shown, result, self.services.actions.questions.of(shown.open).maps),
            self.warnings: html_reading.cautions(result, index),
            **prior.paint(self.prior, shown.question, self.services.trust_actions.prior(shown.question)),
            self.looked: gr.update(visible=answer.attention is not None),
            self.looked_words: "" if answer.attention is None else html_reading.where_it_looked(result, index),
            self.picture: "" if answer.attention is None else html.picture(
                "attention", shown.page.revisions.reading * 100 + index, "What moved the image networks, on slices"),
            self.waterfall: view.waterfall,
            self.scene: view.scene,
        }


def build(services: Services) -> ReadingScreen:
    """Lay it out."""
    with gr.Column():
        said = status("reading-status")
        with gr.Column(elem_id="reading-work"):
            state = panel(html.fixed("nothing_read"), "reading-progress")
            cancel = cancel_button("cancel-reading")
        with gr.Row(visible=False, elem_id="board-row") as board, gr.Column():
            words("board_first")
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
                    seen = panel("", "inputs-seen-panel")
                    warnings = panel("", "reading-warnings", CONFIRM)
                    share = prior.build()
                    report = gr.Button("Go on to the report", variant="primary", elem_id="to-report")
                with gr.Column(scale=5, min_width=560) as beside:
                    with gr.Column() as moved:
                        words("what_moved_it")
                        sources = panel("", "sources-panel")
                        waterfall = gr.Plot(show_label=False, elem_id="waterfall", container=False)
                        names = panel("", "exact-names-panel")
                        words("what_could_change_it")
                        what_if = panel("", "what-if-panel")
                    dose = panel("", "reading-dose")
            with gr.Row(visible=False, elem_id="dose-drawn") as dosed:
                with gr.Column(scale=6, min_width=520):
                    isodoses = panel("", "isodose-pictures")
                with gr.Column(scale=5, min_width=420):
                    curves = gr.Plot(show_label=False, elem_id="dose-curves", container=False)
            with gr.Column() as looked:
                looked_words = panel("", "looked-words")
                picture = panel("", "attention-picture")
            occlude = occlusion.build()
            with gr.Row():
                with gr.Column(scale=1, min_width=520):
                    outline = OUTLINE_TOOL if any(one.outlines for one in services.questions) else ""
                    viewer("look-viewer", f"{ATTENTION_TOOLS}{outline}", "look")
                with gr.Column(scale=1, min_width=520):
                    scene = gr.Plot(show_label=False, elem_id="scene-plot", container=False)
    return ReadingScreen(services, said, state, cancel, board, opinions, skip, reveal, result, overview, lesion,
                         answer, seen, dose, dosed, isodoses, curves, what_if, warnings, share, sources, waterfall,
                         names, beside, moved, looked, looked_words, picture, occlude, scene, report)


def _choices(result: CaseResult, index: int) -> Any:
    """Which lesion is shown; hidden if there is only one answer."""
    answers = result.reading.answers
    measured = [result.lesions.lesion(one.lesion) for one in answers] if result.question.unit == "lesion" else []
    choices = [(f"Lesion {result.lesions.called(one.number)} ({one.side}, {one.volume_ml:.1f} ml)", str(place))
               for place, one in enumerate(measured)]
    return gr.update(choices=choices, value=str(index) if choices else None, visible=len(choices) > 1)
