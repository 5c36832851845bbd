"""Zip files that tests write themselves."""

import io
import zipfile
from pathlib import Path

from rnapp.io import unpack
from rnapp.types import LeftOut

SLICE = bytes(range(256)) * 40


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name) if name in ("", ".") else name, data)
    return buffer.getvalue()


def zipped(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path.write_bytes(packed(members, method))
    return path


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1:]


def beside_the_good_one(good: Path) -> tuple[LeftOut, ...]:
    """What was left out, once it is clear that the good file was taken, and alone."""
    found = unpack.collect_files([good], good.parent / "work")
    assert [path.read_bytes() for path in found.files] == [SLICE]
    return found.left_out
