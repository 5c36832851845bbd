"""Errors turned into sentences for the screen, and a log of where in the program they arose, never of the data."""

import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

from rnapp.config import state_folder
from rnapp.errors import Cancelled, RnappError
from rnapp.ui.workspace import Message

UNEXPECTED = ("Something unexpected happened; nothing was lost. Try again, and if it comes back, send the log file "
              "{log} to whoever maintains rnapp (it holds no patient data).")


def log_file() -> Path:
    """Where this system keeps the logs of a user's programs."""
    folder = Path.home() / "Library" / "Logs" / "rnapp" if sys.platform == "darwin" else state_folder()
    return folder / "rnapp.log"


def to_message(error: BaseException, log: Path) -> Message:
    """The sentence of an expected error; for any other, a general one, and an entry in the log."""
    if isinstance(error, Cancelled):
        return Message("info", str(error))
    if isinstance(error, RnappError):
        return Message("error", str(error))
    note(error, log)
    return Message("error", UNEXPECTED.format(log=log))


def note(error: BaseException, log: Path) -> None:
    """Append the error's type and the places in the program it passed through.

    Not its text: that can hold a file name, and a file name can hold a patient's.
    """
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    entry = "\n".join([f"{time.strftime('%Y-%m-%d %H:%M:%S')} {type(error).__name__}", *places])
    with suppress(OSError):  # if the disk is full, the sentence on the screen must suffice
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as stream:
            stream.write(entry + "\n")
