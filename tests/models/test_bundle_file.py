"""Bundles as one file: a sound one is packed, installed and used; anything else leaves everything as it was."""

import hashlib
import os
import stat
import struct
import time
import zipfile
from pathlib import Path

import pytest
import torch

from rnapp import limits, zips
from rnapp.errors import WeightsError
from rnapp.models import bundle_file
from rnapp.models.bundle_file import install_bundle, pack_bundle
from rnapp.models.card import CARD_FILE
from rnapp.models.installed import choose, choose_bundle, installed_bundles
from rnapp.models.weights import load_bundle
from tests.models.conftest import card_of, edit, make_bundle


@pytest.fixture(autouse=True)
def not_named(monkeypatch):
    monkeypatch.delenv("RNAPP_BUNDLE", raising=False)


@pytest.fixture
def folder(tmp_path):
    """A bundle, as training leaves it."""
    folder = tmp_path / "made"
    make_bundle(folder, demonstration=False, folds=1)
    (folder / "MODEL_CARD.md").write_text("words")
    return folder


@pytest.fixture
def packed(folder, tmp_path):
    pack_bundle(folder, tmp_path / "small.rnbundle")
    return tmp_path / "small.rnbundle"


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def archive(path, folder, inside="", method=zipfile.ZIP_DEFLATED, more=()):
    """A zip of a bundle as other programs make it. more: further members and their content."""
    with zipfile.ZipFile(path, "w", method) as opened:
        for file in sorted(folder.iterdir()):
            opened.write(file, f"{inside}{file.name}")
        for member, content in more:
            opened.writestr(member, content)
    return path


def refused(file, data, match, **given):
    with pytest.raises(WeightsError, match=match) as caught:
        install_bundle(file, data, **given)
    assert str(caught.value).endswith(".")
    assert not (data / "bundles").exists() or list((data / "bundles").iterdir()) == []


def test_what_was_packed_is_installed_chosen_and_the_same(folder, packed, data, tmp_path):
    done = install_bundle(packed, data)
    sha256 = hashlib.sha256((folder / CARD_FILE).read_bytes()).hexdigest()
    assert done.new
    assert done.card.sha256 == sha256
    assert done.folder == data / "bundles" / f"small-0.1-{sha256[:8]}"
    assert {path.name: path.read_bytes() for path in done.folder.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()}
    assert choose_bundle(tmp_path / "program", data) == done.folder
    before, after = load_bundle(folder).vits[0].state_dict(), load_bundle(done.folder).vits[0].state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert sorted(path.name for path in (data / "bundles").iterdir()) == ["chosen.json", done.folder.name]


