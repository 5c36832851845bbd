"""Pre-training learns without labels, its network is the app's, and neither a kill nor a second process changes it."""

import csv
import os
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import safetensors.torch
import torch
from torch import Generator

from rnapp.errors import InputError
from rnapp.models.vit import build_vit
from training import pretrain as module
from training.augment import corrupt, transplant, turn_exactly, vary
from training.config import SMOKE, PretrainConfig, crop_vit
from training.crops import CropStore
from training.pretext import RestoringVit, from_patches, make_views, pretext_loss, take, to_patches
from training.pretrain import CROPS, NETWORK, PRETRAINING, Machine, main, pretrain

SMALL = crop_vit(patch=16, hidden=24, layers=1, heads=2, mlp=24)
CPU = Machine(accelerator="cpu", devices=1, precision="32-true", every_steps=2)


def blobs(count):
    """Crops that are bright in a different octant each, so that context reveals what is hidden."""
    crops = torch.zeros(count, 2, 64, 64, 64)
    for number, crop in enumerate(crops):
        corner = [32 * ((number >> axis) & 1) for axis in range(3)]
        crop[0, corner[0]:corner[0] + 32, corner[1]:corner[1] + 32, corner[2]:corner[2] + 32] = 2.0
        crop[1, 28:36, 28:36, 28:36] = 1.0
    return crops


def generator(seed=0):
    return Generator().manual_seed(seed)


DEFAULT = PretrainConfig()


def views(count, config=DEFAULT):
    crops, generators = blobs(count), [generator(number) for number in range(2 * count)]
    return make_views(crops, torch.cat([crops, crops]).flip(0), SMALL, config, generators)


def quiet(text):
    assert text


def test_corruption_changes_the_image_but_never_the_mask_or_the_original():
    for clean in blobs(3):
        kept = clean.clone()
        changed = corrupt(clean, 6, generator())
        assert torch.equal(clean, kept)
        assert torch.equal(changed[1], clean[1])
        assert (changed[0] != clean[0]).any()


def test_variation_keeps_the_outside_of_the_brain_at_zero_and_the_mask_binary():
    for number, crop in enumerate(blobs(4)):
        crop[0, 28:36, 28:36, 28:36] = 3.0
        varied = vary(crop, generator(number))
        assert set(varied[1].unique().tolist()) == {0.0, 1.0}
        assert 0.4 * 8 ** 3 < varied[1].sum() < 2 * 8 ** 3, "zoomed by a fifth at most"
        assert (varied[0][varied[1] > 0] != 0).float().mean() > 0.9, "image and mask move together"
        assert (varied[0] == 0).float().mean() > 0.5


def test_variation_can_mirror_and_turn_but_keeps_the_shape_of_what_it_moves():
    crop = torch.zeros(2, 64, 64, 64)
    crop[0, 16:48, 24:40, 28:36] = 1.0
    crop[1] = crop[0]
    for seed in range(5):
        moved = vary(crop, generator(seed))[1].nonzero().float()
        extents = torch.linalg.eigvalsh(torch.cov(moved.T)).sqrt()
        assert extents[2] / extents[1] == pytest.approx(2, rel=0.1)
        assert extents[1] / extents[0] == pytest.approx(2, rel=0.1)


def test_a_transplanted_lesion_keeps_itself_and_leaves_its_anatomy():
    crop, host = blobs(2)
    crop[0, 28:36, 28:36, 28:36] = 3.0
    moved = transplant(crop, host)
    assert torch.equal(moved[1], crop[1])
    assert (moved[0, 28:36, 28:36, 28:36] == 3.0).all()
    far = torch.ones(64, 64, 64, dtype=torch.bool)
    far[18:46, 18:46, 18:46] = False
    assert torch.equal(moved[0][far], host[0][far])
    assert not torch.equal(moved[0][far], crop[0][far])


