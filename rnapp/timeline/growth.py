"""How a lesion changed since its nadir and since the scan before, and whether the paper's inclusion rule is met.

Gomaa et al. 2025, Radiation Necrosis Classification: a lesion is one whose growth has to be explained when its longest
diameter increased by at least 20 % and at least 5 mm from nadir.
"""

import math
from collections.abc import Sequence

from rnapp.timeline.dates import in_words, months_between
from rnapp.types import Change, Course, Growth, Measurement

LEAST_GROWTH = 0.20  # of the longest diameter, from nadir
LEAST_GROWTH_MM = 5.0
# 26.4 mm are 20 % more than 22 mm, though not for floating-point numbers; far below what any scan can measure.
ROUNDING = 1e-9
NOT_WHOLE = "But it merged or split between two scans, which changes its size without growth: look at both scans."


def reaches(value: float, threshold: float) -> bool:
    """Whether a value is at least the threshold, rounding errors aside: equal counts."""
    return value >= threshold - ROUNDING


def from_nadir(diameters_mm: Sequence[float]) -> tuple[float, float]:
    """Growth of the last diameter from nadir, the smallest of the earlier ones: (share of nadir, mm).

    The share is infinite from a nadir of 0 mm. diameters_mm: in order of time, at least two.
    """
    nadir = min(diameters_mm[:-1])
    share = _share(nadir, diameters_mm[-1])
    return math.inf if share is None else share, diameters_mm[-1] - nadir


def has_grown(diameters_mm: Sequence[float]) -> bool:
    """Both conditions of the paper: at least 20 % and at least 5 mm from nadir. As from_nadir()."""
    share, absolute = from_nadir(diameters_mm)
    return reaches(share, LEAST_GROWTH) and reaches(absolute, LEAST_GROWTH_MM)


def growth(course: Course) -> Growth:
    """The last measurement of a lesion against the earlier ones."""
    *before, now = course.measurements
    if not before:
        return Growth(now, None, None, None, "Measured once: there is no earlier scan to compare with.")
    nadir = nadir_of(before)
    met = has_grown([one.longest_diameter_mm for one in course.measurements])
    words = " ".join([_sentence(nadir, now, met), *_doubts(nadir, now), *(() if course.whole else (NOT_WHOLE,))])
    return Growth(now, change(nadir, now), change(before[-1], now), met, words)


def nadir_of(measurements: Sequence[Measurement]) -> Measurement:
    """The one with the smallest longest diameter; of equal ones the last, from which any growth started."""
    return min(reversed(measurements), key=lambda one: one.longest_diameter_mm)


def change(since: Measurement, now: Measurement) -> Change:
    """From one measurement of a lesion to a later one. Raises ClinicalError where days and months are mixed."""
    months = months_between(since.when, now.when)
    volume = now.volume_ml - since.volume_ml
    return Change(
        since=since, months=months,
        diameter_mm=now.longest_diameter_mm - since.longest_diameter_mm,
        diameter_share=_share(since.longest_diameter_mm, now.longest_diameter_mm),
        axial_mm=now.axial_diameter_mm - since.axial_diameter_mm,
        axial_share=_share(since.axial_diameter_mm, now.axial_diameter_mm),
        volume_ml=volume, volume_share=_share(since.volume_ml, now.volume_ml), ml_per_month=volume / months)


def tenths(value: float) -> str:
    """The magnitude with one decimal, cut and not rounded: 19.96 must not read as a threshold of 20 that was missed."""
    return f"{math.floor(abs(value) * 10 + ROUNDING) / 10:.1f}"


def _share(before: float, after: float) -> float | None:
    """Change per earlier value; None for a change from nothing to something."""
    if before == 0:
        return 0.0 if after == 0 else None
    return (after - before) / before


def _sentence(nadir: Measurement, now: Measurement, met: bool) -> str:
    """The growth from nadir and the verdict, so worded that the numbers shown agree with it."""
    share, mm = from_nadir([nadir.longest_diameter_mm, now.longest_diameter_mm])
    start = f"nadir ({nadir.longest_diameter_mm:.1f} mm, {in_words(nadir.when)})"
    rule = f"at least {LEAST_GROWTH:.0%} and {LEAST_GROWTH_MM:.0f} mm of the longest diameter".replace("%", " %")
    verdict = f"the inclusion rule ({rule}) is {'met' if met else 'not met'}."
    if mm <= 0:
        return f"No growth from {start} to {now.longest_diameter_mm:.1f} mm: {verdict}"
    percent = "" if math.isinf(share) else f"{tenths(100 * share)} % and "
    return f"Grew by {percent}{tenths(mm)} mm from {start} to {now.longest_diameter_mm:.1f} mm: {verdict}"


def _doubts(nadir: Measurement, now: Measurement) -> tuple[str, ...]:
    """A diameter begins and ends somewhere inside a voxel."""
    voxel = max(nadir.voxel_mm, now.voxel_mm)
    if reaches(abs(now.longest_diameter_mm - nadir.longest_diameter_mm), voxel):
        return ()
    return (f"Voxels are up to {voxel:.1f} mm long: a smaller change cannot be distinguished from none.",)
