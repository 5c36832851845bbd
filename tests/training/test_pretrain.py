"""Pre-training learns without labels, and its network is the app's."""

from dataclasses import replace

import pytest
import torch

from rnapp.models.vit import VitConfig, build_vit
from training.augment import corrupt, vary
from training.config import PretrainConfig
from training.pretrain import RestoringVit, pretext_loss, pretrain

SMALL = VitConfig(patch=16, hidden=24, layers=1, heads=2, mlp=24)


def blobs(count):
    """Crops whose brightness lies in another octant each, so that context says what is hidden."""
    crops = torch.zeros(count, 2, 64, 64, 64)
    for number, crop in enumerate(crops):
        corner = [32 * ((number >> axis) & 1) for axis in range(3)]
        crop[0, corner[0]:corner[0] + 32, corner[1]:corner[1] + 32, corner[2]:corner[2] + 32] = 2.0
        crop[1, 28:36, 28:36, 28:36] = 1.0
    return crops


def test_corruption_changes_the_image_but_never_the_mask_or_the_original():
    clean = blobs(3)
    kept = clean.clone()
    changed = corrupt(clean, 6, torch.Generator().manual_seed(0))
    assert torch.equal(clean, kept)
    assert torch.equal(changed[:, 1], clean[:, 1])
    assert (changed[:, 0] != clean[:, 0]).flatten(1).any(dim=1).all()


def test_variation_keeps_the_outside_of_the_brain_at_zero_and_the_mask_binary():
    varied = vary(blobs(4), torch.Generator().manual_seed(0))
    assert ((varied[:, 0] == 0).float().mean() - 7 / 8).abs() < 1e-6
    assert set(varied[:, 1].unique().tolist()) == {0.0, 1.0}
    assert varied[:, 1].sum() == 4 * 8 ** 3


def test_tokens_are_restored_to_their_own_places():
    net = RestoringVit(SMALL)
    torch.nn.init.zeros_(net.decoder.weight)
    with torch.no_grad():
        net.decoder.bias.copy_(torch.arange(16.0 ** 3))
    restored, projected = net(blobs(2))
    assert restored.shape == (2, 64, 64, 64)
    assert projected.shape[0] == 2
    assert restored[0, 16 + 1, 32 + 2, 48 + 3] == 1 * 256 + 2 * 16 + 3


def test_the_pretext_loss_falls():
    crops, config = blobs(8), PretrainConfig(epochs=25, batch=8, hidden_blocks=4, learning_rate=3e-3)
    torch.manual_seed(0)
    before = pretext_loss(RestoringVit(SMALL), crops, config, torch.Generator().manual_seed(1)).item()
    lines = []
    pretrain(crops.half(), SMALL, config, 0, lines.append)
    assert len(lines) == 25
    assert float(lines[-1].split()[-1]) < 0.8 * before


def test_the_same_seed_gives_the_same_network_and_it_is_the_apps():
    crops, config = blobs(4), PretrainConfig(epochs=2, batch=2, hidden_blocks=4)
    vit, again = (pretrain(crops.half(), SMALL, config, 0, lambda _: None) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(vit.parameters(), again.parameters(), strict=True))
    build_vit(SMALL).load_state_dict(vit.state_dict())


def test_the_contrast_counts():
    crops, generator = blobs(4), torch.Generator()
    config = PretrainConfig(contrastive_weight=0.0)
    torch.manual_seed(0)
    net = RestoringVit(SMALL)
    without = pretext_loss(net, crops, config, generator.manual_seed(1)).item()
    weighed = pretext_loss(net, crops, replace(config, contrastive_weight=0.5), generator.manual_seed(1)).item()
    assert weighed > without + 0.1
    assert without == pytest.approx(pretext_loss(net, crops, config, generator.manual_seed(1)).item())
