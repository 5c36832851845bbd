"""What is taken of zip files, and what is left out: never more than fits, never outside the workspace."""

import errno
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnapp import limits, zips
from rnapp.errors import Cancelled, StudyError
from rnapp.io import study_zips, unpack
from rnapp.types import CancelToken, LeftOut
from tests.io.zip_data import SLICE, beside_the_good_one, flipped, packed, zipped


def test_zip_names_cannot_leave_the_workspace(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "s.zip", {"../../evil.nii": b"1", "/abs/t1c.nii.gz": b"2", "c:\\x\\ä b.dcm": b"3",
                                          "__MACOSX/t1c.nii": b"4", "d/.DS_Store": b"5", "d/t1c.nii.gz": b"6"})
    work = tmp_path / "work"
    found = unpack.collect_files([archive], work).files
    assert [path.read_bytes() for path in found] == [b"1", b"2", b"3", b"6"]
    assert all(path.resolve().is_relative_to(work.resolve()) for path in found)
    assert [path.name for path in found] == ["evil.nii", "t1c.nii.gz", "__b.dcm", "t1c.nii.gz"]
    assert not (tmp_path.parent / "evil.nii").exists()


@pytest.mark.parametrize("name", [".", "", "./", "..", "/"])
def test_a_member_without_a_name_is_not_a_file(name: str, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "s.zip", {"a.dcm": SLICE, name: b""})
    found = unpack.collect_files([archive], tmp_path / "work")
    assert [path.name for path in found.files] == ["a.dcm"]
    assert found.left_out == ()


def test_a_member_without_a_name_that_holds_something_is_read(tmp_path: Path) -> None:
    found = unpack.collect_files([zipped(tmp_path / "s.zip", {".": SLICE, "": b"2"})], tmp_path / "work").files
    assert [(path.name, path.read_bytes()) for path in found] == [("file", SLICE), ("file", b"2")]


def test_a_zip_that_says_it_is_too_large_is_left_out_before_a_byte_is_written(
        good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 5_000_000_000)
    bomb = bytearray(packed({"a": bytes(1000)}))
    place = bomb.rindex(b"PK\x01\x02") + 24  # the unpacked size in the list of the members
    bomb[place:place + 4] = (4_200_000_000).to_bytes(4, "little")
    (good / "one.zip").write_bytes(bomb)
    (good / "two.zip").write_bytes(packed({"a": b""}))
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 3_000_000_000)
    left, = unpack.collect_files([good], good.parent / "work").left_out
    assert left.files == 1
    assert "hold more than can be unpacked here (4.2 GB, but at most 3.0 GB)" in left.reason
    assert sum(path.stat().st_size for path in (good.parent / "work").rglob("*") if path.is_file()) == 0


def test_the_limit_is_for_all_zips_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 7_000)
    for name in "abc":
        zipped(tmp_path / f"{name}.zip", {"one": bytes(3_000)})
    found = unpack.collect_files([tmp_path], tmp_path / "work")
    assert len(found.files) == 2
    assert [one.files for one in found.left_out] == [1]


def test_a_member_longer_than_its_list_says_is_left_out(good: Path) -> None:
    lying = bytearray(packed({"a": bytes(100_000)}))
    for start, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = lying.index(start) + size
        lying[place:place + 4] = (10).to_bytes(4, "little")
    (good / "lying.zip").write_bytes(lying)
    assert beside_the_good_one(good) == (LeftOut(1, study_zips.DAMAGED_MEMBER, serious=True),)


