"""Shared by pre-training and fine-tuning: optimiser, learning-rate schedule, epochs of shuffled batches."""

import ctypes
import math
import sys
from collections.abc import Callable, Iterator

import torch
from monai.networks.nets import ViT
from torch import Generator, Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from rnapp.errors import InputError

Report = Callable[[str], None]
GRADIENT_LIMIT = 1.0
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # malloc.h of glibc


def adamw(net: nn.Module, learning_rate: float, weight_decay: float) -> AdamW:
    """AdamW with decay on weight matrices only."""
    decayed = [p for p in net.parameters() if p.ndim > 1]
    free = [p for p in net.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]
    return AdamW(groups, lr=learning_rate)


def warm_cosine(optimiser: Optimizer, steps: int) -> LambdaLR:
    """A tenth of the steps warming up, then a cosine down to zero."""
    return LambdaLR(optimiser, lambda step: warm_cosine_factor(step, steps))


def warm_cosine_factor(step: int, steps: int) -> float:
    """The factor on the learning rate at one of this many steps."""
    return min((step + 1) / max(1, steps // 10), 0.5 * (1 + math.cos(math.pi * step / steps)))


def shuffled(count: int, batch: int, generator: Generator) -> Iterator[Tensor]:
    """Indices of each batch of one epoch; a last batch of one is left out (a contrast needs two)."""
    for indices in torch.randperm(count, generator=generator).split(batch):
        if len(indices) > 1:
            yield indices


def step(net: nn.Module, loss: Tensor, optimiser: Optimizer, schedule: LambdaLR) -> None:
    """One update with clipped gradients. Raises InputError where a gradient is not finite."""
    optimiser.zero_grad()
    loss.backward()
    if not torch.isfinite(nn.utils.clip_grad_norm_(net.parameters(), GRADIENT_LIMIT)):
        raise InputError("The training of a network failed: its gradients are no longer numbers; start again "
                         "with a lower learning rate.")
    optimiser.step()
    schedule.step()


def use_fused_attention(net: nn.Module, fused: bool) -> None:
    """Fused attention halves the training time on the CPU, but does not expose the attention weights."""
    for block in net.blocks if isinstance(net, ViT) else ():
        block.attn.use_flash_attention = fused


def short_is_fast(device: str) -> bool:
    """Whether bfloat16 is computed in hardware: a third of the time on a CPU that has it."""
    return device == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def short_precision(device: str) -> torch.autocast:
    """Autocast to bfloat16 where that is fast, else nothing."""
    return torch.autocast(device, torch.bfloat16, enabled=short_is_fast(device))


def keep_memory() -> None:
    """Make glibc keep large freed blocks: every training step allocates the same ones, and getting them cleared by the
    system each time costs a third of the step on a CPU. Does nothing on other systems."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if library is not None and hasattr(library, "mallopt"):
        library.mallopt(M_MMAP_MAX, 0)
        library.mallopt(M_TRIM_THRESHOLD, 2 ** 31 - 1)
