"""Whether a head extends beyond the first or last slice of a scan. No header records slices that are missing."""

import numpy as np
from skimage.filters import threshold_otsu

from rnapp.types import Array, Caution, FloatArray, Volume, note

_SAMPLES = 64  # along each axis: enough to distinguish a head from air
# Skin, skull and fluid over the brain are about 15 mm thick, and scans in thick slices usually end within them. At the
# round top of a head the missing length is overestimated by a quarter.
MISSING_MM = 25.0
_LAST_MM = 12.0  # length over which the growth of the sections from the end inwards is measured
_LEAST_SHARE = 0.3  # of the largest section: less is an ear, a nose or noise
# From the top of the head down to the lowest edge of the cerebellum, mm; a scan that ends above it cuts the brain.
BRAIN_FLOOR_MM = 125.0
_SIDES = (("right", "left"), ("front", "back"), ("bottom", "top"))  # of the scan, at low and at high LPS
_UP = 2


def air_and_head(values: Array) -> tuple[float, float] | None:
    """The means of what is dark and of what is bright, in the units of the values; None where all are the same."""
    if values.min() == values.max():
        return None
    cut = threshold_otsu(values)
    return float(values[values <= cut].mean()), float(values[values > cut].mean())


def head_cut(values: Array) -> float | None:
    """Halfway from air to head, in the units of the values; None where all are the same."""
    # Otsu's threshold itself may be just above the air; halfway between air and head is far from both.
    means = air_and_head(values)
    return None if means is None else sum(means) / 2


def cut_off_cautions(scan: Volume) -> tuple[Caution, ...]:
    """Signs in the image itself that slices are missing: a section at an end of the scan too large to end a head.

    Examined across the slices (the last axis) and from bottom to top. scan: any grid, with or without skull.
    """
    step = tuple(slice(None, None, max(1, length // _SAMPLES)) for length in scan.shape)
    cut = head_cut(scan.array[step])
    if cut is None:
        return ()
    directions = scan.affine[:3, :3] / scan.spacing
    upright = int(np.argmax(np.abs(directions[_UP])))
    sentences: dict[str, str] = {}
    for axis in dict.fromkeys((upright, 2)):
        world = int(np.argmax(np.abs(directions[:, axis])))
        sections = _sections(scan.array, cut, axis)
        if directions[world, axis] < 0:
            sections = sections[::-1]
        sentences |= _ends(sections, float(scan.spacing[axis]), world)
    return tuple(note("head_cut_off", sentence) for sentence in sentences.values())


def _sections(array: Array, cut: float, axis: int) -> FloatArray:
    """Voxels of the head in each section across this axis, subsampled within the sections."""
    thin = tuple(slice(None) if other == axis else slice(None, None, max(1, length // _SAMPLES))
                 for other, length in enumerate(array.shape))
    return np.asarray((array[thin] > cut).sum(axis=tuple(n for n in range(3) if n != axis)), dtype=float)


def _ends(sections: FloatArray, step: float, world: int) -> dict[str, str]:
    """Side → sentence. sections: areas, in ascending LPS order along this axis of the world; step: between them, mm."""
    sentences = {}
    for side, inwards in zip(_SIDES[world], (sections, sections[::-1]), strict=True):
        share = inwards[0] / sections.max()
        if share < _LEAST_SHARE:
            continue
        if side != "bottom" and missing_mm(inwards, step) > MISSING_MM:
            sentences[side] = (f"The head is cut off at the {side} of the scan (its last section there is {share:.0%} "
                               "of the largest one); are slices missing?")
        # Below every scan the neck continues.
        if side == "bottom" and (below := _below_top_mm(sections, step)) < BRAIN_FLOOR_MM:
            sentences[side] = (f"The head is cut off at the bottom of the scan (about {below:.0f} mm below the top of "
                               "the head, where the brain continues); are slices missing?")
    return sentences


def missing_mm(inwards: FloatArray, step: float) -> float:
    """How far the head extends beyond the first of these sections, mm, if they go on shrinking as they do near it.

    inwards: areas in any unit, from the end of the scan; step: between them, mm.
    """
    if inwards[0] == 0:
        return 0.0
    count = min(len(inwards) - 1, max(1, round(_LAST_MM / step)))
    growth = (inwards[count] - inwards[0]) / (count * step)
    return float(inwards[0] / growth) if growth > 0 else float("inf")


def _below_top_mm(upwards: FloatArray, step: float) -> float:
    """From the top of the head, which may lie above the scan, down to the lowest section, mm."""
    seen = np.flatnonzero(upwards > 0.02 * upwards.max())
    return float(seen[-1] + 1) * step + min(missing_mm(upwards[::-1], step), BRAIN_FLOOR_MM)
