"""A folder of cases: nothing hidden, nothing of a newer program lost, no file outside it touched."""

import os
import shutil
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.errors import CaseError
from rnapp.store import case_file, library
from rnapp.store.case_file import read_label
from rnapp.store.library import Library
from tests.store.kept_files import labelled
from tests.store.values import CASE_ID, Desk, desk

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def shelf(tmp_path: Path) -> Library:
    """An empty library whose folder is not there yet."""
    return Library(tmp_path / "state" / "cases")


def test_a_case_is_kept_listed_opened_and_removed(shelf: Library) -> None:
    label = shelf.keep(desk(), title="P-07", summary="Two lesions.")
    entry, = shelf.entries()
    assert (entry.id, entry.label, entry.trouble) == (label.id, label, None)
    assert entry.path == shelf.folder / f"{label.id}.rnapp"
    assert entry.size == entry.path.stat().st_size
    found, after = shelf.open(label.id, Desk)
    assert (found, after.count) == (label, 7)
    shelf.remove(label.id)
    shelf.remove(label.id)
    assert shelf.entries() == ()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a user's folders private in its own way")
def test_the_folder_is_made_for_this_user_alone_at_the_first_case(shelf: Library) -> None:
    assert shelf.entries() == ()
    assert not shelf.folder.exists()
    shelf.keep(desk())
    assert stat.S_IMODE(shelf.folder.stat().st_mode) == 0o700


def test_the_same_id_is_the_same_file(shelf: Library) -> None:
    first = shelf.keep(desk(), title="first")
    second = shelf.keep(replace(desk(), count=8), first.id, title="second")
    other = shelf.keep(desk())
    assert first.id == second.id != other.id
    assert shelf.open(first.id, Desk)[1].count == 8
    assert len(shelf.entries()) == 2


def test_a_removed_case_is_kept_again_under_its_id(shelf: Library) -> None:
    label = shelf.keep(desk())
    shelf.remove(label.id)
    assert shelf.keep(desk(), label.id).id == label.id


def test_the_newest_case_comes_first(shelf: Library) -> None:
    labels = [shelf.keep(desk(), title=title) for title in "abc"]
    clocks_change = ("2026-03-29T01:30:00+01:00", "2026-03-29T03:10:00+02:00", "2026-03-29T00:45:00+00:00")
    for label, saved in zip(labels, clocks_change, strict=True):
        labelled(shelf.folder / f"{label.id}.rnapp", saved=saved)
    assert [entry.label.title for entry in shelf.entries() if entry.label] == ["b", "c", "a"]


@pytest.mark.parametrize(("major", "minor"), [(0, 1), (1, 0)])
def test_a_file_of_a_newer_schema_is_never_written_over(shelf: Library, major: int, minor: int) -> None:
    label = shelf.keep(desk(), title="newer")
    path = shelf.folder / f"{label.id}.rnapp"
    labelled(path, schema=[case_file.SCHEMA[0] + major, case_file.SCHEMA[1] + minor], program="9.9.9")
    before = path.read_bytes()
    kept = shelf.keep(desk(), label.id, title="older")
    assert kept.id != label.id
    assert path.read_bytes() == before
    assert shelf.open(kept.id, Desk)[0].title == "older"


