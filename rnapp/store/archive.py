"""The zip file of a case: members of text and arrays, each with the SHA-256 of its content; whole or not there at all.

Names of members are only looked up in the zip, never on the disk.
"""

import hashlib
import math
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np

from rnapp.errors import CaseError
from rnapp.files import ZIP_ERRORS, CarefulFile, replacing
from rnapp.store.compound import ARRAY_KINDS
from rnapp.types import Array

LARGEST_ARRAY = 2 * 2**30  # bytes
LARGEST_TEXT = 2**26
LARGEST_CASE = 16 * 2**30  # of all members, unpacked
FASTEST = 1  # of zlib's levels: the noise of a scan hardly gets smaller with the slower ones
ENCRYPTED = 1  # a bit of a member's flags
NPY_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@contextmanager
def written(path: Path) -> Iterator[ZipFile]:
    """A new zip for this user's eyes alone (mode 0600), which takes the place of an older one once it is on the disk.

    Raises CaseError where the disk does not take it.
    """
    try:
        with (replacing(path, private=True) as unfinished,
              ZipFile(unfinished, "w", ZIP_DEFLATED, compresslevel=FASTEST) as archive):
            yield archive
    except OSError as error:
        raise CaseError(f"Expected to keep the case in {path.parent}, but the disk refused it "
                        f"({error.strerror or error}); free space there, or get permission to write.") from error


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """A zip to read members of. Raises CaseError where it, or what is read of it meanwhile, is damaged."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would never end
            raise damaged(path)
        with CarefulFile(path, LARGEST_TEXT) as stream, ZipFile(stream) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST_CASE:
                raise damaged(path)
            yield archive
    except FileNotFoundError as error:
        raise CaseError(f"Expected the case {path.name}, but there is none; it may have been removed.") from error
    except (OSError, MemoryError) as error:
        raise CaseError(f"Expected to read the case {path.name}, but the system refused it "
                        f"({getattr(error, 'strerror', None) or 'not enough memory'}); try again later.") from error
    except ZIP_ERRORS as error:  # and those of json and NumPy, which are among them
        raise damaged(path) from error


def damaged(path: Path) -> CaseError:
    """What is said of a file that is not as it was written."""
    return CaseError(f"Expected a whole case kept by rnapp, but {path.name} is damaged or another kind of file; "
                     "take it from a backup, or remove it.")


def write_text(archive: ZipFile, name: str, text: str) -> str:
    """The SHA-256 of the member. Raises CaseError where it is too long to be read again."""
    data = text.encode()
    if len(data) > LARGEST_TEXT:
        raise CaseError("Expected a case of fewer values, but this one has too many to be kept; remove some of it.")
    archive.writestr(name, data)
    return hashlib.sha256(data).hexdigest()


def read_text(archive: ZipFile, name: str) -> tuple[str, str]:
    """A member's text and its SHA-256. Raises CaseError where it is missing, BadZipFile where it is too long."""
    info = _member(archive, name)
    if info.file_size > LARGEST_TEXT:
        raise BadZipFile
    data = archive.read(info)
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


def read_array(archive: ZipFile, name: str, sha256: str) -> Array:
    """A member's array. Raises CaseError where it is missing, BadZipFile where it is not the one that was written."""
    info = _member(archive, name)
    with archive.open(info) as stream:
        _check_header(stream, info.file_size)
    with archive.open(info) as stream:
        through = _Hashed(stream)
        array = np.lib.format.read_array(through, allow_pickle=False)
        if through.read(1) or through.digest.hexdigest() != sha256:
            raise BadZipFile
    return array


def _check_header(stream: IO[bytes], size: int) -> None:
    """Before anything is allocated: raises BadZipFile where the header does not describe the rest of the member."""
    try:
        shape, _, dtype = NPY_HEADERS[np.lib.format.read_magic(stream)](stream)
    except (TypeError, SyntaxError, MemoryError, tokenize.TokenError) as error:  # of Python's parser, which NumPy asks
        raise BadZipFile from error
    needed = math.prod(shape) * dtype.itemsize
    if dtype.kind not in ARRAY_KINDS or needed > LARGEST_ARRAY or stream.tell() + needed != size:
        raise BadZipFile


def _member(archive: ZipFile, name: str) -> ZipInfo:
    """Raises CaseError where it is missing, BadZipFile where it is packed in a way that rnapp never uses."""
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise CaseError(f"Expected a case kept by rnapp, but {name} is missing in {_name(archive)}; it may be another "
                        "kind of file.") from error
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or info.flag_bits & ENCRYPTED:
        raise BadZipFile
    return info


def _name(archive: ZipFile) -> str:
    return Path(archive.filename or "the file").name


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