def test_an_exact_turn_only_moves_voxels_and_moves_image_and_mask_together():
    crop = blobs(2)[1]
    crop[0, 30:34, 20:24, 40:50] = 5.0
    crop[1] = (crop[0] == 5.0).float()
    found = []
    for seed in range(8):
        turned = turn_exactly(crop, generator(seed))
        assert turned[1].sum() == crop[1].sum()
        assert (turned[0][turned[1] > 0] > 3).all()
        assert ((turned[0] == 0) == (turned[0].abs() < 1e-6)).all()
        assert (turned[0] != 0).sum() == (crop[0] != 0).sum()
        found.append(turned[1].nonzero().float().mean(0))
    assert len({tuple(place.tolist()) for place in found}) > 4, "different turns"


def test_patches_are_the_tokens_of_monai_and_come_back():
    volumes = torch.rand(2, 64, 64, 64)
    patches = to_patches(volumes, 16)
    assert torch.equal(from_patches(patches, 16), volumes)
    embed = build_vit(SMALL).patch_embedding
    torch.nn.init.zeros_(embed.position_embeddings)
    convolution = embed.patch_embeddings
    kernel = convolution.weight.detach()[:, 0].flatten(1)
    expected = patches @ kernel.T + convolution.bias.detach()
    found = embed(torch.stack([volumes, torch.zeros_like(volumes)], dim=1)).detach()
    assert torch.allclose(found, expected, atol=1e-4)


def test_a_view_shows_the_lesion_and_a_random_part_of_the_rest():
    half = PretrainConfig(seen=0.5)
    for target, seen in zip(views(4, half).target, views(4, half).seen, strict=True):
        assert len(seen) == 32 == len(set(seen.tolist()))
        lesion = to_patches(target[1:], SMALL.patch)[0].sum(1).nonzero().ravel()
        assert set(lesion.tolist()) <= set(seen.tolist())
    assert views(4, PretrainConfig(seen=1.0)).seen.shape == (8, 64)
    few = take(torch.arange(8.0).reshape(1, 4, 2), torch.tensor([[2, 0]]))
    assert few.tolist() == [[[4.0, 5.0], [0.0, 1.0]]]


def test_tokens_are_restored_to_their_own_places():
    net = RestoringVit(SMALL)
    torch.nn.init.zeros_(net.decoder.weight)
    with torch.no_grad():
        net.decoder.bias.copy_(torch.arange(16.0 ** 3))
    restored, projected = net(blobs(2), torch.arange(64).expand(2, -1))
    restored = from_patches(restored, SMALL.patch)
    assert restored.shape == (2, 64, 64, 64)
    assert projected.shape[0] == 2
    assert restored[0, 16 + 1, 32 + 2, 48 + 3] == 1 * 256 + 2 * 16 + 3


def test_the_pretext_loss_falls():
    config = PretrainConfig(epochs=14, batch=8, hidden_blocks=4, learning_rate=3e-3)
    lines = []
    pretrain(blobs(8).half(), SMALL, config, 0, lines.append, machine=CPU)
    assert len(lines) == 14
    assert float(lines[-1].split()[-1]) < 0.87 * float(lines[0].split()[-1])


