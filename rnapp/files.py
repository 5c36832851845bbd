"""Files that are either whole or as they were, whenever the program is killed; copies that end at a limit."""

import glob
import lzma
import os
import secrets
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

UNFINISHED = ".part"
LEFTOVER_S = 24 * 3600.0  # nobody writes a file for so long
BLOCK = 1024 * 1024
# What zipfile and what it unpacks with raise for a zip file that is damaged, encrypted or of an unknown kind, besides
# OSError (also of bzip2): names that are no text are ValueErrors, passwords and unknown methods RuntimeErrors.
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError, LookupError,
              OverflowError, RuntimeError, MemoryError)


class TooLarge(Exception):
    """There is more to copy than may be."""


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


def _sweep(path: Path) -> None:
    """Remove what a program that was killed left behind; in the way of nothing if it cannot be."""
    with suppress(OSError):
        for left in path.parent.glob(f"{glob.escape(path.name)}.*{UNFINISHED}"):
            if left.stat().st_mtime < time.time() - LEFTOVER_S:
                left.unlink()


def copy_at_most(source: IO[bytes], sink: IO[bytes], limit: int) -> int:
    """Bytes copied. Raises TooLarge beyond the limit; counted here, because the size that a zip says may be a lie."""
    copied = 0
    while block := source.read(BLOCK):
        copied += len(block)
        if copied > limit:
            raise TooLarge
        sink.write(block)
    return copied
