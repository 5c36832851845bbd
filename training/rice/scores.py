"""The quality of answers, with intervals. RICE is the positive outcome; log-odds and labels have the shape (N,)."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from rnapp.types import Array, FloatArray

RESAMPLES = 500
INTERVAL = (2.5, 97.5)  # percentiles
CHANCE = 0.5  # macro F1 and AUC of random answers with both outcomes equally often


@dataclass(frozen=True)
class Score:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


def macro_f1(called: Array, labels: Array) -> float:
    """The mean of the F1 scores of both outcomes; an outcome that is never called and never true counts as 0."""
    return float(_macro_f1(np.asarray(called, bool)[None], np.asarray(labels, bool)[None])[0])


def f1_with_interval(called: Array, labels: Array, seed: int) -> Score:
    """Macro F1; the interval resamples patients."""
    rows = np.random.default_rng(seed).integers(0, len(labels), (RESAMPLES, len(labels)))
    found = _macro_f1(np.asarray(called, bool)[rows], np.asarray(labels, bool)[rows])
    return Score(macro_f1(called, labels), *_ends(found))


def auc_with_interval(values: FloatArray, labels: Array, seed: int) -> Score:
    """AUC; the interval resamples patients of each outcome, so that both always occur."""
    rice, other = values[labels == 1], values[labels == 0]
    above = (rice[:, None] > other) + 0.5 * (rice[:, None] == other)
    rng = np.random.default_rng(seed)
    weights = [rng.multinomial(len(group), np.full(len(group), 1 / len(group)), RESAMPLES) / len(group)
               for group in (rice, other)]
    return Score(float(above.mean()), *_ends(np.einsum("ra,ab,rb->r", weights[0], above, weights[1], optimize=True)))


def vote(log_odds: FloatArray) -> Array:
    """The majority vote of the folds; log_odds: shape (folds, N), an odd number of folds."""
    return np.asarray((log_odds > 0).sum(axis=0) * 2 > len(log_odds))


def mean_probability(log_odds: FloatArray) -> FloatArray:
    """Over the folds, shape (N,); log_odds: shape (folds, N)."""
    return np.asarray((1 / (1 + np.exp(-np.clip(log_odds, -60, 60)))).mean(axis=0))


def share_right(right: int, count: int) -> Score:
    """A proportion, with the exact (Clopper-Pearson) interval: 11 of 12 are 0.92, from 0.62 to 1.00."""
    low = float(beta.ppf(0.025, right, count - right + 1)) if right else 0.0
    high = float(beta.ppf(0.975, right + 1, count - right)) if right < count else 1.0
    return Score(right / count, low, high)


def share_of_attainable(score: float, attainable: float) -> float:
    """The share reached of the way from chance to the attainable; NaN if nothing is attainable."""
    return (score - CHANCE) / (attainable - CHANCE) if attainable > CHANCE + 0.05 else float("nan")


def _macro_f1(called: Array, labels: Array) -> FloatArray:
    """Of each row; both bool, shape (rows, patients)."""
    scores = []
    for one, truth in ((called, labels), (~called, ~labels)):
        named = one.sum(axis=1) + truth.sum(axis=1)
        scores.append(2 * (one & truth).sum(axis=1) / np.maximum(named, 1))
    return np.asarray((scores[0] + scores[1]) / 2)


def _ends(found: FloatArray) -> tuple[float, float]:
    low, high = np.percentile(found, INTERVAL)
    return float(low), float(high)
