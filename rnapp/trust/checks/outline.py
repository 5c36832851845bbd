"""Whether an outline follows something that enhances, and whether that looks like a lesion: from the picture alone.

An enhancing lesion, solid or a ring, is brighter within its outline than right outside it, all around. Normal tissue in
an outline is not, and a vessel that happens to lie in it does not follow the outline.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rnapp.types import Array, Caution, FloatArray

SMOOTH_MM = 0.7  # against noise
RIM_MM = 2.5  # inside the outline: thicker than an enhancing rim's blur, thinner than most cores
OUTSIDE_MM = (1.5, 4.5)  # beyond the blur of the edge, before the next gyrus
AROUND_MM = (2.0, 9.0)
EDGE_MM = 4.0  # dura and the large sinuses are this near to the edge of the brain
BRIGHTEST = 90  # percentile
LEAST_AROUND = 10  # voxels to compare with
# From the real T1CE heads and synthetic lesions, docs/trust.md.
STEP_EXPECTED, RISE_EXPECTED = 0.75, 0.7
STEP_NEEDED, RISE_NEEDED = 0.65, 0.5
THIN_MM, LONG, SPREAD, AT_EDGE = 6.0, 0.5, 0.48, 0.5


@dataclass(frozen=True)
class Outlined:
    """What lies in an outline.

    step: how often a voxel just inside the outline is brighter than one just outside, 0.5 by chance, 1 always; rise:
    brightest tenth inside above the brightest tenth around, in standard deviations of the brain; half_width_mm: radius
    of the largest ball inside; roundness: shortest by longest axis of inertia, 0 to 1; fullness: radius of that ball by
    that of one of the same volume, 1 for a ball and little for branches; at_edge: share within EDGE_MM of the edge of
    the brain. step and rise are 0 where no brain is around it to compare with.
    """

    step: float
    rise: float
    half_width_mm: float
    roundness: float
    fullness: float
    at_edge: float


def look_at(image: FloatArray, brain: Array, labels: Array, number: int) -> Outlined | None:
    """All on one grid of 1 mm voxels. image: z-scored in the brain; brain: bool; labels: of all lesions; number: of
    the one to look at. None where it has no voxels."""
    box = _box(labels == number, round(AROUND_MM[1]) + 2)
    if box is None:
        return None
    mask, inside = labels[box] == number, brain[box]
    free = inside & ((labels[box] == 0) | mask)
    picture = ndimage.gaussian_filter(image[box].astype(np.float32), SMOOTH_MM)
    outwards, inwards = (np.asarray(ndimage.distance_transform_edt(part)) for part in (~mask, mask))
    voxels, widest = np.argwhere(mask), float(inwards.max())
    return Outlined(
        step=_step(picture[mask & (inwards <= RIM_MM)], _around(picture, free, outwards, OUTSIDE_MM)),
        rise=_rise(picture[mask], _around(picture, free, outwards, AROUND_MM)),
        half_width_mm=widest, roundness=_roundness(voxels), at_edge=_at_edge(mask, brain, box),
        fullness=widest / float((3 * len(voxels) / (4 * np.pi)) ** (1 / 3)))


def outline_cautions(seen: Outlined | None) -> tuple[Caution, ...]:
    """At most one: on what does not enhance, else on what looks like a vessel, a sinus or dura."""
    if seen is None:
        return ()
    if seen.step < STEP_NEEDED and seen.rise < RISE_NEEDED:
        return (Caution("lesion_not_enhancing", "stop",
                        "Nothing in this outline is brighter than the brain around it, so it is no enhancing lesion, "
                        "and the model knows no others.", "Draw the outline on the enhancing lesion, or remove it."),)
    if seen.step < STEP_EXPECTED or seen.rise < RISE_EXPECTED:
        return (Caution("lesion_hardly_enhances", "confirm",
                        "The outline hardly follows anything that is brighter than the brain around it.",
                        "Correct the outline, or say why this is the enhancing lesion."),)
    return _vessel_cautions(seen)


def _vessel_cautions(seen: Outlined) -> tuple[Caution, ...]:
    if seen.at_edge >= AT_EDGE:
        return (Caution("lesion_like_dura", "confirm",
                        f"{seen.at_edge:.0%} of it lies within {EDGE_MM:g} mm of the edge of the brain, where dura and "
                        "sinuses enhance in everyone.".replace("%", " %"), "Say why it is a lesion, or remove it."),)
    if seen.fullness < SPREAD or (seen.half_width_mm < THIN_MM and seen.roundness < LONG):
        return (Caution("lesion_like_vessel", "confirm", "It is thin and long or branches, as vessels and choroid do.",
                        "Say why it is a lesion, or remove it."),)
    return ()


def _box(mask: Array, margin: int) -> tuple[slice, ...] | None:
    occupied = [np.flatnonzero(mask.any(axis=tuple(n for n in range(3) if n != axis))) for axis in range(3)]
    if not occupied[0].size:
        return None
    return tuple(slice(max(int(at[0]) - margin, 0), int(at[-1]) + 1 + margin) for at in occupied)


def _around(picture: FloatArray, free: Array, outwards: FloatArray, reach: tuple[float, float]) -> FloatArray:
    low, high = reach
    return picture[free & (outwards > low) & (outwards <= high)]


def _step(inner: FloatArray, outer: FloatArray) -> float:
    """Share of pairs in which the first is brighter (Mann and Whitney's U)."""
    if outer.size < LEAST_AROUND:
        return 0.0
    return float(np.searchsorted(np.sort(outer), inner).mean() / outer.size)


def _rise(inside: FloatArray, around: FloatArray) -> float:
    if around.size < LEAST_AROUND:
        return 0.0
    return float(np.percentile(inside, BRIGHTEST) - np.percentile(around, BRIGHTEST))


def _roundness(voxels: Array) -> float:
    """A twelfth is the variance inside a voxel."""
    if len(voxels) < 2:
        return 1.0
    variances = np.linalg.eigvalsh(np.cov(voxels.T) + np.eye(3) / 12)
    return float(np.sqrt(variances[0] / variances[-1]))


def _at_edge(mask: Array, brain: Array, box: tuple[slice, ...]) -> float:
    """Share of the mask that is outside the brain or within EDGE_MM of its edge."""
    reach = int(np.ceil(EDGE_MM)) + 1
    wide = tuple(slice(max(cut.start - reach, 0), cut.stop + reach) for cut in box)
    depth = np.asarray(ndimage.distance_transform_edt(brain[wide]))
    cut = tuple(slice(one.start - more.start, one.start - more.start + side)
                for one, more, side in zip(box, wide, mask.shape, strict=True))
    return float((depth[cut][mask] < EDGE_MM).mean())