def test_packing_is_reproducible_and_says_no_time_or_user(folder, packed, tmp_path):
    for path in folder.iterdir():
        os.utime(path, (1e9, 1e9))
        path.chmod(0o600)
    assert pack_bundle(folder, tmp_path / "again.rnbundle").name == "small"
    assert (tmp_path / "again.rnbundle").read_bytes() == packed.read_bytes()
    edit(folder, version="0.2")
    pack_bundle(folder, tmp_path / "again.rnbundle")
    assert (tmp_path / "again.rnbundle").read_bytes() != packed.read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_an_unsound_bundle_is_not_packed(folder, tmp_path):
    out = tmp_path / "out.rnbundle"
    with pytest.raises(WeightsError, match="outside its folder"):
        pack_bundle(folder, folder / "out.rnbundle")
    with pytest.raises(WeightsError, match="could not be written"):
        pack_bundle(folder, tmp_path / "nowhere" / "out.rnbundle")
    (folder / "two words.md").write_text("words")
    with pytest.raises(WeightsError, match="plain names"):
        pack_bundle(folder, out)
    (folder / "two words.md").unlink()
    (folder / "hook.py").write_text("x")
    with pytest.raises(WeightsError, match="does not list"):
        pack_bundle(folder, out)
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("inside", ["", "any name/"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_any_zip_of_the_folder_is_taken_also_with_what_macos_adds(folder, data, tmp_path, inside, method):
    more = [(f"{inside}.DS_Store", b"x"), (f"__MACOSX/{inside}._card.json", b"x"), *([(inside, b"")] if inside else [])]
    done = install_bundle(archive(tmp_path / "a.zip", folder, inside, method, more), data)
    assert {path.name for path in done.folder.iterdir()} == {path.name for path in folder.iterdir()}


def test_the_same_twice_is_there_already_and_chosen_again(folder, packed, data, tmp_path):
    first = install_bundle(packed, data)
    edit(folder, name="other")
    other = install_bundle(archive(tmp_path / "b.zip", folder), data)
    assert choose_bundle(tmp_path, data) == other.folder
    inode = first.folder.stat().st_ino
    again = install_bundle(packed, data)
    assert (again.new, again.folder, again.folder.stat().st_ino) == (False, first.folder, inode)
    assert choose_bundle(tmp_path, data) == first.folder


@pytest.mark.parametrize("broken", [CARD_FILE, "vit_fold0.safetensors"])
def test_installing_again_mends_a_broken_one(packed, data, tmp_path, broken):
    done = install_bundle(packed, data)
    (done.folder / broken).write_bytes(b"broken")
    with pytest.raises(WeightsError):
        load_bundle(choose_bundle(tmp_path, data))
    assert install_bundle(packed, data).new
    load_bundle(choose_bundle(tmp_path, data))
    assert len(installed_bundles(tmp_path, data)) == 1


def test_the_publishers_fingerprint_is_held_to(folder, packed, data):
    sha256 = hashlib.sha256((folder / CARD_FILE).read_bytes()).hexdigest()
    refused(packed, data, "another model than the publisher's", expected_sha256="0" * 64)
    refused(packed, data, "64 hexadecimal digits", expected_sha256=sha256[:-1])
    assert install_bundle(packed, data, f" {sha256.upper()}\n").new


def test_what_is_no_bundles_file_is_refused(folder, packed, data, tmp_path):
    refused(tmp_path / "nothing.rnbundle", data, "no file")
    refused(tmp_path, data, "no file")
    for content in (b"", b"text", packed.read_bytes()[:5000], packed.read_bytes()[:-30]):
        (tmp_path / "broken.zip").write_bytes(content)
        refused(tmp_path / "broken.zip", data, "no zip file or a damaged one")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as opened:
        opened.writestr("letter.txt", "words")
    refused(tmp_path / "other.zip", data, r"no readable card\.json")


def test_a_damaged_member_is_refused(packed, data, tmp_path):
    content = bytearray(packed.read_bytes())
    content[content.index(b"words")] ^= 1
    (tmp_path / "damaged.zip").write_bytes(content)
    refused(tmp_path / "damaged.zip", data, "damaged")


@pytest.mark.parametrize("name", ["../outside.md", "/tmp/outside.md", "a/../../outside.md", "C:outside.md",
                                  "..\\outside.md", "a//outside.md", "./outside.md"])
def test_a_member_that_leads_out_is_refused(folder, data, tmp_path, name):
    refused(archive(tmp_path / "a.zip", folder, more=[(name, b"x")]), data, "leads out")
    assert not list(tmp_path.rglob("outside.md"))
    assert not Path("/tmp/outside.md").exists()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(folder, data, tmp_path, kind):
    member = zipfile.ZipInfo("words.md")
    member.create_system, member.external_attr = 3, (kind | 0o644) << 16
    refused(archive(tmp_path / "a.zip", folder, more=[(member, "/etc/passwd")]), data, "link or no plain file")
    member.external_attr = (stat.S_IFREG | 0o644) << 16
    assert install_bundle(archive(tmp_path / "a.zip", folder, more=[(member, "words")]), data).new


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
    assert install_bundle(made, data).new


def test_too_much_is_refused_by_what_is_declared_and_by_what_comes(folder, data, tmp_path, monkeypatch):
    held = sum(path.stat().st_size for path in folder.iterdir())
    made = archive(tmp_path / "a.zip", folder)
    monkeypatch.setattr(bundle_file, "MAX_BYTES", held - 1)
    refused(made, data, "larger than")
    monkeypatch.setattr(zips.Zip, "_check_sizes", lambda *_: None)  # as if less had been declared
    refused(made, data, "larger than")
    monkeypatch.setattr(bundle_file, "MAX_BYTES", held)
    assert install_bundle(made, data).new


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
    refused(packed, data, r"not enough room.*\(\d+ MB, but only 0 MB can be used\)")
    monkeypatch.undo()
    assert install_bundle(packed, data).new


def test_a_list_of_members_that_fills_the_memory_is_not_read(packed, data):
    with zipfile.ZipFile(packed, "a") as whole:
        for number in range(6_000):
            whole.writestr(f"{number:0200d}", b"")
    refused(packed, data, "no zip file or a damaged one")


def test_names_that_are_no_text_are_refused(folder, data, tmp_path):
    made = archive(tmp_path / "a.zip", folder, more=[("ä.md", b"x")])
    made.write_bytes(made.read_bytes().replace("ä".encode(), b"\xff\xff"))
    refused(made, data, "damaged")


def test_encrypted_or_oddly_compressed_members_are_refused(folder, data, tmp_path):
    refused(archive(tmp_path / "a.zip", folder, method=zipfile.ZIP_LZMA), data, "unknown way")
    content = bytearray(archive(tmp_path / "b.zip", folder).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "b.zip").write_bytes(content)
    refused(tmp_path / "b.zip", data, "encrypted")


@pytest.mark.parametrize("name", ["hook.py", "model.pkl", "extra.safetensors"])
def test_an_unlisted_file_is_refused(folder, data, tmp_path, name):
    refused(archive(tmp_path / "a.zip", folder, more=[(name, b"x")]), data, "does not list")


def test_an_altered_or_missing_file_is_refused(folder, data, tmp_path):
    path = folder / "vit_fold0.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    refused(archive(tmp_path / "a.zip", folder), data, "altered")
    path.unlink()
    refused(archive(tmp_path / "a.zip", folder), data, "missing")


def test_another_schema_or_input_is_refused(folder, data, tmp_path):
    card = card_of(folder)
    edit(folder, schema_version=2)
    refused(archive(tmp_path / "a.zip", folder), data, "schema")
    edit(folder, schema_version=1, input=card["input"] | {"crop": 96})
    refused(archive(tmp_path / "a.zip", folder), data, "another kind of input")
    edit(folder, input=card["input"], vit=card["vit"] | {"hidden": 24})
    refused(archive(tmp_path / "a.zip", folder), data, "do not fit the dimensions")


def test_what_is_refused_changes_no_earlier_choice(folder, packed, data, tmp_path):
    first = install_bundle(packed, data)
    with pytest.raises(WeightsError):
        install_bundle(archive(tmp_path / "a.zip", folder, more=[("hook.py", b"x")]), data)
    assert choose_bundle(tmp_path, data) == first.folder
    assert len(list((data / "bundles").iterdir())) == 2


def test_the_folders_name_is_plain_whatever_the_card_says(folder, data, tmp_path):
    edit(folder, name="../Köln: Großes Modell/" + "x" * 200, version="../..")
    done = install_bundle(archive(tmp_path / "a.zip", folder), data)
    assert done.folder.parent == data / "bundles"
    assert set(done.folder.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    assert done.folder.name.startswith("k-ln-gro-es-modell")
    assert choose(tmp_path, data, done.card.sha256[:6]).name.startswith("../Köln")


def test_a_folder_that_cannot_be_written_gets_a_sentence(packed, data):
    data.write_text("a file where the folder should be")
    with pytest.raises(WeightsError, match="could not be installed"):
        install_bundle(packed, data)


def test_what_a_killed_installation_left_is_removed_after_a_day(packed, data):
    bundles = data / "bundles"
    old, new = bundles / ".install-old", bundles / ".install-new"
    for left, age_h in ((old, 25), (new, 23)):
        (left / "new").mkdir(parents=True)
        (left / "new" / "half").write_text("half a bundle")
        os.utime(left, (time.time() - age_h * 3600,) * 2)
    install_bundle(packed, data)
    assert (old.exists(), new.exists()) == (False, True)
