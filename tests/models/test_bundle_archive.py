"""An archive that points outside its folder, lies about its size or is not a plain one changes nothing."""

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from rnapp import limits, zips
from rnapp.models import bundle_file
from rnapp.models.bundle_file import install_bundle
from rnapp.tasks import load_model
from tests.models.bundles import archive, refused


@pytest.mark.parametrize("name", ["../outside.md", "/tmp/outside.md", "a/../../outside.md", "C:outside.md",
                                  "..\\outside.md", "a//outside.md", "./outside.md"])
def test_a_member_that_leads_out_is_refused(folder, data, tmp_path, name):
    refused(archive(tmp_path / "a.zip", folder, more=[(name, b"x")]), data, "points outside")
    assert not list(tmp_path.rglob("outside.md"))
    assert not Path("/tmp/outside.md").exists()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(folder, data, tmp_path, kind):
    member = zipfile.ZipInfo("words.md")
    member.create_system, member.external_attr = 3, (kind | 0o644) << 16
    refused(archive(tmp_path / "a.zip", folder, more=[(member, "/etc/passwd")]), data, "link or not a plain file")
    member.external_attr = (stat.S_IFREG | 0o644) << 16
    assert install_bundle(archive(tmp_path / "a.zip", folder, more=[(member, "words")]), data, load_model).new


@pytest.mark.parametrize(("inside", "name"), [("", "sub/words.md"), ("", "sub/"), ("one/", "two/words.md"),
                                              ("one/", "words.md"), ("one/", "one/two/"), ("one/two/", "one/two/a.md")])
def test_folders_within_folders_are_refused(folder, data, tmp_path, inside, name):
    refused(archive(tmp_path / "a.zip", folder, inside, more=[(name, b"")]), data, "folders within folders")


@pytest.mark.parametrize("name", ["Card.json", "model_card.md"])
def test_two_files_of_one_name_are_refused(folder, data, tmp_path, name):
    refused(archive(tmp_path / "a.zip", folder, more=[(name, b"x")]), data, "one name")


@pytest.mark.parametrize("name", ["two words.md", "NUL.md", "com1.txt", "-x.md", "ä.md", "x" * 101, "ends.md."])
def test_names_that_some_system_cannot_hold_are_refused(folder, data, tmp_path, name):
    refused(archive(tmp_path / "a.zip", folder, more=[(name, b"x")]), data, "plain names")


def test_too_many_files_are_refused(folder, data, tmp_path, monkeypatch):
    held = len(list(folder.iterdir()))
    made = archive(tmp_path / "a.zip", folder)
    monkeypatch.setattr(bundle_file, "MAX_FILES", held - 1)
    refused(made, data, f"at most {held - 1} files")
    monkeypatch.setattr(bundle_file, "MAX_FILES", held)
    assert install_bundle(made, data, load_model).new


def test_too_much_is_refused_by_what_is_declared_and_by_what_comes(folder, data, tmp_path, monkeypatch):
    held = sum(path.stat().st_size for path in folder.iterdir())
    made = archive(tmp_path / "a.zip", folder)
    monkeypatch.setattr(bundle_file, "MAX_BYTES", held - 1)
    refused(made, data, "larger than")
    monkeypatch.setattr(zips.Zip, "_check_sizes", lambda *_: None)  # as if less had been declared
    refused(made, data, "larger than")
    monkeypatch.setattr(bundle_file, "MAX_BYTES", held)
    assert install_bundle(made, data, load_model).new


def test_a_size_that_is_a_lie_is_refused(folder, data, tmp_path):
    """A megabyte of zeros that says it is ten bytes."""
    made = archive(tmp_path / "a.zip", folder, more=[("bomb.md", b"\0" * 1024**2)])
    content = made.read_bytes()
    assert content.count(struct.pack("<I", 1024**2)) == 2
    made.write_bytes(content.replace(struct.pack("<I", 1024**2), struct.pack("<I", 10)))
    refused(made, data, "damaged")


def test_an_enormous_card_and_a_full_disk_are_refused(packed, data, monkeypatch):
    monkeypatch.setattr(bundle_file, "MAX_CARD_BYTES", 10)
    refused(packed, data, "which no card is")
    monkeypatch.undo()
    monkeypatch.setattr(limits, "free_disk", lambda folder: 1)
    refused(packed, data, r"not enough space.*\(\d+ MB, but only 0 MB can be used\)")
    monkeypatch.undo()
    assert install_bundle(packed, data, load_model).new


def test_a_list_of_members_that_fills_the_memory_is_not_read(packed, data):
    with zipfile.ZipFile(packed, "a") as whole:
        for number in range(6_000):
            whole.writestr(f"{number:0200d}", b"")
    refused(packed, data, "not a zip file, or is damaged")


def test_names_that_are_not_text_are_refused(folder, data, tmp_path):
    made = archive(tmp_path / "a.zip", folder, more=[("ä.md", b"x")])
    made.write_bytes(made.read_bytes().replace("ä".encode(), b"\xff\xff"))
    refused(made, data, "damaged")


def test_encrypted_or_oddly_compressed_members_are_refused(folder, data, tmp_path):
    refused(archive(tmp_path / "a.zip", folder, method=zipfile.ZIP_LZMA), data, "unknown way")
    content = bytearray(archive(tmp_path / "b.zip", folder).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "b.zip").write_bytes(content)
    refused(tmp_path / "b.zip", data, "encrypted")
