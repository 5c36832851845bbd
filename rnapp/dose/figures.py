"""Everything that is said in numbers about a dose on a prepared scan."""

import numpy as np

from rnapp.dose.dvh import structure_dvh
from rnapp.dose.eqd2 import VERIFIED_GY
from rnapp.dose.evidence import HYTEC, brain_limit
from rnapp.dose.isodose import gy_words
from rnapp.dose.lesion import FEW_VOXELS, lesion_dose, one_fractionation
from rnapp.types import (
    BrainDose,
    Caution,
    Dose,
    DoseFigures,
    LesionDose,
    LesionSet,
    PlacedDose,
    Prepared,
    Technique,
    note,
)

_BEYOND = 0.01  # of the brain outside the dose grid, from which on that is said


def figures(prepared: Prepared, lesions: LesionSet, months_since: float | None, question: str = "") -> DoseFigures:
    """The figures of the placed dose, lesion by lesion where they were drawn, on the scan's own grid.

    months_since: radiotherapy to this scan, None is unknown; question: its id, for volumes that studies refer to.
    Raises ValueError where no dose is placed.
    """
    placed = prepared.dose
    if placed is None:
        raise ValueError("Expected a dose on the scan, but there is none.")
    dose = placed.dose
    to_dose = placed.path.to_scan.inverse()
    each = tuple(lesion_dose(one.number, lesions.native.with_array(lesions.native.array == one.number), dose, to_dose)
                 for one in lesions.lesions)
    known = dose.volume.array[np.isfinite(dose.volume.array)]
    brain, beyond = brain_doses(prepared, placed, question)
    return DoseFigures(
        dose.prescribed_gy, one_fractionation(dose), _technique(dose), float(known.max()) if known.size else 0.0,
        placed.path.via, each, brain, months_since, (*_cautions(dose, each), *beyond))


def brain_doses(prepared: Prepared, placed: PlacedDose,
                question: str) -> tuple[tuple[BrainDose, ...], tuple[Caution, ...]]:
    """The volume of brain, with the target, that studies of the question refer to, in the patient's own size; and what
    limits it. None where they refer to none for this number of fractions."""
    limit = brain_limit(question, one_fractionation(placed.dose))
    if limit is None:
        return (), ()
    to_dose = placed.path.to_scan.inverse().after(prepared.to_atlas.inverse())
    found = structure_dvh(placed.dose.volume, prepared.brain_mask, to_dose)
    reached = found.ml_at(limit.gy)
    said: list[Caution] = []
    if found.unknown_share > _BEYOND:
        said.append(note("dose_brain_unknown", f"{found.unknown_share:.0%} of the brain is outside the dose grid and "
                         f"not counted in {limit.name}.".replace("% ", " % ", 1)))
    if reached < FEW_VOXELS * placed.dose.volume.voxel_ml:
        said.append(note("dose_small_volume", f"{limit.name} is small for the dose grid and may be off by a tenth or "
                         "more."))
    return (BrainDose(limit.name, limit.gy, reached, limit.said, HYTEC),), tuple(said)


def _technique(dose: Dose) -> Technique:
    """Of all plans, "other" where they differ."""
    given = {one.technique for one in dose.prescriptions}
    return given.pop() if len(given) == 1 else "other" if given else "unknown"


def _cautions(dose: Dose, lesions: tuple[LesionDose, ...]) -> tuple[Caution, ...]:
    """What limits the figures as a whole."""
    said: list[Caution] = []
    prescribed = {one.dose_gy for one in dose.prescriptions if one.dose_gy is not None}
    if not prescribed:
        said.append(note("dose_not_prescribed", "The prescribed dose is unknown: doses are in Gy alone, and no share "
                         "of a prescription can be given."))
    elif len(prescribed) > 1:
        listed = ", ".join(gy_words(one) for one in sorted(prescribed, reverse=True))
        whose = ", which may not be that of every lesion" if lesions else ""
        said.append(note("dose_prescriptions", f"Different doses were prescribed ({listed}): every percentage is of "
                         f"the highest{whose}."))
    fractions = one_fractionation(dose)
    if fractions is None:
        said.append(note("dose_fractions_unknown", "The number of fractions is unknown or differs between the plans: "
                         "no dose in 2 Gy fractions and no volume of brain that studies refer to can be given."))
    elif any(one.eqd2_mean_gy is not None and one.mean_gy / fractions > VERIFIED_GY for one in lesions):
        said.append(note("dose_eqd2_high", f"With more than {VERIFIED_GY:g} Gy per fraction the dose in 2 Gy fractions "
                         "is only a rough guide."))
    return tuple(said)
