"""Connects the page's events with their handlers; each handler returns what must be refreshed."""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Parameter, Signature, signature
from threading import Lock
from typing import Any

import gradio as gr

from rnapp.ui.page_painter import PagePainter
from rnapp.ui.screens.screen import Listen, Updates
from rnapp.ui.workspace import Step


def wire(page: gr.Blocks, painter: PagePainter) -> None:
    """Connect every interactive component."""
    on, frame = listener(painter), painter.frame

    def turned(event: gr.EventData) -> None:
        painter.services.workspace.turn(Step[str(event._data["step"]).upper()])

    def drawn() -> Updates:
        painter.services.lesion_actions.measure()
        return painter.paint_drawn()

    on(page.load, painter.paint_loaded, any_case=True)
    on(frame.clock.tick, painter.tick, any_case=True)
    on(frame.wire.overtaken, painter.paint_again, last=True, any_case=True)
    on(frame.wire.turned, turned, paints=False, last=True)
    on(frame.wire.drawing_saved, drawn, last=True)
    for screen in painter.screens:
        screen.wire(on, painter)


def listener(painter: PagePainter) -> Listen:
    """What connects an event with a handler.

    Not through Gradio's queue: an event that joins it just as the stream of another closes is lost, and a drawing or a
    click with it. Updates of the page are made in order and numbered, so that the browser can ignore one
    that arrives late (bridge.py).
    """
    lock = Lock()

    def on(event: Callable[..., Any], handler: Callable[..., Any], inputs: Any = (), *, paints: bool = True,
           last: bool = False, each: bool = False, any_case: bool = False) -> None:
        # Events that arrive while the handler runs are dropped. last: all but the newest, which is handled afterwards
        # (Gradio sends the first event's object again, so a script must reuse one object for every event). each: none
        # are. any_case: it does not matter which case the page shows; everything else is done to the case it was meant
        # for, or not at all.
        given = list(inputs) if isinstance(inputs, Sequence) else [inputs]
        bound = paints and not any_case
        if paints:
            handler = _one_at_a_time(_of_its_case(handler, painter) if bound else handler, lock)
        event(handler, inputs=[*given, painter.frame.number] if bound else given,
              outputs=painter.outputs if paints else None, show_progress="hidden", api_visibility="private",
              queue=False, trigger_mode="always_last" if last else "multiple" if each else "once")

    return on


def _of_its_case(handler: Callable[..., Any], painter: PagePainter) -> Callable[..., Any]:
    """The handler with one more value at the end: the number of the case that the page shows."""
    @wraps(handler)
    def checked(*values: Any) -> Any:
        *given, number = values
        return handler(*given) if painter.shows_this_case(number) else painter.paint_other()

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
