"""Can the registration be trusted? Measured on the result, with thresholds derived from deliberate failures."""

import numpy as np
from scipy import ndimage

from rnapp.errors import PreparationError
from rnapp.types import Array, Atlas, Caution, RegistrationQuality, Volume, note

SMOOTHING_MM = 2.0
# Taken from three real heads and the example: right registrations have a Dice of at least 0.93 unless there is much
# noise; of 32 that were started wrongly on purpose (up to 180° off) the 27 wrong ones had at most 0.90
# (docs/preparation.md).
GOOD_DICE = 0.92
GOOD_CORRELATION = 0.35
REFUSED_DICE = 0.85
REFUSED_CORRELATION = 0.15
# With part of the brain outside the field of view the rest may fit in more than one way: among the hard heads, the only
# failure that overlap and correlation missed had a coverage of 0.91 (docs/preparation.md).
GOOD_COVERAGE = 0.95
BRAIN_ML = (700.0, 2300.0)


def assess(head: Volume, brain_mask: Volume, covered: Volume, atlas: Atlas) -> RegistrationQuality:
    """Brain overlap and intensity agreement with SRI24; all volumes on the SRI24 grid.

    covered: bool, where the scan has voxels (a cropped field of view is not a fault of the registration, but one that
    leaves out more than a twentieth of the brain makes it doubtful). Raises PreparationError where the result cannot be
    a registered head.
    """
    expected, seen = atlas.brain_mask.array & covered.array, brain_mask.array & covered.array
    overlap = dice(seen, expected)
    correlation = _correlation(head.array, atlas.brain.array, brain_mask.array & expected)
    volume = float(brain_mask.array.sum() * brain_mask.voxel_ml)
    if overlap < REFUSED_DICE or correlation < REFUSED_CORRELATION or not BRAIN_ML[0] <= volume <= BRAIN_ML[1]:
        raise PreparationError(
            "Expected an MRI of a head, but this series does not match the atlas brain "
            f"(overlap {overlap:.2f}, correlation {correlation:.2f}, brain {volume:.0f} ml); choose another series.")
    good = overlap >= GOOD_DICE and correlation >= GOOD_CORRELATION and _share(covered, atlas) >= GOOD_COVERAGE
    return RegistrationQuality(overlap, correlation, good, _sentence(good))


def coverage_cautions(covered: Volume, atlas: Atlas) -> tuple[Caution, ...]:
    """The sentence for a scan that does not cover the whole atlas brain."""
    share = _share(covered, atlas)
    if share >= GOOD_COVERAGE:
        return ()
    return (note("outside_field_of_view", f"The scan covers only {share:.0%} of the brain."),)


def _share(covered: Volume, atlas: Atlas) -> float:
    """Dice with the part of the atlas brain that the scan covers."""
    return float(covered.array[atlas.brain_mask.array].mean())


def _sentence(good: bool) -> str:
    if good:
        return "The scan matches the atlas; check that both contours follow the brain in all three planes."
    return "The scan matches the atlas poorly; accept it only if both contours follow the brain in all three planes."


def dice(a: Array, b: Array) -> float:
    """Overlap of two bool masks, 0 to 1; 0 where both are empty."""
    total = int(a.sum()) + int(b.sum())
    return float(2 * (a & b).sum() / total) if total else 0.0


def _correlation(a: Array, b: Array, inside: Array) -> float:
    """Pearson's correlation of smoothed intensities, which forgives noise and thick slices."""
    if inside.sum() < 2:
        return 0.0
    smooth = [ndimage.gaussian_filter(np.where(inside, image, 0).astype(np.float32), SMOOTHING_MM)[inside]
              for image in (a, b)]
    return float(np.corrcoef(smooth[0], smooth[1])[0, 1]) if min(s.std() for s in smooth) > 0 else 0.0
