"""Out-of-fold stacking (Gomaa et al. 2025, Multimodal Integration): one small network per fold, and calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor, nn

from rnapp.models.stacker import LIMIT, VIT_COLUMN, Stacker
from rnapp.types import Array, FloatArray
from training.config import StackConfig
from training.finetune import Split
from training.selection import select, table

MOST_TEMPERATURE = 10.0


@dataclass(frozen=True, eq=False)
class Rows:
    """What is known about each labelled lesion: radiomics and clinical columns, and the outcome (1: necrosis)."""

    radiomics: Sequence[Mapping[str, float]]
    clinical: Sequence[Mapping[str, float]]
    labels: Sequence[int]

    def part(self, indices: Sequence[int] | Array) -> "Rows":
        """Some of the rows."""
        return Rows([self.radiomics[i] for i in indices], [self.clinical[i] for i in indices],
                    [self.labels[i] for i in indices])

    def keep(self, radiomics: Sequence[str]) -> "Rows":
        """All rows with these radiomics features only."""
        return replace(self, radiomics=[{name: row[name] for name in radiomics} for row in self.radiomics])


def fit_stackers(rows: Rows, out_of_fold: FloatArray, splits: Sequence[Split], config: StackConfig,
                 seed: int) -> tuple[Stacker, ...]:
    """One stacker per fold, from the rows outside the fold with their out-of-fold ViT probabilities.

    Selection, standardisation and weights all come from those rows alone.
    """
    return tuple(fit_stacker(rows.part(split.train), out_of_fold[split.train], config, seed + number)
                 for number, split in enumerate(splits))


def fit_stacker(rows: Rows, vit: FloatArray, config: StackConfig, seed: int) -> Stacker:
    """One stacker. vit: the ViT's probability for each row, from networks that never saw it.

    Radiomics are selected; clinical columns that vary are all kept, so that each field of the form counts.
    """
    names, values = table(rows.radiomics)
    chosen = select(names, values, rows.labels, config.selection, seed)
    clinical_names, clinical = table(rows.clinical)
    columns = [VIT_COLUMN, *chosen, *clinical_names]
    inputs = np.column_stack([vit, values[:, [names.index(name) for name in chosen]], clinical])
    varies = np.nanvar(inputs, axis=0) > 0
    varies[0] = True
    columns = [name for name, keep in zip(columns, varies, strict=True) if keep]
    return fit_network(columns, inputs[:, varies], rows.labels, config, seed)


def fit_network(columns: Sequence[str], inputs: FloatArray, labels: Sequence[int], config: StackConfig,
                seed: int) -> Stacker:
    """The fully connected network on standardised inputs, shape (rows, columns); unknown values are NaN."""
    mean, deviation = np.nanmean(inputs, axis=0), np.maximum(np.nanstd(inputs, axis=0), 1e-6)
    scaled = np.clip((inputs - mean) / deviation, -LIMIT, LIMIT)
    data = torch.from_numpy(np.where(np.isnan(scaled), 0.0, scaled)).float()
    linear = _train(data, torch.tensor(labels).float(), config, seed)
    return Stacker(tuple(columns), mean, deviation,
                   tuple(layer.weight.detach().double().numpy() for layer in linear),
                   tuple(layer.bias.detach().double().numpy() for layer in linear))


def rows_log_odds(stacker: Stacker, rows: Rows, vit: FloatArray) -> FloatArray:
    """What a stacker says about each row with these ViT probabilities, log-odds, shape (rows,)."""
    inputs = [stacker.standardise({VIT_COLUMN: float(p)} | dict(radiomics) | dict(clinical))
              for p, radiomics, clinical in zip(vit, rows.radiomics, rows.clinical, strict=True)]
    return stacker.log_odds(np.stack(inputs))


def out_of_fold_log_odds(stackers: Sequence[Stacker], rows: Rows, vit: FloatArray,
                         splits: Sequence[Split]) -> FloatArray:
    """Each row's log-odds from the stacker whose training rows lack it, with the ViT probability of that fold."""
    log_odds = np.full(len(rows.labels), np.nan)
    for stacker, split in zip(stackers, splits, strict=True):
        log_odds[split.apart] = rows_log_odds(stacker, rows.part(split.apart), vit[split.apart])
    return log_odds


def temperature_of(log_odds: FloatArray, labels: Sequence[int]) -> float:
    """The divisor of the log-odds with the least log-loss (Guo et al. 2017), never below 1: only ever less sure."""
    truth = np.asarray(labels)

    def loss(temperature: float) -> float:
        return float(np.mean(np.logaddexp(0.0, log_odds / temperature) - truth * log_odds / temperature))

    return float(minimize_scalar(loss, bounds=(1.0, MOST_TEMPERATURE), method="bounded").x)


def _train(data: Tensor, truth: Tensor, config: StackConfig, seed: int) -> list[nn.Linear]:
    """Full-batch AdamW with dropout; returns the linear layers."""
    torch.manual_seed(seed)
    sizes = (data.shape[1], *config.hidden, 1)
    linear = [nn.Linear(a, b) for a, b in pairwise(sizes)]
    body = [part for layer in linear[:-1] for part in (layer, nn.ReLU(), nn.Dropout(config.dropout))]
    net = nn.Sequential(nn.Dropout(config.dropout / 2), *body, linear[-1])
    optimiser = torch.optim.AdamW(net.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    for _ in range(config.epochs):
        loss = nn.functional.binary_cross_entropy_with_logits(net(data)[:, 0], truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return linear
