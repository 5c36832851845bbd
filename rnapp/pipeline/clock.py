"""Seconds per stage, progress to whoever watches, and a chance to cancel between stages."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rnapp.types import CancelToken, ProgressCallback


class Clock:
    """Runs named stages in order; weights: share of the whole work per stage, for the progress bar only."""

    def __init__(self, weights: Mapping[str, float], progress: ProgressCallback, cancel: CancelToken) -> None:
        self._weights, self._progress, self._cancel = dict(weights), progress, cancel
        self._done = 0.0
        self._running = ""
        self.timings_s: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Announces the stage, times it, and raises Cancelled before or after it if asked to."""
        self._cancel.check()
        self._progress(name, min(self._done, 1.0))
        self._running = name
        start = time.perf_counter()
        yield
        self.timings_s[name] = self.timings_s.get(name, 0.0) + time.perf_counter() - start
        self._done += self._weights.get(name, 0.0)
        self._cancel.check()

    def part(self, fraction: float) -> None:
        """Announces how much of the running stage is done, 0 to 1."""
        self._progress(self._running, min(self._done + self._weights.get(self._running, 0.0) * fraction, 1.0))

    def finish(self) -> None:
        """Announces the end."""
        self._progress("Done", 1.0)
