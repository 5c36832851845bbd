"""What in a crop spoke for one outcome: attention weighted by its gradient (Chefer, Gur & Wolf 2021).

Of each layer the attention of every head is multiplied by the gradient of the outcome's log-odds, negative products are
dropped (they speak for the other outcome), heads are averaged, and layers are rolled out from the class token. The
outcome is the one that the crop moves the networks to from what they say of an empty crop: only for that one can hiding
a place take anything away. Rollout of attention alone (Abnar & Zuidema 2020) is the same map for both outcomes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from rnapp.errors import WeightsError
from rnapp.types import FloatArray

if TYPE_CHECKING:
    from monai.networks.nets import ViT

# A place reaches 1 on the map where it has this many times an equal share of the whole map: one scale for all folds,
# lesions and bundles, so that an even map stays dark. docs/trust_explanations.md says where it comes from.
FULL = 18.0


@dataclass(frozen=True, eq=False)
class Relevance:
    """One network's. first, second: what spoke for each outcome, by token, float64, shape (n, n, n) in the order of the
    input's axes, not below 0, in units of log-odds: comparable between networks. moved: log-odds of the first outcome
    less those of an empty crop."""

    first: FloatArray
    second: FloatArray
    moved: float


def relevance(vit: "ViT", inputs: Tensor) -> Relevance:
    """Of one crop (as made by to_input). Leaves no gradients in the network."""
    vit.eval()
    crop = inputs.to(next(vit.parameters()).device)
    with torch.inference_mode():
        empty, _ = vit(torch.zeros_like(crop))
    with attention_of(vit) as matrices, torch.enable_grad():
        logit, _ = vit(crop.clone().requires_grad_())
        gradients = torch.autograd.grad(logit.sum(), matrices)
    weighted = [gradient * matrix.detach() for gradient, matrix in zip(gradients, matrices, strict=True)]
    return Relevance(_cube(rolled_out(weighted)), _cube(rolled_out([-one for one in weighted])),
                     float(logit.detach()[0, 0]) - float(empty[0, 0]))


@contextmanager
def attention_of(vit: "ViT") -> Iterator[list[Tensor]]:
    """The attention of each layer, shape (B, heads, 1 + tokens, 1 + tokens), of the pass made inside, still part of the
    computation: what MONAI keeps has no gradient. Raises WeightsError for a network without layers."""
    found: list[Tensor] = []

    def keep(_: object, given: tuple[Tensor, ...]) -> None:
        found.append(given[0])

    hooks = [block.attn.drop_weights.register_forward_pre_hook(keep) for block in vit.blocks]
    if not hooks:
        raise WeightsError("The Vision Transformer has no layers; export the bundle again.")
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def rolled_out(weighted: Sequence[Tensor]) -> Tensor:
    """The class token's row through all layers, shape (B, tokens). weighted: gradient times attention of each layer,
    shape (B, heads, 1 + tokens, 1 + tokens)."""
    size = weighted[0].shape[-1]
    rolled = torch.eye(size, dtype=weighted[0].dtype, device=weighted[0].device)
    for layer in weighted:
        rolled = rolled + layer.clamp(min=0).mean(dim=1) @ rolled
    return rolled[:, 0, 1:]


def together(found: Sequence[Relevance]) -> FloatArray:
    """The mean of all networks, shape (n, n, n), for the outcome that the crop moves them to together: a network that
    hardly reacts counts little."""
    first = sum(one.moved for one in found) >= 0
    return np.asarray(np.mean([one.first if first else one.second for one in found], axis=0))


def as_voxels(tokens: FloatArray, side: int) -> FloatArray:
    """A map by token, shape (n, n, n), as float32 between 0 and 1 in the shape (side,)*3, on the scale of FULL; 0
    everywhere where the map is."""
    mean = float(tokens.mean())
    scaled = torch.from_numpy(tokens / (FULL * mean) if mean > 0 else np.zeros_like(tokens))[None, None]
    smooth = torch.nn.functional.interpolate(scaled, size=(side,) * 3, mode="trilinear", align_corners=False)[0, 0]
    return np.asarray(smooth.clamp(0, 1).float().numpy())


def _cube(tokens: Tensor) -> FloatArray:
    """Tokens, shape (1, n³), run (i, j, k), k fastest."""
    along = round(tokens.shape[-1] ** (1 / 3))
    return np.asarray(tokens[0].detach().cpu().double().numpy().reshape((along,) * 3))
