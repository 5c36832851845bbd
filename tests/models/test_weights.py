"""Bundles: a sound one loads, everything else is refused with a sentence."""

import hashlib
import os
from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch

from rnapp.errors import WeightsError
from rnapp.models.card import read_bundle
from rnapp.models.weights import load_bundle, open_bundle
from rnapp.tasks import load_model
from tests.models.conftest import SMALL, as_schema_1, card_of, edit


def relist(folder):
    """Makes the card's hashes true again after a file was changed on purpose."""
    files = [{"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": 1}
             for path in sorted(folder.glob("*.safetensors"))]
    edit(folder, files=files)


def test_a_sound_bundle_loads_with_its_card_and_half_precision_weights(bundle):
    loaded = load_bundle(bundle.folder)
    assert len(loaded.vits) == len(loaded.stackers) == 3
    assert loaded.temperature == 1.5
    assert loaded.card.demonstration is True
    assert loaded.card.metrics == {"held_out/vit/auc": 0.5}
    assert loaded.card.sha256 == hashlib.sha256((bundle.folder / "card.json").read_bytes()).hexdigest()
    for vit, made in zip(loaded.vits, bundle.vits, strict=True):
        assert not vit.training
        for name, tensor in vit.state_dict().items():
            assert torch.equal(tensor, made.state_dict()[name].half().float())


def test_an_altered_file_is_refused(bundle):
    path = bundle.folder / "vit_fold1.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"vit_fold1.*altered"):
        load_bundle(bundle.folder)


def test_a_missing_file_or_card_is_refused(bundle):
    (bundle.folder / "stacker_fold2.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"stacker_fold2.*missing"):
        load_bundle(bundle.folder)
    (bundle.folder / "card.json").unlink()
    with pytest.raises(WeightsError, match="no readable"):
        load_bundle(bundle.folder)


@pytest.mark.parametrize("name", ["extra.safetensors", "model.pkl", "hook.py", "notes.json"])
def test_an_unlisted_file_is_refused_but_prose_is_not(bundle, name):
    (bundle.folder / "MODEL_CARD.md").write_text("words")
    load_bundle(bundle.folder)
    (bundle.folder / name).write_bytes(b"x")
    with pytest.raises(WeightsError, match="does not list"):
        load_bundle(bundle.folder)


@pytest.mark.parametrize("name", ["../outside.safetensors", "/etc/passwd", "..", "a\\b.safetensors", "C:x", ""])
def test_a_path_out_of_the_folder_is_refused(bundle, name):
    files = card_of(bundle.folder)["files"]
    edit(bundle.folder, files=[*files, {"file": name, "sha256": "0" * 64, "bytes": 1}])
    with pytest.raises(WeightsError, match="plain file name"):
        load_bundle(bundle.folder)


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs symbolic links")
def test_a_link_out_of_the_folder_is_refused(bundle, tmp_path):
    path = bundle.folder / "vit_fold0.safetensors"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WeightsError, match="points outside"):
        load_bundle(bundle.folder)


def test_an_unknown_schema_another_input_and_broken_json_are_refused(bundle):
    needed = card_of(bundle.folder)["input"]
    edit(bundle.folder, input=needed | {"grid": "MNI152"})
    with pytest.raises(WeightsError, match="another kind of input"):
        load_bundle(bundle.folder)
    for version in (3, 0, None, "2", []):
        edit(bundle.folder, schema_version=version)
        with pytest.raises(WeightsError, match="schema"):
            load_bundle(bundle.folder)
    for broken in ("{", "[" * 200_000):
        (bundle.folder / "card.json").write_text(broken)
        with pytest.raises(WeightsError, match="JSON"):
            load_bundle(bundle.folder)


INCOMPLETE = [
    {"demonstration": "no"}, {"name": None}, {"metrics": {"auc": "high"}}, {"folds": []}, {"folds": [1]},
    {"folds": [{"vit": "a", "stacker": "b", "columns": []}]}, {"files": {}},
    {"name": "fine\x1b[2K"}, {"trained_on": "half a \ud800"}, {"metrics": {"\u202e": 0.5}}]


@pytest.mark.parametrize("changes", [
    *INCOMPLETE, {"calibration": {"temperature": 0.2}}, {"calibration": {"temperature": True}}, {"calibration": {}},
    {"calibration": {"temperature": 10 ** 400}}, {"sizes": {"patch": 16}}, {"sizes": {"patch": True}}, {"task": None},
    {"task": "a\x1b[2K"}, {"architecture": 3}, {"channels": "t1ce"}, {"channels": ["\u202e"]}, {"input": []},
])
def test_an_incomplete_card_is_refused(bundle, changes):
    edit(bundle.folder, **changes)
    with pytest.raises(WeightsError, match="card"):
        load_bundle(bundle.folder)


