"""How a centre's own answers turned out: the same measures as on a model's card, on the cases that it kept."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnapp.trust import measures
from rnapp.types import Array, Benefit, Bin, FloatArray, Trust, VerdictCode

LEAST_CASES = 20  # with an outcome, and LEAST_EACH of either; fewer say nothing of calibration
LEAST_EACH = 5
THRESHOLDS = np.arange(0.05, 0.96, 0.05)
MOST_BINS = 10
CASES_PER_BIN = 10


@dataclass(frozen=True)
class Audited:
    """One answer of a kept case. case: its id in the library; read: ISO date; probability: as it was shown, None where
    it was withheld; outcome: place in the question's outcomes, None while unknown; proof, known: as KnownOutcome;
    distance: of its likeness, None where that was not measured; model: SHA-256 of the card."""

    case: str
    read: str
    lesion: int
    probability: float | None
    verdict: VerdictCode | None
    outcome: int | None = None
    proof: str = ""
    known: str = ""
    distance: float | None = None
    model: str = ""


@dataclass(frozen=True)
class Quarter:
    """The inputs of three months. name: "2026 Q4"; cases: read; withheld: of them without a number; distance: median of
    their likeness, NaN where none was measured; probability: mean of those shown, NaN where none was."""

    name: str
    cases: int
    withheld: int
    distance: float
    probability: float


@dataclass(frozen=True)
class Audit:
    """rows: every answer; measured: how many have both a number and an outcome; enough: whether the measures below say
    anything, else they are empty; right, called: of the answers that named an outcome, how many were right."""

    rows: tuple[Audited, ...]
    measured: int
    enough: bool
    auc: float
    auc_interval: tuple[float, float]
    brier: float
    error: float
    called: int
    right: int
    reliability: tuple[Bin, ...]
    benefit: tuple[Benefit, ...]
    quarters: tuple[Quarter, ...]


def audit(rows: Sequence[Audited]) -> Audit:
    """The measures of answers that were shown and whose outcome became known, and the inputs over time."""
    known = [one for one in rows if one.outcome is not None and one.probability is not None]
    given = np.array([one.probability for one in known], float)
    first = np.array([one.outcome == 0 for one in known], bool)
    called = [one for one in known if one.verdict in ("first", "second")]
    right = sum((one.verdict == "first") == (one.outcome == 0) for one in called)
    enough = len(known) >= LEAST_CASES and min(int(first.sum()), int((~first).sum())) >= LEAST_EACH
    return Audit(tuple(rows), len(known), enough, *_discrimination(given, first, enough), len(called), right,
                 *_curves(given, first, enough), _quarters(rows))


def audited(case: str, read: str, lesion: int, probability: float | None, trust: Trust | None, model: str) -> Audited:
    """A row without an outcome."""
    likeness = None if trust is None else trust.likeness
    return Audited(case, read, lesion, probability, None if trust is None else trust.verdict,
                   distance=None if likeness is None else likeness.distance, model=model)


def _discrimination(given: FloatArray, first: Array,
                    enough: bool) -> tuple[float, tuple[float, float], float, float]:
    if not enough:
        return math.nan, (0.0, 1.0), math.nan, math.nan
    return (measures.auc(given, first), measures.auc_interval(given, first), measures.brier(given, first),
            measures.expected_calibration_error(given, first, _bins(len(given))))


def _curves(given: FloatArray, first: Array, enough: bool) -> tuple[tuple[Bin, ...], tuple[Benefit, ...]]:
    if not enough:
        return (), ()
    return measures.reliability(given, first, _bins(len(given))), measures.decision_curve(given, first, THRESHOLDS)


def _bins(cases: int) -> int:
    return max(2, min(MOST_BINS, cases // CASES_PER_BIN))


def _quarters(rows: Sequence[Audited]) -> tuple[Quarter, ...]:
    names = {one: f"{one.read[:4]} Q{(int(one.read[5:7]) + 2) // 3}" for one in rows if len(one.read) >= 7}
    return tuple(_quarter(name, [one for one in rows if names.get(one) == name]) for name in sorted({*names.values()}))


def _quarter(name: str, rows: Sequence[Audited]) -> Quarter:
    distances = [one.distance for one in rows if one.distance is not None]
    shown = [one.probability for one in rows if one.probability is not None]
    return Quarter(name, len(rows), sum(one.probability is None for one in rows),
                   float(np.median(distances)) if distances else math.nan,
                   float(np.mean(shown)) if shown else math.nan)
