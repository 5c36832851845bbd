"""Whether a prepared scan looks like a T1 after contrast, whatever its header says.

Fluid, grey and white matter are where SRI24 (Rohlfing et al. 2010) has them. In a T1, grey matter is darker than white
and fluid darker than both; in a FLAIR grey is the brighter one, in a T2 fluid is the brightest. After gadolinium the
sagittal sinus is brighter than white matter, and in the brain vessels, choroid plexus, dura at its edge and the lesion
are far brighter; before it hardly anything is.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rnapp.types import Array, Atlas, Caution, FloatArray, Volume

# SRI24's own intensities in its T1 (white matter about 740) and how deep in the brain fluid counts: in the ventricles.
_FLUID_BELOW, _FLUID_DEPTH_MM = 260.0, 12.0
_GREY, _WHITE_ABOVE = (430.0, 580.0), 690.0
# The superior sagittal sinus: right outside the brain, in the midline, behind the forehead; voxels of SRI24.
_SINUS_MM, _SINUS_HALF_WIDTH, _SINUS_ABOVE, _SINUS_BEHIND = 4.0, 4.0, 60, 120
_STEP = 2  # voxels that are averaged along each axis: against noise, and eight times as fast
_LEAST_VOXELS = 100  # of 2 mm, of a tissue
_TO_DEVIATION = 0.674  # a quarter of a normal distribution lies further than this above its middle
BRIGHT_FROM = 5.0  # standard deviations of white matter above it
# From the real scans and changed ones, docs/trust.md. Between the two values of a pair a person decides.
FLUID_DOUBTFUL, FLUID_WRONG = -4.5, -2.5
GREY_DOUBTFUL, GREY_WRONG = -0.5, -0.2
BRIGHT_EXPECTED, SINUS_EXPECTED = 0.007, 1.5  # either is enough: a stripped scan has no sinus
_CHOOSE = "Choose the T1 after contrast."


@dataclass(frozen=True)
class Picture:
    """What was measured, in standard deviations of white matter, which no shift or scale of the intensities changes.

    grey, fluid, sinus: above white matter; negative: darker; bright: share of the brain that is brighter than white
    matter by BRIGHT_FROM.
    """

    grey: float
    fluid: float
    bright: float
    sinus: float


@dataclass(frozen=True, eq=False)
class Tissues:
    """Where SRI24 has fluid, grey and white matter, and the sagittal sinus; bool, on a grid of 2 mm."""

    fluid: Array
    grey: Array
    white: Array
    sinus: Array


def tissues(atlas: Atlas) -> Tissues:
    """Away from their borders with each other, which no registration meets exactly."""
    t1 = _coarse(atlas.brain.array)
    brain = _coarse(atlas.brain.array > 0) > 0.99
    depth = ndimage.distance_transform_edt(brain) * _STEP
    fluid = brain & (t1 < _FLUID_BELOW) & (depth > _FLUID_DEPTH_MM)
    grey = brain & (t1 > _GREY[0]) & (t1 < _GREY[1])
    white = ndimage.binary_erosion(brain & (t1 > _WHITE_ABOVE))
    i, j, k = np.ogrid[:t1.shape[0], :t1.shape[1], :t1.shape[2]]
    middle = np.abs(i - (t1.shape[0] - 1) / 2) * _STEP < _SINUS_HALF_WIDTH
    outside = ndimage.distance_transform_edt(~brain) * _STEP
    sinus = (outside > 0) & (outside <= _SINUS_MM) & middle & (k * _STEP > _SINUS_ABOVE) & (j * _STEP > _SINUS_BEHIND)
    return Tissues(fluid, grey, white, sinus)


def look_at(head: Volume, brain_mask: Volume, where: Tissues) -> Picture | None:
    """head: with or without skull, any unit; brain_mask: bool; both on the SRI24 grid. None where too little of a
    tissue lies in the brain or white matter is the same everywhere."""
    brain = _coarse(brain_mask.array) > 0.99
    picture = _coarse(head.array)
    parts = [picture[part & brain] for part in (where.fluid, where.grey, where.white)]
    if min(part.size for part in parts) < _LEAST_VOXELS:
        return None
    fluid, grey, white = parts
    quarter, middle = np.percentile(white, (75, 50))
    deviation = float(quarter - middle) / _TO_DEVIATION
    if deviation <= 0:
        return None
    levels = (np.median(grey), np.percentile(fluid, 25), np.percentile(picture[where.sinus], 75))
    grey_, fluid_, sinus = (float(level - middle) / deviation for level in levels)
    return Picture(grey_, fluid_, float((picture[brain] > middle + BRIGHT_FROM * deviation).mean()), sinus)


def picture_cautions(picture: Picture | None, agent: bool | None) -> tuple[Caution, ...]:
    """At most one. agent: whether one was given, as the header says; None where it is silent. Of level "stop": another
    kind of scan; no enhancement in one that its header calls without contrast."""
    if picture is None:
        return (Caution("picture_unclear", "confirm",
                        "It could not be told from the picture whether this is a T1 after contrast.",
                        "Look at it and say what it is."),)
    fluid = "fluid is not darker than white matter, as in a T2 or a subtraction"
    grey = "grey matter is not darker than white matter, as in a FLAIR"
    if picture.fluid > FLUID_WRONG or picture.grey > GREY_WRONG:
        return (_another_kind(True, fluid if picture.fluid > FLUID_WRONG else grey),)
    if picture.fluid > FLUID_DOUBTFUL or picture.grey > GREY_DOUBTFUL:
        return (_another_kind(False, fluid if picture.fluid > FLUID_DOUBTFUL else grey),)
    if picture.bright < BRIGHT_EXPECTED and picture.sinus < SINUS_EXPECTED:
        return (_no_enhancement(agent),)
    return ()


def _another_kind(clear: bool, seen: str) -> Caution:
    if clear:
        return Caution("picture_not_t1", "stop", f"This is no T1: {seen}.", _CHOOSE)
    return Caution("picture_doubtful", "confirm", f"This may be no T1: {seen}.",
                   f"{_CHOOSE[:-1]}, or say why this is it.")


def _no_enhancement(agent: bool | None) -> Caution:
    seen = "Neither vessels nor anything else enhances in this picture"
    if agent is False:
        return Caution("picture_without_contrast", "stop",
                       f"{seen}, and its header or name says that no contrast agent was given.", _CHOOSE)
    said = "although its header or name says that a contrast agent was given" if agent else (
        "and nothing says that a contrast agent was given")
    return Caution("picture_without_contrast", "confirm", f"{seen}, {said}.",
                   f"{_CHOOSE[:-1]}, or say why this is it.")


def _coarse(array: Array) -> FloatArray:
    """Means over _STEP voxels along each axis, float32; an incomplete last one is left out."""
    i, j, k = (side // _STEP for side in array.shape)
    kept = array[:i * _STEP, :j * _STEP, :k * _STEP]
    return np.asarray(kept.reshape(i, _STEP, j, _STEP, k, _STEP).mean(axis=(1, 3, 5), dtype=np.float32))
