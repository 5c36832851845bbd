"""Which lesions belong to a labelled cohort, and why others do not (Gomaa et al. 2025, Radiation Necrosis
Classification)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnapp.tasks.metastasis.crop import CROP_SIDE
from rnapp.timeline.growth import LEAST_GROWTH, LEAST_GROWTH_MM, has_grown
from rnapp.types import FloatArray

# In the order in which they are checked; the flow diagram has one box for each.
UNLABELLED = "no outcome known"
UNPREPARED = "a scan of it could not be prepared"
ALONE = "no earlier scan to grow from"
UNDATED = "the months of a scan are unknown"
STEADY = f"grew by less than {LEAST_GROWTH:.0%} or {LEAST_GROWTH_MM:.0f} mm from nadir"
CONFLICT = f"a neighbour with the other outcome within {CROP_SIDE} mm"
REASONS = (UNLABELLED, UNPREPARED, ALONE, UNDATED, STEADY, CONFLICT)


@dataclass(frozen=True)
class Scanned:
    """One lesion on one scan as measured. months: after radiosurgery, None unknown; centre_mm: SRI24, LPS; diameter_mm:
    longest, in the patient's own millimetres; outcome: of the lesion, the same on all its scans: 1 necrosis, 0
    progression, None unknown."""

    patient: str
    lesion: str
    months: float | None
    diameter_mm: float
    centre_mm: tuple[float, float, float]
    outcome: int | None


@dataclass(frozen=True)
class Flow:
    """included: the scan taken for each lesion (numbers of the given list); excluded: reason → lesions."""

    included: tuple[int, ...]
    excluded: Mapping[str, tuple[tuple[str, str], ...]]

    def text(self) -> str:
        """The flow diagram as text, one line per box."""
        lesions = len(self.included) + sum(map(len, self.excluded.values()))
        lines = [f"{lesions} lesions"]
        for reason in REASONS:
            if gone := self.excluded.get(reason, ()):
                lines += [f"  ├─ {len(gone)} excluded: {reason}"]
        return "\n".join([*lines, f"  └─ {len(self.included)} included"])


def include(scans: Sequence[Scanned], unprepared: Sequence[tuple[str, str]] = ()) -> Flow:
    """The first scan of each lesion that meets the rules. unprepared: (patient, lesion) of which a scan could not be
    prepared: without it the nadir is unknown."""
    numbers: dict[tuple[str, str], list[int]] = {lesion: [] for lesion in unprepared}
    for number, scan in enumerate(scans):
        numbers.setdefault((scan.patient, scan.lesion), []).append(number)
    incomplete = set(unprepared)
    verdicts = {lesion: _judge(numbers[lesion], scans, lesion in incomplete) for lesion in sorted(numbers)}
    taken = {lesion: verdict for lesion, verdict in verdicts.items() if isinstance(verdict, int)}
    for lesion, number in taken.items():
        if any(_conflict(scans[number], other) for other in scans):
            verdicts[lesion] = CONFLICT
    excluded: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for lesion, verdict in verdicts.items():
        if isinstance(verdict, str):
            excluded[verdict].append(lesion)
    return Flow(tuple(sorted(v for v in verdicts.values() if isinstance(v, int))),
                {reason: tuple(gone) for reason, gone in excluded.items()})


def _judge(numbers: Sequence[int], scans: Sequence[Scanned], incomplete: bool) -> int | str:
    """The number of the first scan on which the lesion has grown enough, or the reason why there is none."""
    if numbers and all(scans[number].outcome is None for number in numbers):
        return UNLABELLED
    if incomplete:
        return UNPREPARED
    if len(numbers) < 2:
        return ALONE
    dated = [(months, number) for number in numbers if (months := scans[number].months) is not None]
    if len(dated) < len(numbers):
        return UNDATED
    ordered = [number for _, number in sorted(dated)]
    diameters = [scans[number].diameter_mm for number in ordered]
    grown = [number for position, number in enumerate(ordered) if position and has_grown(diameters[:position + 1])]
    return grown[0] if grown else STEADY


def _conflict(one: Scanned, other: Scanned) -> bool:
    """Whether the other is a lesion of the same patient with the other outcome inside the 64 mm cube of the first."""
    apart: FloatArray = np.abs(np.subtract(one.centre_mm, other.centre_mm))
    return (one.patient == other.patient and one.lesion != other.lesion and None not in (one.outcome, other.outcome)
            and one.outcome != other.outcome and bool((apart <= CROP_SIDE / 2).all()))
