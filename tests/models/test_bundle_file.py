"""Bundles as one file: a sound one is packed, installed and used; anything else leaves everything as it was."""

import hashlib
import os
import time
import zipfile

import pytest
import torch

from rnapp.errors import WeightsError
from rnapp.models.bundle_file import install_bundle, pack_bundle
from rnapp.models.card import CARD_FILE
from rnapp.models.installed import choose, choose_bundle, installed_bundles
from rnapp.models.weights import load_bundle
from rnapp.tasks import load_model
from tests.models.bundles import archive, refused
from tests.models.conftest import as_schema_1, card_of, edit


@pytest.fixture(autouse=True)
def not_named(monkeypatch):
    monkeypatch.delenv("RNAPP_BUNDLE", raising=False)


def test_what_was_packed_is_installed_chosen_and_the_same(folder, packed, data, tmp_path):
    done = install_bundle(packed, data, load_model)
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
    assert pack_bundle(folder, tmp_path / "again.rnbundle", load_model).name == "small"
    assert (tmp_path / "again.rnbundle").read_bytes() == packed.read_bytes()
    edit(folder, version="0.2")
    pack_bundle(folder, tmp_path / "again.rnbundle", load_model)
    assert (tmp_path / "again.rnbundle").read_bytes() != packed.read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_an_unsound_bundle_is_not_packed(folder, tmp_path):
    out = tmp_path / "out.rnbundle"
    with pytest.raises(WeightsError, match="choose a place outside it"):
        pack_bundle(folder, folder / "out.rnbundle", load_model)
    with pytest.raises(WeightsError, match="could not be written"):
        pack_bundle(folder, tmp_path / "nowhere" / "out.rnbundle", load_model)
    (folder / "two words.md").write_text("words")
    with pytest.raises(WeightsError, match="plain names"):
        pack_bundle(folder, out, load_model)
    (folder / "two words.md").unlink()
    (folder / "hook.py").write_text("x")
    with pytest.raises(WeightsError, match="does not list"):
        pack_bundle(folder, out, load_model)
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("inside", ["", "any name/"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_any_zip_of_the_folder_is_taken_also_with_what_macos_adds(folder, data, tmp_path, inside, method):
    more = [(f"{inside}.DS_Store", b"x"), (f"__MACOSX/{inside}._card.json", b"x"), *([(inside, b"")] if inside else [])]
    done = install_bundle(archive(tmp_path / "a.zip", folder, inside, method, more), data, load_model)
    assert {path.name for path in done.folder.iterdir()} == {path.name for path in folder.iterdir()}


def test_the_same_twice_is_there_already_and_chosen_again(folder, packed, data, tmp_path):
    first = install_bundle(packed, data, load_model)
    edit(folder, name="other")
    other = install_bundle(archive(tmp_path / "b.zip", folder), data, load_model)
    assert choose_bundle(tmp_path, data) == other.folder
    inode = first.folder.stat().st_ino
    again = install_bundle(packed, data, load_model)
    assert (again.new, again.folder, again.folder.stat().st_ino) == (False, first.folder, inode)
    assert choose_bundle(tmp_path, data) == first.folder


@pytest.mark.parametrize("broken", [CARD_FILE, "vit_fold0.safetensors"])
def test_installing_again_mends_a_broken_one(packed, data, tmp_path, broken):
    done = install_bundle(packed, data, load_model)
    (done.folder / broken).write_bytes(b"broken")
    with pytest.raises(WeightsError):
        load_bundle(choose_bundle(tmp_path, data))
    assert install_bundle(packed, data, load_model).new
    load_bundle(choose_bundle(tmp_path, data))
    assert len(installed_bundles(tmp_path, data)) == 1


def test_the_publishers_fingerprint_is_held_to(folder, packed, data):
    sha256 = hashlib.sha256((folder / CARD_FILE).read_bytes()).hexdigest()
    refused(packed, data, "another model than the publisher's", expected_sha256="0" * 64)
    refused(packed, data, "64 hexadecimal digits", expected_sha256=sha256[:-1])
    assert install_bundle(packed, data, load_model, f" {sha256.upper()}\n").new


def test_what_is_no_bundles_file_is_refused(folder, packed, data, tmp_path):
    refused(tmp_path / "nothing.rnbundle", data, "no file")
    refused(tmp_path, data, "no file")
    for content in (b"", b"text", packed.read_bytes()[:5000], packed.read_bytes()[:-30]):
        (tmp_path / "broken.zip").write_bytes(content)
        refused(tmp_path / "broken.zip", data, "not a zip file, or is damaged")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as opened:
        opened.writestr("letter.txt", "words")
    refused(tmp_path / "other.zip", data, r"no readable card\.json")


def test_a_damaged_member_is_refused(packed, data, tmp_path):
    content = bytearray(packed.read_bytes())
    content[content.index(b"words")] ^= 1
    (tmp_path / "damaged.zip").write_bytes(content)
    refused(tmp_path / "damaged.zip", data, "damaged")


@pytest.mark.parametrize("name", ["hook.py", "model.pkl", "extra.safetensors"])
def test_an_unlisted_file_is_refused(folder, data, tmp_path, name):
    refused(archive(tmp_path / "a.zip", folder, more=[(name, b"x")]), data, "does not list")


def test_an_altered_or_missing_file_is_refused(folder, data, tmp_path):
    path = folder / "vit_fold0.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    refused(archive(tmp_path / "a.zip", folder), data, "altered")
    path.unlink()
    refused(archive(tmp_path / "a.zip", folder), data, "missing")


@pytest.mark.parametrize(("changes", "reason"), [
    ({"schema_version": 3}, "schema"), ({"input": {"grid": "MNI152"}}, "another kind of input"),
    ({"sizes": {"crop": 96}}, "another kind of input"), ({"channels": ["t2", "lesion mask"]}, "another kind of input"),
    ({"sizes": {"hidden": 24}}, "do not fit the dimensions"), ({"task": "glioma"}, "'glioma'"),
    ({"architecture": "resnet"}, "'resnet'"),
])
def test_another_schema_input_task_or_architecture_is_refused(folder, data, tmp_path, changes, reason):
    card = card_of(folder)
    edit(folder, **{name: card[name] | value if isinstance(value, dict) else value for name, value in changes.items()})
    refused(archive(tmp_path / "a.zip", folder), data, reason)


def test_a_bundle_made_before_there_were_tasks_is_installed(folder, data, tmp_path):
    as_schema_1(folder)
    done = install_bundle(archive(tmp_path / "a.zip", folder), data, load_model)
    assert (done.card.name, done.card.task) == ("small", "metastasis")


def test_what_is_refused_changes_no_earlier_choice(folder, packed, data, tmp_path):
    first = install_bundle(packed, data, load_model)
    with pytest.raises(WeightsError):
        install_bundle(archive(tmp_path / "a.zip", folder, more=[("hook.py", b"x")]), data, load_model)
    assert choose_bundle(tmp_path, data) == first.folder
    assert len(list((data / "bundles").iterdir())) == 2


def test_the_folders_name_is_plain_whatever_the_card_says(folder, data, tmp_path):
    edit(folder, name="../Köln: Großes Modell/" + "x" * 200, version="../..")
    done = install_bundle(archive(tmp_path / "a.zip", folder), data, load_model)
    assert done.folder.parent == data / "bundles"
    assert set(done.folder.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    assert done.folder.name.startswith("k-ln-gro-es-modell")
    assert choose(tmp_path, data, done.card.sha256[:6]).name.startswith("../Köln")


def test_a_folder_that_cannot_be_written_gets_a_sentence(packed, data):
    data.write_text("a file where the folder should be")
    with pytest.raises(WeightsError, match="could not be installed"):
        install_bundle(packed, data, load_model)


def test_what_a_killed_installation_left_is_removed_after_a_day(packed, data):
    bundles = data / "bundles"
    old, new = bundles / ".install-old", bundles / ".install-new"
    for left, age_h in ((old, 25), (new, 23)):
        (left / "new").mkdir(parents=True)
        (left / "new" / "half").write_text("half a bundle")
        os.utime(left, (time.time() - age_h * 3600,) * 2)
    install_bundle(packed, data, load_model)
    assert (old.exists(), new.exists()) == (False, True)
