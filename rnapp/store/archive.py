"""The zip file of a case: members of text and arrays, each with the SHA-256 of its content; whole or not there at all.

Names of members are only looked up in the zip, never on the disk.
"""

import hashlib
import io
import math
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np

from rnapp import zips
from rnapp.errors import CaseError
from rnapp.files import BLOCK, disk, replacing
from rnapp.store.kinds import ARRAY_KINDS
from rnapp.types import Array
from rnapp.zips import Fault, Zip

LARGEST_ARRAY = 2 * 2**30  # bytes
LARGEST_TEXT = 2**26
LARGEST_CASE = 16 * 2**30  # of all members, unpacked
LIST_BYTES = BLOCK
MOST_MEMBERS = 10_000  # their list is shorter than LIST_BYTES
HEADER_BYTES = 2**16  # of an array, at most
FASTEST = 1  # of zlib's levels: the noise of a scan hardly gets smaller with the slower ones
NPY_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}

_DAMAGED = ("Expected a whole case kept by rnapp, but {file} is damaged or another kind of file; take it from a "
            "backup, or remove it.")
_WORDS = MappingProxyType({
    Fault.DAMAGED: _DAMAGED,
    Fault.MISSING: "Expected the case {file}, but there is none; it may have been removed.",
    Fault.UNREADABLE: "Expected to read the case {file}, but the system refused it ({reason}); try again later.",
    Fault.MEMBER_MISSING: "Expected a case kept by rnapp, but {member} is missing in {file}; it may be another kind of "
                          "file."})


@contextmanager
def written(path: Path) -> Iterator[ZipFile]:
    """A new zip for this user's eyes alone (mode 0600), which takes the place of an older one once it is on the disk.

    Raises CaseError where the disk does not take it, or it has too many members to be read again.
    """
    with (disk(f"keep the case in {path.parent}", CaseError), replacing(path, private=True) as unfinished,
          ZipFile(unfinished, "w", ZIP_DEFLATED, compresslevel=FASTEST) as archive):
        yield archive
        if len(archive.namelist()) > MOST_MEMBERS:
            raise _too_many()


@contextmanager
def opened(path: Path) -> Iterator[Zip]:
    """A zip to read members of. Raises CaseError where it, or what is read of it meanwhile, is damaged."""
    rules = _rules()
    # Around what is read, too: json and NumPy raise the same errors.
    with zips.translated(rules, path.name), zips.opened(path, rules) as archive:
        yield archive


def damaged(path: Path) -> CaseError:
    """What is said of a file that is not as it was written."""
    return CaseError(_DAMAGED.format(file=path.name))


def _rules() -> zips.Rules:
    return zips.Rules(CaseError, _WORDS, LIST_BYTES, MOST_MEMBERS, LARGEST_CASE, LARGEST_ARRAY + HEADER_BYTES)


def write_text(archive: ZipFile, name: str, text: str) -> str:
    """The SHA-256 of the member. Raises CaseError where it is too long to be read again."""
    data = text.encode()
    if len(data) > LARGEST_TEXT:
        raise _too_many()
    archive.writestr(name, data)
    return hashlib.sha256(data).hexdigest()


def read_text(archive: Zip, name: str) -> tuple[str, str]:
    """A member's text and its SHA-256. Raises CaseError where it is missing, damaged or too long."""
    data = archive.read(archive.named(name), LARGEST_TEXT)
    return data.decode(), hashlib.sha256(data).hexdigest()


def write_array(archive: ZipFile, name: str, array: Array) -> str:
    """The SHA-256 of the member, in NumPy's format. Raises CaseError for an array that is too large."""
    if array.nbytes > LARGEST_ARRAY:
        raise CaseError(f"Expected volumes of at most {LARGEST_ARRAY // 2**30} GiB, but one has {array.nbytes} bytes; "
                        "cut the scan.")
    with archive.open(name, "w", force_zip64=True) as stream:
        through = _Hashed(stream)
        np.lib.format.write_array(through, array, allow_pickle=False)
    return through.digest.hexdigest()


def read_array(archive: Zip, name: str, sha256: str) -> Array:
    """A member's array. Raises CaseError where it is missing, BadZipFile where it is not the one that was written."""
    member = archive.named(name)
    with archive.stream(member) as stream:
        _check_header(stream.read(HEADER_BYTES), member.size)
    with archive.stream(member) as stream:
        through = _Hashed(stream)
        array = np.lib.format.read_array(through, allow_pickle=False)
        if through.read(1) or through.digest.hexdigest() != sha256:
            raise BadZipFile
    return array


def _check_header(start: bytes, size: int) -> None:
    """Before anything is allocated: raises BadZipFile where the header does not describe the rest of the member."""
    stream = io.BytesIO(start)
    try:
        shape, _, dtype = NPY_HEADERS[np.lib.format.read_magic(stream)](stream)
    except (TypeError, SyntaxError, MemoryError, tokenize.TokenError) as error:  # of Python's parser, which NumPy asks
        raise BadZipFile from error
    needed = math.prod(shape) * dtype.itemsize
    if dtype.kind not in ARRAY_KINDS or needed > LARGEST_ARRAY or stream.tell() + needed != size:
        raise BadZipFile


def _too_many() -> CaseError:
    return CaseError("Expected a case of fewer values, but this one has too many to be kept; remove some of it.")


class _Hashed:
    """A member's stream that knows the SHA-256 of all that went through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """As the stream does."""
        data = self._stream.read(size)
        self.digest.update(data)
        return data

    def write(self, data: bytes) -> int:
        """As the stream does."""
        self.digest.update(data)
        return self._stream.write(data)
