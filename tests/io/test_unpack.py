import zipfile
from pathlib import Path

import pytest

from rnapp.errors import Cancelled, StudyError
from rnapp.io import unpack
from rnapp.types import CancelToken


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_folders_are_walked_and_hidden_files_left_out(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("a/one", "a/b/two", "a/.hidden"):
        (tmp_path / name).write_bytes(b"x")
    found = unpack.collect_files([tmp_path / "a", tmp_path / "a" / "one"], tmp_path / "work")
    assert [path.name for path in found] == ["one", "two", "one"]


def test_zip_names_cannot_leave_the_workspace(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "s.zip", {"../../evil.nii": b"1", "/abs/t1c.nii.gz": b"2", "c:\\x\\ä b.dcm": b"3",
                                          "__MACOSX/t1c.nii": b"4", "d/.DS_Store": b"5", "d/t1c.nii.gz": b"6"})
    work = tmp_path / "work"
    found = unpack.collect_files([archive], work)
    assert [path.read_bytes() for path in found] == [b"1", b"2", b"3", b"6"]
    assert all(path.resolve().is_relative_to(work.resolve()) for path in found)
    assert [path.name for path in found] == ["evil.nii", "t1c.nii.gz", "__b.dcm", "t1c.nii.gz"]
    assert not (tmp_path.parent / "evil.nii").exists()


def test_zip_that_grows_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MAX_ZIP_BYTES", 5_000)
    archive = zipped(tmp_path / "s.zip", {"a": bytes(3_000), "b": bytes(3_000)})
    with pytest.raises(StudyError, match="larger than a study"):
        unpack.collect_files([archive], tmp_path / "work")
    assert len(unpack.collect_files([zipped(tmp_path / "t.zip", {"a": bytes(4_000)})], tmp_path / "work")) == 1


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MAX_FILES", 2)
    archive = zipped(tmp_path / "s.zip", dict.fromkeys("abc", b"x"))
    with pytest.raises(StudyError, match="More than 2 files"):
        unpack.collect_files([archive], tmp_path / "work")


def test_unpacking_is_told_and_can_be_cancelled(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken"])
def test_damaged_zip_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "s.zip").write_bytes(data)
    with pytest.raises(StudyError, match="damaged"):
        unpack.collect_files([tmp_path / "s.zip"], tmp_path / "work")


def test_zip_with_a_corrupt_member_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "s.zip", {"a": bytes(range(256)) * 40})
    data = bytearray(archive.read_bytes())
    data[60] ^= 0xFF
    archive.write_bytes(bytes(data))
    with pytest.raises(StudyError, match="damaged"):
        unpack.collect_files([archive], tmp_path / "work")


def test_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="does not exist"):
        unpack.collect_files([tmp_path / "nothing"], tmp_path)
