"""What the user gave (folders, zips, single files) as a flat list of files; nothing is read here but zips."""

import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rnapp.errors import StudyError
from rnapp.files import TooLarge, copy_at_most
from rnapp.types import CancelToken, ProgressCallback, no_progress

# A large MR study is about 1 GB and 5,000 files; beyond these it is a wrong folder or a zip made to do harm.
MAX_FILES = 50_000
MAX_ZIP_BYTES = 8 * 1024**3
_KEPT_NAME_LENGTH = 80
# What zipfile raises for damaged, encrypted (RuntimeError) or unsupported (NotImplementedError) members.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError)


def collect_files(paths: Sequence[Path], workspace: Path, progress: ProgressCallback = no_progress,
                  cancel: CancelToken | None = None) -> list[Path]:
    """All files below the paths, sorted within each; zips are extracted into new folders of the workspace.

    Raises StudyError for a missing path, a zip that is damaged, encrypted or too large, or too many files; Cancelled.
    """
    files: list[Path] = []
    token = cancel or CancelToken()
    progress("Looking through the files", 0.0)
    for path in paths:
        for file in _below(path):
            token.check()
            if file.suffix.lower() == ".zip":
                files.extend(_extract(file, workspace, MAX_FILES - len(files), progress, token))
            else:
                files.append(file)
            if len(files) > MAX_FILES:
                raise _too_many()
    return files


def _below(path: Path) -> Iterator[Path]:
    """The path itself, or the visible files below it in a fixed order."""
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise StudyError("A file or folder that was chosen does not exist or cannot be opened; choose it again.")
    for folder, subfolders, names in os.walk(path):
        subfolders.sort()
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder) / name


def _extract(archive: Path, workspace: Path, files_left: int, progress: ProgressCallback,
             cancel: CancelToken) -> list[Path]:
    """The zip's files under new, safe names: no name from the archive can point outside its folder."""
    workspace.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="zip_", dir=workspace))
    extracted: list[Path] = []
    bytes_left = min(MAX_ZIP_BYTES, shutil.disk_usage(folder).free)
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.infolist() if _wanted(member)]
            if len(members) > files_left:
                raise _too_many()
            for number, member in enumerate(members):
                cancel.check()
                progress("Unpacking the zip file", number / len(members))
                target = folder / f"{number:05d}" / _safe_name(member.filename)
                target.parent.mkdir()
                with opened.open(member) as source, target.open("wb") as sink:
                    bytes_left -= copy_at_most(source, sink, bytes_left)
                extracted.append(target)
    except TooLarge:
        raise StudyError("The zip file is larger than a study when unpacked; choose the folder of the "
                         "study.") from None
    except _ZIP_ERRORS as error:
        raise StudyError("The zip file is damaged, encrypted or of an unknown kind; unpack it and choose the folder "
                         "instead.") from error
    return extracted


def _wanted(member: zipfile.ZipInfo) -> bool:
    parts = Path(member.filename).parts
    return not member.is_dir() and "__MACOSX" not in parts and not parts[-1].startswith(".")


def _safe_name(name: str) -> str:
    """The last part of the name in plain characters; its end is kept, because it carries the format."""
    plain = re.sub(r"[^A-Za-z0-9._+-]", "_", name.replace("\\", "/").rsplit("/", 1)[-1])
    return plain[-_KEPT_NAME_LENGTH:].lstrip(".") or "file"


def _too_many() -> StudyError:
    return StudyError(f"More than {MAX_FILES} files were given, which is no single study; choose the study's folder.")
