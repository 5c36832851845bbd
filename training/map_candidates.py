"""Maps that were weighed against the app's own (rnapp/models/relevance.py), each by place, shape (n, n, n)."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from rnapp.models.relevance import attention_of, rolled_out
from rnapp.types import FloatArray

if TYPE_CHECKING:
    from monai.networks.nets import ViT


def attention_rollout(vit: "ViT", inputs: Tensor) -> FloatArray:
    """What the class token sees through all layers (Abnar & Zuidema 2020), the same for both outcomes: heads are
    averaged, the residual connection counts as one half of each layer."""
    with attention_of(vit) as matrices, torch.inference_mode():
        vit(inputs)
    return _cube(rolled(matrices))


def rolled(matrices: list[Tensor]) -> Tensor:
    """The class token's row, shape (B, tokens), of the attention of each layer, (B, heads, 1 + tokens, 1 + tokens)."""
    found = torch.eye(matrices[0].shape[-1])
    for matrix in matrices:
        found = (0.5 * matrix.mean(dim=1) + 0.5 * torch.eye(matrix.shape[-1])) @ found
    return found[:, 0, 1:]


def gradient_attention(vit: "ViT", inputs: Tensor, sign: int) -> FloatArray:
    """Attention weighted by the gradient of one outcome's log-odds (Chefer, Gur & Wolf 2021). sign: 1 for the first
    outcome, −1 for the second."""
    with attention_of(vit) as matrices, torch.enable_grad():
        logit, _ = vit(inputs.clone().requires_grad_())
        gradients = torch.autograd.grad(logit.sum(), matrices)
    return _cube(rolled_out([sign * gradient * matrix.detach()
                             for gradient, matrix in zip(gradients, matrices, strict=True)]))


def gradient_times_place(vit: "ViT", inputs: Tensor) -> FloatArray:
    """The gradient of the first outcome's log-odds times what each place differs from an empty one: what hiding it
    would take, to the first order; negative where the place speaks for the second outcome."""
    with torch.inference_mode():
        empty = vit.patch_embedding(torch.zeros_like(inputs)).clone()
    with torch.enable_grad():
        shown = vit.patch_embedding(inputs).detach().requires_grad_()
        state = torch.cat((vit.cls_token.expand(len(shown), -1, -1), shown), dim=1)
        for block in vit.blocks:
            state = block(state)
        logit = vit.classification_head(vit.norm(state)[:, 0])
        (gradient,) = torch.autograd.grad(logit.sum(), [shown])
    return _cube(((shown.detach() - empty) * gradient).sum(-1))


def _cube(tokens: Tensor) -> FloatArray:
    along = round(tokens.shape[-1] ** (1 / 3))
    return tokens[0].detach().double().numpy().reshape((along,) * 3)
