"""From the models' log-odds to the number shown: calibration (Platt 1999) and the reader's own prior (Bayes)."""

import math
from dataclasses import replace

from rnapp.errors import InputError
from rnapp.trust.verdict import checked
from rnapp.types import Answer, Calibration, Contribution, Prediction, WhatIf

PRIOR_LIMITS = (0.02, 0.98)  # beyond these the prior alone would decide
PRIOR_BETWEEN = f"between {PRIOR_LIMITS[0]:g} and {PRIOR_LIMITS[1]:g}"
_SURE = 1e-12  # so that a probability of 0 or 1 has log-odds


def log_odds(probability: float) -> float:
    """Of a probability; finite for 0 and 1 too. Raises RnappError outside 0 to 1."""
    certain = min(max(checked(probability), _SURE), 1 - _SURE)
    return math.log(certain / (1 - certain))


def probability_of(odds: float) -> float:
    """Of log-odds."""
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds))


def checked_prior(prior: float) -> float:
    """A share of the first outcome that a centre may set. Raises InputError."""
    low, high = PRIOR_LIMITS
    if not low <= prior <= high:
        raise InputError(f"Expected a share of the first outcome {PRIOR_BETWEEN}, but got {prior:g}; "
                         "enter the share among the lesions that your board discusses.")
    return float(prior)


def shift(calibration: Calibration, prior: float) -> float:
    """What another prior adds to calibrated log-odds."""
    return log_odds(prior) - log_odds(calibration.prior)


def calibrated_log_odds(odds: float, calibration: Calibration, prior: float) -> float:
    """Of the models' own log-odds."""
    return calibration.slope * odds + calibration.intercept + shift(calibration, prior)


def moved(probability: float, by: float) -> float:
    """A probability whose log-odds were moved."""
    return probability_of(log_odds(probability) + by)


def calibrated(answer: Answer, calibration: Calibration, prior: float) -> Answer:
    """The answer as it is shown: its probabilities calibrated and adjusted, its contributions in the same log-odds, so
    that they still add up. The image networks' own probabilities stay as they are."""
    if answer.prediction is None:
        return answer

    def shown(probability: float) -> float:
        return probability_of(calibrated_log_odds(log_odds(probability), calibration, prior))

    raw = answer.prediction
    return replace(
        answer, prediction=Prediction(shown(raw.probability), tuple(map(shown, raw.folds)), raw.imaging_folds),
        contributions=tuple(_scaled(one, calibration.slope) for one in answer.contributions),
        baseline_log_odds=calibrated_log_odds(answer.baseline_log_odds, calibration, prior),
        what_if=tuple(_what_if(one, shown(one.lowest), shown(one.highest)) for one in answer.what_if))


def _scaled(contribution: Contribution, slope: float) -> Contribution:
    return replace(contribution, effect=slope * contribution.effect)


def _what_if(change: WhatIf, lowest: float, highest: float) -> WhatIf:
    return replace(change, lowest=lowest, highest=highest)
