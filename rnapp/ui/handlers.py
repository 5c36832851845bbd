"""Which button calls which action, and what is painted afterwards."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from threading import Lock
from typing import Any

import gradio as gr

from rnapp.types import BrainMaskMode
from rnapp.ui.actions import Actions
from rnapp.ui.desk import Desk, Screens
from rnapp.ui.handlers_time import wire_time
from rnapp.ui.keeping import Keeping
from rnapp.ui.models import Models
from rnapp.ui.screens.clinical import to_form
from rnapp.ui.screens.common import Updates
from rnapp.ui.workspace import Step

Listen = Callable[..., Any]


def wire(page: gr.Blocks, screens: Screens, actions: Actions, keeping: Keeping,
         models: Models) -> None:
    """Connect every interactive component."""
    desk = Desk(screens, actions, keeping, models)

    lock = Lock()

    def on(event: Listen, handler: Callable[..., Any], inputs: Any = (), paints: bool = True, last: bool = False,
           any_case: bool = False) -> None:
        # last: what comes while the handler runs is not dropped, the newest of it is handled afterwards.
        # Not through Gradio's queue: an event that joins it just as the stream of another closes is lost, and a
        # drawing or a click with it. Painted one after the other and numbered; a page that gets an older painting
        # last notices (bridge.py).
        # any_case: it does not matter which case the page shows; everything else is done to the case it was meant for,
        # or not at all.
        given = list(inputs) if isinstance(inputs, Sequence) else [inputs]
        bound = paints and not any_case
        if paints:
            handler = _one_at_a_time(_of_its_case(handler, desk) if bound else handler, lock)
        event(handler, inputs=[*given, screens.number] if bound else given,
              outputs=screens.outputs if paints else None, show_progress="hidden", api_visibility="private",
              queue=False, trigger_mode="always_last" if last else "once")

    def turned(event: gr.EventData) -> None:
        actions.turn(Step[str(event._data["step"]).upper()])

    on(page.load, desk.paint_loaded, any_case=True)
    on(screens.clock.tick, desk.tick, any_case=True)
    on(screens.wire.overtaken, desk.paint_again, last=True, any_case=True)
    on(screens.wire.turned, turned, paints=False, last=True)
    _wire_study(on, desk)
    _wire_kept_and_models(on, desk)
    _wire_preparation(on, desk)
    _wire_lesions(on, desk)
    _wire_form(on, desk)
    _wire_reading(on, desk)
    wire_time(on, desk)


def _of_its_case(handler: Callable[..., Any], desk: Desk) -> Callable[..., Any]:
    """The handler with one more value, the last: the number of the case that the page shows."""
    @wraps(handler)
    def checked(*values: Any) -> Any:
        *given, number = values
        return handler(*given) if desk.shows_this_case(number) else desk.paint_other()

    # Where Gradio looks for the handler's gr.EventData, and how many values it may be given.
    own = [one for one in signature(handler).parameters.values() if one.kind is not Parameter.VAR_POSITIONAL]
    checked.__signature__ = Signature([*own, Parameter("values", Parameter.VAR_POSITIONAL)])  # type: ignore[attr-defined]
    return checked


def _one_at_a_time(handler: Callable[..., Any], lock: Lock) -> Callable[..., Any]:
    @wraps(handler)
    def alone(*values: Any) -> Any:
        with lock:
            return handler(*values)

    return alone


def _wire_study(on: Listen, desk: Desk) -> None:
    screen, actions = desk.screens.study, desk.actions
    anyhow = partial(on, any_case=True)

    def upload(files: Any) -> Updates:
        if files:
            actions.open_uploads([Path(file) for file in ([files] if isinstance(files, str) else files)])
        return {**desk.paint_started(), screen.files: None, screen.folder: None}

    def open_path(path: str) -> Updates:
        if path.strip():
            actions.open_study([Path(path.strip()).expanduser()])
        return desk.paint_started()

    def example() -> Updates:
        actions.load_example()
        return desk.paint_started()

    def choose(event: gr.EventData) -> Updates:
        actions.choose(int(event._data["index"]))
        return desk.paint()

    def choose_patient(patient: str | None) -> Updates:
        if patient:
            actions.choose_patient(patient)
        return desk.paint_all()

    def check_mask(path: str | None) -> Updates:
        if path:
            desk.drawing.check(Path(path), temporary=True)
        return {**desk.paint_started(), screen.mask: None}

    def prepare() -> Updates:
        actions.prepare()
        return desk.paint_started()

    anyhow(screen.files.upload, upload, screen.files)
    anyhow(screen.folder.upload, upload, screen.folder)
    anyhow(screen.open_path.click, open_path, screen.path)
    anyhow(screen.path.submit, open_path, screen.path)
    anyhow(screen.example.click, example)
    on(screen.cancel.click, actions.worker.cancel, paints=False)
    on(screen.patient.input, choose_patient, screen.patient)
    on(screen.series.choose, choose, last=True)
    on(screen.mask.upload, check_mask, screen.mask)
    on(screen.prepare.click, prepare)


def _wire_kept_and_models(on: Listen, desk: Desk) -> None:
    screen, anyhow = desk.screens.study, partial(on, any_case=True)

    def open_kept(event: gr.EventData) -> Updates:
        desk.keeping.open(str(event._data["id"]))
        return desk.paint_started()

    def install(file: str | None, fingerprint: str) -> Updates:
        if file:
            desk.models.install(Path(file), fingerprint)
        return {**desk.paint(), screen.models.file: None}

    def use(event: gr.EventData) -> Updates:
        desk.models.use(str(event._data["sha256"]))
        return desk.paint()

    def discard(event: gr.EventData) -> Updates:
        desk.models.remove(str(event._data["sha256"]))
        return desk.paint()

    def remove_kept(event: gr.EventData) -> Updates:
        desk.keeping.remove(str(event._data["id"]))
        return desk.paint()

    anyhow(screen.kept.open_kept, open_kept)
    anyhow(screen.kept.remove_kept, remove_kept)
    anyhow(screen.models.file.upload, install, [screen.models.file, screen.models.fingerprint])
    anyhow(screen.models.listed.use_model, use)
    anyhow(screen.models.listed.discard_model, discard)


def _wire_preparation(on: Listen, desk: Desk) -> None:
    screen, actions = desk.screens.preparation, desk.actions

    def accept(in_spite_of_doubt: bool) -> Updates:
        accepted = actions.accept(in_spite_of_doubt)
        return desk.paint_started() if accepted and desk.drawing.take_early() else desk.paint(go=accepted)

    def reject() -> Updates:
        actions.reject()
        return desk.paint(go=True)

    def strip_again(mode: BrainMaskMode) -> Updates:
        actions.prepare(mode)
        return desk.paint_started()

    on(screen.cancel.click, actions.worker.cancel, paints=False)
    on(screen.accept.click, accept, screen.doubt)
    on(screen.reject.click, reject)
    on(screen.again.click, strip_again, screen.mode)


def _wire_lesions(on: Listen, desk: Desk) -> None:
    screen, workspace, drawing = desk.screens.lesions, desk.actions.workspace, desk.drawing

    def drawn() -> Updates:
        drawing.measure()
        return {**desk.paint(), **desk.paint_courses()}

    def upload(path: str | None) -> Updates:
        if path:
            drawing.upload(Path(path), temporary=True)
        return {**desk.paint_started(), screen.upload: None, **screen.choice.cleared()}

    def use_example() -> Updates:
        if mask := workspace.case.example_mask:
            drawing.upload(mask)
        return desk.paint_started()

    def use_structures(places: list[str]) -> Updates:
        drawing.choose([int(place) for place in places])
        return desk.paint()

    def fits() -> Updates:
        drawing.confirm(True)
        return desk.paint()

    def fits_not() -> Updates:
        drawing.confirm(False)
        return desk.paint()

    def rename(event: gr.EventData) -> Updates:
        drawing.rename(int(event._data["lesion"]), str(event._data["name"]))
        return {**desk.paint(), **desk.paint_result()}

    def propose() -> Updates:
        drawing.propose()
        return desk.paint_started()

    def dismiss(event: gr.EventData) -> Updates:
        drawing.dismiss(int(event._data["number"]))
        return desk.paint()

    def go_on() -> Updates:
        workspace.change(step=Step.CLINICAL)
        return desk.paint(go=True)

    on(desk.screens.wire.drawing_saved, drawn, last=True)
    on(screen.upload.upload, upload, screen.upload)
    on(screen.example_mask.click, use_example)
    on(screen.choice.use.click, use_structures, screen.choice.structures)
    on(screen.fits.click, fits)
    on(screen.fits_not.click, fits_not)
    on(screen.lesions.rename, rename, last=True)
    on(screen.propose.click, propose)
    on(screen.proposals.dismiss, dismiss, last=True)
    on(screen.go_on.click, go_on)


def _wire_form(on: Listen, desk: Desk) -> None:
    screen, actions = desk.screens.clinical, desk.actions

    def keep(*values: Any) -> Updates:
        actions.keep_form(to_form(*values))
        return desk.paint()

    def reader_first(wanted: bool) -> None:
        actions.workspace.change(reader_first=wanted)

    def analyse(*values: Any) -> Updates:
        actions.keep_form(to_form(*values))
        actions.analyse()
        return desk.paint_started()

    # One event for all fields: those of two that are typed in at the same time could come the other way round. A
    # textbox has its input event for keys that write alone, not for a paste or Delete: those come when it is left.
    typed = [*(field.input for field in screen.fields), screen.pseudonym.blur]
    on(partial(gr.on, typed), keep, screen.fields, last=True)
    on(screen.reader_first.input, reader_first, screen.reader_first, paints=False)
    on(screen.analyse.click, analyse, screen.fields)


def _wire_reading(on: Listen, desk: Desk) -> None:
    screen, actions = desk.screens.reading, desk.actions

    def show(index: int) -> Updates:
        reading = actions.workspace.case.revealed_reading
        if reading is None or not 0 <= index < len(reading.lesions):
            return desk.paint()
        actions.workspace.change(shown_lesion=index)
        return {**desk.paint(), **desk.paint_result()}

    def chosen(index: str | None) -> Updates:
        return show(-1 if index is None else int(index))

    def clicked(event: gr.EventData) -> Updates:
        return show(int(event._data["index"]))

    def opine(event: gr.EventData) -> Updates:
        noted = actions.opine([(int(lesion), str(leaning)) for lesion, leaning in event._data["opinions"]])
        return desk.paint_opinion() if noted else desk.paint()

    def reveal() -> Updates:
        actions.reveal()
        return {**desk.paint(), **desk.paint_result()}

    def report() -> Updates:
        actions.workspace.change(step=Step.REPORT)
        return desk.paint(go=True)

    on(screen.cancel.click, actions.worker.cancel, paints=False)
    on(screen.lesion.input, chosen, screen.lesion, last=True)
    on(screen.overview.show, clicked, last=True)
    on(screen.opinions.opine, opine, last=True)
    on(screen.reveal.click, reveal)
    on(screen.skip.click, reveal)
    on(screen.report.click, report)
