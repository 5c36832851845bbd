"""What an answer is called in words: one place for the screen, the PDF, result.json and the command line."""

from collections.abc import Mapping, Sequence

from rnapp.trust.verdict import checked, models_disagree
from rnapp.types import (
    STUDY,
    Answer,
    BoardOpinion,
    CaseResult,
    Caution,
    CautionLevel,
    ClinicalValue,
    Confirmed,
    Field,
    Lesion,
    LesionSet,
    Likeness,
    Prediction,
    Question,
    Trust,
    WhatIf,
    sentences,
)

INTENDED_USE = "Not a medical device. Research use only. Not for diagnosis or for decisions about treatment."
TOUCHING_MM = 0.5
CHANCE = 0.5  # the AUC of a coin
LEVELS: Mapping[CautionLevel, str] = {"stop": "Stop", "confirm": "To be confirmed", "note": "Note"}
WITHHELD = "withheld"
NO_NUMBER, NOT_JUDGED = "no number is given", "not judged"
READ_AGAIN = "This reading was made before answers were judged; read the case again."

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


def verdict(question: Question, answer: Answer) -> str:
    """A few words: which outcome is favoured, if any, or that no number is given."""
    code = verdict_code(question, answer)
    named = next((one.name for one in question.outcomes if one.code == code), "")
    return f"favours {named}" if named else {WITHHELD: NO_NUMBER, "": NOT_JUDGED}.get(code, code)


def verdict_code(question: Question, answer: Answer) -> str:
    """The code of the outcome that is favoured, "indeterminate" or "withheld"; "" where it was not judged."""
    if answer.prediction is None:
        return WITHHELD
    judged = answer.trust.verdict if answer.trust else ""
    return {"first": question.outcomes[0].code, "second": question.outcomes[1].code}.get(judged, judged)


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


def statement(question: Question, answer: Answer) -> str:
    """The answer in words: with its uncertainty, or why there is no number. Raises RnappError where a probability is
    outside 0 to 1."""
    return f"{headline(question, answer)} {reasons(question, answer)}".strip()


def headline(question: Question, answer: Answer) -> str:
    """The verdict and the number as a sentence. Raises RnappError outside 0 to 1."""
    words = verdict(question, answer)
    if answer.prediction is None:
        return f"{_begun(words)}."
    return f"{_begun(words)}: {probability_of(question)} {percent(answer.prediction.probability)}."


def reasons(question: Question, answer: Answer) -> str:
    """What stands behind the headline: how far the models and small changes of the input move the number, or what
    withholds it. Raises RnappError outside 0 to 1."""
    if answer.prediction is None:
        return " ".join(sentences(answer.trust.because if answer.trust else ()))
    range_of_models = spread(question, answer.prediction)
    return f"{range_of_models} {steadiness(answer)}".strip() if answer.trust else f"{range_of_models} {READ_AGAIN}"


def steadiness(answer: Answer) -> str:
    """How far small changes of the outline and the position move the number; "" where it was not judged."""
    trust, prediction = answer.trust, answer.prediction
    if trust is None or prediction is None or trust.limits is None:
        return ""
    if trust.steady is None:
        return "Whether small changes would move it was not measured, so neither outcome is named."
    word = "Steady" if trust.steady else "Fragile"
    furthest = max(trust.variations, key=lambda one: abs(one.probability - prediction.probability))
    return f"{word}: small changes move it as far as {percent(furthest.probability)} ({furthest.what})."


def interval_words(answer: Answer) -> str:
    """Lowest and highest of the number, its models and its variations; "" where there is none."""
    if answer.trust is None or answer.trust.interval is None:
        return ""
    low, high = answer.trust.interval
    return f"{percent(low)} to {percent(high)}"


def rule(question: Question, trust: Trust) -> str:
    """How the number becomes the verdict, with this answer's limits; "" where the model has none."""
    if trust.limits is None or trust.level is None:
        return ""
    first, second = question.outcomes
    low, high = trust.limits
    return (f"From {percent(high)} on it is called {first.short}, up to {percent(low)} {second.short}, between them "
            f"indeterminate. These limits are right, or leave it open, in {percent(trust.level)} of cases of either "
            "kind.")


def prior_words(question: Question, trust: Trust) -> str:
    """Which share of the first outcome the number assumes, and the number without that; "" where nothing is assumed."""
    if trust.prior is None or trust.trained_prior is None or trust.unadjusted is None:
        return ""
    name = question.outcomes[0].short
    if trust.prior == trust.trained_prior:
        return f"It assumes that {percent(trust.prior)} of cases are {name}, as among those of its calibration."
    return (f"It assumes that {percent(trust.prior)} of cases are {name}, as set for this centre; with the "
            f"{percent(trust.trained_prior)} of its calibration it would be {percent(trust.unadjusted)}.")


def likeness_words(likeness: Likeness) -> str:
    """Whether the model knows cases like this one."""
    word = "Like" if likeness.like else "Unlike"
    return f"{word} what the model has seen: distance {likeness.distance:.1f}, limit {likeness.limit:.1f}."


def cautions_of(case: CaseResult, answer: Answer) -> tuple[Caution, ...]:
    """Every caution that one answer has to be read with, once: of the scans, the outlines, its lesion and its own."""
    return tuple(dict.fromkeys((*case.prepared.cautions, *case.lesions.cautions, *own_cautions(case, answer))))


def own_cautions(case: CaseResult, answer: Answer) -> tuple[Caution, ...]:
    """The cautions of an answer and of its lesion."""
    measured = () if answer.lesion == STUDY else case.lesions.lesion(answer.lesion).cautions
    return (*measured, *answer.cautions)


def level_words(caution: Caution, lesion: int | None, confirmed: Sequence[Confirmed]) -> str:
    """What follows from a caution, or what the reader said of it. lesion: the number of the answer that it is about,
    None for all of them."""
    said = [one for one in confirmed if caution.level == "confirm" and _is_about(one, caution, lesion)]
    if not said:
        return LEVELS[caution.level]
    only = "" if lesion is not None or said[-1].lesion is None else f" for lesion {said[-1].lesion}"
    return f"Confirmed{only} ({said[-1].reason or 'without a reason'})"


def _is_about(confirmed: Confirmed, caution: Caution, lesion: int | None) -> bool:
    own = confirmed.lesion if confirmed.lesion is not None else STUDY
    return confirmed.covers(caution, own if lesion is None else lesion)


def _begun(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


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
