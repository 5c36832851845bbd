"""Zip files that somebody else made: opened, listed and unpacked under one set of rules, whatever they hold.

Each caller gives its Rules: the limits, and its own error with a sentence for each Fault. Names of members are only
text here; nothing is written to the disk.
"""

import io
import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import IO, NoReturn

from rnapp import limits
from rnapp.errors import InputError
from rnapp.files import BLOCK

# What zipfile and what it unpacks with raise for a zip file that is damaged, encrypted or of an unknown kind, besides
# OSError (also of bzip2): names that are no text are ValueErrors, passwords and unknown methods RuntimeErrors.
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError, LookupError,
              OverflowError, RuntimeError, MemoryError)
USUAL_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED, _PATCHED, _UTF8 = 0x2041, 0x20, 0x800  # bits of a member's flags; the first with hidden headers
_KINDS = (0, stat.S_IFREG, stat.S_IFDIR)  # 0: archives made on Windows say nothing
# Deflate makes at most 1,032 bytes of one. What is small may shrink more: bzip2 does so with an empty slice.
_MOST_OF_ONE_BYTE, _ALWAYS_HARMLESS = 1032, 16 * 1024**2
_ENTRY, _ENTRY_BYTES, _HEADER_BYTES = b"PK\x01\x02", 46, 30  # of the list, and of the header before a member's bytes
_LONGEST_PLAIN_NAME = 80


class Fault(Enum):
    """What may be wrong with a zip file, and from NO_TEXT on with one of its members."""

    MISSING = auto()
    NO_FILE = auto()  # a pipe or a device
    UNREADABLE = auto()  # the system refused it, or there is not enough memory
    DAMAGED = auto()  # or no zip file, or one whose list of members is too long
    TOO_MANY = auto()
    TOO_LARGE = auto()
    MEMBER_MISSING = auto()
    NO_TEXT = auto()  # the name is no text
    UNSAFE = auto()  # the name leads out of the folder
    NO_REGULAR = auto()  # a link, pipe or device
    ENCRYPTED = auto()
    METHOD = auto()  # packed in a way that is not allowed
    BOMB = auto()
    TWICE = auto()  # two of one name, capital letters or not
    BROKEN = auto()


@dataclass(frozen=True)
class Rules:
    """What a caller takes, and what it says.

    error: what is raised; words: fault → sentence, that of DAMAGED for those that are not named; they may hold {file},
    {member} (names), {found}, {limit} (bytes in words, or how many) and {reason} (of the system). list_bytes: of the
    list of members; files: how many entries; total, single: bytes of all members and of each, unpacked; methods: of
    zipfile, by which members may be packed. strict: a bad member, an unsafe name or a second member of one name refuse
    the whole file; else Member.fault says it, and names may be anything.
    """

    error: type[InputError]
    words: Mapping[Fault, str]
    list_bytes: int
    files: int
    total: int
    single: int
    methods: frozenset[int] = USUAL_METHODS
    strict: bool = True

    def refusal(self, fault: Fault, file: str, *instead: Fault, **facts: object) -> InputError:
        """The caller's error. file: its name; instead: faults whose sentence will do where this one has none."""
        known = next(one for one in (fault, *instead, Fault.DAMAGED) if one in self.words)
        return self.error(self.words[known].format(file=file, **facts))


@dataclass(frozen=True, eq=False)
class Member:
    """A file in a zip. parts: of its name; fault: why it cannot be unpacked, None where it can be tried."""

    info: zipfile.ZipInfo
    parts: tuple[str, ...]
    fault: Fault | None

    @property
    def size(self) -> int:
        """Bytes when unpacked; more never come."""
        return self.info.file_size

    @property
    def plain_name(self) -> str:
        """The last part of the name in plain characters, safe on a disk; its end is kept, for it says the format."""
        plain = re.sub(r"[^A-Za-z0-9._+-]", "_", "".join(self.parts[-1:]))
        return plain[-_LONGEST_PLAIN_NAME:].lstrip(".") or "file"


