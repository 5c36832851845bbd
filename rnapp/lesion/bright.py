"""Bright parts of a brain: what is brighter than white matter, cut apart where it is thin, with its dark core filled.

Levels and cuts make a tree of overlapping parts (as in maximally stable extremal regions, Matas et al. 2002, and
openings of growing size); rnapp.lesion.likeness says which of them look like a lesion. All on the 1 mm SRI24 grid.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import ndimage

from rnapp.errors import PreparationError
from rnapp.types import Array, FloatArray, Prepared

SMOOTH_MM = 0.7  # against noise; far narrower than the smallest lesion
# In standard deviations of white matter above its mode. The lower one outlines faint lesions, the higher one
# separates bright ones from what they touch. On the development heads (tests/benchmarks/proposals.py) the best part of
# a lesion had a mean Dice coefficient of 0.74 with these two, and of 0.75 with 1.5, 2, 2.5, 3 and 4.
LEVELS = (1.5, 4.0)
RISE = 1.5  # a part must somewhere be so much brighter than its level; noise around the level is not
# Erosions, by a cross and a cube in turn, that cut off ever thicker vessels, dura and sinuses which a lesion touches.
MOST_CUTS = 3
SMALLEST_VOXELS, LARGEST_MM = 15, 90  # a lesion of 3 mm, and more than any metastasis; the tree of vessels is larger
# A thin shell fills 0.2 of its box, branches of vessels less than this; and a ball as large as the part must be so wide
# as a share of the part's length: three times as long as thick passes, a vessel does not.
LEAST_DENSITY, LEAST_WIDTH = 0.05, 0.4
# A voxel lies inside a ring if so many of the 26 directions from it meet the ring within 31 voxels: an open ring still
# surrounds its core, a bent vessel or sheet does not. Parts that fill their box more than this have no core to fill.
DIRECTIONS = tuple(step for step in product((-1, 0, 1), repeat=3) if any(step))
SURROUNDED, SMALLEST_RING, DENSE = 18, 100, 0.45
RIM_VOXELS = 4  # of what lies around a part, kept to see what it lies in
CUBE = np.ones((3, 3, 3), bool)
PEAK_SHARE = 0.4  # a peak of the histogram counts as tissue if it is so high, as a share of the highest

Box = tuple[slice, ...]


@dataclass(frozen=True, eq=False)
class Scene:
    """The brain of a prepared study, cut out of the SRI24 grid.

    start: voxel index of its corner, shape (3,); level: brightness in standard deviations of white matter above white
    matter, float32; brain: bool; depth: mm from the edge of the brain, of every second voxel.
    """

    start: Array
    level: FloatArray
    brain: Array
    depth: FloatArray


@dataclass(frozen=True, eq=False)
class Part:
    """A bright part. box: where in the scene; held: the level that holds it; core: what is bright, filled: with what it
    surrounds, bool on the box."""

    box: Box
    held: float
    core: Array
    filled: Array


def look_at(prepared: Prepared) -> Scene:
    """The scene of a prepared study."""
    box = _bounds(prepared.brain_mask.array, 1)
    brain = prepared.brain_mask.array[box]
    smooth = ndimage.gaussian_filter(prepared.image.array[box], SMOOTH_MM)
    mode, deviation = white_matter(smooth[brain])
    # Every second voxel is enough for a depth, and eight times as fast.
    depth = 2.0 * ndimage.distance_transform_edt(np.pad(brain[::2, ::2, ::2], 1))[1:-1, 1:-1, 1:-1]
    return Scene(np.array([cut.start for cut in box]), (smooth - mode) / deviation, brain, depth)


def white_matter(values: FloatArray) -> tuple[float, float]:
    """Mode and standard deviation of the brightest normal tissue, from all values of a brain, shape (N,).

    That is white matter in a T1 without contrast; after contrast grey matter may merge with it. The deviation comes
    from the peak's upper side, at half its height: enhancement hardly reaches there, and darker tissue not at all.
    Raises PreparationError where nearly the whole brain is equally bright.
    """
    low, high = np.percentile(values, (1, 99))
    if low == high:
        raise PreparationError("Expected a brain with grey and white matter to look for lesions in, but its intensity "
                               "is the same everywhere; choose another series.")
    count, edges = np.histogram(values, np.linspace(low, high, 257))
    smooth = ndimage.gaussian_filter1d(np.pad(count.astype(float), 1), 4.0)
    inner = smooth[1:-1]
    peaks = np.flatnonzero((inner >= smooth[:-2]) & (inner > smooth[2:]) & (inner > PEAK_SHARE * smooth.max()))
    peak = int(peaks[-1])
    fall = int(np.argmax(np.append(inner[peak:], 0.0) < inner[peak] / 2))
    step = float(edges[1] - edges[0])
    return float(edges[0] + (peak + 0.5) * step), fall * step / float(np.sqrt(2 * np.log(2)))


def bright_parts(scene: Scene) -> Iterator[Part]:
    """Every bright part, at each level and after each cut; those of different levels and cuts overlap."""
    for held in LEVELS:
        bright = (scene.level > held) & scene.brain
        left, seen = bright, set()
        for cuts in range(MOST_CUTS + 1):
            numbered, _ = ndimage.label(left, CUBE if cuts == 0 else None)
            for number, box in enumerate(ndimage.find_objects(numbered), start=1):
                part = _grown(numbered, number, box, bright, cuts)
                if part is None or (name := _name(*part)) in seen:
                    continue
                seen.add(name)
                if scene.level[part[0]][part[1]].max() >= held + RISE:
                    yield Part(part[0], held, part[1], _filled(*part, scene.brain))
            left = ndimage.binary_erosion(left, CUBE if cuts % 2 else None)


def surrounded(core: Array) -> Array:
    """What a part surrounds, open rings included, bool on the same grid."""
    hits = np.zeros(core.shape, np.uint8)
    for direction in DIRECTIONS:
        seen = core.copy()
        for distance in (1, 2, 4, 8, 16):  # each doubles the reach
            seen |= _shifted(seen, direction, distance)
        hits += seen
    return np.asarray(hits >= SURROUNDED)


def _grown(numbered: Array, number: int, box: Box, bright: Array, cuts: int) -> tuple[Box, Array] | None:
    """What is left of a part after so many cuts, grown back to its surface; None if it cannot be a lesion."""
    if max(cut.stop - cut.start for cut in box) > LARGEST_MM:
        return None
    margin = RIM_VOXELS + (cuts + 1 if cuts else 0)
    wide = tuple(slice(max(cut.start - margin, 0), cut.stop + margin) for cut in box)
    core = np.asarray(numbered[wide] == number)
    for step in range(cuts + 1 if cuts else 0):
        core = ndimage.binary_dilation(core, CUBE if step % 2 else None, mask=bright[wide])
    voxels = int(np.count_nonzero(core))
    extent = [cut.stop - cut.start for cut in _bounds(core)]
    dense = voxels >= LEAST_DENSITY * np.prod(extent)
    wide_enough = _ball(voxels) >= LEAST_WIDTH * max(extent)
    return (wide, core) if voxels >= SMALLEST_VOXELS and dense and wide_enough else None


def _name(box: Box, core: Array) -> tuple[int, ...]:
    """The same for parts that another cut did not change."""
    low = np.argmax(core) if core.size else 0
    first = np.unravel_index(int(low), core.shape)
    return (*(int(at) + cut.start for at, cut in zip(first, box, strict=True)), int(np.count_nonzero(core)))


def _filled(box: Box, core: Array, brain: Array) -> Array:
    """With the holes, and with the core of an open ring."""
    filled = core
    voxels = np.count_nonzero(core)
    if voxels >= SMALLEST_RING and voxels < DENSE * np.prod([cut.stop - cut.start for cut in _bounds(core)]):
        numbered, _ = ndimage.label(core | (surrounded(core) & brain[box]), CUBE)
        filled = numbered == numbered[core][0]
    return np.asarray(ndimage.binary_fill_holes(filled))


def _ball(voxels: float) -> float:
    """Diameter of a ball of this volume."""
    return float((6 * voxels / np.pi) ** (1 / 3))


def _bounds(mask: Array, margin: int = 0) -> Box:
    """The smallest box around a mask that is not empty, and a margin around it where the grid goes on."""
    occupied = [np.flatnonzero(mask.any(axis=tuple(n for n in range(3) if n != axis))) for axis in range(3)]
    return tuple(slice(max(int(at[0]) - margin, 0), int(at[-1]) + 1 + margin) for at in occupied)


def _shifted(mask: Array, direction: tuple[int, ...], distance: int) -> Array:
    """The mask moved by so many voxels; nothing comes in from outside."""
    moved = np.zeros_like(mask)
    to, of = [], []
    for step, side in zip(direction, mask.shape, strict=True):
        move = min(abs(step * distance), side)
        to.append(slice(move, side) if step > 0 else slice(0, side - move))
        of.append(slice(0, side - move) if step > 0 else slice(move, side))
    moved[tuple(to)] = mask[tuple(of)]
    return moved
