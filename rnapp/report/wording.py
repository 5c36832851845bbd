"""Probabilities in words: one place for the screen, the PDF and result.json."""

from collections.abc import Mapping, Sequence

from rnapp.trust import verdict as trust
from rnapp.trust.verdict import checked, models_disagree
from rnapp.types import (
    STUDY,
    BoardOpinion,
    ClinicalValue,
    Field,
    Lesion,
    LesionSet,
    Prediction,
    Question,
    WhatIf,
)

INTENDED_USE = "Not a medical device. Research use only. Not for diagnosis or for decisions about treatment."
TOUCHING_MM = 0.5
CHANCE = 0.5  # the AUC of a coin

COHORTS = {
    "out_of_fold": "training lesions, out of fold", "held_out": "held-out patients", "second_centre": "second centre",
    "fresh_first": "fresh lesions, first centre", "fresh_second": "fresh lesions, second centre",
    "test": "test patients", "validation": "validation patients",
}
MEASURES = {"auc": "AUC", "f1": "macro F1"}
BRAIN_MASKS = {
    "fast": "HD-BET, one network", "balanced": "HD-BET, five networks", "accurate": "HD-BET, five networks, mirrored",
    "given": "the scan came skull-stripped",
}


def demonstration(question: Question) -> str:
    """The banner of a demonstration model."""
    return f"DEMONSTRATION MODEL – trained on {made_up(question)} – this number means nothing clinically"


def made_up(question: Question) -> str:
    """What a demonstration model was trained on."""
    return "synthetic lesions" if question.unit == "lesion" else "synthetic data"


def percent(probability: float) -> str:
    """Whole per cent, never 0 % or 100 %: no model is that sure. Raises RnappError outside 0 to 1."""
    whole = round(100 * checked(probability))
    return "<1 %" if whole <= 0 else ">99 %" if whole >= 100 else f"{whole} %"


def verdict(question: Question, prediction: Prediction) -> str:
    """A few words: favours or weakly favours one outcome, or indeterminate. Raises RnappError outside 0 to 1."""
    favoured = trust.verdict(prediction)
    if favoured.outcome is None:
        return "indeterminate"
    return f"{'weakly favours' if favoured.weakly else 'favours'} {question.outcomes[favoured.outcome].name}"


def spread(question: Question, prediction: Prediction) -> str:
    """The models' range as a sentence. Raises RnappError outside 0 to 1."""
    folds = [checked(fold) for fold in prediction.folds]
    if len(folds) < 2:
        return "How far independent models would differ is unknown."
    if (low := percent(min(folds))) == (high := percent(max(folds))):
        return f"{len(folds)} models all say {low}."
    first, second = question.outcomes
    sides = f" and disagree whether it is {first.short} or {second.short}" if models_disagree(prediction) else ""
    return f"{len(folds)} models range from {low} to {high}{sides}."


def probability_of(question: Question) -> str:
    """What the number means."""
    return f"probability of {question.outcomes[0].name}"


def statement(question: Question, prediction: Prediction) -> str:
    """The answer in words, with its uncertainty. Raises RnappError where a probability is outside 0 to 1."""
    words = verdict(question, prediction)
    return (f"{words[0].upper()}{words[1:]}: {probability_of(question)} {percent(prediction.probability)}. "
            f"{spread(question, prediction)}")


def clinical_words(field: Field, value: ClinicalValue) -> str:
    """A value as the clinician reads it."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return field.choices.get(value, value)
    return f"{value:g} {field.unit}".strip()


def subject(lesions: LesionSet, number: int) -> str:
    """What an answer is about, at the beginning of a sentence. number: of the lesion, or STUDY."""
    return "This study" if number == STUDY else f"Lesion {lesions.called(number)}"


def place(lesion: Lesion) -> str:
    """How deep a lesion lies."""
    return ("touches the edge of the brain" if lesion.edge_mm < TOUCHING_MM else
            f"{lesion.edge_mm:.0f} mm from the edge of the brain")


def bright(lesion: Lesion) -> str:
    """How much of a lesion is bright after contrast."""
    return f"{lesion.bright_share:.0%} of it brighter than nearly all of the brain".replace("%", " %")


def what_if(change: WhatIf) -> str:
    """What knowing a value could do to the answer. Raises RnappError outside 0 to 1."""
    low, high = percent(change.lowest), percent(change.highest)
    if low == high:
        return f"{change.label}: would not change it."
    return f"{change.label}: from {low} ({change.lowest_value}) to {high} ({change.highest_value})."


def board(question: Question, opinion: BoardOpinion | None) -> str:
    """What the board thought before it saw this answer, and whether it had seen another."""
    if opinion is None:
        return "none noted"
    informed = ", after seeing an answer to another outline" if opinion.informed else ""
    return f"{question.leanings.get(opinion.leaning, opinion.leaning).lower()} (at {opinion.noted[11:16]}{informed})"


def former_board(question: Question, opinions: Sequence[BoardOpinion]) -> str:
    """The opinions on earlier outlines, "" where there are none."""
    return "; ".join(f"{'this study' if one.lesion == STUDY else f'then lesion {one.lesion}'}: "
                     f"{board(question, one)}" for one in opinions)


def validation(metrics: Mapping[str, float], inputs: Sequence[str] = ()) -> list[tuple[str, str]]:
    """How well the whole model performed, one row per cohort: ("AUC, second centre", "0.81 (95 % interval 0.62 to
    0.95)").

    metrics: as on a model card, "held_out/multimodal/auc" with "auc_low" and "auc_high" beside it; inputs: that the
    model saw, where the card has models for several combinations ("test/event+dose/auc").
    """
    model = "+".join(inputs) or "multimodal"
    rows = []
    for name, value in metrics.items():
        cohort, _, rest = name.partition("/")
        measure = MEASURES.get(rest.removeprefix(f"{model}/"))
        if measure:
            low, high = (metrics.get(f"{name}_{end}") for end in ("low", "high"))
            interval = "" if low is None or high is None else f" (95 % interval {low:.2f} to {high:.2f}{_chance(low)})"
            rows.append((f"{measure}, {COHORTS.get(cohort, cohort.replace('_', ' '))}", f"{value:.2f}{interval}"))
    return rows or [("measured", "no figures on its card")]


def _chance(low: float) -> str:
    """The end of an interval that begins here."""
    return ": not distinguishable from chance" if low <= CHANCE else ""
