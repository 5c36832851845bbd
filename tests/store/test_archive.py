"""The zip of a case: its members are those that were written, or the file is refused with a sentence."""

import os
import stat
import warnings
from dataclasses import make_dataclass
from pathlib import Path
from zipfile import ZIP_LZMA, ZipFile

import numpy as np
import pytest

from rnapp.errors import CaseError
from rnapp.store import archive
from rnapp.store.case_file import read_case, read_label, write_case
from rnapp.types import Array
from tests.store.kept_files import npy_of, rewritten, with_array
from tests.store.values import CASE_ID, Desk, desk, head


@pytest.mark.parametrize("array", [
    np.random.default_rng(2).integers(-999, 999, (3, 4, 5)).astype(dtype) for dtype in
    ("bool", "int8", "uint8", "int16", ">i2", "uint16", "int32", "int64", "float16", "float32", "float64")
] + [np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)), np.arange(60).reshape(3, 4, 5)[::-1, ::2, 1:], np.zeros(0),
     np.array(3.5), np.array([np.nan, np.inf], np.float32), np.broadcast_to(np.array(True), (2, 3, 4))])
def test_arrays_of_every_type_and_order_come_back_and_can_be_written_to(tmp_path: Path, array: np.ndarray) -> None:
    held = make_dataclass("Held", [("array", Array)], frozen=True)
    write_case(tmp_path / "a", held(array), case_id=CASE_ID)
    after = read_case(tmp_path / "a", held)[1].array
    assert (after.dtype, after.shape) == (array.dtype, array.shape)
    assert after.tobytes() == array.tobytes()
    assert after.flags.writeable


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a user's folders private in its own way")
def test_the_file_is_for_this_user_alone(kept: Path) -> None:
    kept.chmod(0o644)
    write_case(kept, desk(), case_id=CASE_ID)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_any_altered_byte_is_found_or_changes_nothing(kept: Path) -> None:
    data, words = kept.read_bytes(), read_case(kept, Desk)[1].notes
    rng, refused = np.random.default_rng(3), 0
    for place in rng.choice(len(data), 300, replace=False):
        altered = bytearray(data)
        altered[place] ^= 1 << int(rng.integers(8))
        kept.write_bytes(altered)
        try:
            with warnings.catch_warnings(action="ignore"):
                after = read_case(kept, Desk)[1]
        except CaseError:
            refused += 1
        else:  # a time stamp in the zip
            assert after.notes == words
            assert after.first.scan.array.tobytes() == head().scan.array.tobytes()
            assert after.first.scan.affine.tobytes() == head().scan.affine.tobytes()
    assert refused > 150


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(kept: Path, share: float) -> None:
    data = kept.read_bytes()
    kept.write_bytes(data[:int(share * len(data))])
    for read in (read_label, lambda path: read_case(path, Desk)):
        with pytest.raises(CaseError, match="damaged"):
            read(kept)


@pytest.mark.parametrize("name", ["label.json", "case.json", "arrays/0.npy"])
def test_a_missing_member_is_named(kept: Path, name: str) -> None:
    rewritten(kept, lambda members: members.pop(name) and None)
    with pytest.raises(CaseError, match=f"{name} is missing in {kept.name}"):
        read_case(kept, Desk)


def test_members_that_were_exchanged_are_refused(kept: Path) -> None:
    with ZipFile(kept) as found:
        scan = found.read("arrays/0.npy")
    other = scan[:-4] + np.float32(77).tobytes()
    rewritten(kept, lambda members: members.update({"arrays/0.npy": other}))
    with pytest.raises(CaseError, match="damaged"):
        read_case(kept, Desk)
    rewritten(kept, lambda members: members.update({"arrays/0.npy": scan}))
    assert read_case(kept, Desk)[1].count == 7


def test_an_array_that_the_hash_fits_opens(kept: Path) -> None:
    array = np.random.default_rng(5).random((5, 7, 4)).astype(np.float32)
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 7, 4), }\n"
    with_array(kept, npy_of(header, array.tobytes()))
    assert read_case(kept, Desk)[1].first.scan.array.tobytes() == array.tobytes()


