"""Whether a dose is plausible for a patient: if not it is refused, or asked about. Values only, no files."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rnapp.errors import StudyError
from rnapp.types import Caution, Dose, note

# Gy. The hottest point of external radiotherapy and radiosurgery stays below the first; near a brachytherapy source it
# is higher. Above the second it is centigray: 20 Gy in one fraction are 2,000 cGy.
UNUSUAL_GY, IMPOSSIBLE_GY = 150.0, 1000.0
LEAST_GY = 1.0
NEGATIVE_SHARE = 0.01  # of the highest dose: rounding and Monte Carlo noise may go this far below 0
# Of the prescription, what the hottest point usually is; radiosurgery prescribes to lines down to 50 %, some to 40 %.
USUAL_OF_PRESCRIPTION = (0.9, 3.0)


def plausible(dose: Dose, sources: bool = False) -> Dose:
    """The dose with its cautions, negative noise set to 0. sources: whether it is one of brachytherapy, whose hottest
    points have no limit.

    Raises StudyError where it cannot be a dose: nothing known, infinite, all zero, negative, thousands of Gy.
    """
    array = dose.volume.array
    if np.isinf(array).any():
        raise StudyError("The dose has infinite values, so it is damaged; export it again.")
    if not np.isfinite(array).any():
        raise StudyError("The dose is not known anywhere; choose another dose.")
    least, most = float(np.nanmin(array)), float(np.nanmax(array))
    _refuse(least, most, sources)
    cautions = (*dose.cautions, *_cautions(dose, least, most))
    if least < 0:
        dose = replace(dose, volume=dose.volume.with_array(np.maximum(array, np.float32(0))))
    return replace(dose, cautions=cautions)


def _refuse(least: float, most: float, sources: bool) -> None:
    """least, most: Gy."""
    if most <= 0 and least >= 0:
        raise StudyError("All voxels of the dose are 0 Gy, so no dose was exported; export the dose of the plan again.")
    if least < -NEGATIVE_SHARE * max(most, 0.0):
        raise StudyError(f"The dose is negative in places (down to {least:.1f} Gy), so it is a difference between "
                         "doses or damaged; choose the dose that was given.")
    if most > IMPOSSIBLE_GY and not sources:
        raise StudyError(f"The dose reaches {most:,.0f} Gy, which no treatment gives; it may be in centigray (cGy): "
                         "export it in Gy.")


def _cautions(dose: Dose, least: float, most: float) -> Iterator[Caution]:
    prescribed = dose.prescribed_gy
    if least < 0:
        yield note("dose_negative", f"The dose is slightly negative in places ({least:.2g} Gy); it was set to 0 there.")
    if most > UNUSUAL_GY:
        yield Caution("dose_unusual", "confirm", f"The dose reaches {most:,.0f} Gy, which is more than usual.",
                      "Check that it is in Gy, not in centigray (cGy).")
    elif most < LEAST_GY:
        yield Caution("dose_unusual", "confirm", f"The dose reaches only {most:.2g} Gy.",
                      "Check that it is the dose of the whole treatment, in Gy.")
    elif prescribed and not USUAL_OF_PRESCRIPTION[0] * prescribed <= most <= USUAL_OF_PRESCRIPTION[1] * prescribed:
        yield Caution("dose_unlike_plan", "confirm", f"The dose reaches {most:.1f} Gy, but its plan prescribes "
                      f"{prescribed:g} Gy.", "Check that dose and plan belong together.")
