"""How a command ends for whoever typed it: an exit code, and one sentence where something is wrong."""

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rnapp.errors import InputError

UNREAD, UNUSABLE_INPUT = 1, 2


def exit_code(command: Callable[[], None]) -> int:
    """0, or 2 with one sentence on stderr for input that cannot be used or a system that refuses, or 1 where nobody
    reads the output any more (| head)."""
    try:
        command()
        _flush()
    except InputError as error:
        return _unusable(str(error))
    except MemoryError:
        return _unusable("There is not enough memory for this; close other programs and try again.")
    except BrokenPipeError:
        _drop_output()
        return UNREAD
    except OSError as error:
        _drop_output()
        return _unusable(f"The system refused to read or write{_place(error)} ({error.strerror or 'no reason given'}); "
                         "free space on the disk, or get permission, and try again.")
    return 0


def write_any_character() -> None:
    """A terminal that knows few characters gets the others escaped, instead of an error in the middle."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _unusable(sentence: str) -> int:
    with suppress(OSError):
        print(f"rnapp: {sentence}", file=sys.stderr)
    return UNUSABLE_INPUT


def _place(error: OSError) -> str:
    name = error.filename
    return f" {Path(os.fsdecode(name)).name!r}" if isinstance(name, str | bytes) else ""


def _flush() -> None:
    """What was printed is out, or the error comes here and not as Python ends."""
    if sys.stdout:
        sys.stdout.flush()


def _drop_output() -> None:
    """Where the output takes nothing more, the rest is dropped silently when Python ends."""
    try:
        _flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
