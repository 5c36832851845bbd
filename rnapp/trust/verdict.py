"""What a probability may be called, from its distance to one half and from how far the models agree."""

import math
from dataclasses import dataclass
from typing import Literal

from rnapp.errors import RnappError
from rnapp.types import Prediction

# Closer to one half than this neither outcome is named, and neither without "weakly" where the models disagree
# which it is: round figures, chosen for caution, not fitted to data.
INDETERMINATE_MARGIN = 0.05
WEAK_MARGIN = 0.10
DISAGREEMENT_MARGIN = 0.15
LEAST_AGREEMENT = 2 / 3  # share of the models on the answer's side, below which no side is named


@dataclass(frozen=True)
class Verdict:
    """outcome: place in the question's outcomes of the one that is favoured, None where none is; weakly: not by much,
    or not by all models."""

    outcome: Literal[0, 1] | None
    weakly: bool = False


def verdict(prediction: Prediction) -> Verdict:
    """Which outcome is favoured, if any. Raises RnappError outside 0 to 1."""
    probability = checked(prediction.probability)
    margin = round(abs(probability - 0.5), 9)
    disagree = models_disagree(prediction)
    if margin < (DISAGREEMENT_MARGIN if disagree else INDETERMINATE_MARGIN) or _agreement(prediction) < LEAST_AGREEMENT:
        return Verdict(None)
    weakly = disagree or margin < WEAK_MARGIN or len(prediction.folds) < 2
    return Verdict(0 if probability >= 0.5 else 1, weakly)


def models_disagree(prediction: Prediction) -> bool:
    """Whether the range of all answers crosses one half. Raises RnappError outside 0 to 1."""
    answers = [checked(one) for one in (prediction.probability, *prediction.folds)]
    return min(answers) < 0.5 <= max(answers)


def checked(probability: float) -> float:
    """A probability. Raises RnappError for what is none."""
    if not (math.isfinite(probability) and 0.0 <= probability <= 1.0):
        raise RnappError(f"Expected a probability between 0 and 1 from the model, but got {probability}; "
                         "do not use this reading.")
    return float(probability)


def _agreement(prediction: Prediction) -> float:
    """The share of the models that are on the answer's side; 1 where there is none to ask."""
    sides = [(fold >= 0.5) == (prediction.probability >= 0.5) for fold in prediction.folds]
    return sum(sides) / len(sides) if sides else 1.0
