"""What one lesion received, in the patient's own millimetres."""

from typing import TypeAlias

import numpy as np
from skimage.measure import marching_cubes

from rnapp.dose.distance import signed_distances
from rnapp.dose.dvh import structure_dvh
from rnapp.dose.eqd2 import eqd2
from rnapp.dose.histogram import StructureDose
from rnapp.dose.isodose import UNCERTAIN_MM, gy_words
from rnapp.geometry import tight_box
from rnapp.types import Caution, Dose, FloatArray, LesionDose, SimilarityTransform, Volume, note

# Of a peak of fewer dose voxels the volume at a dose was a tenth to a fifth too small (docs/dose.md).
FEW_VOXELS = 100
_MOST_INNER, _INNER_MM = 20_000, 1.0  # places in a lesion that are asked how deep they are, and how far apart
# From the lesion's surface and from its inside to an isodose line, mm, negative inside the line; shapes (N,) and (M,).
_Distances: TypeAlias = tuple[FloatArray, FloatArray]


def lesion_dose(number: int, mask: Volume, dose: Dose, to_dose: SimilarityTransform) -> LesionDose:
    """What a lesion received.

    mask: bool, where it was drawn, on the scan's own grid, not empty; to_dose: scan LPS mm → dose LPS mm, rigid.
    """
    box = tight_box(mask)
    found = structure_dvh(dose.volume, mask, to_dose)
    prescribed, fractions = dose.prescribed_gy, one_fractionation(dose)
    distances = None
    if box is not None and prescribed and found.known_ml > 0:
        distances = _distances(box, dose.volume, 0.95 * prescribed, to_dose)
    return LesionDose(
        number, found.mean_gy, found.least_gy, found.most_gy, found.d95_gy,
        _share(found, prescribed, 0.95), _share(found, prescribed, 0.5), _nearest(distances),
        eqd2(found.mean_gy, fractions) if fractions and found.known_ml > 0 else None,
        found.unknown_share, found.curve, _cautions(found, dose, distances))


def one_fractionation(dose: Dose) -> int | None:
    """The number of fractions where all its plans have the same; else None: it would be wrong for a part of it."""
    given = {one.fractions for one in dose.prescriptions if one.dose_gy is not None}
    return dose.fractions if len(given) == 1 else None


def _share(found: StructureDose, prescribed: float | None, part: float) -> float | None:
    return None if not prescribed or not found.known_ml > 0 else found.share_at(part * prescribed)


def _nearest(distances: _Distances | None) -> float | None:
    every = np.concatenate(distances) if distances else np.zeros(0)
    return float(every.min()) if every.size else None


def _distances(box: Volume, dose: Volume, gy: float, to_dose: SimilarityTransform) -> _Distances | None:
    """None where the dose has no such line. box: bool, the smallest around the lesion."""
    corners, _, _, _ = marching_cubes(np.pad(box.array, 1).astype(np.float32), 0.5)
    surface = np.asarray(corners, np.float64) - 1
    looks = np.ceil(box.spacing / _INNER_MM).astype(int)
    places = (np.indices(looks).reshape(3, -1).T + 0.5) / looks - 0.5
    inner = (np.argwhere(box.array)[:, None] + places).reshape(-1, 3)
    inner = inner[::max(1, len(inner) // _MOST_INNER)]
    found = signed_distances(dose, gy, to_dose.apply(box.to_mm(np.concatenate([surface, inner]))))
    if found is None:
        return None
    on_surface, inside = found[:len(surface)], found[len(surface):]
    return on_surface[np.isfinite(on_surface)], inside[np.isfinite(inside)]


def _cautions(found: StructureDose, dose: Dose, distances: _Distances | None) -> tuple[Caution, ...]:
    """What limits these figures."""
    said: list[Caution] = []
    if found.unknown_share > 0:
        said.append(note("dose_partly_unknown", f"{_percent(found.unknown_share)} of its volume is outside the dose "
                         "grid; the dose there is unknown and all figures are about the rest."))
    if found.volume_ml < FEW_VOXELS * dose.volume.voxel_ml:
        across = float(dose.volume.spacing.max())
        said.append(note("dose_small_volume", f"It is small for a dose grid of {across:.1f} mm: its highest and lowest "
                         "dose and its shares may be off by a tenth or more."))
    if distances is not None and dose.prescribed_gy and (np.abs(distances[0]) <= UNCERTAIN_MM).any():
        low, high = (float((distances[1] <= shift).mean()) for shift in (-UNCERTAIN_MM, UNCERTAIN_MM))
        said.append(note("dose_edge_uncertain", f"Its edge is within {UNCERTAIN_MM:g} mm of the 95 % line "
                         f"({gy_words(0.95 * dose.prescribed_gy)}): how much of it was inside is uncertain. With the "
                         f"line {UNCERTAIN_MM:g} mm further in or out, about {_percent(low)} or {_percent(high)} would "
                         "be."))
    return tuple(said)


def _percent(share: float) -> str:
    whole = round(100 * share)
    return "less than 1 %" if whole < 1 and share > 0 else f"{whole} %"
