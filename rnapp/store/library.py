"""All kept cases of a folder. Names of files are random: what is known of the patient is inside."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from rnapp.errors import CaseError
from rnapp.files import LEFTOVER_S, UNFINISHED, disk
from rnapp.store.case_file import (
    NO_UPGRADES,
    SCHEMA,
    Label,
    Upgrades,
    check_id,
    check_schema,
    read_case,
    read_label,
    write_case,
)

Content = TypeVar("Content")
SUFFIX = ".rnapp"
ID_BYTES = 16
LOCK = ".writing.lock"  # in the folder, while a case is being written
PATIENCE_S = 30.0  # a case is written in a few seconds


@dataclass(frozen=True)
class Entry:
    """A file of the library. label: None where it cannot be read; trouble: why it cannot be opened, None if it can;
    size: bytes; changed: seconds since 1970."""

    path: Path
    label: Label | None
    trouble: str | None
    size: int
    changed: float

    @property
    def id(self) -> str:
        """What open() and remove() want; an id unless somebody renamed the file."""
        return self.path.stem

    @property
    def saved(self) -> float:
        """Seconds since 1970."""
        return datetime.fromisoformat(self.label.saved).timestamp() if self.label else self.changed


class Library:
    """Keeps cases in a folder, which is made, for this user's eyes alone, when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entries(self) -> tuple[Entry, ...]:
        """Every case, newest first, with the files that cannot be read. Raises CaseError where the folder cannot."""
        if self.folder.is_dir():
            with self._alone(0) as alone:
                self._sweep(alone)
        with disk(f"list the cases in {self.folder}", CaseError):
            paths = list(self.folder.glob(f"*{SUFFIX}")) if self.folder.is_dir() else []
            entries = [entry for path in paths if (entry := _entry(path)) is not None]
        return tuple(sorted(entries, key=lambda entry: (entry.saved, entry.changed), reverse=True))

    def keep(self, content: object, case_id: str | None = None, *, title: str = "", summary: str = "") -> Label:
        """Keep a case under its id, or under a new one: for None, and where that would write over a file of a newer
        schema or one that cannot be read. Raises CaseError where it cannot be kept."""
        with disk(f"make the folder {self.folder}", CaseError):
            self.folder.mkdir(0o700, parents=True, exist_ok=True)
        with self._alone(PATIENCE_S) as alone:
            self._sweep(alone)
            if case_id is None or not _replaceable(self._path(case_id)):
                case_id = secrets.token_hex(ID_BYTES)
            return write_case(self._path(case_id), content, case_id=case_id, title=title, summary=summary)

    def open(self, case_id: str, cls: type[Content], upgrades: Upgrades = NO_UPGRADES) -> tuple[Label, Content]:
        """A kept case. upgrades: for files of an older major schema. Raises CaseError as read_case does, and for a file
        that was renamed."""
        path = self._path(case_id)
        label, content = read_case(path, cls, upgrades)
        _check_name(path, label)
        return label, content

    def remove(self, case_id: str) -> None:
        """Remove a case for good, with what was left where it could not be written to its end; a case that is not there
        is no error. Raises CaseError where it cannot be removed."""
        with disk(f"remove a case from {self.folder}", CaseError):
            path = self._path(case_id)
            path.unlink(missing_ok=True)
            for left in list(self.folder.glob(f"{path.name}.*{UNFINISHED}")):
                left.unlink(missing_ok=True)

    def _path(self, case_id: str) -> Path:
        """Raises CaseError for what is not an id, such as a path."""
        check_id(case_id)
        return self.folder / f"{case_id}{SUFFIX}"

    @contextmanager
    def _alone(self, patience_s: float) -> Iterator[bool]:
        """Whether nobody else writes to the folder meanwhile. The system lets go of the lock when its program ends,
        however it ends; where it cannot be had, a case is kept all the same."""
        file = self.folder / LOCK
        lock = FileLock(file, timeout=patience_s, mode=0o600, thread_local=False)
        try:
            lock.acquire()
        except (Timeout, OSError):
            yield False
            return
        try:
            yield True
        finally:
            with suppress(OSError):
                file.unlink(missing_ok=True)
            lock.release()

    def _sweep(self, alone: bool) -> None:
        """Remove what a program that was killed left behind: all of it where nobody else is writing, else what nobody
        can be writing any more; in the way of nothing if it cannot be."""
        with suppress(OSError):
            for path in list(self.folder.glob(f"*{SUFFIX}*{UNFINISHED}")):
                if alone or path.stat().st_mtime < time.time() - LEFTOVER_S:
                    path.unlink()


def _entry(path: Path) -> Entry | None:
    """None for a file that was removed meanwhile."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    label, trouble = _described(path)
    return Entry(path, label, trouble, found.st_size, found.st_mtime)


def _described(path: Path) -> tuple[Label | None, str | None]:
    label = None
    try:
        label = read_label(path)
        check_schema(label)
        _check_name(path, label)
    except CaseError as error:
        return label, str(error)
    return label, None


def _check_name(path: Path, label: Label) -> None:
    """A copy by hand has the same label as the case itself, and must not be taken for it."""
    if label.id != path.stem:
        raise CaseError(f"Expected a file named after its case, but got {path.name}; rename it to {label.id}{SUFFIX}.")


def _replaceable(path: Path) -> bool:
    """Whether nothing is lost that this program could not have kept."""
    try:
        if not path.exists():
            return True
        label = read_label(path)
    except (CaseError, OSError):
        return False
    return label.schema <= SCHEMA and label.id == path.stem
