"""Which button calls which action, and what is painted afterwards."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any

import gradio as gr

from rnapp.types import BrainMaskMode
from rnapp.ui.actions import Actions
from rnapp.ui.desk import Desk, Screens
from rnapp.ui.screens.clinical import to_form
from rnapp.ui.screens.common import Updates
from rnapp.ui.workspace import Step

Listen = Callable[..., Any]


def wire(page: gr.Blocks, screens: Screens, actions: Actions) -> None:
    """Connect every interactive component."""
    desk = Desk(screens, actions)

    lock = Lock()

    def on(event: Listen, handler: Callable[..., Any], inputs: Any = None, paints: bool = True,
           last: bool = False) -> None:
        # last: what comes while the handler runs is not dropped, the newest of it is handled afterwards.
        # Not through Gradio's queue: an event that joins it just as the stream of another closes is lost, and a
        # drawing or a click with it. Painting one after the other keeps an old case from covering a newer one.
        event(_one_at_a_time(handler, lock) if paints else handler, inputs=inputs,
              outputs=screens.outputs if paints else None, show_progress="hidden", api_visibility="private",
              queue=False, trigger_mode="always_last" if last else "once")

    def turned(event: gr.EventData) -> None:
        actions.turn(Step[str(event._data["step"]).upper()])

    on(page.load, desk.paint_loaded)
    on(screens.clock.tick, desk.tick)
    on(screens.wire.turned, turned, paints=False, last=True)
    _wire_study(on, desk)
    _wire_preparation(on, desk)
    _wire_lesions(on, desk)
    _wire_form(on, desk)
    _wire_reading(on, desk)


def _one_at_a_time(handler: Callable[..., Any], lock: Lock) -> Callable[..., Any]:
    @wraps(handler)
    def alone(*values: Any) -> Any:
        with lock:
            return handler(*values)

    return alone


def _wire_study(on: Listen, desk: Desk) -> None:
    screen, actions = desk.screens.study, desk.actions

    def upload(files: Any) -> Updates:
        if files:
            actions.open_uploads([Path(file) for file in ([files] if isinstance(files, str) else files)])
        return {**desk.paint_all(), screen.files: None, screen.folder: None}

    def open_path(path: str) -> Updates:
        if path.strip():
            actions.open_study([Path(path.strip()).expanduser()])
        return desk.paint_all()

    def example() -> Updates:
        actions.load_example()
        return desk.paint_started()

    def choose(event: gr.EventData) -> Updates:
        actions.choose(int(event._data["index"]))
        return desk.paint()

    def prepare() -> Updates:
        actions.prepare()
        return desk.paint_started()

    on(screen.files.upload, upload, screen.files)
    on(screen.folder.upload, upload, screen.folder)
    on(screen.open_path.click, open_path, screen.path)
    on(screen.path.submit, open_path, screen.path)
    on(screen.example.click, example)
    on(screen.series.choose, choose, last=True)
    on(screen.prepare.click, prepare)


def _wire_preparation(on: Listen, desk: Desk) -> None:
    screen, actions = desk.screens.preparation, desk.actions

    def accept(in_spite_of_doubt: bool) -> Updates:
        return desk.paint(go=actions.accept(in_spite_of_doubt))

    def reject() -> Updates:
        actions.reject()
        return desk.paint(go=True)

    def strip_again(mode: BrainMaskMode) -> Updates:
        actions.prepare(mode)
        return desk.paint_started()

    on(screen.cancel.click, actions.cancel, paints=False)
    on(screen.accept.click, accept, screen.doubt)
    on(screen.reject.click, reject)
    on(screen.again.click, strip_again, screen.mode)


def _wire_lesions(on: Listen, desk: Desk) -> None:
    screen, actions = desk.screens.lesions, desk.actions

    def drawn() -> Updates:
        actions.measure()
        return desk.paint()

    def upload(path: str | None) -> Updates:
        if path:
            actions.upload_mask(Path(path))
            Path(path).unlink(missing_ok=True)
        labels = [str(label) for label in actions.workspace.case.waiting_labels]
        return {**desk.paint(), screen.upload: None, screen.labels: gr.update(choices=labels, value=[])}

    def use_example() -> Updates:
        if mask := actions.workspace.case.example_mask:
            actions.upload_mask(mask)
        return desk.paint()

    def use_labels(labels: list[str]) -> Updates:
        actions.choose_labels([int(label) for label in labels])
        return desk.paint()

    def propose() -> Updates:
        actions.propose()
        return desk.paint_started()

    def dismiss(event: gr.EventData) -> Updates:
        actions.dismiss(int(event._data["number"]))
        return desk.paint()

    def go_on() -> Updates:
        actions.workspace.change(step=Step.CLINICAL)
        return desk.paint(go=True)

    on(desk.screens.wire.drawing_saved, drawn, last=True)
    on(screen.upload.upload, upload, screen.upload)
    on(screen.example_mask.click, use_example)
    on(screen.use_labels.click, use_labels, screen.labels)
    on(screen.propose.click, propose)
    on(screen.proposals.dismiss, dismiss, last=True)
    on(screen.go_on.click, go_on)


def _wire_form(on: Listen, desk: Desk) -> None:
    screen, actions = desk.screens.clinical, desk.actions

    def keep(*values: Any) -> Updates:
        actions.keep_form(to_form(*values))
        return desk.paint()

    def analyse(*values: Any) -> Updates:
        actions.keep_form(to_form(*values))
        actions.analyse()
        return desk.paint_started()

    for field in screen.fields:
        on(field.input, keep, screen.fields, last=True)
    on(screen.analyse.click, analyse, screen.fields)


def _wire_reading(on: Listen, desk: Desk) -> None:
    screen, actions = desk.screens.reading, desk.actions

    def show(index: str | None) -> Updates:
        reading = actions.workspace.case.reading
        if reading is None or index is None or int(index) >= len(reading.lesions):
            return desk.paint()
        actions.workspace.change(shown_lesion=int(index))
        return {**desk.paint(), **desk.paint_result()}

    on(screen.cancel.click, actions.cancel, paints=False)
    on(screen.lesion.input, show, screen.lesion, last=True)
