"""What a probability is called in words: one place for the screen, the PDF and result.json."""

import math
from collections.abc import Mapping, Sequence

from rnapp.errors import RnappError
from rnapp.types import BoardOpinion, Lesion, Prediction, WhatIf
from rnapp.vocabulary import LEANINGS

INTENDED_USE = "Not a medical device. Research use only. Not for diagnosis or for decisions about treatment."
DEMONSTRATION = "DEMONSTRATION MODEL – trained on synthetic lesions – this number means nothing clinically"
# Closer to one half than this neither is named, and neither without "weakly" where the models disagree
# which it is: round figures, chosen for caution, not fitted to data.
INDETERMINATE_MARGIN = 0.05
WEAK_MARGIN = 0.10
DISAGREEMENT_MARGIN = 0.15
TOUCHING_MM = 0.5
CHANCE = 0.5  # the AUC of a coin
LEAST_AGREEMENT = 2 / 3  # share of the models on the answer's side, below which no side is named


COHORTS = {
    "out_of_fold": "training lesions, out of fold", "held_out": "held-out patients", "second_centre": "second centre",
    "fresh_first": "fresh lesions, first centre", "fresh_second": "fresh lesions, second centre",
}
BRAIN_MASKS = {
    "fast": "HD-BET, one network", "balanced": "HD-BET, five networks", "accurate": "HD-BET, five networks, mirrored",
    "given": "as the scan came, already stripped",
}


def percent(probability: float) -> str:
    """Whole per cent, never 0 % or 100 %: no model is that sure. Raises RnappError outside 0 to 1."""
    whole = round(100 * _checked(probability))
    return "<1 %" if whole <= 0 else ">99 %" if whole >= 100 else f"{whole} %"


def verdict(prediction: Prediction) -> str:
    """A few words: favours or weakly favours one side, or indeterminate. Raises RnappError outside 0 to 1."""
    probability = _checked(prediction.probability_rn)
    margin = round(abs(probability - 0.5), 9)
    disagree = _models_disagree(prediction)
    if margin < (DISAGREEMENT_MARGIN if disagree else INDETERMINATE_MARGIN) or _agreement(prediction) < LEAST_AGREEMENT:
        return "indeterminate"
    side = "radiation necrosis" if probability >= 0.5 else "tumour progression"
    weakly = disagree or margin < WEAK_MARGIN or len(prediction.folds) < 2
    return f"{'weakly favours' if weakly else 'favours'} {side}"


def spread(prediction: Prediction) -> str:
    """The models' range as a sentence. Raises RnappError outside 0 to 1."""
    folds = [_checked(fold) for fold in prediction.folds]
    if len(folds) < 2:
        return "How far independent models would differ is unknown."
    if (low := percent(min(folds))) == (high := percent(max(folds))):
        return f"{len(folds)} models all say {low}."
    sides = " and disagree whether it is necrosis or progression" if _models_disagree(prediction) else ""
    return f"{len(folds)} models range from {low} to {high}{sides}."


def statement(prediction: Prediction) -> str:
    """The answer in words, with its uncertainty. Raises RnappError where a probability is outside 0 to 1."""
    words = verdict(prediction)
    return (f"{words[0].upper()}{words[1:]}: probability of radiation necrosis {percent(prediction.probability_rn)}. "
            f"{spread(prediction)}")


def called(lesion: Lesion) -> str:
    """Its number, and what the reader calls it."""
    return f"{lesion.number}, {lesion.name}" if lesion.name else str(lesion.number)


def place(lesion: Lesion) -> str:
    """How deep a lesion lies."""
    return ("touches the edge of the brain" if lesion.edge_mm < TOUCHING_MM else
            f"{lesion.edge_mm:.0f} mm from the edge of the brain")


def bright(lesion: Lesion) -> str:
    """How much of a lesion shines after contrast."""
    return f"{lesion.bright_share:.0%} of it brighter than nearly all of the brain".replace("%", " %")


def what_if(one: WhatIf) -> str:
    """What knowing a value could do to the answer. Raises RnappError outside 0 to 1."""
    low, high = percent(one.lowest), percent(one.highest)
    if low == high:
        return f"{one.label}: would not change it."
    return f"{one.label}: from {low} ({one.lowest_value}) to {high} ({one.highest_value})."


def board(opinion: BoardOpinion | None) -> str:
    """What the board thought before it saw this answer, and whether it had seen another."""
    if opinion is None:
        return "none noted"
    informed = ", after an answer to another outline" if opinion.informed else ""
    return f"{LEANINGS[opinion.leaning].lower()} (at {opinion.noted[11:16]}{informed})"


def former_board(opinions: Sequence[BoardOpinion]) -> str:
    """The opinions on earlier outlines, "" where there are none."""
    return "; ".join(f"lesion {one.lesion} of then: {board(one)}" for one in opinions)


def validation(metrics: Mapping[str, float]) -> list[tuple[str, str]]:
    """How the whole model measured, one row per cohort: ("AUC, second centre", "0.81 (95 % interval 0.62 to 0.95)").

    metrics: as on a model card, "held_out/multimodal/auc" with "auc_low" and "auc_high" beside it.
    """
    rows = []
    for name, value in metrics.items():
        cohort, _, measure = name.partition("/")
        if measure == "multimodal/auc":
            low, high = (metrics.get(f"{name}_{end}") for end in ("low", "high"))
            interval = "" if low is None or high is None else f" (95 % interval {low:.2f} to {high:.2f}{_chance(low)})"
            rows.append((f"AUC, {COHORTS.get(cohort, cohort.replace('_', ' '))}", f"{value:.2f}{interval}"))
    return rows or [("measured", "no figures on its card")]


def _chance(low: float) -> str:
    """Of an interval that begins here."""
    return ": cannot be told from chance" if low <= CHANCE else ""


def _models_disagree(prediction: Prediction) -> bool:
    """Whether the range of all answers crosses one half."""
    answers = [_checked(one) for one in (prediction.probability_rn, *prediction.folds)]
    return min(answers) < 0.5 <= max(answers)


def _agreement(prediction: Prediction) -> float:
    """The share of the models that are on the answer's side; 1 where there is none to ask."""
    sides = [(fold >= 0.5) == (prediction.probability_rn >= 0.5) for fold in prediction.folds]
    return sum(sides) / len(sides) if sides else 1.0


def _checked(probability: float) -> float:
    if not (math.isfinite(probability) and 0.0 <= probability <= 1.0):
        raise RnappError(f"Expected a probability between 0 and 1 from the model, but got {probability}; "
                         "do not use this reading.")
    return float(probability)
