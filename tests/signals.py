"""Processes that a test starts in order to end them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from rnapp.private import ENDING


@contextmanager
def no_signal_ignored() -> Iterator[None]:
    """A process inherits what its parent ignores; nohup, under which tests may run, ignores the hang-up."""
    usual = {number: signal.getsignal(number) for number in ENDING}
    try:
        for number, handler in usual.items():
            if handler == signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
