"""Whether a map of image networks shows what they used: hiding places of a crop and asking them again.

A place is a token of the network; hidden, it is what an empty patch of the input becomes: the brain's mean, without the
lesion's outline. Answers are log-odds, the mean of all networks, in the direction of the outcome that is explained.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from rnapp.types import Array, FloatArray

if TYPE_CHECKING:
    from monai.networks.nets import ViT

SHARES = (0.02, 0.05, 0.1, 0.3)  # of the places that hold anything
BATCH = 16
CUBE = 2  # places along each edge of a cube that is hidden at once to compare with occlusion
Answering = Callable[[Array], FloatArray]


@dataclass(frozen=True)
class Curves:
    """Mean over SHARES: deletion, of what hiding the first places took; insertion, of what showing only them gave."""

    deletion: float
    insertion: float


@dataclass(frozen=True, eq=False)
class Probe:
    """The networks and one crop, ready to be asked with places hidden. places: bool, shape (n, n, n), those that hold
    anything; sign: 1 for the first outcome, −1 for the second."""

    vits: tuple["ViT", ...]
    shown: tuple[Tensor, ...]
    empty: tuple[Tensor, ...]
    places: Array
    sign: int

    def answers(self, hidden: Array) -> FloatArray:
        """Log-odds, shape (N,), with the places hidden that are True in hidden, shape (N, n³)."""
        parts = np.array_split(hidden, max(1, -(-len(hidden) // BATCH)))
        return np.concatenate([self._some(torch.from_numpy(part)) for part in parts])

    def _some(self, hidden: Tensor) -> FloatArray:
        found = [_logits(vit, torch.where(hidden[..., None], empty, shown))
                 for vit, shown, empty in zip(self.vits, self.shown, self.empty, strict=True)]
        return np.asarray(self.sign * np.mean(found, axis=0))


def probe(vits: Sequence["ViT"], inputs: Tensor, sign: int) -> Probe:
    """Of a crop as made by to_input."""
    with torch.inference_mode():
        shown = tuple(vit.patch_embedding(inputs) for vit in vits)
        empty = tuple(vit.patch_embedding(torch.zeros_like(inputs)) for vit in vits)
    along = round(shown[0].shape[1] ** (1 / 3))
    size = inputs.shape[-1] // along
    filled = inputs[0].abs().sum(0).reshape(along, size, along, size, along, size).sum((1, 3, 5)) > 0
    return Probe(tuple(vits), shown, empty, filled.numpy(), sign)


def curves(asked: Probe, tokens: FloatArray) -> Curves:
    """Of a map by place, shape (n, n, n): its places with the highest values first."""
    candidates = np.flatnonzero(asked.places)
    order = candidates[np.argsort(-tokens.ravel()[candidates], kind="stable")]
    firsts = np.zeros((len(SHARES), tokens.size), bool)
    for row, share in zip(firsts, SHARES, strict=True):
        row[order[:max(1, round(share * len(order)))]] = True
    found = asked.answers(np.concatenate([firsts, ~firsts, np.zeros((1, tokens.size), bool),
                                          np.ones((1, tokens.size), bool)]))
    count = len(SHARES)
    return Curves(float(found[-2] - found[:count].mean()), float(found[count:2 * count].mean() - found[-1]))


def occluded(asked: Probe) -> tuple[FloatArray, Array]:
    """What hiding each cube of CUBE³ places took, shape (M,), and the places of each, bool, shape (M, n³)."""
    cubes = _cubes(asked.places)
    found = asked.answers(np.concatenate([np.zeros((1, cubes.shape[1]), bool), cubes]))
    return found[0] - found[1:], cubes


def agreement(tokens: FloatArray, drops: FloatArray, cubes: Array) -> float:
    """Rank correlation (Spearman) of a map's sum in each cube with what hiding the cube took; 0 for an even map."""
    return rank_correlation(cubes @ tokens.ravel(), drops)


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Spearman's; 0 where one of them is constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(spearmanr(np.ravel(first), np.ravel(second)).statistic)


def _cubes(places: Array) -> Array:
    """Cubes side by side that hold anything."""
    along = places.shape[0]
    number = np.arange(along) // CUBE
    each = -(-along // CUBE)
    i, j, k = np.meshgrid(number, number, number, indexing="ij")
    owner = ((i * each + j) * each + k).ravel()
    filled = np.unique(owner[places.ravel()])
    return np.asarray(owner[None] == filled[:, None])


def _logits(vit: "ViT", tokens: Tensor) -> FloatArray:
    with torch.inference_mode():
        state = torch.cat((vit.cls_token.expand(len(tokens), -1, -1), tokens), dim=1)
        for block in vit.blocks:
            state = block(state)
        return np.asarray(vit.classification_head(vit.norm(state)[:, 0])[:, 0].double().numpy())
