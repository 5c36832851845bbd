"""Which component of "Over time" calls which action."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from rnapp.types import TreatmentKind
from rnapp.ui.desk import Desk
from rnapp.ui.screens.common import Updates
from rnapp.ui.workspace import Message, Step

Listen = Callable[..., Any]
NO_PATH = Message("info", "Give the folder, zip or file of the earlier study first, or drop its files above.")


def wire_time(on: Listen, desk: Desk) -> None:
    """Connect the screen's components with on(event, handler, inputs)."""
    _wire_scans(on, desk)
    _wire_masks(on, desk)
    _wire_course(on, desk)
    on(desk.screens.time.cancel.click, desk.actions.worker.cancel, paints=False)


def _painted(desk: Desk) -> Updates:
    return {**desk.paint(), **desk.paint_courses()}


def _wire_scans(on: Listen, desk: Desk) -> None:
    screen, history = desk.screens.time, desk.history

    def add_files(files: Any, day: str) -> Updates:
        if files:
            history.add([Path(file) for file in files], day, temporary=True)
        return {**desk.paint_started(), screen.files: None}

    def add(path: str, day: str) -> Updates:
        if not path.strip():
            desk.actions.workspace.say(Step.TIME, NO_PATH)
            return desk.paint()
        history.add([Path(path.strip()).expanduser()], day)
        return desk.paint_started()

    def show(event: gr.EventData) -> Updates:
        history.show(int(event._data["place"]))
        return _painted(desk)

    def remove(event: gr.EventData) -> Updates:
        history.remove(int(event._data["place"]))
        return _painted(desk)

    on(screen.files.upload, add_files, [screen.files, screen.day])
    on(screen.add.click, add, [screen.path, screen.day])
    on(screen.scans.show, show, last=True)
    on(screen.scans.remove, remove, last=True)


def _wire_masks(on: Listen, desk: Desk) -> None:
    screen, history = desk.screens.time, desk.history

    def mask(path: str | None) -> Updates:
        if path:
            history.mask(desk.actions.workspace.case.shown_earlier, Path(path), temporary=True)
        return {**desk.paint_started(), screen.masks: None, **screen.choice.cleared()}

    def use_structures(places: list[str]) -> Updates:
        history.choose(desk.actions.workspace.case.shown_earlier, [int(place) for place in places])
        return _painted(desk)

    on(screen.masks.upload, mask, screen.masks)
    on(screen.choice.use.click, use_structures, screen.choice.structures)


def _wire_course(on: Listen, desk: Desk) -> None:
    screen, history = desk.screens.time, desk.history

    def date_present(day: str) -> Updates:
        history.date_present(day.strip())
        return _painted(desk)

    def all_drawn(wanted: bool) -> Updates:
        desk.actions.workspace.change(all_drawn=wanted)
        return _painted(desk)

    def treat(day: str, kind: TreatmentKind, words: str) -> Updates:
        history.treat(day, kind, words)
        return _painted(desk)

    def forget(event: gr.EventData) -> Updates:
        history.forget_treatment(int(event._data["place"]))
        return _painted(desk)

    on(screen.present_day.blur, date_present, screen.present_day)
    on(screen.present_day.submit, date_present, screen.present_day)
    on(screen.all_drawn.input, all_drawn, screen.all_drawn)
    on(screen.treat.click, treat, [screen.treatment_day, screen.treatment_kind, screen.treatment_words])
    on(screen.treatments.forget, forget)
