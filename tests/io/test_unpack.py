"""What is taken of folders and zip files, and what is left out, counted and named."""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnapp import limits
from rnapp.errors import StudyError
from rnapp.io import unpack
from rnapp.types import LeftOut
from tests.io.zip_data import SLICE, beside_the_good_one, zipped


def test_folders_are_walked_and_hidden_files_left_out(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("a/one", "a/b/two", "a/.hidden"):
        (tmp_path / name).write_bytes(b"x")
    found = unpack.collect_files([tmp_path / "a", tmp_path / "a" / "one"], tmp_path / "work")
    assert [path.name for path in found.files] == ["one", "two", "one"]
    assert found.left_out == ()


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILES", 2)
    archive = zipped(tmp_path / "s.zip", dict.fromkeys("abc", b"x"))
    with pytest.raises(StudyError, match="More than 2 files"):
        unpack.collect_files([archive], tmp_path / "work")
    for name in "abc":
        (tmp_path / "many" / name).mkdir(parents=True)
    with pytest.raises(StudyError, match="More than 2 files"):
        unpack.collect_files([tmp_path / "many"], tmp_path / "work")


@pytest.mark.parametrize("name", ["s.tar", "s.tar.gz", "S.TGZ", "s.7z", "s.rar", "a.dcm.gz", "s.tar.xz"])
def test_archives_of_another_kind_are_named(name: str, good: Path) -> None:
    (good / name).write_bytes(b"whatever")
    left, = beside_the_good_one(good)
    kind = name.lower().split(".", 1)[1].removeprefix("dcm.")
    assert left.reason.startswith(f"Archives of the kind .{kind} were left out")


def test_a_compressed_image_is_not_an_archive(tmp_path: Path) -> None:
    (tmp_path / "t1c.nii.gz").write_bytes(b"x")
    assert len(unpack.collect_files([tmp_path], tmp_path / "work").files) == 1


def test_broken_links_are_counted(good: Path) -> None:
    (good / "T1w.nii.gz").symlink_to("annex/nowhere.nii.gz")
    (good / "a").symlink_to(good / "b")
    (good / "b").symlink_to(good / "a")
    assert beside_the_good_one(good) == (LeftOut(3, unpack.BROKEN_LINKS, serious=True),)


def test_linked_folders_are_followed_once_and_circles_end(good: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "other").write_bytes(b"o")
    for name in ("link1", "link2"):
        (good / name).symlink_to(tmp_path / "elsewhere")
    (good / "up").symlink_to(good)
    (tmp_path / "elsewhere" / "back").symlink_to(good)
    (good / "linked_file").symlink_to(tmp_path / "elsewhere" / "other")
    found = unpack.collect_files([good, good], tmp_path / "work")
    assert [path.name for path in found.files] == ["linked_file", "slice", "other"]
    assert found.left_out == ()


def test_what_is_not_a_file_is_never_opened(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(good / "pipe.zip")
    (good / "device.nii").symlink_to("/dev/zero")
    monkeypatch.chdir(good)  # a socket's name must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert beside_the_good_one(good) == (LeftOut(3, unpack.SPECIAL),)
    with pytest.raises(StudyError, match="Pipes, sockets"):
        unpack.collect_files([good / "pipe.zip"], tmp_path / "work")


def test_what_may_not_be_read_is_counted(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may be allowed everything, so the system's answers are made."""
    (good / "secret").write_bytes(b"s")
    (good / "locked").mkdir()
    (good / "locked" / "slice").write_bytes(b"s")
    iterdir = Path.iterdir

    def refused(path: Path) -> Iterator[Path]:
        if path.name == "locked":
            raise PermissionError(errno.EACCES, "Permission denied")
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", refused)
    monkeypatch.setattr(os, "access", lambda path, mode: path.name != "secret")
    assert beside_the_good_one(good) == (LeftOut(2, unpack.FORBIDDEN, serious=True),)


def test_missing_path_is_refused(good: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("nothing", "study/slice/below", "link"):
        with pytest.raises(StudyError, match=f"'{Path(name).name}' that was chosen does not exist"):
            unpack.collect_files([good, tmp_path / name], tmp_path)


def test_a_path_that_no_system_takes_is_refused(tmp_path: Path) -> None:
    for name in ("x" * 5_000, "a\0b"):
        with pytest.raises(StudyError, match="cannot be opened"):
            unpack.collect_files([tmp_path / name], tmp_path)


def test_names_that_are_not_text_are_read(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "study") + b"/\xff\xfe.dcm")).write_bytes(SLICE)
    assert [path.read_bytes() for path in unpack.collect_files([tmp_path / "study"], tmp_path).files] == [SLICE]
