"""A case in a file: whole and as it was, or refused with a sentence; in older and newer schemas alike."""

import hashlib
import json
import os
import stat
import warnings
from collections.abc import Callable
from dataclasses import make_dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import numpy as np
import pytest

from rnapp import __version__
from rnapp.errors import CaseError
from rnapp.store import archive, case_file
from rnapp.store.case_file import SCHEMA, read_case, read_label, write_case
from rnapp.types import Array
from tests.store.values import CASE_ID, Desk, Head, desk, head

Members = dict[str, bytes]
Parts = dict[str, dict[str, Any]]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A kept case."""
    path = tmp_path / f"{CASE_ID}.rnapp"
    write_case(path, desk(), case_id=CASE_ID, title="P-07", summary="Two lesions, one reading.")
    return path


def rewritten(path: Path, change: Callable[[Members], None], method: int = ZIP_DEFLATED) -> None:
    """The same zip with other members, as somebody with a zip program makes it."""
    with ZipFile(path) as before:
        members = {name: before.read(name) for name in before.namelist()}
    change(members)
    with ZipFile(path, "w", method) as after:
        for name, data in members.items():
            after.writestr(name, data)


def reschemed(path: Path, change: Callable[[Parts], None]) -> None:
    """The case as another program might have written it: its hashes hold."""
    def changed(members: Members) -> None:
        parts = {name: json.loads(members[name]) for name in ("label.json", "case.json")}
        change(parts)
        members["case.json"] = json.dumps(parts["case.json"]).encode()
        parts["label.json"]["sha256"] = hashlib.sha256(members["case.json"]).hexdigest()
        members["label.json"] = json.dumps(parts["label.json"]).encode()
    rewritten(path, changed)


def labelled(path: Path, **fields: Any) -> None:
    """Another label in both places."""
    def change(parts: Parts) -> None:
        for part in parts.values():
            part |= {name: value for name, value in fields.items() if name == "schema"}
            part["label"] |= {name: value for name, value in fields.items() if name != "schema"}
    reschemed(path, change)


def with_array(path: Path, npy: bytes) -> None:
    """Another first array, whose hash holds."""
    digest = hashlib.sha256(npy).hexdigest()
    reschemed(path, lambda parts: parts["case.json"]["sha256"].update({"0": digest}))
    rewritten(path, lambda members: members.update({"arrays/0.npy": npy}))


def npy_of(header: str, data: bytes = b"") -> bytes:
    """A file of NumPy's format with any header."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data


def test_a_case_comes_back_as_it_was_kept(kept: Path) -> None:
    label, after = read_case(kept, Desk)
    assert after.first is after.second
    assert after.notes == desk().notes
    assert after.picture == desk().picture
    assert after.first.scan.array.tobytes() == head().scan.array.tobytes()
    assert after.first.scan.affine.tobytes() == head().scan.affine.tobytes()
    assert (label.id, label.title, label.summary) == (CASE_ID, "P-07", "Two lesions, one reading.")
    assert (label.program, label.schema) == (__version__, SCHEMA)
    assert read_label(kept) == label


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


def test_nothing_of_the_patient_is_in_names(kept: Path) -> None:
    with ZipFile(kept) as found:
        assert set(found.namelist()) == {"label.json", "case.json", *(f"arrays/{n}.npy" for n in range(5))}


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


def test_a_document_or_label_that_was_exchanged_is_refused(kept: Path) -> None:
    before = kept.read_bytes()
    for name in ("case.json", "label.json"):
        rewritten(kept, lambda members, name=name: members.update({name: members[name].replace(b"P-07", b"P-08")}))
        with pytest.raises(CaseError, match="damaged"):
            read_case(kept, Desk)
        kept.write_bytes(before)


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


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": "rnapp case"}', '{"format": "another"}',
                                  "[" * 99999, '{"format": "rnapp case", "label": 3, "schema": [1, 0], "sha256": ""}',
                                  "\xff", '{"format": "rnapp case", "label": {}, "schema": [1, 0], "sha256": ""}'])
def test_labels_that_are_none_are_refused(kept: Path, text: str) -> None:
    rewritten(kept, lambda members: members.update({"label.json": text.encode("latin-1")}))
    with pytest.raises(CaseError):
        read_label(kept)


@pytest.mark.parametrize("fields", [{"id": "../../abcdef01"}, {"id": ""}, {"saved": "yesterday"}, {"title": None},
                                    {"schema": [1]}, {"schema": ["1", "0"]}, {"schema": 1}])
def test_labels_with_strange_values_are_refused(kept: Path, fields: dict[str, Any]) -> None:
    labelled(kept, title="another")
    assert read_case(kept, Desk)[0].title == "another"
    labelled(kept, **fields)
    with pytest.raises(CaseError):
        read_label(kept)


def test_a_newer_minor_schema_opens_without_what_is_new(kept: Path) -> None:
    def newer(parts: Parts) -> None:
        parts["case.json"]["document"]["records"][0]["fields"]["added"] = {"new kind": [1]}
        parts["label.json"]["added"] = "outside"
    labelled(kept, schema=[SCHEMA[0], SCHEMA[1] + 1], program="9.9.9", added="in the label")
    reschemed(kept, newer)
    label, after = read_case(kept, Desk)
    assert label.schema == (SCHEMA[0], SCHEMA[1] + 1)
    assert after.count == 7


def test_a_newer_major_schema_is_refused_and_its_label_is_read(kept: Path) -> None:
    labelled(kept, schema=[SCHEMA[0] + 1, 0], program="9.9.9")
    reschemed(kept, lambda parts: parts["case.json"].clear())
    assert read_label(kept).program == "9.9.9"
    with pytest.raises(CaseError, match=r"rnapp 9\.9\.9 wrote it in a newer way"):
        read_case(kept, Desk)


def test_an_older_major_schema_is_upgraded_step_by_step(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = SCHEMA[0]

    def renamed(document: dict[str, Any]) -> dict[str, Any]:
        document["records"][0]["fields"]["accepted"] = document["records"][0]["fields"].pop("agreed")
        return document

    def counted(document: dict[str, Any]) -> dict[str, Any]:
        document["records"][0]["fields"]["count"] += 100 * document["records"][0]["fields"]["accepted"]
        return document

    def older(parts: Parts) -> None:
        held = parts["case.json"]["document"]["records"][0]["fields"]
        held["agreed"] = held.pop("accepted")
    reschemed(kept, older)
    monkeypatch.setattr(case_file, "SCHEMA", (first + 2, 0))
    with pytest.raises(CaseError, match="older way"):
        read_case(kept, Desk, {first + 1: counted})
    after = read_case(kept, Desk, {first: renamed, first + 1: counted})[1]
    assert (after.accepted, after.count) == (True, 107)


def test_a_schema_before_the_first_is_refused(kept: Path) -> None:
    labelled(kept, schema=[0, 9])
    with pytest.raises(CaseError, match="older way"):
        read_case(kept, Desk)


def test_another_case_than_asked_for_is_refused(kept: Path) -> None:
    with pytest.raises(CaseError):
        read_case(kept, Head)


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


def test_a_programmers_error_touches_no_file(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_case(tmp_path / "a", "text", case_id=CASE_ID)
    assert not list(tmp_path.iterdir())
