"""Training one fold's network on new heads in every epoch, and applying it."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import WeightedRandomSampler

from rnapp.models.resnet import build_resnet
from rnapp.tasks.rice.sample import CHANNELS
from rnapp.types import FloatArray
from training.optimise import Report, step
from training.rice.config import COMBINATIONS, FOLDS, Inputs
from training.rice.heads import Cohort, Heads

if TYPE_CHECKING:
    from monai.networks.nets import ResNet

ASKED = 16  # heads at once
RICE, RECURRENCE = 0, 1  # places of the logits, as of the question's outcomes


def fit_fold(heads: Heads, inputs: Inputs, fold: int, report: Report) -> "ResNet":
    """A network that has seen no patient of this fold, with batch-norm statistics of its own training heads."""
    config, device = heads.cohort.config, _device()
    seed = (heads.cohort.seed * len(COMBINATIONS) + COMBINATIONS.index(inputs)) * FOLDS + fold
    torch.manual_seed(seed)
    net = build_resnet(len(inputs), config.width_thousandths / 1000, config.stride).to(device)
    optimiser = torch.optim.Adam(net.parameters(), config.learning_rate)
    steps = heads.cohort.epochs * -(-_per_epoch(heads.cohort) // config.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda done: cooled(done / steps, config.cooling))
    for epoch in range(heads.cohort.epochs):
        net.train()
        losses = []
        for numbers in _batches(heads, epoch, fold, seed):
            labels = torch.tensor([RICE if heads.cohort.patient("train", n).rice else RECURRENCE for n in numbers])
            loss = nn.functional.cross_entropy(net(_stack(heads.training, numbers, inputs).to(device)),
                                               labels.to(device))
            step(net, loss, optimiser, schedule)
            losses.append(loss.item())
        report(f"epoch {epoch + 1}, loss {np.mean(losses):.3f}")
    last = [n for n in range(heads.cohort.drawn) if n % FOLDS != fold][-config.statistics:]
    refresh_statistics(net, (_stack(heads.training, numbers, inputs) for numbers in _groups(last, ASKED)))
    return net.eval().cpu()


def ask(net: nn.Module, head: Callable[[int], FloatArray], numbers: Sequence[int], inputs: Inputs) -> FloatArray:
    """Log-odds of RICE of each head, shape (N,); head: its input by number."""
    device = next(net.parameters()).device
    net.eval()
    with torch.inference_mode():
        logits = torch.cat([net(_stack(head, few, inputs).to(device)).cpu() for few in _groups(numbers, ASKED)])
    return np.asarray((logits[:, RICE] - logits[:, RECURRENCE]).numpy(), np.float64)


def refresh_statistics(net: nn.Module, batches: Iterable[Tensor]) -> None:
    """Mean and variance of every batch norm over all these heads, instead of a running mean, which lags behind."""
    norms = [one for one in net.modules() if isinstance(one, nn.modules.batchnorm._BatchNorm)]
    before = [one.momentum for one in norms]
    for one in norms:
        one.reset_running_stats()
        one.momentum = None  # the plain mean over the batches
    net.train()
    device = next(net.parameters()).device
    with torch.no_grad():
        for batch in batches:
            net(batch.to(device))
    for one, momentum in zip(norms, before, strict=True):
        one.momentum = momentum
    net.eval()


def cooled(done: float, cooling: float) -> float:
    """The factor on the learning rate: 1 at first, then a cosine down to 0. done: share of the steps."""
    return 0.5 + 0.5 * math.cos(math.pi * max(0.0, 1 - (1 - min(done, 1.0)) / max(cooling, 1e-9)))


def _per_epoch(cohort: Cohort) -> int:
    return max(1, cohort.config.samples // cohort.epochs)


def _batches(heads: Heads, epoch: int, fold: int, seed: int) -> Iterator[Sequence[int]]:
    """Numbers of the recent epochs' heads outside the fold, drawn so that both outcomes are equally frequent."""
    config, cohort = heads.cohort.config, heads.cohort
    first = max(0, epoch + 1 - config.recent) * config.heads
    numbers = [n for n in range(first, (epoch + 1) * config.heads) if n % FOLDS != fold]
    rice = np.array([cohort.patient("train", n).rice for n in numbers])
    counts = np.bincount(rice, minlength=2)
    generator = torch.Generator().manual_seed(seed * cohort.epochs + epoch)
    drawn = WeightedRandomSampler([1.0 / counts[label] for label in rice], _per_epoch(cohort), generator=generator)
    return (few for few in _groups([numbers[place] for place in drawn], config.batch) if len(few) > 1)


def _groups(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (numbers[start : start + size] for start in range(0, len(numbers), size))


def _stack(head: Callable[[int], FloatArray], numbers: Sequence[int], inputs: Inputs) -> Tensor:
    """(B, inputs, side, side, side)."""
    places = [CHANNELS.index(one) for one in inputs]
    return torch.from_numpy(np.stack([head(n)[places] for n in numbers]))


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"
