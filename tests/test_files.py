"""A file is never half written."""

import errno
import io
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from rnapp import files
from rnapp.errors import CaseError, InputError, MaskError
from rnapp.files import check_file, disk, replacing, results_folder, write_files, write_whole


def test_the_new_content_takes_the_old_ones_place(tmp_path):
    file = tmp_path / "case.json"
    file.write_text("old")
    with replacing(file) as unfinished:
        unfinished.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]


def test_what_breaks_off_leaves_the_old_content(tmp_path):
    file = tmp_path / "case.json"
    file.write_text("old")

    def broken():
        with replacing(file) as unfinished:
            unfinished.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]


def test_two_who_write_at_once_do_not_mix(tmp_path):
    file = tmp_path / "case.json"
    with replacing(file) as first, replacing(file) as second:
        first.write_text("first")
        second.write_text("second")
    assert file.read_text() == "first", "the inner one ends before"


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such modes")
def test_what_is_private_is_for_this_user_alone(tmp_path):
    for private, mode in ((True, 0o600), (False, 0o644)):
        before = os.umask(0o022)
        try:
            with replacing(tmp_path / "file", private) as unfinished:
                unfinished.write_text("x")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_several_files_are_written_all_or_none(tmp_path, monkeypatch):
    write_files(tmp_path, {"result.json": b"old", "below/a": b"a"})
    assert (tmp_path / "below" / "a").read_bytes() == b"a"
    written = files._write

    def full(path, data):
        if data == b"last":
            path.write_bytes(b"la")
            raise OSError(errno.ENOSPC, "No space left on device")
        written(path, data)

    monkeypatch.setattr(files, "_write", full)
    with pytest.raises(OSError, match="No space"):
        write_files(tmp_path, {"result.json": b"new", "below/a": b"new", "last": b"last"})
    assert (tmp_path / "result.json").read_bytes() == b"old"
    assert (tmp_path / "below" / "a").read_bytes() == b"a"
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a", "result.json"]


def test_the_first_file_takes_its_place_last(tmp_path, monkeypatch):
    order = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, to: (order.append(to.name), replace(self, to)))
    write_files(tmp_path, {"result.json": b"1", "volume": b"2", "report.pdf": b"3"})
    assert order[-1] == "result.json"


class _Short(io.FileIO):
    """A disk that takes half and says nothing."""

    def write(self, data):
        super().write(data[:len(data) // 2])
        return len(data)


def test_a_file_that_is_shorter_than_what_was_written_is_not_a_file(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(Path, "open", lambda self, mode: _Short(self, mode.replace("b", "")))
    with pytest.raises(OSError, match="only 5 of 10 bytes"):
        write_whole(tmp_path / "a", b"0123456789")
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def limited(code, size):
    """Python code in a child that may write files of so many bytes."""
    return subprocess.run([sys.executable, "-c", f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, "
                           f"({size}, {size}))\n{code}"], capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such limit")
def test_a_limit_on_files_is_met_before_and_leaves_nothing(tmp_path):
    code = (f"from pathlib import Path; from rnapp.files import results_folder, write_whole\n"
            f"out = Path({str(tmp_path / 'out')!r})\n")
    assert limited(f"{code}with results_folder(out, 2_000_000): write_whole(out / 'a', bytes(2_000_000))",
                   3_000_000).returncode == 0
    assert [(path.name, path.stat().st_size) for path in (tmp_path / "out").iterdir()] == [("a", 2_000_000)]
    said = limited(f"{code}with results_folder(out / 'b', 4_000_000): print('computed')", 3_000_000)
    assert "InputError: Expected to write to" in said.stderr
    assert "File too large" in said.stderr
    assert said.stdout == ""
    said = limited(f"{code}write_whole(out / 'a', bytes(4_000_000))", 3_000_000)
    assert "OSError" in said.stderr
    assert [(path.name, path.stat().st_size) for path in (tmp_path / "out").iterdir()] == [("a", 2_000_000)]


def test_the_folder_of_the_results_is_tried_and_goes_again_where_the_work_fails(tmp_path, monkeypatch):
    out = tmp_path / "a" / "b"
    with results_folder(out, 1000):
        assert list(out.iterdir()) == []
    assert out.is_dir()
    with pytest.raises(KeyError), results_folder(out / "c" / "d", 1000):
        raise KeyError
    assert list(out.iterdir()) == [], "but what was there before stays"
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=999_999))
    for place, needed, sentence in ((tmp_path / "file", 1, "File exists"), (tmp_path / "file" / "x", 1, "a directory"),
                                    (tmp_path / ("x" * 300), 1, "name too long"),
                                    (out, 2_000_000, "2 MB are needed there, 1 MB are free")):
        with pytest.raises(InputError, match=f"{sentence}.*choose another place"), results_folder(place, needed):
            pytest.fail("nothing may be computed")


@pytest.mark.parametrize("named", [True, False])
def test_an_unreadable_file_is_reported_by_its_kind(named, tmp_path, monkeypatch):
    folder = tmp_path / "Meier"
    folder.mkdir()
    (folder / "Meier.nii").write_text("x")
    os.mkfifo(folder / "Meier")
    check_file(folder / "Meier.nii", "a mask", MaskError, named)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # whoever runs the tests may be allowed everything
    for path, sentence in ((folder / "Meier.mha", "does not exist"), (folder / "Meier.nii" / "Meier", "does not exist"),
                           (folder, "is a folder"), (folder / "Meier", "is a pipe"),
                           (folder / "Meier.nii", "get permission")):
        with pytest.raises(MaskError, match=f"^Expected a mask.* {sentence}.*[.]$") as caught:
            check_file(path, "a mask", MaskError, named)
        assert ("Meier" in str(caught.value)) is named
    for name in ("Meier" * 1000, "Meier\0"):
        with pytest.raises(MaskError, match="cannot be opened"):
            check_file(folder / name, "a mask", MaskError, named)


def test_what_the_disk_refuses_is_one_sentence():
    with pytest.raises(CaseError, match=r"^Expected to keep it, but the disk refused it \(No space\); get.*there\.$"), \
            disk("keep it", CaseError):
        raise OSError(28, "No space")
    with pytest.raises(KeyError), disk("keep it", CaseError):
        raise KeyError
