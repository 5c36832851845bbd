"""The two pretext tasks of pre-training: context restoration and contrast (Gomaa et al. 2025, phase one).

Two views of each lesion are made, each set into the anatomy around another lesion, turned and corrupted. The corrupted
parts are restored (L1; Chen et al. 2019), and the class tokens of the two views of one lesion are pulled together
against those of the other lesions (NT-Xent, Chen et al. 2020, MONAI's ContrastiveLoss). Beyond the paper, part of the
tokens far from the lesion can be left out (as in masked Siamese networks, Assran et al. 2022; it is cheaper).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from monai.losses import ContrastiveLoss
from monai.networks.nets import ViT
from torch import Generator, Tensor, nn
from torch.nn import functional

from rnapp.models.vit import build_vit
from rnapp.models.vit_config import VitConfig
from training.augment import corrupt, transplant, turn_exactly, vary
from training.config import PretrainConfig

PROJECTION = 64  # width of the space in which views are contrasted


@dataclass(frozen=True, eq=False)
class Views:
    """Two views of each lesion, first all the first ones.

    target: what is to be restored, shape (2 B, 2, 64, 64, 64); shown: what the network is shown of it, same shape;
    seen: numbers of the tokens it is shown, shape (2 B, K).
    """

    target: Tensor
    shown: Tensor
    seen: Tensor


class RestoringVit(nn.Module):
    """The app's ViT with a linear decoder per token and a projection head; only `vit` is kept after training."""

    def __init__(self, config: VitConfig) -> None:
        super().__init__()
        self.config = config
        self.vit: ViT = build_vit(config)
        # The head is trained later, MONAI's cross attention never runs: without a gradient they would stop a
        # distributed run.
        for idle in self._idle():
            idle.requires_grad_(False)
        self.decoder = nn.Linear(config.hidden, config.patch ** 3)
        self.projection = nn.Sequential(nn.Linear(config.hidden, config.hidden), nn.GELU(),
                                        nn.Linear(config.hidden, PROJECTION))

    def forward(self, shown: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 2, 64, 64, 64) and (B, K) → the seen patches restored (B, K, patch³), class tokens (B, PROJECTION)."""
        tokens = take(self.vit.patch_embedding(shown), seen)
        tokens = torch.cat([self.vit.cls_token.expand(len(tokens), -1, -1), tokens], dim=1)
        for block in self.vit.blocks:
            tokens = block(tokens)
        tokens = self.vit.norm(tokens)
        return self.decoder(tokens[:, 1:]), self.projection(tokens[:, 0])

    def released(self) -> ViT:
        """The ViT alone, all of it trainable, in single precision on the CPU."""
        for idle in self._idle():
            idle.requires_grad_(True)
        return self.vit.float().cpu()

    def _idle(self) -> list[nn.Module]:
        return [self.vit.classification_head,
                *(part for block in self.vit.blocks for part in (block.cross_attn, block.norm_cross_attn))]


def to_patches(volumes: Tensor, patch: int) -> Tensor:
    """(B, 64, 64, 64) → (B, tokens, patch³), in the order of MONAI's patch embedding."""
    along = volumes.shape[-1] // patch
    cubes = volumes.reshape(-1, along, patch, along, patch, along, patch).permute(0, 1, 3, 5, 2, 4, 6)
    return cubes.reshape(len(volumes), along ** 3, patch ** 3)


def from_patches(patches: Tensor, patch: int) -> Tensor:
    """The inverse of to_patches."""
    along = round(patches.shape[1] ** (1 / 3))
    cubes = patches.reshape(-1, along, along, along, patch, patch, patch).permute(0, 1, 4, 2, 5, 3, 6)
    return cubes.reshape(-1, *(along * patch,) * 3)


def take(tokens: Tensor, seen: Tensor) -> Tensor:
    """Some tokens of each sample: (B, T, N) and (B, K) → (B, K, N)."""
    return tokens.gather(1, seen[..., None].expand(-1, -1, tokens.shape[-1]))


def pretext_loss(net: nn.Module, views: Views, patch: int, config: PretrainConfig,
                 gather: Callable[[Tensor], Tensor] = lambda part: part) -> Tensor:
    """Restoration of both views and the contrast between them: (loss, restoration, contrast).

    gather: all processes' projections of shape (B, PROJECTION), one below the other.
    """
    restored, projected = net(views.shown, views.seen)
    image, lesion = (take(to_patches(views.target[:, channel], patch), views.seen) for channel in (0, 1))
    weight = 1.0 + (config.restoration_weight_lesion - 1.0) * lesion
    error = (restored.float() - image).abs() * weight
    restoration = (error.flatten(1).sum(1) / weight.flatten(1).sum(1)).mean()
    first, second = (gather(part) for part in projected.float().chunk(2))
    contrast = ContrastiveLoss(temperature=config.temperature)(first, second)
    return torch.stack([restoration + config.contrastive_weight * contrast, restoration, contrast])


def make_views(crops: Tensor, hosts: Tensor, vit: VitConfig, config: PretrainConfig,
               generators: list[Generator]) -> Views:
    """crops, hosts: shape (B, 2, 64, 64, 64) and (2 B, …), on any device; generators: one per view, 2 B, on the CPU."""
    first = len(crops)
    targets = []
    for number, (host, generator) in enumerate(zip(hosts.float(), generators, strict=True)):
        moved = transplant(crops[number % first].float(), host)
        # The app's crops are never resampled again; rotating one of two views exactly costs next to nothing.
        targets.append((turn_exactly if number < first else vary)(moved, generator))
    shown = [corrupt(target, config.hidden_blocks, generator)
             for target, generator in zip(targets, generators, strict=True)]
    target = torch.stack(targets)
    return Views(target, torch.stack(shown), _seen(target[:, 1:], vit, config.seen, generators))


def _seen(masks: Tensor, vit: VitConfig, share: float, generators: list[Generator]) -> Tensor:
    """Of each view, this share of the tokens: first the lesion's and their neighbours, then random ones."""
    count = vit.tokens_along ** 3
    if share >= 1.0:
        return torch.arange(count, device=masks.device).expand(len(masks), -1)
    lesion = functional.max_pool3d(masks, vit.patch)
    near = functional.max_pool3d(lesion, 3, stride=1, padding=1).flatten(1)
    chance = torch.stack([torch.rand(count, generator=generator) for generator in generators]).to(masks.device)
    return (lesion.flatten(1) + near + chance).topk(round(share * count), dim=1).indices