def test_a_file_of_an_older_schema_is_written_over(shelf: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    label = shelf.keep(desk())
    for module in (case_file, library):
        monkeypatch.setattr(module, "SCHEMA", (label.schema[0] + 1, 0))
    assert shelf.keep(desk(), label.id).id == label.id
    assert read_label(shelf.folder / f"{label.id}.rnapp").schema == (label.schema[0] + 1, 0)


def test_a_file_that_cannot_be_read_is_listed_and_never_written_over(shelf: Library) -> None:
    label = shelf.keep(desk())
    path = shelf.folder / f"{label.id}.rnapp"
    path.write_bytes(path.read_bytes()[:-30])
    entry, = shelf.entries()
    assert (entry.id, entry.label) == (label.id, None)
    assert "damaged" in (entry.trouble or "")
    assert shelf.keep(desk(), label.id).id != label.id
    shelf.remove(entry.id)
    assert [one.trouble for one in shelf.entries()] == [None]


def test_a_newer_case_is_listed_with_its_label_and_why_it_cannot_be_opened(shelf: Library) -> None:
    label = shelf.keep(desk(), title="newer")
    labelled(shelf.folder / f"{label.id}.rnapp", schema=[case_file.SCHEMA[0] + 1, 0], program="9.9.9")
    entry, = shelf.entries()
    assert entry.label is not None
    assert entry.label.title == "newer"
    assert "9.9.9" in (entry.trouble or "")


def test_a_copy_made_by_hand_is_not_mistaken_for_the_case(shelf: Library) -> None:
    label = shelf.keep(desk())
    copies = [shelf.folder / f"{CASE_ID}.rnapp", shelf.folder / f"{label.id} (copy).rnapp"]
    for copy in copies:
        shutil.copy(shelf.folder / f"{label.id}.rnapp", copy)
    troubles = {entry.path: entry.trouble for entry in shelf.entries()}
    assert [label.id in (troubles[copy] or "") for copy in copies] == [True, True]
    assert troubles[shelf.folder / f"{label.id}.rnapp"] is None
    with pytest.raises(CaseError, match="rename"):
        shelf.open(CASE_ID, Desk)
    assert shelf.keep(desk(), CASE_ID).id != CASE_ID


@pytest.mark.parametrize("case_id", ["", "..", "../../etc/passwd", "/etc/passwd", "abc", "0123456789ABCDEF", "a" * 65,
                                     "0123456789abcdef\n", "0123456789abcdef/..", "0123456789abcde\0", "*",
                                     "C:\\abcdef01"])
def test_ids_that_are_none_touch_nothing(shelf: Library, case_id: str) -> None:
    shelf.keep(desk(), CASE_ID)
    victim = shelf.folder.parent / "victim.rnapp"
    victim.write_text("mine")
    for act in (lambda: shelf.open(case_id, Desk), lambda: shelf.remove(case_id), lambda: shelf.keep(desk(), case_id)):
        with pytest.raises(CaseError, match="hexadecimal"):
            act()
    assert victim.read_text() == "mine"
    assert [path.name for path in shelf.folder.iterdir()] == [f"{CASE_ID}.rnapp"]


# Another program in the middle of keeping a case.
WRITING = """
import sys, time
from pathlib import Path
from rnapp.store import case_file, library
from tests.store.values import desk
def stopped(*_):
    print("writing", flush=True)
    time.sleep(60)
case_file.write_text = stopped
library.Library(Path(sys.argv[1])).keep(desk(), "cd" * 16)
"""


def unfinished(shelf: Library, *ages_h: float) -> list[Path]:
    """What writes that were not finished left behind, so many hours ago."""
    shelf.keep(desk(), CASE_ID)
    paths = [shelf.folder / f"ab.rnapp.x{number}.part" for number in range(len(ages_h))]
    for path, age_h in zip(paths, ages_h, strict=True):
        path.write_text("half a case")
        os.utime(path, (time.time() - age_h * 3600,) * 2)
    return paths


def test_what_a_killed_program_left_is_removed_by_the_next(shelf: Library) -> None:
    old, new = unfinished(shelf, 25, 0)
    foreign = shelf.folder / "notes.part"
    foreign.write_text("not ours")
    assert len(Library(shelf.folder).entries()) == 1
    assert [path.exists() for path in (old, new, foreign)] == [False, False, True]
    (again,) = unfinished(shelf, 0)
    shelf.keep(desk(), CASE_ID)
    assert not again.exists()


def test_what_another_program_is_writing_is_left_alone(shelf: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a separate process, which is killed midway."""
    monkeypatch.setattr(library, "PATIENCE_S", 0.1)
    old, new = unfinished(shelf, 25, 0)
    writing = subprocess.Popen([sys.executable, "-c", WRITING, str(shelf.folder)], stdout=subprocess.PIPE, text=True,
                               cwd=ROOT)
    assert writing.stdout
    assert writing.stdout.readline() == "writing\n"
    part = next(shelf.folder.glob(f"{'cd' * 16}.rnapp.*.part"))
    assert len(shelf.entries()) == 1
    assert [path.exists() for path in (old, new, part)] == [False, False, True], "the first was removed by its start"
    new.write_text("half a case")
    shelf.keep(desk(), CASE_ID)
    assert part.exists(), "a case is kept all the same, and the other's is not touched"
    assert new.exists(), "whose it is cannot be known"
    writing.kill()
    writing.wait()
    assert len(shelf.entries()) == 1
    assert not part.exists()
    assert not new.exists()


def test_a_removed_case_leaves_no_part_of_it(shelf: Library) -> None:
    shelf.keep(desk(), CASE_ID)
    kept = shelf.keep(desk())
    parts = [shelf.folder / f"{name}.rnapp.01234567.part" for name in (CASE_ID, CASE_ID, kept.id)]
    for path in parts:
        path.write_text("half a case")
    shelf.remove(CASE_ID)
    assert [path.exists() for path in parts] == [False, False, True]
    assert [path.name for path in shelf.folder.glob("*.rnapp")] == [f"{kept.id}.rnapp"]


def test_nothing_else_lies_in_the_folder(shelf: Library) -> None:
    shelf.keep(desk(), CASE_ID)
    shelf.entries()
    assert [path.name for path in shelf.folder.iterdir()] == [f"{CASE_ID}.rnapp"]


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shelf = Library(tmp_path / "file" / "cases")
    with pytest.raises(CaseError, match="disk refused"):
        shelf.keep(desk())
    assert Library(tmp_path / "file").entries() == ()


def test_a_case_that_cannot_be_removed_is_a_sentence(shelf: Library) -> None:
    shelf.keep(desk())
    (shelf.folder / f"{CASE_ID}.rnapp").mkdir()
    with pytest.raises(CaseError, match="remove a case"):
        shelf.remove(CASE_ID)
    assert {entry.trouble is None for entry in shelf.entries()} == {True, False}


def test_two_hundred_cases_are_listed_at_once(shelf: Library) -> None:
    path = shelf.folder / f"{shelf.keep(desk()).id}.rnapp"
    for number in range(200):
        shutil.copy(path, shelf.folder / f"{number:08d}.rnapp")
    start = time.perf_counter()
    assert len(shelf.entries()) == 201
    assert time.perf_counter() - start < 5
