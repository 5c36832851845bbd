"""One reader for every zip file: what is allowed comes out as it was packed, anything else is named and left in."""

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from rnapp import zips
from rnapp.errors import InputError, WeightsError
from rnapp.zips import Fault, Rules

DATA = bytes(range(256)) * 40
MEGABYTE = 1024**2
STRICT = Rules(WeightsError, {fault: f"{fault.name}: {{file}}" for fault in Fault}, list_bytes=MEGABYTE, files=10,
               total=100 * MEGABYTE, single=50 * MEGABYTE)
LENIENT = replace(STRICT, strict=False)
Change = Callable[[bytearray], None]


def packed(members: Iterable[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data, method)
    return bytearray(buffer.getvalue())


def saved(tmp_path: Path, data: bytes) -> Path:
    (tmp_path / "a.zip").write_bytes(data)
    return tmp_path / "a.zip"


def content(path: Path, rules: Rules) -> dict[str, bytes]:
    with zips.opened(path, rules) as archive:
        return {one.info.filename: b"".join(archive.blocks(one)) for one in archive.members if not one.fault}


def faults(path: Path, rules: Rules = LENIENT) -> dict[str, Fault | None]:
    with zips.opened(path, rules) as archive:
        return {one.info.orig_filename: one.fault for one in archive.members}


def refused(path: Path, fault: Fault, rules: Rules = STRICT) -> None:
    with pytest.raises(WeightsError, match=f"^{fault.name}: {path.name}$"):
        content(path, rules)


def in_list(data: bytearray, number: int) -> int:
    """Where the entry of a member is in the list of members."""
    place = -1
    for _ in range(number + 1):
        place = data.index(b"PK\x01\x02", place + 1)
    return place


def of_kind(kind: int, name: str = "bad") -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system, member.external_attr = 3, (kind | 0o644) << 16
    return member


def test_what_is_allowed_comes_out_as_it_was_packed(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = saved(tmp_path, packed([("folder/", b""), ("folder/ä b.dcm", DATA), ("folder/empty", b"")], method))
        for rules in (STRICT, LENIENT):
            assert content(path, rules) == {"folder/ä b.dcm": DATA, "folder/empty": b""}
            with zips.opened(path, rules) as archive:
                assert archive.folders == (("folder",),)
                assert archive.read(archive.named("folder/ä b.dcm"), len(DATA)) == DATA
                assert [one.plain_name for one in archive.members] == ["__b.dcm", "empty"]


def test_what_macos_adds_and_what_is_hidden_is_no_member(tmp_path: Path) -> None:
    path = saved(tmp_path, packed([("a", DATA), ("__MACOSX/a", b"x"), (".hidden", b"x"), ("b/.DS_Store", b"x")]))
    assert content(path, STRICT) == content(path, LENIENT) == {"a": DATA}


@pytest.mark.parametrize("name", ["../bad", "/bad", "a/../../bad", "C:bad", "..\\bad", "a//bad", "./bad", "", "."])
def test_a_name_that_leads_out_is_refused_or_only_a_text(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path, packed([("good", DATA), (zipfile.ZipInfo(name), b"x")]))
    refused(path, Fault.UNSAFE)
    with zips.opened(path, LENIENT) as archive:
        assert all(set(one.plain_name) <= set("Cabdefgilo_") for one in archive.members)
    assert content(path, LENIENT)["good"] == DATA


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    for other in ("folder/a.dcm", "Folder/A.DCM"):
        with pytest.warns(UserWarning, match="Duplicate") if other.islower() else nullcontext():
            path = saved(tmp_path, packed([("folder/a.dcm", b"1"), (other, b"2")]))
        refused(path, Fault.TWICE)
        with zips.opened(path, LENIENT) as archive:
            assert [b"".join(archive.blocks(one)) for one in archive.members] == [b"1", b"2"], "nothing is lost"


def _flag(bit: int) -> Change:
    def change(data: bytearray) -> None:
        place = in_list(data, 1) + 8
        data[place:place + 2] = (int.from_bytes(data[place:place + 2], "little") | bit).to_bytes(2, "little")
    return change


def _method(number: int) -> Change:
    def change(data: bytearray) -> None:
        data[in_list(data, 1) + 10] = number
    return change


def _size(size: int) -> Change:
    """What the list says that the member unpacks to."""
    def change(data: bytearray) -> None:
        place = in_list(data, 1) + 24
        data[place:place + 4] = struct.pack("<I", size)
    return change


def _misnamed(data: bytearray) -> None:
    _flag(0x800)(data)
    data[in_list(data, 1) + 46:in_list(data, 1) + 49] = b"\xff\xfe\xfd"


def _zero_in_name(data: bytearray) -> None:
    data[in_list(data, 1) + 47] = 0


def _long(data: bytearray) -> None:
    """The member's bytes are said to be so many that they hold those of the next one too."""
    place = in_list(data, 1) + 20
    data[place:place + 4] = struct.pack("<I", int.from_bytes(data[place:place + 4], "little") + 100)


@pytest.mark.parametrize(("change", "fault"), [
    (_flag(0x1), Fault.ENCRYPTED), (_flag(0x40), Fault.ENCRYPTED), (_flag(0x2000), Fault.ENCRYPTED),
    (_flag(0x20), Fault.METHOD), (_method(9), Fault.METHOD), (_method(zipfile.ZIP_LZMA), Fault.METHOD),
    (_method(zipfile.ZIP_BZIP2), Fault.METHOD), (_size(40 * MEGABYTE), Fault.BOMB),
    (_misnamed, Fault.NO_TEXT), (_zero_in_name, Fault.NO_TEXT), (_long, Fault.BROKEN)])
def test_a_bad_member_refuses_all_or_is_left_out_alone(change: Change, fault: Fault, tmp_path: Path) -> None:
    data = packed([("a", DATA), ("bad", DATA[::-1]), ("c", DATA)])
    assert faults(saved(tmp_path, data)) == {"a": None, "bad": None, "c": None}
    change(data)
    path = saved(tmp_path, data)
    assert list(faults(path).values()) == [None, fault, None]
    assert content(path, LENIENT) == {"a": DATA, "c": DATA}
    refused(path, fault)
    with zips.opened(path, LENIENT) as archive, pytest.raises(WeightsError, match=fault.name):
        archive.read(archive.members[1], 50 * MEGABYTE)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_not_followed(kind: int, tmp_path: Path) -> None:
    path = saved(tmp_path, packed([("a", DATA), (of_kind(kind), b"/etc/passwd")]))
    refused(path, Fault.NO_REGULAR)
    assert content(path, LENIENT) == {"a": DATA}
    path = saved(tmp_path, packed([("a", DATA), (of_kind(stat.S_IFREG), b"text")]))
    assert content(path, STRICT) == {"a": DATA, "bad": b"text"}


def test_other_methods_are_taken_where_the_caller_allows_them(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        path = saved(tmp_path, packed([("bad", DATA)], method))
        refused(path, Fault.METHOD)
        assert content(path, replace(STRICT, methods=frozenset({method}))) == {"bad": DATA}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_altered_bytes_of_a_member_are_found(method: int, tmp_path: Path) -> None:
    noise = os.urandom(5000)
    data = packed([("a", noise)], method)
    assert content(saved(tmp_path, data), replace(STRICT, methods=frozenset({method}))) == {"a": noise}
    data[2500] ^= 0xFF
    refused(saved(tmp_path, data), Fault.BROKEN, replace(STRICT, methods=frozenset({method})))


def test_a_member_longer_than_its_list_says_ends_there(tmp_path: Path) -> None:
    data = packed([("a", bytes(MEGABYTE))])
    assert data.count(struct.pack("<I", MEGABYTE)) == 2
    path = saved(tmp_path, data.replace(struct.pack("<I", MEGABYTE), struct.pack("<I", 10)))
    refused(path, Fault.BROKEN)
    with zips.opened(path, STRICT) as archive, archive.stream(archive.members[0]) as stream, \
            pytest.raises(zipfile.BadZipFile):
        stream.read(MEGABYTE)


def test_members_that_share_their_bytes_are_a_bomb(tmp_path: Path) -> None:
    """A list that names the same bytes nine times: nine times as much comes out as was packed."""
    data = packed([(str(number), DATA) for number in range(9)])
    for number in range(9):
        place = in_list(data, number) + 42
        data[place:place + 4] = struct.pack("<I", 0)
    path = saved(tmp_path, data)
    refused(path, Fault.BROKEN)
    assert sum(fault is None for fault in faults(path).values()) == 1


@pytest.mark.parametrize(("size", "bad"), [(16 * MEGABYTE, False), (40 * MEGABYTE, True)])
def test_an_empty_image_is_not_a_bomb_in_any_method(size: int, bad: bool, tmp_path: Path) -> None:
    path = saved(tmp_path, packed([("a", bytes(size))], zipfile.ZIP_BZIP2))
    rules = replace(LENIENT, methods=frozenset({zipfile.ZIP_BZIP2}))
    assert faults(path, rules) == {"a": Fault.BOMB if bad else None}
    path = saved(tmp_path, packed([("a", bytes(size))]))
    assert content(path, STRICT) == {"a": bytes(size)}, "Deflate never makes more than that of one byte"


def test_limits_of_size_are_kept_to_the_byte(tmp_path: Path) -> None:
    path = saved(tmp_path, packed([("a", bytes(600)), ("b", bytes(400)), (".hidden", bytes(24))]))
    assert len(content(path, replace(STRICT, total=1024, single=600))) == 2
    refused(path, Fault.TOO_LARGE, replace(STRICT, total=1023))
    refused(path, Fault.TOO_LARGE, replace(STRICT, single=599))
    with zips.opened(path, STRICT) as archive:
        assert archive.read(archive.named("a"), 600) == bytes(600)
        with pytest.raises(WeightsError, match="TOO_LARGE"):
            archive.read(archive.named("a"), 599)


def test_what_comes_counts_not_only_what_is_said(tmp_path: Path) -> None:
    path = saved(tmp_path, packed([("a", bytes(600))]))
    with zips.opened(path, replace(STRICT, total=1000)) as archive:
        assert len(archive.read(archive.members[0], 600)) == 600
        with pytest.raises(WeightsError, match="TOO_LARGE"):
            archive.read(archive.members[0], 600)


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, packed([("folder/", b""), ("folder/a", b""), (".hidden", b"")]))
    assert content(path, replace(STRICT, files=3)) == {"folder/a": b""}
    refused(path, Fault.TOO_MANY, replace(STRICT, files=2))


def test_a_list_of_members_that_fills_the_memory_is_not_read(tmp_path: Path) -> None:
    path = saved(tmp_path, packed((f"{number:0250d}", b"") for number in range(1000)))
    rules = replace(STRICT, files=1000)
    assert len(content(path, rules)) == 1000
    refused(path, Fault.DAMAGED, replace(rules, list_bytes=200_000))


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04 broken", bytes(packed([("a", DATA)]))[:-30]])
def test_what_is_no_zip_file_is_refused(data: bytes, tmp_path: Path) -> None:
    refused(saved(tmp_path, data), Fault.DAMAGED)


def test_what_is_not_a_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    refused(tmp_path / "none.zip", Fault.MISSING)
    refused(tmp_path, Fault.UNREADABLE)
    os.mkfifo(tmp_path / "pipe.zip")
    refused(tmp_path / "pipe.zip", Fault.NO_FILE)
    refused(Path("/dev/zero"), Fault.NO_FILE)


def test_a_missing_member_is_named(tmp_path: Path) -> None:
    rules = replace(STRICT, words={Fault.DAMAGED: "damaged", Fault.MEMBER_MISSING: "{member} is not in {file}"})
    with zips.opened(saved(tmp_path, packed([("a", DATA)])), rules) as archive, \
            pytest.raises(WeightsError, match=r"^b is not in a\.zip$"):
        archive.named("b")


def test_what_the_system_refuses_or_the_memory_lacks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, packed([("a", DATA)]))
    rules = replace(STRICT, words={Fault.DAMAGED: "damaged", Fault.UNREADABLE: "refused ({reason})"})
    for error, sentence in ((OSError(5, "Input/output error"), r"refused \(Input/output error\)"),
                            (MemoryError(), r"refused \(not enough memory\)"), (OSError("Invalid data"), "damaged")):
        def failing(*_: object, error: BaseException = error) -> bytes:
            raise error

        with zips.opened(path, rules) as archive, monkeypatch.context() as patch:
            patch.setattr(zipfile.ZipExtFile, "read", failing)
            with pytest.raises(WeightsError, match=f"^{sentence}$"):
                archive.read(archive.members[0], MEGABYTE)


def test_a_fault_without_a_sentence_is_called_damage(tmp_path: Path) -> None:
    rules = replace(STRICT, words={Fault.DAMAGED: "{file} is damaged"}, error=InputError)
    with pytest.raises(InputError, match=r"^a\.zip is damaged$"):
        content(saved(tmp_path, packed([("../a", DATA)])), rules)


def test_the_callers_own_errors_pass(tmp_path: Path) -> None:
    """Such as those of the disk that it writes to."""
    path = saved(tmp_path, packed([("a", DATA)]))
    with pytest.raises(OSError, match="No space"), zips.opened(path, STRICT):
        raise OSError(28, "No space left on device")
