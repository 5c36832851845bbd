"""One private folder per run, for what of a patient must not outlive it, whatever ends the run.

The folder is held by a lock that the system lets go of when the process ends, however it ends: a folder whose lock can
be taken belongs to a run that is no more, and the next start removes it.
"""

import os
import secrets
import shutil
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

PREFIX, LOCK = "rnapp-", ".lock"
TEMPORARY = ("TMPDIR", "TEMP", "TMP")
# SIGHUP: the terminal was closed, or the session ended; SIGBREAK is Windows' word for it.
ENDING = tuple(signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
               if name in signal.Signals.__members__)


@contextmanager
def private_run() -> Iterator[Path]:
    """This run's private folder; every temporary file of this process and of those that it starts is made inside, and
    a signal that ends the process ends it through the finally clauses."""
    with ended_by_signals(), private_folder() as folder, _temporary_files_in(folder):
        yield folder


@contextmanager
def private_folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder for this user's eyes alone (mode 0700), removed at the end; those of dead runs are removed first.

    parent: where it is made, which must be there; None: the system's folder for temporary files. Raises OSError.
    """
    parent = parent or Path(tempfile.gettempdir())
    sweep(parent)
    folder, lock = _new_folder_locked(parent)
    lock_file = _lock_file(folder)
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        with _undisturbed():
            _remove(folder, lock_file)
            lock.release()


def _new_folder_locked(parent: Path) -> tuple[Path, FileLock]:
    """The name of a folder that is not there yet, and its lock, held: the folder is never seen without that.

    A sweep of another start may take a lock file for that of a dead run while it is new; then another name is tried.
    """
    while True:
        folder = parent / f"{PREFIX}{secrets.token_hex(6)}"
        lock = _lock(_lock_file(folder))
        with suppress(Timeout):
            lock.acquire()
            if _lock_file(folder).exists():
                return folder, lock
            lock.release()


def sweep(parent: Path) -> None:
    """Remove the private folders of runs that are no more; in the way of nothing where it cannot be done."""
    with suppress(OSError):
        for lock_file in list(parent.glob(f"{PREFIX}*{LOCK}")):
            if _own(lock_file, stat.S_ISREG):
                _remove_if_dead(lock_file)


def _exit(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


@contextmanager
def ended_by_signals(end: Callable[[int, FrameType | None], None] = _exit) -> Iterator[None]:
    """End through the finally clauses instead of at once. A signal that whoever started the program had it ignore
    (nohup) stays ignored; in another thread than the main one nothing is changed.

    end: what a signal does instead, for a program that has its own way to end, such as a server."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = {number: signal.getsignal(number) for number in ENDING}
    changed = [number for number in ENDING
               if usual[number] in (signal.SIG_DFL, signal.default_int_handler, _exit)]
    for number in changed:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, usual[number])


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second signal must not stop the removal; a closed terminal sends more than one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """In the variables too, for the processes that this one starts."""
    variables = {name: os.environ.get(name) for name in TEMPORARY}
    usual = tempfile.tempdir
    tempfile.tempdir = str(folder)
    os.environ.update(dict.fromkeys(TEMPORARY, str(folder)))
    try:
        yield
    finally:
        tempfile.tempdir = usual
        for name, value in variables.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _lock_file(folder: Path) -> Path:
    return folder.with_name(folder.name + LOCK)


def _lock(lock_file: Path) -> FileLock:
    return FileLock(lock_file, timeout=0, mode=0o600, thread_local=False)


def _remove_if_dead(lock_file: Path) -> None:
    lock = _lock(lock_file)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return  # its run is alive, or the file is gone
    try:
        _remove(lock_file.with_name(lock_file.name.removesuffix(LOCK)), lock_file)
    finally:
        lock.release()


def _remove(folder: Path, lock_file: Path) -> None:
    """What cannot be removed keeps its lock file, by which the next start finds it."""
    if _own(folder, stat.S_ISDIR):
        shutil.rmtree(folder, ignore_errors=True)
    if not os.path.lexists(folder):
        with suppress(OSError):
            lock_file.unlink(missing_ok=True)


def _own(path: Path, of_kind: Callable[[int], bool]) -> bool:
    """Whether it is this user's and of this kind; in the system's folder for temporary files others write too."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return of_kind(found.st_mode) and (sys.platform == "win32" or found.st_uid == os.getuid())
