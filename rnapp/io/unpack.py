"""The user's folders, zips and single files as a flat list of files; only zips are read here.

Only regular files are opened. Anything else, unreadable or packed in another way, is left out and counted by kind.
"""

import os
import stat
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rnapp import limits, zips
from rnapp.errors import StudyError
from rnapp.io.images import is_image_name
from rnapp.io.study_zips import ZipLeftOut, zip_rules
from rnapp.types import CancelToken, LeftOut, ProgressCallback, no_progress

BROKEN_LINKS = ("Broken symbolic links were left out; fetch the files that they point to (with git-annex: git annex "
                "get).")
SPECIAL = "Pipes, sockets and devices were left out; only files can be read."
FORBIDDEN = ("Files and folders that cannot be read were left out; get permission to read them, or shorten their "
             "paths.")
OTHER_ARCHIVE = "Archives of the kind {kind} were left out; unpack them and choose the folder instead."
# The longest first, so that .tar.gz is not taken for .gz.
_OTHER_ARCHIVES = (".tar.bz2", ".tar.gz", ".tar.xz", ".tar.zst", ".tbz2", ".tar", ".tgz", ".txz", ".rar", ".bz2",
                   ".zst", ".iso", ".7z", ".gz", ".xz")


@dataclass(frozen=True)
class Collected:
    """files: in the order given, sorted within each folder; left_out: what is none of them, counted by kind."""

    files: tuple[Path, ...]
    left_out: tuple[LeftOut, ...] = ()


def collect_files(paths: Sequence[Path], workspace: Path, progress: ProgressCallback = no_progress,
                  cancel: CancelToken | None = None) -> Collected:
    """All files below the paths; zips, also in zips, are extracted into new folders of the workspace. Symbolic links
    are followed, each folder once.

    Raises StudyError for a path that does not exist or cannot be read, too many files, a full disk, or where everything
    had to be left out; Cancelled.
    """
    gathering = _Gathering(workspace, progress, cancel or CancelToken())
    progress("Looking through the files", 0.0)
    for path in paths:
        gathering.add(path)
    if not gathering.files and gathering.left_out:
        raise StudyError(" ".join(gathering.left_out))
    return Collected(tuple(gathering.files),
                     tuple(LeftOut(count, reason, serious=reason != SPECIAL)
                           for reason, count in gathering.left_out.items()))


class _Gathering:
    """What was found so far. files: to be read; left_out: reason → how many."""

    def __init__(self, workspace: Path, progress: ProgressCallback, cancel: CancelToken) -> None:
        self.files: list[Path] = []
        self.left_out: Counter[str] = Counter()
        self._workspace, self._progress, self._cancel = workspace, progress, cancel
        self._folders: set[tuple[int, int]] = set()
        self._bytes_left = limits.MAX_UNPACKED_BYTES

    def add(self, path: Path) -> None:
        """A path that the user gave. Raises StudyError, Cancelled."""
        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                os.scandir(path).close()
        except (PermissionError, FileNotFoundError, NotADirectoryError) as error:
            raise StudyError(f"The file or folder {path.name!r} that was chosen {_trouble(error)}.") from error
        except (OSError, ValueError) as error:
            raise StudyError("A file or folder that was chosen cannot be opened; choose it again.") from error
        waiting = [path]
        while waiting:
            waiting.extend(reversed(self._visit(waiting.pop())))

    def _visit(self, path: Path) -> list[Path]:
        """Takes a file, or all files of a folder; gives the folders in it."""
        self._cancel.check()
        try:
            status = path.stat()
        except OSError:  # a broken or circular link
            self._leave(BROKEN_LINKS if _is_link(path) else FORBIDDEN)
            return []
        if stat.S_ISDIR(status.st_mode):
            return self._folder(path, (status.st_dev, status.st_ino))
        if not stat.S_ISREG(status.st_mode):
            self._leave(SPECIAL)
        elif not os.access(path, os.R_OK):
            self._leave(FORBIDDEN)
        else:
            self._file(path)
        return []

    def _folder(self, path: Path, identity: tuple[int, int]) -> list[Path]:
        if identity in self._folders:
            return []
        self._folders.add(identity)
        self._count()
        try:
            inside = sorted(child for child in path.iterdir() if not child.name.startswith("."))
        except OSError:
            self._leave(FORBIDDEN)
            return []
        folders = [child for child in inside if _is_folder(child)]
        for child in sorted(set(inside) - set(folders)):
            self._visit(child)
        return folders

    def _file(self, path: Path, depth: int = 0) -> None:
        """A regular file. depth: how many zip files it lies in."""
        kind = next((ending for ending in _OTHER_ARCHIVES if path.name.lower().endswith(ending)), None)
        if path.suffix.lower() == ".zip":
            self._zip(path, depth)
        elif kind and not is_image_name(path):
            self._leave(OTHER_ARCHIVE.format(kind=kind))
        else:
            self.files.append(path)
            self._count()

    def _zip(self, path: Path, depth: int) -> None:
        if depth > limits.MAX_NESTED_ARCHIVES:
            self._leave(f"Zip files nested in more than {limits.MAX_NESTED_ARCHIVES} others were left out; unpack them "
                        "and choose the folder instead.")
            return
        try:
            self._workspace.mkdir(parents=True, exist_ok=True)
            with zips.opened(path, zip_rules(min(self._bytes_left, limits.free_disk(self._workspace)))) as archive:
                self._unpack(archive, depth)
        except ZipLeftOut as reason:
            self._leave(str(reason))
        except OSError as error:  # of the workspace
            raise StudyError(f"A zip file could not be unpacked ({error.strerror or 'the disk refused it'}); free "
                             "space on the disk, or choose the folder of the study instead.") from error

    def _unpack(self, archive: zips.Zip, depth: int) -> None:
        """The files under new, safe names: no name from the archive can point outside its folder."""
        self._count(len(archive.members))
        folder = Path(tempfile.mkdtemp(prefix="zip_", dir=self._workspace))
        for number, member in enumerate(archive.members):
            self._cancel.check()
            self._progress("Unpacking the zip file", number / len(archive.members))
            target = folder / f"{number:05d}" / member.plain_name
            if member.fault:
                self._leave(archive.sentence(member))
            elif self._written(archive, member, target):
                self._file(target, depth + 1)
                if target.suffix.lower() == ".zip":
                    target.unlink()

    def _written(self, archive: zips.Zip, member: zips.Member, target: Path) -> bool:
        """Whether the member is whole. Raises OSError where the disk is full."""
        target.parent.mkdir()
        try:
            with target.open("wb") as sink:
                for block in archive.blocks(member):
                    self._cancel.check()
                    self._bytes_left -= len(block)
                    sink.write(block)
        except ZipLeftOut as reason:
            target.unlink()
            self._leave(str(reason))
            return False
        return True

    def _leave(self, reason: str) -> None:
        self.left_out[reason] += 1
        self._count()

    def _count(self, more: int = 0) -> None:
        """Raises StudyError where there are too many files, also where they are folders or left out."""
        if max(len(self.files) + self.left_out.total() + more, len(self._folders)) > limits.MAX_FILES:
            raise StudyError(f"More than {limits.MAX_FILES} files were given, which is more than one study; choose the "
                             "study's folder.")


def _is_link(path: Path) -> bool:
    """Also for a path that is too long for the system."""
    try:
        return path.is_symlink()
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False


def _trouble(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "cannot be read; get permission to read it"
    return "does not exist; choose it again"
