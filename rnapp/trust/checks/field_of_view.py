"""Whether the brain continues beyond what a scan covers."""

import numpy as np

from rnapp.types import Array, Caution

_REACH = 2  # voxels: a brain mask ends a little before the last slice
# Sections of the brain where the scan ends, docs/trust.md. A vertex or a temporal pole that just leaves the scan
# is smaller.
CUT_CM2 = 10.0


def cut_cm2(brain: Array, covered: Array) -> float:
    """Area of the brain's section where the scan ends, cm² of the atlas. brain: mask of the scan's own brain; covered:
    where the scan has voxels; both bool, 1 mm."""
    if covered.all():
        return 0.0
    ends = np.zeros(covered.shape, bool)
    for axis in range(3):
        here, there = (np.moveaxis(part, axis, 0) for part in (ends, covered))
        here[:-_REACH] |= ~there[_REACH:]
        here[_REACH:] |= ~there[:-_REACH]
    return float((brain & covered & ends).sum()) / _REACH / 100.0


def field_of_view_cautions(brain: Array, covered: Array) -> tuple[Caution, ...]:
    """One where the brain is cut."""
    area = cut_cm2(brain, covered)
    if area < CUT_CM2:
        return ()
    return (Caution("brain_cut_off", "confirm",
                    f"The brain goes on where the scan ends (a section of {area:.0f} cm²), so part of it was not seen.",
                    "Choose a series that covers the whole brain, or say why this one is enough."),)
