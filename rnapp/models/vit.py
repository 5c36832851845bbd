"""The 3D Vision Transformer (Dosovitskiy et al. 2021; MONAI's ViT)."""

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
    """probability: of the first outcome, 0 to 1; embedding: what the head makes the probability of, float32, shape
    (hidden,)."""

    probability: float
    embedding: FloatArray


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
    """Probability and embedding of one crop (as made by to_input) on the network's own device; where in the crop they
    come from is rnapp/models/relevance.py's."""
    vit.eval()
    with torch.inference_mode():
        logit, layers = vit(inputs.to(next(vit.parameters()).device))
        token = vit.norm(layers[-1][:, :1])[0, 0]  # as the network's own head takes it
        return VitReading(float(torch.sigmoid(logit.float())[0, 0]), token.float().cpu().numpy())
