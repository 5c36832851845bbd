"""The paper's statistics (Gomaa et al. 2025, Statistical Analysis), and the intervals and tests that it leaves out.

Probabilities are of radiation necrosis, shape (N,); labels 1 for necrosis, 0 for progression, shape (N,).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve

from rnapp.trust.measures import decision_curve
from rnapp.types import Array, FloatArray

LEAST_PROBABILITY = 1e-6  # log-odds of 0 and 1 are not finite
NORMAL = 0.05  # p of the Shapiro-Wilk test below which a group is not taken as normal


@dataclass(frozen=True)
class Compared:
    """Two AUCs on the same lesions. difference: first minus second; low, high: its 95 % interval; p: two-sided."""

    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class GroupTest:
    """A comparison of two groups, and by which test."""

    p: float
    test: str


def delong(first: FloatArray, second: FloatArray, labels: Sequence[int]) -> Compared:
    """DeLong, DeLong and Clarke-Pearson 1988 for two correlated AUCs, with midranks (Sun and Xu 2014).

    Both outcomes must occur. p is 1 where both models rank all lesions alike; p and the interval are NaN where the
    lesions say nothing about the spread: fewer than two of an outcome, or no spread at all. Lesions count as
    independent, also those of one patient.
    """
    truth = np.asarray(labels) == 1
    positive, negative, aucs = [], [], []
    for scores in (first, second):
        ranks, inner, outer = (stats.rankdata(part) for part in (scores, scores[truth], scores[~truth]))
        m, n = int(truth.sum()), int((~truth).sum())
        positive.append((ranks[truth] - inner) / n)
        negative.append(1 - (ranks[~truth] - outer) / m)
        aucs.append(float((ranks[truth].sum() - m * (m + 1) / 2) / (m * n)))
    contrast = np.array([1.0, -1.0])
    enough = min(truth.sum(), (~truth).sum()) > 1
    covariance = np.cov(positive) / truth.sum() + np.cov(negative) / (~truth).sum() if enough else np.zeros((2, 2))
    deviation = float(np.sqrt(max(contrast @ covariance @ contrast, 0.0)))
    difference = aucs[0] - aucs[1]
    if difference == 0 and deviation == 0:
        return Compared(aucs[0], aucs[1], 0.0, 0.0, 0.0, 1.0)
    if not deviation > 0:
        return Compared(aucs[0], aucs[1], difference, math.nan, math.nan, math.nan)
    p = float(2 * stats.norm.sf(abs(difference) / deviation))
    return Compared(aucs[0], aucs[1], difference, difference - 1.96 * deviation, difference + 1.96 * deviation, p)


def paired_t(first: FloatArray, second: FloatArray) -> float:
    """Two-sided p of the paired t-test over folds, as in the paper; 1 where no fold differs.

    The folds share training rows, so it is too sure of itself; it stands beside DeLong's for comparison.
    """
    return 1.0 if np.allclose(first, second) else float(stats.ttest_rel(first, second).pvalue)


def youden(probabilities: FloatArray, labels: Sequence[int] | Array) -> float:
    """The threshold with the largest sensitivity + specificity - 1; between two probabilities, never at infinity."""
    false, true, thresholds = roc_curve(labels, probabilities, drop_intermediate=False)
    best = int(np.argmax(true - false))
    ordered = np.unique(probabilities)
    below = ordered[ordered < thresholds[best]]
    return float((thresholds[best] + below[-1]) / 2) if len(below) and np.isfinite(thresholds[best]) else 0.5


def calibration(probabilities: FloatArray, labels: Sequence[int]) -> tuple[float, float]:
    """Slope and intercept of the logistic regression of the outcome on the log-odds; 1 and 0 are perfect (Cox 1958)."""
    log_odds = logit(np.clip(probabilities, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))[:, None]
    if np.ptp(log_odds) == 0:
        return 0.0, float(logit(np.mean(labels)))
    model = LogisticRegression(C=np.inf, max_iter=1000).fit(log_odds, labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def net_benefit(probabilities: FloatArray, labels: Sequence[int], thresholds: FloatArray) -> FloatArray:
    """Of the model at each threshold, as in the app's audit."""
    return np.array([point.model for point in decision_curve(probabilities, np.asarray(labels), thresholds)])


def compare_counts(table: Array) -> GroupTest:
    """Fisher's exact test; table: counts, shape (categories, groups). Empty categories are left out.

    More than two categories: Fisher-Freeman-Halton by permutation with a fixed seed.
    """
    kept = np.asarray(table)[np.asarray(table).sum(axis=1) > 0]
    if len(kept) < 2:
        return GroupTest(1.0, "one category")
    if len(kept) == 2:
        return GroupTest(float(stats.fisher_exact(kept).pvalue), "Fisher")
    method = stats.PermutationMethod(n_resamples=9999, rng=np.random.default_rng(0))
    return GroupTest(float(stats.fisher_exact(kept, method=method).pvalue), "Fisher, by permutation")


def compare_values(first: FloatArray, second: FloatArray) -> GroupTest:
    """t-test where both groups may be normal (Shapiro-Wilk), else Mann-Whitney U; unknown values are left out."""
    known = [np.asarray(group, float)[~np.isnan(group)] for group in (first, second)]
    if min(map(len, known)) < 3:
        return GroupTest(float("nan"), "too few values")
    if all(np.ptp(group) > 0 and stats.shapiro(group).pvalue >= NORMAL for group in known):
        return GroupTest(float(stats.ttest_ind(*known).pvalue), "t-test")
    return GroupTest(float(stats.mannwhitneyu(*known).pvalue), "Mann-Whitney U")