@pytest.mark.parametrize("header", [
    "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '<U9', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1000000000000000000000000000000), }",
    "{'descr': '<f4', b'fortran_order': False, 'shape': (2,), }", "(" * 200, "(" * 9000, "  two\n one", "", "\0",
])
def test_arrays_that_are_not_of_numbers_or_not_of_their_size_are_refused(kept: Path, header: str) -> None:
    with_array(kept, npy_of(f"{header}\n", b"\x80\x04K\x01.1234"))
    with pytest.raises(CaseError, match="damaged"):
        read_case(kept, Desk)


def test_a_pickle_is_never_read(kept: Path) -> None:
    with_array(kept, b"\x80\x04K\x01.")
    with pytest.raises(CaseError, match="damaged"):
        read_case(kept, Desk)


def test_what_is_too_large_is_refused_both_ways(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("LARGEST_ARRAY", "LARGEST_TEXT", "LARGEST_CASE"):
        with monkeypatch.context() as patch:
            patch.setattr(archive, limit, 100)
            with pytest.raises(CaseError):
                read_case(kept, Desk)
            if limit != "LARGEST_CASE":
                with pytest.raises(CaseError):
                    write_case(kept, desk(), case_id=CASE_ID)
    assert read_case(kept, Desk)[1].count == 7


def test_other_ways_of_packing_are_refused(kept: Path) -> None:
    rewritten(kept, lambda members: None, ZIP_LZMA)
    with pytest.raises(CaseError, match="damaged"):
        read_case(kept, Desk)


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="there is none"):
        read_label(tmp_path / "none.rnapp")
    with pytest.raises(CaseError, match="refused"):
        read_label(tmp_path)
    os.mkfifo(tmp_path / "pipe.rnapp")
    with pytest.raises(CaseError, match="another kind of file"):
        read_label(tmp_path / "pipe.rnapp")


def test_a_list_of_members_that_fills_the_memory_is_not_read(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_label(kept)
    with ZipFile(kept, "a") as whole:
        for number in range(100):
            whole.writestr(f"{number:0200d}", b"")
    monkeypatch.setattr("rnapp.store.archive.LIST_BYTES", 10_000)
    with pytest.raises(CaseError, match="damaged"):
        read_label(kept)


@pytest.mark.parametrize("name", ["../case.json", "Case.json"])
def test_a_member_that_rnapp_never_writes_is_refused(kept: Path, name: str) -> None:
    rewritten(kept, lambda members: members.update({"notes.txt": b"of a newer rnapp, perhaps"}))
    assert read_label(kept)
    rewritten(kept, lambda members: members.update({name: b"{}"}))
    with pytest.raises(CaseError, match="damaged"):
        read_label(kept)


def test_a_case_that_could_not_be_read_again_is_not_kept(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept.read_bytes()
    monkeypatch.setattr(archive, "MOST_MEMBERS", 6)
    with pytest.raises(CaseError, match="too many to be kept"):
        write_case(kept, desk(), case_id=CASE_ID)
    assert kept.read_bytes() == before
    monkeypatch.setattr(archive, "MOST_MEMBERS", 7)
    write_case(kept, desk(), case_id=CASE_ID)
    assert read_case(kept, Desk)[1].count == 7


def test_a_full_disk_leaves_the_old_case(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")
    before = kept.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CaseError, match="No space left on device"):
        write_case(kept, desk(), case_id=CASE_ID)
    assert kept.read_bytes() == before
    assert list(kept.parent.iterdir()) == [kept]


def test_a_killed_program_leaves_the_old_case(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt
    before = kept.read_bytes()
    monkeypatch.setattr(np.lib.format, "write_array", killed)
    with pytest.raises(KeyboardInterrupt):
        write_case(kept, desk(), case_id=CASE_ID)
    assert kept.read_bytes() == before


def test_two_who_write_at_once_both_write_whole_files(kept: Path) -> None:
    with archive.written(kept) as late:
        write_case(kept, desk(), case_id=CASE_ID, title="early")
        assert read_case(kept, Desk)[0].title == "early"
        with ZipFile(kept) as early:
            for name in early.namelist():
                late.writestr(name, early.read(name))
    assert read_case(kept, Desk)[0].title == "early"
    assert list(kept.parent.iterdir()) == [kept]


def test_a_folder_that_is_none_is_a_sentence(kept: Path) -> None:
    with pytest.raises(CaseError, match="disk refused"):
        write_case(kept / "below.rnapp", desk(), case_id=CASE_ID)
