"""The 3D Vision Transformer (Dosovitskiy et al. 2021; MONAI's ViT) and its attention as a volume."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from rnapp.errors import WeightsError
from rnapp.models.vit_config import VitConfig
from rnapp.types import FloatArray, Volume

if TYPE_CHECKING:
    from monai.networks.nets import ViT


@dataclass(frozen=True, eq=False)
class VitReading:
    """probability: of the first outcome, 0 to 1; attention: float32, 0 to 1, in the shape of the input."""

    probability: float
    attention: FloatArray


def build_vit(config: VitConfig) -> "ViT":
    """A network with random weights: input (B, channels, side, side, side), output (B, 1), the log-odds of the first
    outcome."""
    # MONAI takes seconds to import, all of it at once; what needs no network does without.
    from monai.networks.nets import ViT

    return ViT(in_channels=config.channels, img_size=config.side, patch_size=config.patch, hidden_size=config.hidden,
               mlp_dim=config.mlp, num_layers=config.layers, num_heads=config.heads, classification=True,
               num_classes=1, post_activation="none", spatial_dims=3, save_attn=True)


def to_input(channels: Sequence[Volume], side: int) -> Tensor:
    """The network's input, float32, shape (1, channels, side, side, side); a mask as 0 and 1.

    Raises WeightsError for a channel of another size.
    """
    for channel in channels:
        if channel.shape != (side,) * 3:
            raise WeightsError(f"The model reads crops of {side}³ voxels, but got {channel.shape}; cut the lesion "
                               "again.")
    return torch.from_numpy(np.stack([channel.array.astype(np.float32) for channel in channels]))[None]


def read_crop(vit: "ViT", inputs: Tensor) -> VitReading:
    """Probability and attention of one crop (as made by to_input) on the network's own device."""
    vit.eval()
    with torch.inference_mode():
        logit, _ = vit(inputs.to(next(vit.parameters()).device))
        attention = attention_rollout([block.attn.att_mat for block in vit.blocks])
        return VitReading(float(torch.sigmoid(logit.float())[0, 0]), upsample(attention[0], inputs.shape[-1]))


def attention_rollout(matrices: list[Tensor]) -> Tensor:
    """What the class token sees through all layers (Abnar & Zuidema 2020), shape (B, tokens).

    matrices: attention of each layer, shape (B, heads, 1 + tokens, 1 + tokens); heads are averaged, the
    residual connection counts as one half of each layer.
    """
    rolled = None
    for matrix in matrices:
        mean = matrix.float().mean(dim=1)  # (B, 1 + tokens, 1 + tokens)
        layer = 0.5 * mean + 0.5 * torch.eye(mean.shape[-1], device=mean.device)
        rolled = layer if rolled is None else layer @ rolled
    if rolled is None:
        raise WeightsError("The Vision Transformer has no layers; export the bundle again.")
    return rolled[:, 0, 1:]


def upsample(tokens: Tensor, side: int) -> FloatArray:
    """Attention per token, shape (tokens,), as a volume of side³ voxels between 0 and 1, float32."""
    along = round(tokens.numel() ** (1 / 3))
    cube = tokens.reshape(1, 1, along, along, along).float().cpu()  # tokens run (i, j, k), k fastest
    volume = torch.nn.functional.interpolate(cube, size=(side,) * 3, mode="trilinear", align_corners=False)[0, 0]
    low, high = float(volume.min()), float(volume.max())
    scaled = (volume - low) / (high - low) if high > low else torch.zeros_like(volume)
    return np.asarray(scaled.numpy(), dtype=np.float32)
