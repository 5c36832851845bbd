"""How far one answer can be trusted, as values: what it may be called, what it was measured against, what moves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from rnapp.types.caution import Caution

# first, second: the question's outcomes; indeterminate: both are possible at the stated level; withheld: no number.
VerdictCode = Literal["first", "second", "indeterminate", "withheld"]


@dataclass(frozen=True)
class Variation:
    """One small variation of the input and the answer to it. what: in words ("outline 1 mm larger"); probability: of
    the first outcome, 0 to 1, calibrated and adjusted like the answer itself."""

    what: str
    probability: float


@dataclass(frozen=True)
class Likeness:
    """How like the lesions (or studies) the model was calibrated on this one is.

    distance: of the network's embedding and the radiomics, without a unit; limit: the distance that the stated share
    of held-out cases (false_alarm) exceed; nearest: indices of the nearest cases whose pictures the bundle carries.
    """

    distance: float
    limit: float
    false_alarm: float
    nearest: tuple[int, ...] = ()

    @property
    def like(self) -> bool:
        """Whether it is no further away than the limit."""
        return self.distance <= self.limit


@dataclass(frozen=True)
class Evidence:
    """What a task found out about its own answer. variations: what → log-odds as the models gave them, not
    calibrated."""

    variations: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    likeness: Likeness | None = None


@dataclass(frozen=True)
class Trust:
    """The judgement on one answer.

    verdict: what it may be called; interval: lowest and highest of the answer, its folds and its variations (0 to 1),
    None where it is withheld; limits: up to the first the second outcome is named, from the second on the first
    outcome, in the same prior as the answer; level: share of cases that these limits get right or leave open; prior:
    share of the first outcome that the answer assumes; trained_prior, unadjusted: that of the calibration, and the
    answer with it; steady: no variation moves it far or to another verdict, None where that was not measured; because:
    the cautions that withhold it.
    """

    verdict: VerdictCode
    interval: tuple[float, float] | None = None
    limits: tuple[float, float] | None = None
    level: float | None = None
    prior: float | None = None
    trained_prior: float | None = None
    unadjusted: float | None = None
    steady: bool | None = None
    variations: tuple[Variation, ...] = ()
    likeness: Likeness | None = None
    because: tuple[Caution, ...] = ()


@dataclass(frozen=True)
class Confirmed:
    """The reader's word that a caution of level "confirm" was looked at. lesion: its number, None for every answer;
    reason: in the reader's words; sentence: what the caution said then, "" for whatever it says."""

    code: str
    lesion: int | None = None
    reason: str = ""
    sentence: str = ""

    def covers(self, caution: Caution, lesion: int) -> bool:
        """Whether it is about this caution of this answer."""
        return (self.code == caution.code and self.lesion in (None, lesion)
                and self.sentence in ("", caution.sentence))


@dataclass(frozen=True)
class Bin:
    """One part of a reliability curve. mean: of the numbers given; share: of the first outcome among them, with its
    95 % interval (Wilson); count: cases."""

    mean: float
    share: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Benefit:
    """One point of a decision curve (Vickers & Elkin 2006). threshold: probability of the first outcome from which on
    one acts; model, all_: net benefit of acting by the model, and on everybody."""

    threshold: float
    model: float
    all_: float


@dataclass(frozen=True)
class Calibration:
    """What a bundle's card says of its own numbers; all of it measured on cases that trained nothing.

    prior: share of the first outcome in the calibration; slope, intercept: of the log-odds (Platt 1999); limits: at
    that prior, as in Trust; level: of the limits (split-conformal, one threshold for each outcome); cases: how many
    calibrated it; cohorts: name → measures ("auc", "auc_low", "auc_high", "brier", "ece", "slope", "intercept",
    "coverage", "coverage_low", "coverage_high", "indeterminate", "n"); reliability, benefit: of the first cohort;
    synthetic: whether the cases were made up; combinations: names of inputs joined by "+" → the calibration of the
    networks for just these, where a bundle has several (this one is then of those that see everything).
    """

    prior: float
    slope: float
    intercept: float
    limits: tuple[float, float]
    level: float
    cases: int
    synthetic: bool
    cohorts: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}))
    reliability: Mapping[str, tuple[Bin, ...]] = field(default_factory=lambda: MappingProxyType({}))
    benefit: Mapping[str, tuple[Benefit, ...]] = field(default_factory=lambda: MappingProxyType({}))
    combinations: Mapping[str, "Calibration"] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, inputs: tuple[str, ...]) -> "Calibration":
        """The one of the networks for these inputs; inputs: as Answer has them."""
        return self.combinations.get("+".join(inputs), self)
