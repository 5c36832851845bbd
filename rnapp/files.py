"""Files that are either whole or as they were, whenever the program is killed or the disk is full."""

import errno
import glob
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

from rnapp.errors import InputError, RnappError

UNFINISHED = ".part"
LEFTOVER_S = 24 * 3600.0  # nobody writes a file for so long
BLOCK = 1024 * 1024


def check_file(path: Path, what: str, kind: type[InputError] = InputError, named: bool = True) -> None:
    """Raises kind where the path is no file that can be read. what: "the mask", for the sentence; named: whether the
    sentence may hold the file's name, in which a patient's may be."""
    name, described = (path.name, f"{what} in {path.name}") if named else ("this", what)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise kind(f"Expected {described}, but it does not exist; choose it again.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a valid file name"
        raise kind(f"Expected {what}, but its file cannot be opened ({reason}).") from error
    if stat.S_ISDIR(mode):
        raise kind(f"Expected {what} in one file, but {name} is a folder; choose the file.")
    if not stat.S_ISREG(mode):
        raise kind(f"Expected {what} in a file, but {name} is a pipe, a socket or a device.")
    if not os.access(path, os.R_OK):
        raise kind(f"Expected {described}, but the file cannot be read; get permission to read it.")


@contextmanager
def replacing(path: Path, private: bool = False) -> Iterator[Path]:
    """Where to write the new content of a file; it takes the old one's place only once it is on the disk.

    private: for this user's eyes alone (mode 0600). Two who write at once each have an unfinished file of their own,
    and the last one's stays. Raises OSError.
    """
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}{UNFINISHED}")
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if private else 0o666))
    _sweep(path)
    try:
        yield unfinished
        with unfinished.open("rb+") as written:
            os.fsync(written.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, private: bool = False) -> None:
    """A file with this content, or as it was. Raises OSError where the disk does not take all of it."""
    with replacing(path, private) as unfinished:
        _write(unfinished, data)


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Files by their names in the folder (below it, too): all are written and on the disk before the first takes its
    place, and the first named takes its place last. Raises OSError; none has changed where the disk does not take
    them all."""
    with ExitStack() as stack:
        for name, data in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(stack.enter_context(replacing(path)), data)


@contextmanager
def results_folder(folder: Path, needed: int) -> Iterator[Path]:
    """A folder that takes files of so many bytes, made where it is not there and tried with a real write before
    anything is computed. What was made of it goes again where the work fails. Raises InputError where it cannot be
    used."""
    made: list[Path] = []
    try:
        with writing(folder):
            made += [one for one in (folder, *folder.parents) if not one.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            _try_room(folder, needed)
        yield folder
    except BaseException:
        for one in made:  # the deepest first
            with suppress(OSError):
                one.rmdir()
        raise


def try_file(path: Path, needed: int) -> None:
    """Whether a file of so many bytes could be written there, before it is made. Raises InputError where it cannot."""
    with writing(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        _try_room(path.parent, needed)


def writing(place: Path) -> AbstractContextManager[None]:
    """What the disk refuses meanwhile is said in one sentence about the place. Raises InputError for OSError."""
    return disk(f"write to {place}", advice="choose another place, free some space there, or get permission to write")


@contextmanager
def disk(task: str, kind: type[RnappError] = InputError,
         advice: str = "get permission, or free some space there") -> Iterator[None]:
    """What the disk refuses meanwhile is said in one sentence. task: "write to /data". Raises kind for OSError."""
    try:
        yield
    except OSError as error:
        raise kind(f"Expected to {task}, but the disk refused it ({error.strerror or error}); {advice}.") from error


def _try_room(folder: Path, needed: int) -> None:
    """Raises OSError where so many bytes cannot be written: no room, a quota, no permission, a limit on files."""
    if (free := shutil.disk_usage(folder).free) < needed:
        raise OSError(errno.ENOSPC, f"{needed / 1e6:.0f} MB are needed there, {free / 1e6:.0f} MB are free")
    trial = folder / f".rnapp-{secrets.token_hex(4)}{UNFINISHED}"
    try:
        _write(trial, os.urandom(needed))
    finally:
        trial.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if (size := path.stat().st_size) != len(data):
        raise OSError(errno.ENOSPC, f"only {size} of {len(data)} bytes were written")


def _sweep(path: Path) -> None:
    """Remove what a program that was killed left behind; in the way of nothing if it cannot be."""
    with suppress(OSError):
        for left in path.parent.glob(f"{glob.escape(path.name)}.*{UNFINISHED}"):
            if left.stat().st_mtime < time.time() - LEFTOVER_S:
                left.unlink()
