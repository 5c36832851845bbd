"""Does what a screen asks for, now or in the background, with the user's files; failures are reported on that
screen."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Event
from typing import TypeVar

from rnapp.types import CancelToken, ProgressCallback
from rnapp.ui.trouble import log_file, to_message
from rnapp.ui.work import Runner
from rnapp.ui.workspace import Message, Step, Workspace

BUSY = Message("info", "Another step is still running; wait for it or cancel it first.")
CLOSING_SECONDS = 5.0

T = TypeVar("T")
Work = Callable[[ProgressCallback, CancelToken], None]
FileWork = Callable[[Sequence[Path], ProgressCallback, CancelToken], None]


class Worker:
    """One job at a time, and short actions at the same time. Every error becomes the message of its screen."""

    def __init__(self, workspace: Workspace, log: Path | None = None) -> None:
        self.workspace = workspace
        self._log = log or log_file()
        self._runner = Runner(self._failed)

    def now(self, step: Step, action: Callable[[], object]) -> bool:
        """Do it and wait; returns whether it succeeded."""
        def work() -> None:
            action()

        self.workspace.say(step, None)
        return self._runner.run(step, work)

    def later(self, step: Step, title: str, work: Work) -> bool:
        """Do it in the background; returns whether it was started."""
        job = self.workspace.begin(title, step)
        self.workspace.say(step, None if job else BUSY)
        if job is None:
            return False
        self.workspace.turn(step)
        self._runner.start(step, job, work)
        return True

    def on_files(self, step: Step, title: str, files: Sequence[Path], work: FileWork, temporary: bool) -> bool:
        """Do it with files in the background; whether it was started. temporary: uploads, which are gone afterwards, or
        if it was not started. The same file uploaded again has the same path: they are moved to where only this work
        finds them."""
        if not temporary:
            return self.later(step, title, partial(work, files))
        folder = Path(tempfile.mkdtemp(prefix="upload-", dir=self.workspace.root))
        taken = self.attempt(step, lambda: moved(files, folder))

        def and_remove(progress: ProgressCallback, cancel: CancelToken) -> None:
            try:
                work(taken or (), progress, cancel)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        started = taken is not None and self.later(step, title, and_remove)
        if not started:
            shutil.rmtree(folder, ignore_errors=True)
        return started

    def attempt(self, step: Step, action: Callable[[], T]) -> T | None:
        """The action's value, or None if it failed, which is then a message on the screen."""
        values: list[T] = []
        self._runner.run(step, lambda: values.append(action()))
        return values[0] if values else None

    def in_background(self, step: Step, action: Callable[[], None]) -> Event:
        """Do it in the background without a job that the user sees; set at its end."""
        return self._runner.in_background(step, action)

    def cancel(self) -> None:
        """Ask the running job to stop at its next check."""
        if job := self.workspace.job:
            job.token.cancel()

    def stop(self) -> None:
        """The app is closing. A running job may still write into the session's folder, so wait briefly for it to
        end."""
        self.cancel()
        self._runner.stop()
        if job := self.workspace.job:
            job.wait(CLOSING_SECONDS)

    def _failed(self, step: int, error: BaseException) -> None:
        self.workspace.say(step, to_message(error, self._log))


def moved(uploads: Sequence[Path], folder: Path) -> list[Path]:
    """Move the uploads into a folder, each into a numbered subfolder, because names may repeat."""
    targets = []
    for number, upload in enumerate(dict.fromkeys(uploads)):  # two files of one name and content are one upload
        target = folder / f"{number:05d}" / upload.name
        target.parent.mkdir(parents=True)
        targets.append(Path(shutil.move(upload, target)))
    return targets
