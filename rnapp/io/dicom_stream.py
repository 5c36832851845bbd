"""The bytes of a DICOM file: opened without its name, unpacked within limits, and checked for a missing end."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_file_meta_info
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from rnapp import limits

# A deflated file is unpacked whole before its header can be read; no MR object of a head is larger.
MAX_INFLATED_BYTES = 2 * limits.MAX_VOXELS
UNDEFINED_LENGTH = 0xFFFFFFFF
_PREAMBLE = 132
# Files without the 128-byte preamble start straight with group 0002 or 0008, little endian.
_BARE_STARTS = (b"\x02\x00", b"\x08\x00")
_PIXEL_TAGS = ((0x7FE0, 0x0008), (0x7FE0, 0x0009), (0x7FE0, 0x0010))
_ITEM = (0xFFFE, 0xE000)
_LONG_HEADER_VRS = (b"OB", b"OW", b"OF", b"OD", b"UN")
_LARGE_READ = 1024 * 1024
_MAX_FRAGMENTS = 100_000
# What git-lfs (version 1 of its specification) and git-annex (unlocked files) write instead of a file.
_LFS, _ANNEX, _LONGEST_POINTER = b"version https://git-lfs.github.com/spec/", b"/annex/objects/", 1024

Pixels = Literal["whole", "cut", "none"]


class _File(io.BufferedReader):
    """A file that never asks the memory for more than it has, whatever length a header announces."""

    def __init__(self, raw: io.FileIO) -> None:
        super().__init__(raw)
        self._size = raw.seek(0, io.SEEK_END)
        raw.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        """As that of io.BufferedReader."""
        if size is not None and size > _LARGE_READ:
            size = min(size, max(0, self._size - self.tell()))
        return super().read(size)


@contextmanager
def dicom_stream(path: Path) -> Iterator[BinaryIO]:
    """The file from its start, and a deflated one as it was before it was packed.

    Raises InvalidDicomError where it does not start as DICOM, EOFError for deflated files cut short or damaged,
    ValueError for one that is too large, OSError.
    """
    raw = io.FileIO(path)
    # pydicom puts the name of a damaged file into its warnings; file names may hold the patient's name.
    raw.name = "(hidden)"
    with _File(raw) as stream:
        if not has_preamble(stream) and stream.peek(2)[:2] not in _BARE_STARTS:
            raise InvalidDicomError("no preamble and no leading group 0002 or 0008")
        meta = _meta(stream)
        if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
            yield _inflated(stream, meta)
        else:
            stream.seek(0)
            yield stream


def has_preamble(stream: BinaryIO) -> bool:
    """Whether the stream declares itself as DICOM; it is left at its start."""
    start = stream.read(_PREAMBLE)
    stream.seek(0)
    return start[128:] == b"DICM"


def is_blank(path: Path) -> bool:
    """Whether there is nothing in the file, or nothing but zeros at its start, as interrupted copies leave it."""
    with path.open("rb") as stream:
        return not stream.read(2 * _PREAMBLE).strip(b"\0")


def is_pointer(path: Path) -> bool:
    """Whether git-lfs or git-annex left a few lines in the place of the real file. Raises OSError."""
    with path.open("rb") as stream:
        start = stream.read(_LONGEST_POINTER + 1)
    return len(start) <= _LONGEST_POINTER and start.startswith((_LFS, _ANNEX))


def check_complete(dataset: Any) -> None:
    """Raises EOFError where the file ends inside an element; pydicom gives the part that is there, silently.

    For datasets fresh from the file, before any of their values is asked for.
    """
    for element in dataset.values():
        if isinstance(element, RawDataElement) and element.value is not None and (
                element.length not in (UNDEFINED_LENGTH, len(element.value))):
            raise EOFError(f"element {element.tag} is shorter than announced")


def pixels_at(stream: BinaryIO, implicit: bool, little: bool) -> tuple[Pixels, int]:
    """Whether what is announced of the pixels is there, and how many bytes are announced (0 if that is not said).

    stream: where pydicom stopped before the pixels; implicit, little: how the header is encoded. Nothing is decoded.
    """
    start = stream.tell()
    size = stream.seek(0, io.SEEK_END)
    stream.seek(start)
    if start > size:
        return "cut", 0
    head = stream.read(8)
    order = "<" if little else ">"
    if len(head) < 8 or struct.unpack(order + "HH", head[:4]) not in _PIXEL_TAGS:
        return "none", 0
    if implicit:
        length = struct.unpack(order + "L", head[4:])[0]
    elif head[4:6] in _LONG_HEADER_VRS:
        longer = stream.read(4)
        if len(longer) < 4:
            return "cut", 0
        length = struct.unpack(order + "L", longer)[0]
    else:
        length = struct.unpack(order + "H", head[6:])[0]
    if length == UNDEFINED_LENGTH:
        return ("whole" if _fragments_end(stream, size) else "cut"), 0
    return ("whole" if stream.tell() + length <= size else "cut"), length


def _fragments_end(stream: BinaryIO, size: int) -> bool:
    """Whether packed pixels come to their end before the file does; what is no fragment is left to the decoder."""
    for _ in range(_MAX_FRAGMENTS):
        head = stream.read(8)
        if len(head) < 8:
            return False
        group, element, length = struct.unpack("<HHL", head)
        if (group, element) != _ITEM:
            return True
        if stream.tell() + length > size:
            return False
        stream.seek(length, io.SEEK_CUR)
    return True


def _meta(stream: BinaryIO) -> Dataset:
    """Group 0002, always explicit and little endian; the stream is left behind it."""
    if has_preamble(stream):
        stream.seek(_PREAMBLE)

    def behind(tag: BaseTag, *_: object) -> bool:
        return int(tag) >> 16 != 2

    return read_dataset(stream, False, True, stop_when=behind)


def _inflated(stream: BinaryIO, meta: Dataset) -> BinaryIO:
    """The same file with its dataset unpacked. stream: behind the meta information."""
    try:
        dataset = limits.unpacked(stream, "deflate", min(MAX_INFLATED_BYTES, limits.free_memory() // 3))
    except limits.Damaged as error:
        raise EOFError("the deflated dataset is cut short or damaged") from error
    except limits.TooLong as error:
        raise ValueError("the deflated dataset is too large") from error
    whole = io.BytesIO()
    whole.write(bytes(128) + b"DICM")
    plain = FileMetaDataset(meta)
    plain.TransferSyntaxUID = ExplicitVRLittleEndian
    write_file_meta_info(whole, plain, enforce_standard=False)
    whole.write(dataset)
    whole.seek(0)
    return whole
