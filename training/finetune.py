"""Supervised fine-tuning in a stratified, patient-level five-fold cross-validation (Gomaa et al. 2025, phase two)."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from monai.networks.nets import ViT
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from rnapp.types import Array, FloatArray
from training.augment import vary
from training.config import FinetuneConfig
from training.optimise import (
    Report,
    adamw,
    short_precision,
    shuffled,
    step,
    use_fused_attention,
    warm_cosine,
)

HEAD_STRENGTH = 0.01  # scikit-learn's C: a strong ridge, because there are about as many lesions as features


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of the lesions to train on and to leave out; no patient is on both sides."""

    train: Array
    apart: Array


@dataclass(frozen=True, eq=False)
class FoldModels:
    """One network per fold with its split, and the probability each row got from the one that never saw it."""

    networks: tuple[nn.Module, ...]
    splits: tuple[Split, ...]
    out_of_fold: FloatArray


def split_patients(labels: Sequence[int] | Array, patients: Sequence[str] | Array, parts: int,
                   seed: int) -> Iterator[Split]:
    """The parts of a stratified cross-validation that keeps all lesions of a patient together."""
    folds = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    for train, apart in folds.split(np.zeros(len(labels)), np.asarray(labels), np.asarray(patients)):
        yield Split(train, apart)


def finetune(start: nn.Module, crops: Tensor, labels: Tensor, config: FinetuneConfig, seed: int) -> nn.Module:
    """A copy of the network trained on all given rows for a fixed number of epochs, on the GPU if there is one.

    There is no early stopping: a fold's own rows must not choose their model. The weights are the running mean over the
    last steps. Both outcomes weigh the same. A ViT starts with the head that fits its frozen class tokens best: with a
    random one, the first steps destroy what pre-training learnt (Kumar et al. 2022, linear probing then fine-tuning).
    Only a ViT is trained in bfloat16: on a CPU, bfloat16 gives a 3D convolution gradients that are not numbers. Raises
    InputError if they are not numbers in single precision either.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    net = copy.deepcopy(start).to(device)
    if isinstance(net, ViT):
        _fit_head(net, crops, labels)
    averaged = copy.deepcopy(net)
    use_fused_attention(net, True)
    optimiser = adamw(net, config.learning_rate, config.weight_decay)
    schedule = warm_cosine(optimiser, config.epochs * -(-len(crops) // config.batch))
    weight = (labels == 0).sum() / (labels == 1).sum().clamp(min=1)
    loss_of = nn.BCEWithLogitsLoss(pos_weight=weight.to(device))
    targets = labels.float() * (1 - config.label_smoothing) + config.label_smoothing / 2
    net.train()
    for _ in range(config.epochs):
        for indices in shuffled(len(crops), config.batch, generator):
            batch = torch.stack([vary(crop, generator) for crop in crops[indices].float()])
            with short_precision(device) if isinstance(net, ViT) else nullcontext():
                logits = log_odds(net, batch.to(device))
            step(net, loss_of(logits.float(), targets[indices].to(device)), optimiser, schedule)
            _move_average(averaged, net, config.averaging)
    return averaged.cpu().eval()


def log_odds(net: nn.Module, batch: Tensor) -> Tensor:
    """Log-odds of necrosis, shape (B,); MONAI's ViT returns its hidden states as well."""
    output = net(batch)
    logits: Tensor = output[0] if isinstance(output, tuple) else output
    return logits[:, 0]


def round_to_half(net: nn.Module) -> nn.Module:
    """The network rounded, in place, to what a bundle stores: so the weights measured are those delivered."""
    for tensor in net.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.half())
    return net


def probabilities(net: nn.Module, crops: Tensor) -> FloatArray:
    """Probability of necrosis of each crop, shape (N,), in single precision on the CPU, as the app asks."""
    net.eval()
    with torch.inference_mode():
        logits = [log_odds(net, part.float()) for part in crops.split(8)]
    return np.asarray(torch.sigmoid(torch.cat(logits)).double().numpy())


def finetune_folds(start: nn.Module, crops: Tensor, labels: Sequence[int], splits: Sequence[Split],
                   config: FinetuneConfig, seed: int, report: Report) -> FoldModels:
    """One network per split; each row's out-of-fold probability comes from the one whose training rows lack it."""
    truth = torch.tensor(labels)
    out_of_fold = np.full(len(labels), np.nan)
    networks = []
    for number, split in enumerate(splits):
        net = round_to_half(finetune(start, crops[split.train], truth[split.train], config, seed + number))
        out_of_fold[split.apart] = probabilities(net, crops[split.apart])
        networks.append(net)
        report(f"fine-tuning, fold {number + 1}/{len(splits)} done")
    return FoldModels(tuple(networks), tuple(splits), out_of_fold)


def _fit_head(vit: ViT, crops: Tensor, labels: Tensor) -> None:
    """Logistic regression on the class tokens of the crops as they are, written into the classification head."""
    tokens = class_tokens(vit, crops)
    scaled = StandardScaler().fit(tokens)
    fitted = LogisticRegression(C=HEAD_STRENGTH, class_weight="balanced", max_iter=1000)
    fitted.fit(scaled.transform(tokens), labels.numpy())
    weight = fitted.coef_[0] / scaled.scale_
    with torch.no_grad():
        vit.classification_head.weight.copy_(torch.from_numpy(weight)[None])
        vit.classification_head.bias.copy_(torch.from_numpy(fitted.intercept_ - weight @ scaled.mean_))


def class_tokens(vit: ViT, crops: Tensor) -> FloatArray:
    """What the classification head sees of each crop, shape (N, hidden)."""
    device = next(vit.parameters()).device
    vit.eval()
    with torch.inference_mode():
        tokens = [vit.norm(vit(part.float().to(device))[1][-1][:, 0]) for part in crops.split(8)]
    return np.asarray(torch.cat(tokens).double().cpu().numpy())


def _move_average(averaged: nn.Module, net: nn.Module, decay: float) -> None:
    """Of all weights, and of the statistics of batch normalisation where there are any."""
    with torch.no_grad():
        for mean, new in zip(averaged.parameters(), net.parameters(), strict=True):
            mean.lerp_(new, 1.0 - decay)
        for kept, newest in zip(averaged.buffers(), net.buffers(), strict=True):
            kept.copy_(newest)