class Zip:
    """An open zip file under its caller's rules. members: its files, without hidden ones, what macOS adds, and those
    without name and content; folders: the parts of the names of entries that are folders."""

    def __init__(self, archive: zipfile.ZipFile, file: str, rules: Rules) -> None:
        """file: its name. Raises rules.error where the rules do not allow it."""
        self._archive, self._file, self._rules, self._left = archive, file, rules, rules.total
        listed = archive.infolist()
        self._check_sizes(listed)
        overlapping = _overlapping(listed, archive.start_dir)
        everything = [Member(one, _parts(one), Fault.BROKEN if one in overlapping else _fault(one, rules))
                      for one in listed]
        kept = [one for one in everything if not _is_junk(one)]
        self.members = tuple(one for one in kept if not _is_folder(one.info))
        self._by_name = {one.info.filename: one for one in self.members}
        self.folders = tuple(one.parts for one in kept if _is_folder(one.info))
        if rules.strict:
            self._check_all(everything)

    def named(self, name: str) -> Member:
        """Raises rules.error where there is no such member."""
        if name not in self._by_name:
            raise self._rules.refusal(Fault.MEMBER_MISSING, self._file, member=name)
        return self._by_name[name]

    def blocks(self, member: Member) -> Iterator[bytes]:
        """The bytes of a member, piece by piece. Raises rules.error, after the last one too: then its checksum is
        wrong."""
        with self.stream(member) as source:
            while True:
                with translated(self._rules, self._file, Fault.BROKEN, member.info.filename):
                    block = source.read(BLOCK)
                if not block:
                    return
                self._left -= len(block)
                if self._left < 0:
                    raise self._too_large(self._rules.total - self._left, self._rules.total)
                yield block

    def read(self, member: Member, limit: int) -> bytes:
        """All bytes of a member. Raises rules.error as blocks() does, and where it has more bytes than the limit."""
        if member.size > limit:
            raise self._too_large(member.size, limit)
        return b"".join(self.blocks(member))

    @contextmanager
    def stream(self, member: Member) -> Iterator[IO[bytes]]:
        """A member to read. Raises rules.error where it cannot be opened; what is read of it raises ZIP_ERRORS or
        OSError where it is damaged, at the end too."""
        if member.fault:
            self._refuse(member)
        with translated(self._rules, self._file, Fault.BROKEN, member.info.filename):
            source = self._archive.open(member.info)
        with source:
            yield source

    def sentence(self, member: Member) -> str:
        """Why a member with a fault cannot be unpacked."""
        fault = member.fault or Fault.BROKEN
        return str(self._rules.refusal(fault, self._file, Fault.BROKEN, member=member.info.filename))

    def _check_sizes(self, listed: Sequence[zipfile.ZipInfo]) -> None:
        rules = self._rules
        if len(listed) > rules.files:
            raise rules.refusal(Fault.TOO_MANY, self._file, found=len(listed), limit=rules.files)
        if (total := sum(one.file_size for one in listed)) > rules.total:
            raise self._too_large(total, rules.total)
        if (longest := max((one.file_size for one in listed), default=0)) > rules.single:
            raise self._too_large(longest, rules.single)

    def _check_all(self, everything: Sequence[Member]) -> None:
        for member in everything:
            if member.fault:
                self._refuse(member)
        names = {"/".join(one.parts).casefold() for one in self.members}
        if len(names) < len(self.members):
            raise self._rules.refusal(Fault.TWICE, self._file)

    def _refuse(self, member: Member) -> NoReturn:
        raise self._rules.error(self.sentence(member))

    def _too_large(self, found: int, limit: int) -> InputError:
        return self._rules.refusal(Fault.TOO_LARGE, self._file, found=limits.in_words(found),
                                   limit=limits.in_words(limit))


@contextmanager
def opened(path: Path, rules: Rules) -> Iterator[Zip]:
    """A zip file to read members of; never waits for a pipe. Raises rules.error where the rules do not allow it."""
    with ExitStack() as stack:
        with translated(rules, path.name):
            file = stack.enter_context(_File(path, rules.list_bytes))
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise rules.refusal(Fault.NO_FILE, path.name)
            archive = stack.enter_context(zipfile.ZipFile(file))
            file.longest, file.listing = BLOCK, False
            content = Zip(archive, path.name, rules)
        yield content