def test_the_disk_keeps_a_reserve(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zipped(good / "s.zip", {"a": bytes(3_000_000)})
    monkeypatch.setattr(limits, "free_disk", lambda folder: 2_000_000)
    left, = beside_the_good_one(good)
    assert "(3 MB, but at most 2 MB)" in left.reason


def test_a_disk_that_fills_while_unpacking_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Iterator[bytes]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        yield b""

    monkeypatch.setattr(zips.Zip, "blocks", full)
    with pytest.raises(StudyError, match=r"could not be unpacked \(No space left on device\); free space"):
        unpack.collect_files([zipped(tmp_path / "s.zip", {"a": b"1"})], tmp_path / "work")


def test_a_list_of_members_that_fills_the_memory_is_not_read(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILES", 100)
    names = {f"{number:0250d}": b"" for number in range(4_000)}
    zipped(good / "s.zip", names)
    assert beside_the_good_one(good) == (LeftOut(1, study_zips.DAMAGED_ZIP, serious=True),)


def test_unpacking_is_reported_and_can_be_cancelled(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "s.zip", dict.fromkeys("abcd", b"x"))
    told: list[tuple[str, float]] = []
    token = CancelToken()

    def progress(stage: str, fraction: float) -> None:
        told.append((stage, fraction))
        if fraction >= 0.5:
            token.cancel()

    with pytest.raises(Cancelled):
        unpack.collect_files([archive], tmp_path / "work", progress, token)
    assert told[0] == ("Looking through the files", 0.0)
    assert told[1:] == [("Unpacking the zip file", part) for part in (0.0, 0.25, 0.5)]


NO_UTF8 = packed({"ä.dcm": SLICE}).replace("ä".encode(), b"\xff\xff")

LOCKED = bytearray(packed({"a": SLICE}))

for _start, _flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
    LOCKED[LOCKED.index(_start) + _flags] |= 1

DEFLATE64 = bytearray(packed({"a": SLICE}))

DEFLATE64[DEFLATE64.index(b"PK\x03\x04") + 8] = DEFLATE64[DEFLATE64.index(b"PK\x01\x02") + 10] = 9


@pytest.mark.parametrize(("data", "kind"), [
    (b"", "Zip files that are damaged"), (b"PK\x03\x04 broken", "Zip files that are damaged"),
    (packed({"a": SLICE})[:-30], "Zip files that are damaged"),
    (NO_UTF8, "whose names cannot be read as text"),
    (bytes(LOCKED), "Encrypted"), (bytes(DEFLATE64), "Deflate64"),
    *((flipped(packed({"a": os.urandom(50) + SLICE}, method), 70), "Damaged files in zip files")
      for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)),
    (flipped(packed({"a": SLICE}, zipfile.ZIP_LZMA), 33), "Damaged files in zip files"),  # the settings of LZMA
    (flipped(packed({"abc": SLICE}), 31), "Damaged files in zip files"),  # two names for one member
])
def test_a_zip_that_cannot_be_read_does_not_stop_the_good_files(data: bytes, kind: str, good: Path) -> None:
    (good / "other.ZIP").write_bytes(data)
    left, = beside_the_good_one(good)
    assert left.files == 1
    assert kind in left.reason
    with pytest.raises(StudyError, match=kind):
        unpack.collect_files([good / "other.ZIP"], good.parent / "work")


def test_a_bad_member_does_not_stop_the_good_ones(tmp_path: Path) -> None:
    data = packed({"a": SLICE, "bad": SLICE[::-1], "c": SLICE}, zipfile.ZIP_STORED)
    (tmp_path / "s.zip").write_bytes(flipped(data, data.index(SLICE[::-1]) + 5))
    found = unpack.collect_files([tmp_path / "s.zip"], tmp_path / "work")
    assert [path.read_bytes() for path in found.files] == [SLICE, SLICE]
    assert found.left_out == (LeftOut(1, study_zips.DAMAGED_MEMBER, serious=True),)
    assert not list((tmp_path / "work").rglob("bad")), "nothing half-written stays"


def test_a_member_whose_name_is_not_text_is_left_out_alone(tmp_path: Path) -> None:
    data = packed({"a": SLICE, "ä": SLICE[::-1], "ü": SLICE[:100]}).replace("ä".encode(), b"\xff\xff")
    (tmp_path / "s.zip").write_bytes(data)
    found = unpack.collect_files([tmp_path / "s.zip"], tmp_path / "work")
    assert [path.read_bytes() for path in found.files] == [SLICE, SLICE[:100]]
    assert found.left_out == (LeftOut(1, study_zips.WORDS[zips.Fault.NO_TEXT], serious=True),)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_or_device_in_a_zip_is_left_out_alone(kind: int, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.nii")
    link.create_system, link.external_attr = 3, (kind | 0o644) << 16
    with zipfile.ZipFile(zipped(tmp_path / "s.zip", {"a": SLICE}), "a") as archive:
        archive.writestr(link, "/etc/passwd")
    found = unpack.collect_files([tmp_path / "s.zip"], tmp_path / "work")
    assert [path.read_bytes() for path in found.files] == [SLICE]
    assert found.left_out == (LeftOut(1, study_zips.WORDS[zips.Fault.NO_REGULAR], serious=True),)


def test_a_bomb_in_a_zip_is_left_out_and_not_a_byte_of_it_written(good: Path) -> None:
    zipped(good / "s.zip", {"bomb": bytes(20_000_000)}, zipfile.ZIP_BZIP2)
    assert beside_the_good_one(good) == (LeftOut(1, study_zips.WORDS[zips.Fault.BOMB], serious=True),)
    assert not list((good.parent / "work").rglob("bomb"))


def test_zips_in_zips_are_read_to_a_depth(tmp_path: Path) -> None:
    data = packed({"slice": SLICE})
    for depth in range(limits.MAX_NESTED_ARCHIVES):
        data = packed({f"{depth}.zip": data, f"beside{depth}": b"x"})
    (tmp_path / "s.zip").write_bytes(data)
    found = unpack.collect_files([tmp_path / "s.zip"], tmp_path / "work")
    assert sorted(path.name for path in found.files) == ["beside0", "beside1", "slice"]
    assert not list((tmp_path / "work").rglob("*.zip")), "they are not needed any more"
    (tmp_path / "t.zip").write_bytes(packed({"deeper.zip": data}))
    left, = unpack.collect_files([tmp_path / "t.zip"], tmp_path / "work").left_out
    assert left.files == 1
    assert "nested in more than 2 others" in left.reason