def test_the_contrast_counts():
    config = PretrainConfig(contrastive_weight=0.0)
    net = RestoringVit(SMALL)
    without = pretext_loss(net, views(4), SMALL.patch, config)
    weighed = pretext_loss(net, views(4), SMALL.patch, replace(config, contrastive_weight=0.5))
    assert weighed[0] > without[0] + 0.1
    assert without[0] == without[1]
    assert torch.equal(without, pretext_loss(net, views(4), SMALL.patch, config))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing interrupts: its crops, configuration, network and folder."""
    folder = tmp_path_factory.mktemp("whole")
    crops, config = blobs(8).half(), PretrainConfig(epochs=3, batch=4, hidden_blocks=4)
    return crops, config, pretrain(crops, SMALL, config, 0, quiet, folder, CPU), folder


@pytest.mark.parametrize("kill_after", [1, 5])
def test_a_killed_run_continues_to_the_same_loss_curve_and_network(kill_after, whole, tmp_path, monkeypatch):
    """Before the first checkpoint, and after four steps are saved and a fifth is only in the log."""
    crops, config, network, folder = whole
    real, steps = module._step, []

    def killed(*arguments):
        if len(steps) == kill_after:
            raise KeyboardInterrupt
        steps.append(1)
        return real(*arguments)

    monkeypatch.setattr(module, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        pretrain(crops, SMALL, config, 0, quiet, tmp_path, CPU)
    monkeypatch.setattr(module, "_step", real)
    resumed = pretrain(crops, SMALL, config, 0, quiet, tmp_path, CPU)
    assert (folder / "log.csv").read_text() == (tmp_path / "log.csv").read_text()
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), resumed.parameters(), strict=True))
    assert (folder / "restored.png").stat().st_size > 1000
    build_vit(SMALL).load_state_dict(resumed.state_dict())


def test_a_batch_in_parts_restores_the_same_and_contrasts_within_each_part(tmp_path):
    crops, config = blobs(8).half(), PretrainConfig(epochs=1, batch=8, hidden_blocks=4)
    curves = []
    for parts in (1, 2):
        pretrain(crops, SMALL, replace(config, parts=parts), 0, quiet, tmp_path / str(parts), CPU)
        with (tmp_path / str(parts) / "log.csv").open() as file:
            curves.append(next(csv.DictReader(file)))
    one, two = curves
    assert float(one["restoration"]) == pytest.approx(float(two["restoration"]), rel=1e-4)
    assert float(one["contrast"]) > float(two["contrast"]) + 0.2, "fewer others to be told from"
    with pytest.raises(InputError, match="3 parts"):
        pretrain(crops, SMALL, replace(config, parts=3), 0, quiet, machine=CPU)


def test_another_run_in_the_same_folder_is_refused(tmp_path):
    crops, config = blobs(4).half(), PretrainConfig(epochs=1, batch=4, hidden_blocks=1)
    pretrain(crops, SMALL, config, 0, quiet, tmp_path, CPU)
    with pytest.raises(InputError, match="holds another"):
        pretrain(crops, SMALL, config, 1, quiet, tmp_path, CPU)
    with pytest.raises(InputError, match="holds another"):
        pretrain(crops, replace(SMALL, hidden=2 * SMALL.hidden), config, 0, quiet, tmp_path, CPU)
    with pytest.raises(InputError, match="change the batch"):
        pretrain(crops, SMALL, replace(config, batch=5), 0, quiet, machine=CPU)


class Cropped:
    """A crop as the store takes it."""

    def __init__(self, crop):
        self.t1ce, self.mask = (SimpleNamespace(array=array.numpy()) for array in (crop[0], crop[1].bool()))


def stored(folder, count, written):
    store = CropStore(folder / CROPS, count, {"blobs": 1})
    store.extend(map(Cropped, blobs(written)))
    return store


@pytest.mark.parametrize("written", [None, 7])
def test_the_command_needs_all_the_crops(written, tmp_path, capsys):
    if written:
        stored(tmp_path, 8, written)
    assert main(["--preset", "smoke", "--out", str(tmp_path)]) == 2
    assert "--only-crops" in capsys.readouterr().err
    assert not (tmp_path / PRETRAINING).exists()


def test_a_gpu_that_is_not_there_gets_a_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["--preset", "smoke", "--out", str(tmp_path), "--accelerator", "cuda"]) == 2
    assert "there is none here" in capsys.readouterr().err


def test_two_processes_do_what_one_does_and_both_leave_the_network(tmp_path):
    given = ["--preset", "smoke", "--accelerator", "cpu", "--precision", "32-true", "--out"]
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "training.pretrain"]
    stored(tmp_path / "one", 16, 16)
    stored(tmp_path / "two", 16, 16)
    assert main([*given, str(tmp_path / "one")]) == 0
    subprocess.run([sys.executable, *launcher, *given, str(tmp_path / "two")], check=True, timeout=300,
                   capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    curves = []
    for name in ("one", "two"):
        with (tmp_path / name / PRETRAINING / "log.csv").open() as file:
            curves.append([float(row["loss"]) for row in csv.DictReader(file)])
        kept = safetensors.torch.load_file(tmp_path / name / PRETRAINING / NETWORK)
        build_vit(SMOKE.vit).load_state_dict(kept)
    assert len(curves[0]) == 4
    assert curves[0] == pytest.approx(curves[1], rel=1e-4)
    assert curves[0][0] != pytest.approx(curves[0][-1], rel=1e-4)
