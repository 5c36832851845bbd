"""What an answer may be called: one rule from the number, the limits of the model's card, and how steady it is."""

import math
from collections.abc import Iterable, Sequence

from rnapp.errors import RnappError
from rnapp.types import Calibration, Caution, Confirmed, Likeness, Prediction, Trust, Variation, VerdictCode, of_level

# A variation of the outline or the pose that a careful second reader might make must not move the number further.
STEADY_WITHIN = 0.10


def checked(probability: float) -> float:
    """A probability. Raises RnappError for what is none."""
    if not (math.isfinite(probability) and 0.0 <= probability <= 1.0):
        raise RnappError(f"Expected a probability between 0 and 1 from the model, but got {probability}; "
                         "do not use this reading.")
    return float(probability)


def named(probability: float, limits: tuple[float, float]) -> VerdictCode:
    """What the number alone is called. limits: up to the first the second outcome, from the second on the first."""
    up_to, from_ = limits
    if checked(probability) >= from_:
        return "first"
    return "second" if probability <= up_to else "indeterminate"


def is_steady(probability: float, variations: Sequence[Variation], limits: tuple[float, float]) -> bool:
    """Whether no variation moves the number further than STEADY_WITHIN, or to another verdict."""
    verdict = named(probability, limits)
    return all(abs(one.probability - probability) <= STEADY_WITHIN and named(one.probability, limits) == verdict
               for one in variations)


def open_cautions(cautions: Iterable[Caution], confirmed: Iterable[Confirmed], lesion: int) -> tuple[Caution, ...]:
    """Those that withhold the answer: of level "stop", and of level "confirm" without the reader's word."""
    words = tuple(confirmed)
    found = tuple(cautions)
    return (*of_level(found, "stop"),
            *(one for one in of_level(found, "confirm") if not any(word.covers(one, lesion) for word in words)))


def judge(prediction: Prediction, variations: Sequence[Variation], likeness: Likeness | None,
          calibration: Calibration, limits: tuple[float, float], prior: float, unadjusted: float) -> Trust:
    """The judgement on an answer that may be shown. prediction, variations, limits: calibrated, at the prior.
    unadjusted: the number at the calibration's own prior."""
    numbers = [prediction.probability, *prediction.folds, *(one.probability for one in variations)]
    steady = is_steady(prediction.probability, variations, limits) if variations else None
    verdict = named(prediction.probability, limits)
    return Trust(
        verdict="indeterminate" if steady is not True else verdict, interval=(min(numbers), max(numbers)),
        limits=limits, level=calibration.level, prior=prior, trained_prior=calibration.prior, unadjusted=unadjusted,
        steady=steady, variations=tuple(variations), likeness=likeness)


def models_disagree(prediction: Prediction) -> bool:
    """Whether the range of all answers crosses one half. Raises RnappError outside 0 to 1."""
    answers = [checked(one) for one in (prediction.probability, *prediction.folds)]
    return min(answers) < 0.5 <= max(answers)
