"""Starts the app: a single instance, a window with words while it loads, then the app in the same window."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING

from rnapp import __version__
from rnapp.config import default_settings, state_folder
from rnapp.desktop.instance import Instance
from rnapp.desktop.offered import checked_models
from rnapp.desktop.splash import Splash
from rnapp.desktop.window import Window, names_found
from rnapp.errors import InputError, RnappError
from rnapp.measured import read_chosen_backend
from rnapp.private import ended_by_signals
from rnapp.tasks import TASKS
from rnapp.ui.listeners import Listeners, listen
from rnapp.ui.ports import Model
from rnapp.ui.session import ADDRESS_SECONDS

if TYPE_CHECKING:
    from rnapp.ui.server import Running

MEASURING = "Measuring once how this computer computes fastest (about a minute) …"
LOADING = "Opening the first page …"
# The case stays open so long after the window was closed, perhaps by mistake; starting rnapp again shows it.
WINDOWLESS_SECONDS = 15 * 60
LOOK_SECONDS = 1.0
READ_SECONDS = 600.0  # how long a window that says why the app cannot start stays


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said when the app is started."""
    parser.add_argument("--demo", nargs="?", const=next(iter(TASKS)), choices=tuple(TASKS), metavar="TASK",
                        help=f"open with the example study of a question loaded ({', '.join(TASKS)}; default: the "
                             "first)")
    parser.add_argument("--port", type=int, default=0, help="loopback port (default: any free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address instead of opening a window")


def run(options: argparse.Namespace) -> None:
    """Until the app is ended. Raises InputError where it cannot start, and says so in the window too."""
    if options.no_browser:
        _print_address(options)
        return
    instance = Instance(state_folder(), __version__)
    if not instance.first():
        if not instance.ask_for_window():
            raise RnappError("rnapp is running already but does not answer; end it in the system's task manager, then "
                             "start it again.")
        return
    try:
        with ended_by_signals():
            _in_window(options, instance)
    finally:
        instance.end()


def _print_address(options: argparse.Namespace) -> None:
    from rnapp.ui.server import serve

    listeners = listen(options.port, names_found())
    models = load(lambda words: print(words, file=sys.stderr, flush=True), options.demo)
    serve(models, listeners, options.demo is not None, begun=lambda _: print(
        f"rnapp is open at {listeners.session.address()} (this address works once, within {ADDRESS_SECONDS / 60:.0f} "
        "minutes)", flush=True))


def _in_window(options: argparse.Namespace, instance: Instance) -> None:
    listeners = listen(options.port, names_found())
    window = Window(state_folder() / "window", listeners.session.page)
    listeners.session.another_window = window.open
    instance.announce(listeners.session)
    try:
        with Splash(listeners) as splash:
            window.open()
            models = _loaded(splash, window, options.demo)
        _serve(models, listeners, options.demo is not None, window)
    finally:
        window.close()


def _loaded(splash: Splash, window: Window, task: str | None) -> tuple[Model, ...]:
    try:
        return load(splash.say, task)
    except InputError as error:
        splash.fail(str(error))
        end = time.monotonic() + READ_SECONDS
        while not window.closed and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        raise


def load(say: Callable[[str], None], task: str | None = None) -> tuple[Model, ...]:
    """The models; on the first start also which way of computing is the fastest right one here. task: id of the
    question to begin with, None for the one that was asked last. Raises WeightsError."""
    settings = default_settings()
    models = checked_models(settings, task)
    if settings.state is None or read_chosen_backend(settings.state) is None:
        from rnapp import pipeline  # slow to import: the window is open by now

        say(MEASURING)
        with suppress(OSError):  # not remembered then, and measured again next time
            pipeline.tune(settings)
    say(LOADING)
    return models


def _serve(models: Sequence[Model], listeners: Listeners, demo: bool, window: Window) -> None:
    from rnapp.ui.server import serve

    ended = Event()

    def begun(running: "Running") -> None:
        Thread(target=watch, args=(window, running, ended), daemon=True).start()

    try:
        serve(models, listeners, demo, begun=begun)
    finally:
        ended.set()


def watch(window: Window, running: "Running", ended: Event, patience: float = WINDOWLESS_SECONDS,
          interval: float = LOOK_SECONDS) -> None:
    """End the app some time after its window was closed, at once where no case is open. patience, interval:
    seconds."""
    closed_since: float | None = None
    while not ended.wait(interval):
        if not window.closed:
            closed_since = None
            continue
        closed_since = closed_since or time.monotonic()
        if running.idle() or time.monotonic() - closed_since > patience:
            running.end()
            return
