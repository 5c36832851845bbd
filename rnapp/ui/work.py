"""Work in the background, and errors caught once: every action's error becomes a message, never a stack trace."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from rnapp.types import CancelToken, ProgressCallback


@dataclass(frozen=True)
class Stage:
    """One stage of a job. seconds: how long it took, or has taken so far."""

    name: str
    seconds: float
    done: bool


@dataclass(frozen=True)
class Progress:
    """How far a job is. fraction: of the whole work, 0 to 1."""

    stages: tuple[Stage, ...]
    fraction: float


@dataclass
class Job:
    """One long piece of work: its progress and its cancel token. step: the screen it belongs to."""

    title: str
    step: int
    token: CancelToken = field(default_factory=CancelToken)
    _begun: list[tuple[str, float]] = field(default_factory=list)
    _fraction: float = 0.0
    _ended: float | None = None
    _done: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def report(self, stage: str, fraction: float) -> None:
        """The ProgressCallback that the work gets."""
        with self._lock:
            if not self._begun or self._begun[-1][0] != stage:
                self._begun.append((stage, time.monotonic()))
            self._fraction = min(max(fraction, self._fraction), 1.0)

    def end(self) -> None:
        """The work has stopped, successfully or not."""
        with self._lock:
            self._ended = time.monotonic()
        self._done.set()

    def wait(self, seconds: float) -> bool:
        """Wait at most this long for the end; returns whether it has ended."""
        return self._done.wait(seconds)

    @property
    def running(self) -> bool:
        """Whether the work is still going on."""
        return self._ended is None

    @property
    def seconds(self) -> float:
        """Since the first stage began."""
        return sum(stage.seconds for stage in self.progress().stages)

    def progress(self) -> Progress:
        """A copy of where the work is now."""
        with self._lock:
            now = self._ended or time.monotonic()
            ends = ([begin for _, begin in self._begun] + [now])[1:]
            last = len(self._begun) - 1
            stages = tuple(Stage(name, end - begin, index < last or self._ended is not None)
                           for index, ((name, begin), end) in enumerate(zip(self._begun, ends, strict=True)))
            return Progress(stages, self._fraction)


class Runner:
    """Runs actions in threads and hands their errors, if any, to on_error."""

    def __init__(self, on_error: Callable[[int, BaseException], None]) -> None:
        self._on_error = on_error
        self._short = ThreadPoolExecutor(max_workers=2, thread_name_prefix="action")
        self._long = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job")
        self._stopped = False

    def run(self, step: int, action: Callable[[], None]) -> bool:
        """Do it now and wait; returns whether it succeeded. step: where a message belongs."""
        future = self._short.submit(action)
        wait([future])
        return self._settle(step, future)

    def start(self, step: int, job: Job, work: Callable[[ProgressCallback, CancelToken], None]) -> None:
        """Do it in the background; the job ends after its error, if any, has been handed on."""
        def finished(future: Future[None]) -> None:
            try:
                self._settle(step, future)
            finally:
                job.end()

        self._long.submit(work, job.report, job.token).add_done_callback(finished)

    def in_background(self, step: int, action: Callable[[], None]) -> Event:
        """Do it in the background without a job that the user sees. A job can be started
        meanwhile, and the program can end. The event is set once its error, if any, has been handed on."""
        ended = Event()

        def work() -> None:
            future: Future[None] = Future()
            try:
                action()
            except BaseException as error:  # noqa: BLE001 - handed on as every action's
                future.set_exception(error)
            else:
                future.set_result(None)
            self._settle(step, future)
            ended.set()

        Thread(target=work, name="background", daemon=True).start()
        return ended

    def stop(self) -> None:
        """Accept nothing new; running work may finish, but its errors are ignored."""
        self._stopped = True
        self._short.shutdown(wait=False, cancel_futures=True)
        self._long.shutdown(wait=False, cancel_futures=True)

    def _settle(self, step: int, future: Future[None]) -> bool:
        if future.cancelled():
            return False
        error = future.exception()
        if error is not None and not self._stopped:
            self._on_error(step, error)
        return error is None
