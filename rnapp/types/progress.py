"""How long work is watched, and stopped."""

from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

from rnapp.errors import Cancelled


class ProgressCallback(Protocol):
    """Told how far the work is."""

    def __call__(self, stage: str, fraction: float) -> None:
        """stage: what is being done, in words; fraction: of the whole work, 0 to 1."""


def no_progress(stage: str, fraction: float) -> None:
    """Progress that is not shown."""


def part_of(progress: ProgressCallback, begin: float, end: float) -> ProgressCallback:
    """Progress of a piece of the work that goes from begin to end of the whole."""
    def report(stage: str, fraction: float) -> None:
        progress(stage, begin + (end - begin) * fraction)

    return report


@dataclass(frozen=True)
class CancelToken:
    """Set by whoever wants the work to stop; long steps call check()."""

    event: Event = field(default_factory=Event)

    def cancel(self) -> None:
        """Ask the work to stop at its next check."""
        self.event.set()

    def check(self) -> None:
        """Raise Cancelled if cancel() was called."""
        if self.event.is_set():
            raise Cancelled("Cancelled; nothing was changed.")
