"""Self-supervised pre-training: context restoration and contrastive learning (Gomaa et al. 2025, phase one).

Two corrupted views of each crop are restored (L1), and the class tokens of the two views of one crop are pulled
together against those of the other crops (NT-Xent, Chen et al. 2020, MONAI's ContrastiveLoss).
"""

import torch
from monai.losses import ContrastiveLoss
from monai.networks.nets import ViT
from torch import Generator, Tensor, nn

from rnapp.models.vit import VitConfig, build_vit
from training.augment import corrupt, mirror
from training.config import PretrainConfig
from training.optimise import Report, adamw, shuffled, step, use_fused_attention, warm_cosine

PROJECTION = 64  # width of the space in which views are contrasted


class RestoringVit(nn.Module):
    """The app's ViT with a linear decoder per token and a projection head; only `vit` is kept afterwards."""

    def __init__(self, config: VitConfig) -> None:
        super().__init__()
        self.config = config
        self.vit: ViT = build_vit(config)
        self.decoder = nn.Linear(config.hidden, config.patch ** 3)
        self.projection = nn.Sequential(nn.Linear(config.hidden, config.hidden), nn.GELU(),
                                        nn.Linear(config.hidden, PROJECTION))

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 2, 64, 64, 64) → restored T1CE (B, 64, 64, 64) and projected class tokens (B, PROJECTION)."""
        _, hidden = self.vit(batch)
        tokens = self.vit.norm(hidden[-1])  # (B, 1 + tokens, hidden)
        n, p = self.config.tokens_along, self.config.patch
        cubes = self.decoder(tokens[:, 1:]).reshape(-1, n, n, n, p, p, p)
        restored = cubes.permute(0, 1, 4, 2, 5, 3, 6).reshape(-1, n * p, n * p, n * p)
        return restored, self.projection(tokens[:, 0])


def pretrain(crops: Tensor, vit: VitConfig, config: PretrainConfig, seed: int, report: Report) -> ViT:
    """A ViT trained without labels. crops: shape (N, 2, 64, 64, 64), any floating type."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    net = RestoringVit(vit)
    use_fused_attention(net.vit, True)
    optimiser = adamw(net, config.learning_rate, config.weight_decay)
    schedule = warm_cosine(optimiser, config.epochs * -(-len(crops) // config.batch))
    for epoch in range(config.epochs):
        losses = []
        for indices in shuffled(len(crops), config.batch, generator):
            loss = pretext_loss(net, mirror(crops[indices].float(), generator), config, generator)
            step(net, loss, optimiser, schedule)
            losses.append(loss.item())
        report(f"pre-training, epoch {epoch + 1}/{config.epochs}: loss {sum(losses) / len(losses):.3f}")
    use_fused_attention(net.vit, False)
    return net.vit


def pretext_loss(net: RestoringVit, clean: Tensor, config: PretrainConfig, generator: Generator) -> Tensor:
    """Restoration of both views and the contrast between them."""
    views = torch.cat([corrupt(clean, config.hidden_blocks, generator) for _ in range(2)])
    restored, projected = net(views)
    weight = 1.0 + (config.restoration_weight_lesion - 1.0) * clean[:, 1].repeat(2, 1, 1, 1)
    restoration = ((restored - clean[:, 0].repeat(2, 1, 1, 1)).abs() * weight).sum() / weight.sum()
    contrast = ContrastiveLoss(temperature=config.temperature)(*projected.chunk(2))
    return restoration + config.contrastive_weight * contrast
