"""Shapley values by sampling permutations (Štrumbelj & Kononenko 2014; antithetic pairs: Mitchell et al. 2022).

The value of a set of players is the model's output with their columns as given and all others at 0, the
training mean. Each permutation's effects add up exactly to the output minus the baseline, so their mean does.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnapp.types import FloatArray

Model = Callable[[FloatArray], FloatArray]
PAIRS = 64
SEED = 20251121  # the same lesion gets the same effects every time


def effects(model: Model, row: FloatArray, players: Sequence[Sequence[int]]) -> FloatArray:
    """Effect of each player, shape (P,). model: rows (N, C) → outputs (N,); players: the columns each one moves.

    Columns of no player stay at 0, so let every column that is not 0 have one.
    """
    rng = np.random.default_rng(SEED)
    total = np.zeros(len(players))
    for _ in range(PAIRS):
        order = rng.permutation(len(players))
        for entering in (order, order[::-1]):
            total += _walk(model, row, players, entering)
    return np.asarray(total / (2 * PAIRS))


def _walk(model: Model, row: FloatArray, players: Sequence[Sequence[int]],
          order: NDArray[np.integer[Any]]) -> FloatArray:
    """What each player adds when they enter in this order."""
    rows = np.zeros((len(players) + 1, len(row)))
    for step, player in enumerate(order):
        rows[step + 1:, list(players[player])] = row[list(players[player])]
    gains = np.zeros(len(players))
    gains[order] = np.diff(model(rows))
    return gains
