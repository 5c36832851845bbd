"""How much of a user's files is read at most, in one place, and what is kept free of the disk and the memory."""

import shutil
import zlib
from bz2 import BZ2Decompressor
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil

from rnapp.errors import StudyError

GIB = 1024**3
# A large MR study is about 1 GB and 5,000 files; beyond these it is a wrong folder or an archive made to do harm.
MAX_FILES = 50_000
MAX_UNPACKED_BYTES = 8 * GIB
MAX_NESTED_ARCHIVES = 2  # zip in zip in zip
# A 512×512×512 scan has 134 million voxels; more than twice that is no MR of a head.
MAX_VOXELS = 300_000_000
MAX_HEADER_BYTES = 1024 * 1024  # of an image file; the longest in use, with Slicer's segments, have some 100 kB
MAX_TEXT_BYTES = 16 * 1024 * 1024  # of a JSON or CSV file
# Left to the system and to other programs.
DISK_RESERVE_BYTES = 2 * GIB
MEMORY_RESERVE_BYTES = GIB
# Of the process that decodes compressed pixels (rnapp/io/decoding.py).
DECODER_BYTES = 4 * GIB
DECODER_SECONDS = 300.0
_BLOCK = 1024 * 1024


def free_disk(folder: Path) -> int:
    """Bytes that may still be written where this folder is, at least 0; the reserve is kept."""
    return max(0, shutil.disk_usage(folder).free - DISK_RESERVE_BYTES)


def free_memory() -> int:
    """Bytes that may still be taken of the memory, at least 0; the reserve is kept."""
    return max(0, int(psutil.virtual_memory().available) - MEMORY_RESERVE_BYTES)


def check_memory(needed: int) -> None:
    """Raises StudyError where so many bytes would not leave the reserve."""
    if needed > (free := free_memory()):
        raise StudyError(f"Reading this needs {in_words(needed)} of memory, but only {in_words(free)} can be used; "
                         "close other programs, or choose a smaller series.")


def in_words(size: int) -> str:
    """Bytes as people say them: "3.5 GB", "120 MB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(size, 0) / 1e6:.0f} MB"


class Damaged(Exception):
    """A compressed stream that is cut short, altered, or of another kind."""


class TooLong(Exception):
    """There is more in a compressed stream than may be."""


def unpacked(stream: IO[bytes], kind: str, limit: int) -> bytes:
    """All that is in a compressed stream, its checksum checked. kind: "gzip" (also of several members), "zlib",
    "deflate" or "bzip2"; limit: bytes, of which never more than a block beyond is held in memory.

    Raises Damaged, TooLong.
    """
    parts, length = [], 0
    for part in unpacked_parts(stream, kind):
        length += len(part)
        if length > limit:
            raise TooLong
        parts.append(part)
    return b"".join(parts)


def unpacked_parts(stream: IO[bytes], kind: str) -> Iterator[bytes]:
    """What unpacked() joins, a block at most at a time; the checksum is known to be right only at the end."""
    try:
        data = stream.read(_BLOCK)
        while True:
            member = _decompressor(kind)
            while not member.eof:
                yield (part := member.decompress(data, _BLOCK))
                data = getattr(member, "unconsumed_tail", b"")
                needs = getattr(member, "needs_input", not data)
                if needs and not member.eof and not (data := stream.read(_BLOCK)) and not part:
                    raise Damaged
            data = member.unused_data or stream.read(_BLOCK)
            # What follows a gzip file is another one, or filling.
            if kind not in ("gzip", "bzip2") or not data.strip(b"\0"):
                return
    except (zlib.error, OSError, EOFError, ValueError) as error:
        raise Damaged from error


def _decompressor(kind: str) -> "BZ2Decompressor | zlib._Decompress":
    if kind == "bzip2":
        return BZ2Decompressor()
    return zlib.decompressobj({"gzip": 31, "zlib": 15, "deflate": -15}[kind])
