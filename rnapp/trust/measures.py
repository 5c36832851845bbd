"""How good probabilities are against known outcomes.

Probabilities are of the question's first outcome, shape (N,); labels True where it was the outcome, shape (N,). Cases
count as independent. NaN where the cases say nothing.
"""

import math

import numpy as np

from rnapp.types import Array, Benefit, Bin, FloatArray

_NORMAL = 1.959963984540054  # of a two-sided interval of 95 %


def wilson(hits: int, cases: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); 0 to 1 without a case."""
    if cases == 0:
        return 0.0, 1.0
    share, z2 = hits / cases, _NORMAL**2
    middle = (share + z2 / (2 * cases)) / (1 + z2 / cases)
    half = _NORMAL / (1 + z2 / cases) * math.sqrt(share * (1 - share) / cases + z2 / (4 * cases**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def auc(probabilities: FloatArray, labels: Array) -> float:
    """Area under the ROC curve, ties as one half; NaN without both outcomes."""
    first, second = _groups(probabilities, labels)
    if not len(first) or not len(second):
        return math.nan
    from scipy.stats import rankdata  # the first page must not wait for it

    ranks = rankdata(np.concatenate([first, second]))
    return float((ranks[:len(first)].sum() - len(first) * (len(first) + 1) / 2) / (len(first) * len(second)))


def auc_interval(probabilities: FloatArray, labels: Array) -> tuple[float, float]:
    """95 % interval by DeLong's variance (1988) on the logit scale, so that it stays inside 0 to 1; 0 to 1 where there
    are fewer than two cases of an outcome, or no spread."""
    first, second = _groups(probabilities, labels)
    if min(len(first), len(second)) < 2:
        return 0.0, 1.0
    above = ((first[:, None] > second).astype(float) + 0.5 * (first[:, None] == second))
    area = float(above.mean())
    variance = above.mean(1).var(ddof=1) / len(first) + above.mean(0).var(ddof=1) / len(second)
    if not 0 < area < 1 or variance <= 0:
        return 0.0, 1.0
    half = _NORMAL * math.sqrt(variance) / (area * (1 - area))
    middle = math.log(area / (1 - area))
    return 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle))


def brier(probabilities: FloatArray, labels: Array) -> float:
    """Mean squared error."""
    return float(np.mean((np.asarray(probabilities) - np.asarray(labels, float)) ** 2)) if len(labels) else math.nan


def reliability(probabilities: FloatArray, labels: Array, bins: int = 10) -> tuple[Bin, ...]:
    """The curve in bins of equally many cases, in order of the numbers."""
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, len(order))) if len(part)] if len(order) else []
    return tuple(_bin(np.asarray(probabilities)[part], np.asarray(labels, bool)[part]) for part in parts)


def expected_calibration_error(probabilities: FloatArray, labels: Array, bins: int = 10) -> float:
    """Mean distance of the curve from the diagonal, weighted by cases (Naeini et al. 2015); bins of equally many."""
    curve = reliability(probabilities, labels, bins)
    cases = sum(one.count for one in curve)
    return sum(one.count * abs(one.share - one.mean) for one in curve) / cases if cases else math.nan


def decision_curve(probabilities: FloatArray, labels: Array, thresholds: FloatArray) -> tuple[Benefit, ...]:
    """Net benefit of acting from each threshold on (Vickers & Elkin 2006). thresholds: above 0 and below 1."""
    truth, given = np.asarray(labels, bool), np.asarray(probabilities)
    points = []
    for threshold in map(float, thresholds):
        rate, called = threshold / (1 - threshold), given >= threshold
        points.append(Benefit(threshold, float((called & truth).mean() - rate * (called & ~truth).mean()),
                              float(truth.mean() - rate * (~truth).mean())))
    return tuple(points)


def _bin(probabilities: FloatArray, labels: Array) -> Bin:
    low, high = wilson(int(labels.sum()), len(labels))
    return Bin(float(probabilities.mean()), float(labels.mean()), low, high, len(labels))


def _groups(probabilities: FloatArray, labels: Array) -> tuple[FloatArray, FloatArray]:
    truth, given = np.asarray(labels, bool), np.asarray(probabilities, float)
    return given[truth], given[~truth]
