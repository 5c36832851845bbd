"""A model's calibration from what it says of cases that trained nothing: Platt's two numbers, and split-conformal
limits.

Both come from the same cases. The limits depend only on the order of the log-odds, which two numbers with a slope above
zero do not change: fitting them on the same cases takes nothing from the guarantee, and halving the cases would make
both worse. Labels are 1 for the question's first outcome.
"""

import math

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from rnapp.types import Array, Calibration, FloatArray

LEVEL = 0.90
_MOST_STEPS = 1000


def calibration_of(log_odds: FloatArray, labels: Array, synthetic: bool, level: float = LEVEL) -> Calibration | None:
    """The calibration, its cohorts still empty. None where the log-odds do not rise with the outcome: such numbers are
    worth nothing, and a model without a calibration never gives one unasked. Both outcomes must occur."""
    slope, intercept = platt(log_odds, labels)
    if slope <= 0:
        return None
    return Calibration(
        prior=float(np.mean(labels)), slope=slope, intercept=intercept,
        limits=limits_of(expit(slope * log_odds + intercept), labels, level), level=level, cases=len(labels),
        synthetic=synthetic)


def platt(log_odds: FloatArray, labels: Array) -> tuple[float, float]:
    """Slope and intercept of the logistic regression of the outcome on the log-odds (Platt 1999), without a penalty."""
    model = LogisticRegression(C=np.inf, max_iter=_MOST_STEPS).fit(np.asarray(log_odds)[:, None], labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def limits_of(probabilities: FloatArray, labels: Array, level: float = LEVEL) -> tuple[float, float]:
    """Up to the first limit the second outcome is named, from the second limit on the first.

    Split-conformal, one threshold for each outcome (Vovk 2013; Sadinle, Lei & Wasserman 2019): a new case of either
    outcome is named the other one with a probability of at most 1 − level. Where the thresholds cross, what lies
    between them is named nothing, though neither outcome is conformal there.
    """
    truth = np.asarray(labels, bool)
    first, second = np.sort(probabilities[truth]), np.sort(probabilities[~truth])
    low = _ranked(first, math.floor((len(first) + 1) * (1 - level) + 1e-9))
    high = _ranked(second, math.ceil((len(second) + 1) * level - 1e-9))
    return min(low, high), max(low, high)


def _ranked(ordered: FloatArray, rank: int) -> float:
    """The value of this rank, counted from 1; beyond both ends the limit that nothing passes."""
    if rank < 1:
        return 0.0
    return float(ordered[rank - 1]) if rank <= len(ordered) else 1.0
