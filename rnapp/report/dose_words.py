"""The dose and what the model saw, in words: one place for the screen, the PDF and result.json."""

import math
from collections.abc import Sequence

from rnapp.dose.evidence import Evidence, of
from rnapp.dose.isodose import gy_words
from rnapp.types import Answer, DoseFigures, LesionDose, PlacedDose, Prepared, Prescription, Question

ONE_DECIMAL_BELOW = 10.0
TECHNIQUES = {"photon": "photons", "proton": "protons", "other": "other or mixed", "unknown": "unknown"}
NOT_CONFIRMED = "NOT CONFIRMED BY A PERSON"
BESIDE = ("These figures are given next to the answer. Only the dose itself may have gone into the model, and only if "
          "it is named among its inputs.")
LESION_HEAD = ("Lesion", "Mean", "Lowest – highest", "D95", "Inside 95 %", "Inside 50 %", "To the 95 % line",
               "Mean in 2 Gy fractions")
LESION_WORDS = ("All of the part whose dose is known, in the patient's own millimetres. D95: at least this much in "
                "95 %. To the 95 % line: from the nearest point of the lesion; inside: how deep it reaches. 2 Gy "
                "fractions: linear-quadratic, α/β 2 Gy.")


def evidence(question: Question, figures: DoseFigures | None) -> tuple[Evidence, ...]:
    """What studies say about these figures."""
    if figures is None:
        return ()
    converted = any(one.eqd2_mean_gy is not None for one in figures.lesions)
    return of(question.id, figures.fractions, converted)


def prescription(given: Prescription) -> str:
    """60 Gy in 30 fractions, protons."""
    dose = "unknown dose" if given.dose_gy is None else gy_words(given.dose_gy)
    fractions = ("" if given.fractions is None else " in one fraction" if given.fractions == 1
                 else f" in {given.fractions} fractions")
    technique = "" if given.technique == "unknown" else f", {TECHNIQUES[given.technique]}"
    return f"{dose}{fractions}{technique}{' (typed by a person, no plan)' if given.typed else ''}"


def prescriptions(placed: PlacedDose) -> str:
    """All known ones, each once."""
    given = list(dict.fromkeys(prescription(one) for one in placed.dose.prescriptions if one.dose_gy is not None))
    return "; ".join(given) or "unknown"


def confirmed(placed: PlacedDose) -> str:
    """Who accepted the picture, and when."""
    if placed.confirmed is None:
        return NOT_CONFIRMED
    by = f" by {placed.confirmed.by}" if placed.confirmed.by else ""
    return f"confirmed{by} on {placed.confirmed.at.replace('T', ' ')[:16]}"


def way(placed: PlacedDose) -> str:
    """From the dose to the scan, step by step."""
    match = placed.path.match
    return " ".join((*placed.path.steps, *([match.sentence] if match else [])))


def lesion_row(one: LesionDose, called: str) -> tuple[str, ...]:
    """A row below LESION_HEAD. called: number and name of the lesion."""
    if math.isnan(one.mean_gy):
        return (called, "unknown", *["–"] * 6)
    if one.unknown_share > 0:
        called = f"{called} ({_share(one.unknown_share)} unknown)"
    converted = "unknown" if one.eqd2_mean_gy is None else gy_words(one.eqd2_mean_gy)
    return (called, gy_words(one.mean_gy), f"{one.least_gy:.1f} – {gy_words(one.most_gy)}", gy_words(one.d95_gy),
            _share(one.inside_95), _share(one.inside_50), distance(one.from_95_mm), converted)


def distance(mm: float | None) -> str:
    """How far the nearest point of a lesion is from the 95 % line."""
    if mm is None:
        return "unknown"
    return f"{-mm:.0f} mm inside" if mm < 0 else f"{mm:.0f} mm outside"


def volume(ml: float) -> str:
    """One decimal below ten."""
    return f"{ml:.1f} ml" if ml < ONE_DECIMAL_BELOW else f"{ml:.0f} ml"


def inputs_seen(prepared: Prepared, answer: Answer) -> tuple[str, ...]:
    """Names of the roles that the model saw: all prepared scans where the answer does not say."""
    return answer.inputs or tuple(prepared.channels)


def inputs_words(question: Question, answer: Answer) -> str:
    """Which inputs the model saw and which not, as a sentence; "" for a model that always sees all."""
    if not answer.inputs:
        return ""
    possible = [one for one in question.roles if one.kind in ("scan", "dose")]
    seen = [one.label for one in possible if one.name in answer.inputs]
    unseen = [one.label for one in possible if one.name not in answer.inputs]
    without = f" Without: {_listed(unseen)}." if unseen else ""
    return f"The model for this combination of inputs saw: {_listed(seen)}.{without}"


def _listed(labels: Sequence[str]) -> str:
    return "; ".join(labels)


def _share(share: float | None) -> str:
    if share is None:
        return "unknown"
    whole = round(100 * share)
    return "<1 %" if whole == 0 and share > 0 else ">99 %" if whole == 100 and share < 1 else f"{whole} %"