@pytest.mark.parametrize("changes", [
    *INCOMPLETE, {"temperature": 0.2}, {"temperature": True}, {"temperature": 10 ** 400}, {"vit": {"patch": 16}},
    {"vit": None}, {"input": None},
])
def test_an_incomplete_card_of_the_first_schema_is_refused(bundle, changes):
    as_schema_1(bundle.folder)
    edit(bundle.folder, **changes)
    with pytest.raises(WeightsError, match="card"):
        load_bundle(bundle.folder)


def test_a_card_of_the_first_schema_is_the_same_model(bundle):
    new = read_bundle(bundle.folder).card
    as_schema_1(bundle.folder)
    old = read_bundle(bundle.folder).card
    assert replace(old, model=new.model) == new
    assert old.model.task == "metastasis"
    loaded = load_bundle(bundle.folder)
    assert loaded.temperature == 1.5
    assert loaded.config == SMALL
    assert torch.equal(loaded.vits[0].state_dict()["norm.weight"], bundle.vits[0].state_dict()["norm.weight"])


@pytest.mark.parametrize("change", [{"crop": 96}, {"grid": "MNI152"}, {"channels": ["T1CE"]}, {"more": 1}])
def test_another_input_on_a_card_of_the_first_schema_stays_another_input(bundle, change):
    as_schema_1(bundle.folder)
    edit(bundle.folder, input=card_of(bundle.folder)["input"] | change)
    with pytest.raises(WeightsError, match="another kind of input"):
        load_model(read_bundle(bundle.folder))


def test_another_architecture_is_refused_when_it_is_opened(bundle):
    edit(bundle.folder, architecture="resnet", folds=[], sizes={"depth": 18})
    sealed = read_bundle(bundle.folder)
    with pytest.raises(WeightsError, match=r"'vit_stacker', but the card of 'small' says 'resnet'"):
        open_bundle(sealed)


def test_other_dimensions_than_the_cards_are_refused(bundle):
    edit(bundle.folder, sizes=card_of(bundle.folder)["sizes"] | {"hidden": 24})
    with pytest.raises(WeightsError, match="do not fit the dimensions"):
        load_bundle(bundle.folder)


@pytest.mark.parametrize("changes", [{"layers": 10**9}, {"hidden": 10**30}, {"mlp": 10**9}, {"crop": 10**9}])
def test_dimensions_that_no_machine_holds_are_refused_at_once(bundle, changes):
    edit(bundle.folder, sizes=card_of(bundle.folder)["sizes"] | changes)
    with pytest.raises(WeightsError, match="cannot make a Vision Transformer"):
        load_bundle(bundle.folder)


def test_large_dimensions_are_compared_before_they_take_memory(bundle):
    edit(bundle.folder, sizes={"crop": 64, "patch": 1, "hidden": 16384, "layers": 100, "heads": 1,
                                 "mlp": 16384})  # 650 GB
    with pytest.raises(WeightsError, match="do not fit the dimensions"):
        load_bundle(bundle.folder)


def test_weights_that_are_foreign_not_finite_or_no_safetensors_are_refused(bundle):
    path = bundle.folder / "vit_fold0.safetensors"
    state = safetensors.torch.load(path.read_bytes())
    for content, reason in ((safetensors.torch.save(state | {"more": torch.ones(1)}), "do not fit"),
                            (safetensors.torch.save(state | {"norm.bias": torch.full((12,), np.nan)}), "not finite"),
                            (safetensors.torch.save(state | {"norm.bias": torch.ones(12).to(torch.float8_e4m3fn)}),
                             "numbers other than"),
                            (b"no tensors", "not a safetensors")):
        path.write_bytes(content)
        relist(bundle.folder)
        with pytest.raises(WeightsError, match=reason):
            load_bundle(bundle.folder)


def test_a_stacker_with_other_columns_than_its_card_is_refused(bundle):
    folds = card_of(bundle.folder)["folds"]
    for columns in (folds[1]["columns"][:-1], []):
        folds[1]["columns"] = columns
        edit(bundle.folder, folds=folds)
        with pytest.raises(WeightsError, match="do not fit"):
            load_bundle(bundle.folder)


def test_what_was_read_once_stays_what_it_was(bundle):
    """Between the first page and the first reading another model may be chosen, or files changed."""
    sealed = read_bundle(bundle.folder)
    for file in bundle.folder.iterdir():
        file.unlink()
    opened = open_bundle(sealed)
    assert opened.card.sha256 == sealed.card.model.sha256
    for vit, made in zip(opened.vits, bundle.vits, strict=True):
        assert torch.equal(vit.state_dict()["norm.weight"], made.state_dict()["norm.weight"])
    assert opened.vits is opened.vits


def test_networks_that_do_not_fit_are_refused_when_they_are_built(bundle):
    sizes = card_of(bundle.folder)["sizes"]
    edit(bundle.folder, sizes=sizes | {"mlp": sizes["mlp"] * 2})
    opened = open_bundle(read_bundle(bundle.folder))
    with pytest.raises(WeightsError, match="do not fit"):
        _ = opened.vits
