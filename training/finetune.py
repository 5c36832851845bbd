"""Supervised fine-tuning in a stratified, patient-level five-fold cross-validation (Gomaa et al. 2025, phase two)."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from monai.networks.nets import ViT
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor

from rnapp.types import Array, FloatArray
from training.augment import vary
from training.config import FinetuneConfig
from training.optimise import Report, adamw, shuffled, step, use_fused_attention, warm_cosine


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of the lesions to train on and to keep apart; no patient is on both sides."""

    train: Array
    apart: Array


@dataclass(frozen=True, eq=False)
class FoldModels:
    """One ViT per fold with its split, and the probability each row got from the ViT that never saw it."""

    vits: tuple[ViT, ...]
    splits: tuple[Split, ...]
    out_of_fold: FloatArray


def split_patients(labels: Sequence[int], patients: Sequence[str], parts: int, seed: int) -> Iterator[Split]:
    """The parts of a stratified cross-validation that keeps all lesions of a patient together."""
    folds = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    for train, apart in folds.split(np.zeros(len(labels)), np.asarray(labels), np.asarray(patients)):
        yield Split(train, apart)


def finetune(pretrained: ViT, crops: Tensor, labels: Tensor, config: FinetuneConfig, seed: int) -> ViT:
    """A copy of the pre-trained network trained on all given rows for a fixed number of epochs.

    There is no early stopping: a fold's own rows must not choose their model. The weights are the running
    mean over the last steps. Both outcomes weigh the same.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    net = copy.deepcopy(pretrained)
    torch.nn.init.trunc_normal_(net.classification_head.weight, std=0.02)
    averaged = copy.deepcopy(net)
    use_fused_attention(net, True)
    optimiser = adamw(net, config.learning_rate, config.weight_decay)
    schedule = warm_cosine(optimiser, config.epochs * -(-len(crops) // config.batch))
    loss_of = torch.nn.BCEWithLogitsLoss(pos_weight=(labels == 0).sum() / (labels == 1).sum().clamp(min=1))
    targets = labels.float() * (1 - config.label_smoothing) + config.label_smoothing / 2
    net.train()
    for _ in range(config.epochs):
        for indices in shuffled(len(crops), config.batch, generator):
            logits, _ = net(torch.stack([vary(crop, generator) for crop in crops[indices].float()]))
            step(net, loss_of(logits[:, 0], targets[indices]), optimiser, schedule)
            _move_average(averaged, net, config.averaging)
    return averaged.eval()


def round_to_half(vit: ViT) -> ViT:
    """The network rounded, in place, to what a bundle stores: what ships is what is measured."""
    for tensor in vit.state_dict().values():
        tensor.copy_(tensor.half())
    return vit


def probabilities(vit: ViT, crops: Tensor) -> FloatArray:
    """Probability of necrosis of each crop, shape (N,)."""
    vit.eval()
    with torch.inference_mode():
        logits = [vit(part.float())[0][:, 0] for part in crops.split(8)]
    return np.asarray(torch.sigmoid(torch.cat(logits)).double().numpy())


def finetune_folds(pretrained: ViT, crops: Tensor, labels: Sequence[int], splits: Sequence[Split],
                   config: FinetuneConfig, seed: int, report: Report) -> FoldModels:
    """One ViT per split; each row's out-of-fold probability comes from the ViT whose training rows lack it."""
    truth = torch.tensor(labels)
    out_of_fold = np.full(len(labels), np.nan)
    vits = []
    for number, split in enumerate(splits):
        vit = round_to_half(finetune(pretrained, crops[split.train], truth[split.train], config, seed + number))
        out_of_fold[split.apart] = probabilities(vit, crops[split.apart])
        vits.append(vit)
        report(f"fine-tuning, fold {number + 1}/{len(splits)} done")
    return FoldModels(tuple(vits), tuple(splits), out_of_fold)


def _move_average(averaged: ViT, net: ViT, decay: float) -> None:
    with torch.no_grad():
        for mean, new in zip(averaged.parameters(), net.parameters(), strict=True):
            mean.lerp_(new, 1.0 - decay)