@contextmanager
def translated(rules: Rules, file: str, damage: Fault = Fault.DAMAGED, member: str = "") -> Iterator[None]:
    """What reading a zip file raises becomes rules.error. file: its name; damage: what is said of damaged bytes."""
    try:
        yield
    except FileNotFoundError as error:
        raise rules.refusal(Fault.MISSING, file, damage) from error
    except (*ZIP_ERRORS, OSError) as error:
        reason = "not enough memory" if isinstance(error, MemoryError) else getattr(error, "strerror", None)
        fault = Fault.UNREADABLE if reason else damage  # bzip2's OSError has no reason of the system
        raise rules.refusal(fault, file, damage, member=member, reason=reason) from error


class _File(io.FileIO):
    """A file of which not much is read at once only because it says itself that its list of members is so long.

    longest: bytes that may be read at once; listing: while the list is read, names that are no text are replaced.
    """

    def __init__(self, path: Path, longest: int) -> None:
        super().__init__(path, opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))
        self.longest, self.listing = longest, True

    def read(self, size: int | None = -1, /) -> bytes:
        """As the file does. Raises BadZipFile where more would be read at once than may be."""
        if size is not None and size > self.longest:
            raise zipfile.BadZipFile
        data = super().read(size) or b""
        return _with_readable_names(data) if self.listing and data.startswith(_ENTRY) else data


def _with_readable_names(listed: bytes) -> bytes:
    """The list of members with zeros for names that claim to be UTF-8 and are not: one would make zipfile refuse all.
    """
    changed, place = bytearray(listed), 0
    while listed.startswith(_ENTRY, place) and place + _ENTRY_BYTES <= len(listed):
        flags, = struct.unpack_from("<H", listed, place + 8)
        name, extra, comment = struct.unpack_from("<3H", listed, place + 28)
        start = place + _ENTRY_BYTES
        if flags & _UTF8 and not _is_utf8(listed[start:start + name]):
            changed[start:start + name] = bytes(len(changed[start:start + name]))
        place = start + name + extra + comment
    return bytes(changed)


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _overlapping(listed: Sequence[zipfile.ZipInfo], end: int) -> set[zipfile.ZipInfo]:
    """Members whose bytes reach into the next one's, or beyond the end of all: so a small file unpacks to anything."""
    ordered = sorted(listed, key=lambda one: one.header_offset)
    ends = [*(one.header_offset for one in ordered[1:]), end]
    return {one for one, until in zip(ordered, ends, strict=False)
            if one.header_offset + _HEADER_BYTES + one.compress_size > until}


def _fault(info: zipfile.ZipInfo, rules: Rules) -> Fault | None:
    """What the list of members says of one alone."""
    faults = {
        Fault.NO_TEXT: "\0" in info.orig_filename,
        Fault.UNSAFE: rules.strict and _leads_out(info.filename),
        Fault.NO_REGULAR: stat.S_IFMT(info.external_attr >> 16) not in _KINDS,
        Fault.ENCRYPTED: bool(info.flag_bits & _ENCRYPTED),
        Fault.METHOD: info.compress_type not in rules.methods or bool(info.flag_bits & _PATCHED),
        Fault.BOMB: info.file_size > max(_ALWAYS_HARMLESS, _MOST_OF_ONE_BYTE * info.compress_size)}
    return next((fault for fault, is_so in faults.items() if is_so), None)


def _leads_out(name: str) -> bool:
    return any(part in ("", ".", "..") or set(part) & set("\\:") for part in name.removesuffix("/").split("/"))


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith("/")  # is_dir() of some versions fails for a member without a name


def _is_junk(member: Member) -> bool:
    """What is hidden, what macOS adds, and what has neither a name nor a content."""
    if not member.parts:
        return member.size == 0
    return "__MACOSX" in member.parts or member.parts[-1].startswith(".")


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    return tuple(part for part in info.filename.replace("\\", "/").split("/") if part not in ("", ".", ".."))
