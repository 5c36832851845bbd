"""How much of a structure received how much: a cumulative dose-volume histogram and what is read from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from rnapp.types import Curve, FloatArray

BINS = 20_000  # of the whole range: 0.003 Gy of 60
CURVE_POINTS = 201
HOT_ML = 0.03


@dataclass(frozen=True, eq=False)
class StructureDose:
    """Dose in a structure; doses in Gy, NaN where nothing of it is known.

    volume_ml: of the whole structure; unknown_share: of it, 0 to 1, without a dose: everything else is about the rest;
    edges_gy: of the histogram's bins, ascending, shape (N + 1,); above_ml: volume with at least that dose, same shape.
    """

    volume_ml: float
    unknown_share: float
    mean_gy: float
    least_gy: float
    most_gy: float
    edges_gy: FloatArray = field(repr=False)
    above_ml: FloatArray = field(repr=False)

    @property
    def known_ml(self) -> float:
        """Volume with a dose."""
        return float(self.above_ml[0])

    @property
    def d95_gy(self) -> float:
        """At least this much in 95 % of it."""
        return self.least_in(0.95)

    @property
    def d50_gy(self) -> float:
        """The median."""
        return self.least_in(0.5)

    @property
    def d2_gy(self) -> float:
        """At least this much in the hottest 2 %."""
        return self.least_in(0.02)

    @property
    def hottest_gy(self) -> float:
        """D0.03cc: at least this much in the hottest 0.03 ml; the least dose of a structure that is smaller."""
        return self.least_in(min(HOT_ML / self.known_ml, 1.0)) if self.known_ml > 0 else np.nan

    @property
    def curve(self) -> Curve | None:
        """From 0 Gy (or the least, if that is lower) to the most; None where nothing is known."""
        if not self.known_ml > 0:
            return None
        doses = np.linspace(min(0.0, self.least_gy), self.most_gy, CURVE_POINTS)
        shares = [self.share_at(float(one)) for one in doses]
        return Curve(tuple(float(one) for one in doses), tuple(shares))

    def least_in(self, share: float) -> float:
        """Dx: the dose that a share (0 to 1) of the known volume receives at least."""
        if not self.known_ml > 0:
            return float("nan")
        # The volume falls with the dose; np.interp wants it to rise.
        dose = float(np.interp(share * self.known_ml, self.above_ml[::-1], self.edges_gy[::-1]))
        return float(np.clip(dose, self.least_gy, self.most_gy))

    def ml_at(self, gy: float) -> float:
        """Vx: volume that received this dose or more, ml."""
        if not self.known_ml > 0 or gy > self.most_gy:
            return 0.0
        return self.known_ml if gy <= self.least_gy else float(np.interp(gy, self.edges_gy, self.above_ml))

    def share_at(self, gy: float) -> float:
        """Of the known volume, 0 to 1, what received this dose or more; 0 where nothing is known."""
        return min(self.ml_at(gy) / self.known_ml, 1.0) if self.known_ml > 0 else 0.0


def add_up(samples: Iterable[tuple[FloatArray, float]], low: float, high: float) -> StructureDose:
    """The histogram of samples in portions: Gy (NaN: unknown), shape (N,), and ml that each of them stands for.

    low, high: no dose is outside them.
    """
    edges = np.linspace(low, max(high, low + 1e-3), BINS + 1)
    bins, unknown, weighted = np.zeros(BINS), 0.0, 0.0
    least, most = np.inf, -np.inf
    for values, ml in samples:
        known = values[np.isfinite(values)].astype(np.float64)
        unknown += ml * (len(values) - len(known))
        if not len(known):
            continue
        places = np.clip(((known - low) / (edges[1] - low)).astype(np.int64), 0, BINS - 1)
        bins += ml * np.bincount(places, minlength=BINS)
        weighted += ml * float(known.sum())
        least, most = min(least, float(known.min())), max(most, float(known.max()))
    total = float(bins.sum())
    above = np.concatenate([bins[::-1].cumsum()[::-1], [0.0]])
    nothing = total <= 0
    return StructureDose(
        total + unknown, unknown / (total + unknown) if total + unknown > 0 else 0.0,
        float("nan") if nothing else weighted / total, float("nan") if nothing else least,
        float("nan") if nothing else most, edges, above)
