"""The probability alone, of many crops at once: what a Vision Transformer is asked when an input is varied."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from rnapp.types import CancelToken, FloatArray

if TYPE_CHECKING:
    from monai.networks.nets import ViT

BATCH = 4  # more crops at once leave the processor's cache: eight took half as long again for each


def probabilities(vit: "ViT", crops: Sequence[Tensor], cancel: CancelToken) -> FloatArray:
    """Of the first outcome, shape (N,). crops: each as rnapp.models.vit.to_input makes it. Raises Cancelled."""
    vit.eval()
    device = next(vit.parameters()).device
    found = []
    with torch.inference_mode():
        for first in range(0, len(crops), BATCH):
            cancel.check()
            logits, _ = vit(torch.cat(list(crops[first:first + BATCH])).to(device))
            found.append(torch.sigmoid(logits.float())[:, 0].cpu().numpy())
    return np.concatenate(found) if found else np.zeros(0, np.float32)
