"""What is known of a model, and of this centre's own answers: sentences, tables, and two curves."""

import math
from collections.abc import Mapping, Sequence

from rnapp.types import PROOFS, Benefit, Bin, Calibration, KnownOutcome, ModelCard, Question
from rnapp.ui.html.render import render
from rnapp.ui.kept_ports import Audit, audit_words
from rnapp.ui.ports import card_words, wording

SIDE = 220.0  # pixels of a plot
LEAST_BENEFIT = -0.1
MEASURES = (("n", "Cases"), ("auc", "AUC"), ("brier", "Brier score"), ("ece", "Calibration error"),
            ("slope", "Slope"), ("intercept", "Intercept"), ("coverage", "Right or left open"),
            ("indeterminate", "Left open"))
BEFORE = "raw_"  # a measure of the numbers before they were calibrated


def model_card(card: ModelCard, question: Question) -> str:
    """Everything that a card says, for the reader."""
    known = card.calibration
    named = card_words.cohort_name
    reliability = [_reliability(one, named(name)) for name, one in known.reliability.items()] if known else []
    benefit = [_benefit(one, named(name)) for name, one in known.benefit.items()] if known else []
    return render("model_card", card=card, question=question, calibration=known, about=card.about,
                  rows=_rows(known) if known else (), cohorts=[named(name) for name in known.cohorts] if known else (),
                  both=known is not None and _both(known),
                  shortfalls=tuple(card_words.shortfalls(known, question)) if known else (),
                  reliability=reliability, benefit=benefit, side=SIDE, outcome=question.outcomes[0].short,
                  metrics=wording.validation(card.metrics))


def audit(found: Audit | None, question: Question, unreadable: int) -> str:
    """This centre's own answers, "" before anybody asked."""
    if found is None:
        return ""
    return render("audit", sentences=tuple(audit_words.lines(found, question, unreadable)), side=SIDE,
                  outcome=question.outcomes[0].short,
                  reliability=[_reliability(found.reliability, "Kept cases")] if found.enough else [],
                  benefit=[_benefit(found.benefit, "Kept cases")] if found.enough else [])


def _rows(calibration: Calibration) -> list[tuple[str, list[tuple[str, ...]]]]:
    """One row per measure, for each cohort its cells: before and after calibration, or one where that is no matter."""
    cohorts = calibration.cohorts.values()
    return [(words, [_cells(measures, name, any(f"{BEFORE}{name}" in one for one in cohorts)) for measures in cohorts])
            for name, words in MEASURES if any(name in one or f"{BEFORE}{name}" in one for one in cohorts)]


def _both(calibration: Calibration) -> bool:
    """Whether anything was measured before calibration too."""
    return any(f"{BEFORE}{name}" in one for one in calibration.cohorts.values() for name, _ in MEASURES)


def _cells(measures: Mapping[str, float], name: str, both: bool) -> tuple[str, ...]:
    return (*([_cell(measures, f"{BEFORE}{name}")] if both else []), _cell(measures, name))


def _cell(measures: Mapping[str, float], name: str) -> str:
    value = measures.get(name, math.nan)
    if math.isnan(value):
        return "–"
    if name == "n":
        return f"{value:.0f}"
    write = wording.percent if name in ("coverage", "indeterminate") else _decimal
    low, high = (measures.get(f"{name}_{end}", math.nan) for end in ("low", "high"))
    if math.isnan(low) or math.isnan(high):
        return write(value)
    return f"{write(value)} ({write(low)} to {write(high)})"


def _decimal(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _reliability(curve: Sequence[Bin], title: str) -> dict[str, object]:
    return {"title": title, "points": _points(curve)}


def _points(curve: Sequence[Bin]) -> list[dict[str, float]]:
    """In pixels; the y axis runs downwards."""
    return [{"x": SIDE * one.mean, "y": SIDE * (1 - one.share), "low": SIDE * (1 - one.low),
             "high": SIDE * (1 - one.high), "count": one.count, "mean": one.mean, "share": one.share} for one in curve]


def _benefit(points: Sequence[Benefit], title: str) -> dict[str, object]:
    """The model's line and that of acting on everybody, as points of a polyline."""
    most = max([0.1, *(one.model for one in points), *(one.all_ for one in points)])

    def line(values: Sequence[float]) -> str:
        return " ".join(f"{SIDE * one.threshold:.1f},{_height(value, most):.1f}"
                        for one, value in zip(points, values, strict=True))

    return {"title": title, "model": line([one.model for one in points]), "all_": line([one.all_ for one in points]),
            "zero": _height(0.0, most), "most": most}


def _height(value: float, most: float) -> float:
    return SIDE * (1 - (max(value, LEAST_BENEFIT) - LEAST_BENEFIT) / (most - LEAST_BENEFIT))


def known_outcomes(known: Mapping[int, KnownOutcome], question: Question) -> str:
    """What became known later, one line each; "" where nothing did."""
    listed = [known[number] for number in sorted(known)]
    return render("known_outcomes", known=listed, outcomes=question.outcomes, proofs=PROOFS) if listed else ""
