"""Zip files as people send them: what is in them, and each member's bytes, whatever the file does."""

import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rnapp import limits
from rnapp.files import BLOCK, ZIP_ERRORS, CarefulFile

LINKS = "Symbolic links in zip files were left out; pack the files themselves."
LOCKED = ("Encrypted files in zip files were left out; unpack the zip file with its password and choose the folder "
          "instead.")
FOREIGN = ("Files in zip files that are packed in a way that cannot be read here (Deflate64, perhaps) were left out; "
           "unpack the zip file and choose the folder instead.")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_ENCRYPTED, _PATCHED, _HIDDEN = 0x1, 0x20, 0x2040  # bits of a member's flags
# The list of the members is read whole, and each takes 46 bytes and its name.
_LIST_BYTES_PER_FILE = 400
_KEPT_NAME_LENGTH = 80


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip file, its list of members read. Raises limits.Damaged where it is none."""
    try:
        file = CarefulFile(path, max(BLOCK, limits.MAX_FILES * _LIST_BYTES_PER_FILE))
    except OSError as error:
        raise limits.Damaged from error
    with file:
        try:
            archive = zipfile.ZipFile(file)
        except (*ZIP_ERRORS, OSError) as error:
            raise limits.Damaged from error
        with archive:
            yield archive


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in it: no folders, nothing hidden, nothing without a name and a content."""
    return [member for member in archive.infolist() if _wanted(member)]


def why_not(member: zipfile.ZipInfo) -> str | None:
    """The sentence why a member cannot be unpacked, None where it can be tried."""
    if stat.S_ISLNK(member.external_attr >> 16):
        return LINKS
    if member.flag_bits & (_ENCRYPTED | _HIDDEN):
        return LOCKED
    return None if member.compress_type in _METHODS and not member.flag_bits & _PATCHED else FOREIGN


def blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member, piece by piece, no more than the list says. Raises limits.Damaged, after the last one too:
    then its checksum is wrong."""
    try:
        with archive.open(member) as source:
            while block := source.read(BLOCK):
                yield block
    except (*ZIP_ERRORS, OSError) as error:
        raise limits.Damaged from error


def safe_name(member: zipfile.ZipInfo) -> str:
    """The last part of the name in plain characters; its end is kept, because it carries the format."""
    plain = re.sub(r"[^A-Za-z0-9._+-]", "_", "".join(_parts(member)[-1:]))
    return plain[-_KEPT_NAME_LENGTH:].lstrip(".") or "file"


def _wanted(member: zipfile.ZipInfo) -> bool:
    if member.filename.endswith("/"):  # is_dir() of some versions fails for a member without a name
        return False
    parts = _parts(member)
    if not parts:  # "." or no name at all
        return member.file_size > 0
    return "__MACOSX" not in parts and not parts[-1].startswith(".")


def _parts(member: zipfile.ZipInfo) -> list[str]:
    return [part for part in member.filename.replace("\\", "/").split("/") if part not in ("", ".", "..")]
