"""One head of a patient registered to another head of the same patient, with a verdict.

Both are already on the SRI24 grid, but were registered to it separately, so they differ by a few millimetres and about
one per cent in size. An adult's head does not change its size between two scans, and scanners measure lengths to under
a per cent: from one scan to the other the transform is rigid in the patient's millimetres, and uses exactly the fixed
head's scale to the atlas. With two separately estimated scales a lesion could seem to grow with the atlas fit.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rnapp.errors import PreparationError
from rnapp.geometry import from_sitk, grid_like, resample, resample_mask, shrunk
from rnapp.preprocess.changed import unchanged
from rnapp.preprocess.quality import dice
from rnapp.preprocess.registration import align_rigid, size_ratio
from rnapp.types import Array, CancelToken, FloatArray, MatchQuality, SimilarityTransform, Volume

COMPARED_MM = 2  # voxels on which the two heads are compared
SMOOTHING_MM = 2.0  # forgives noise and thick slices
# Measured on real heads (docs/timeline.md).
GOOD_CORRELATION = 0.85
REFUSED_CORRELATION = 0.60
GOOD_DICE = 0.96
REFUSED_DICE = 0.85
SAME_SIZE = 0.03
LEAST_COMPARED_ML = 300.0


@dataclass(frozen=True)
class Wording:
    """What the two heads are called in messages. same_part, expected: what was expected; moving: the head that is
    registered; choose: what to do instead; before: what must wait until a doubtful match has been looked at."""

    same_part: str
    expected: str
    moving: str
    choose: str
    before: str


@dataclass(frozen=True, eq=False)
class Head:
    """A head that was registered to SRI24 on its own.

    scan: on its own grid, without its bias field (of the fixed head only the grid counts); to_atlas: its own LPS mm →
    SRI24 LPS mm; head: the same on the SRI24 grid, float32; brain_mask, compared: bool, SRI24 grid: the brain, and what
    of it should look the same on both scans (without lesions).
    """

    scan: Volume
    to_atlas: SimilarityTransform
    head: Volume
    brain_mask: Volume
    compared: Volume


@dataclass(frozen=True, eq=False)
class Match:
    """A head registered to another one; all volumes on the fixed head's SRI24 grid.

    to_fixed: moving scan's LPS mm → the fixed head's SRI24; between: moving SRI24 → fixed SRI24, LPS mm. head: the
    moving scan, resampled once from its own voxels, float32; seen, covered: bool, where the moving scan, and where both
    have voxels. moving_level, fixed_level: mean and standard deviation of what was compared.
    """

    to_fixed: SimilarityTransform
    between: SimilarityTransform
    head: Volume
    seen: Volume
    covered: Volume
    quality: MatchQuality
    moving_level: tuple[float, float]
    fixed_level: tuple[float, float]

    @property
    def matched_head(self) -> Volume:
        """The moving head with the fixed one's mean and spread in what both show, float32, 0 where it has no voxels.

        Not a regression: its slope shrinks with noise and misfit, which would leave edges throughout a difference
        image.
        """
        (mean, spread), (fixed_mean, fixed_spread) = self.moving_level, self.fixed_level
        levelled = (self.head.array.astype(np.float64) - mean) * (fixed_spread / spread) + fixed_mean
        return self.head.with_array(np.where(self.seen.array, levelled, 0).astype(np.float32))


def coregister(moving: Head, fixed: Head, wording: Wording, cancel: CancelToken, operated: bool = False) -> Match:
    """The moving head on the fixed one's SRI24 grid, with a verdict.

    For scans of one contrast: the verdict is the correlation of their intensities; operated: leaves out places where
    only one shows a cavity, enhancement or oedema, which nobody has drawn. Raises PreparationError where the two heads
    do not match (another patient, sides swapped) or share too little of the brain, GeometryError where their sizes
    differ beyond all heads, Cancelled.
    """
    resized = _resized(moving, fixed)
    here, there = _Compared(fixed.head, fixed.compared), _Compared(moving.head, moving.compared).placed(resized.matrix)
    _check_shared(here.shared(there), wording)
    rigid = _align(here, there, cancel)
    between = rigid.after(resized)
    to_fixed = between.after(moving.to_atlas)
    moved = resample(moving.scan, fixed.head, to_fixed)
    seen = field_of_view(moving.scan, fixed.head, to_fixed)
    covered = seen & field_of_view(fixed.scan, fixed.head, fixed.to_atlas)
    aligned = there.placed(rigid.matrix)
    inside = fixed.head.with_array(here.shared(aligned).array & covered)
    if operated:
        inside = unchanged(moved, fixed.head, inside)
    _check_shared(inside, wording)
    smooth = _smoothed(moved, inside), _smoothed(fixed.head, inside)
    brain = resample_mask(moving.brain_mask, fixed.head, between).array
    quality = _assess(_correlation(*smooth), _mirrored(here, there, cancel, operated),
                      dice(fixed.brain_mask.array & covered, brain & covered),
                      size_ratio(here.head, aligned.head, here.mask, aligned.mask), wording)
    levels = [(float(one.mean()), float(one.std())) for one in smooth]
    return Match(to_fixed, between, moved, fixed.head.with_array(seen), fixed.head.with_array(covered), quality,
                 *levels)


def field_of_view(native: Volume, grid: Volume, transform: SimilarityTransform) -> Array:
    """Where a scan has voxels, bool, on a grid. transform: from its native world to the grid's, LPS mm."""
    return resample_mask(grid_like(native, np.ones(native.shape, bool)), grid, transform).array


@dataclass(frozen=True, eq=False)
class _Compared:
    """A head, and the part of it that is compared, bool, on one grid."""

    head: Volume
    mask: Volume

    def placed(self, matrix: FloatArray) -> "_Compared":
        """The same voxels moved by a matrix, LPS mm, shape (4, 4); nothing is resampled."""
        return _Compared(*(Volume(one.array, matrix @ one.affine, one.frame_of_reference)
                           for one in (self.head, self.mask)))

    def shared(self, other: "_Compared") -> Volume:
        """What both masks hold, bool, on this grid."""
        return self.head.with_array(self.mask.array & resample_mask(other.mask, self.mask).array)


def _resized(moving: Head, fixed: Head) -> SimilarityTransform:
    """From the moving head's scale onto the atlas to the fixed one's, about the middle of the brain."""
    scale, centre = fixed.to_atlas.scale / moving.to_atlas.scale, _middle(fixed.brain_mask)
    matrix = np.eye(4)
    matrix[:3, :3] *= scale
    matrix[:3, 3] = centre - scale * centre
    return SimilarityTransform(matrix)


def _middle(mask: Volume) -> FloatArray:
    return np.asarray(mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0])


def _align(fixed: _Compared, moving: _Compared, cancel: CancelToken) -> SimilarityTransform:
    return align_rigid(fixed.head, moving.head, fixed.mask, moving.mask, cancel)


def _mirrored(fixed: _Compared, moving: _Compared, cancel: CancelToken, operated: bool) -> float:
    """How well the mirror image of the moving head would fit. A head is so similar to its mirror image that a scan with
    swapped sides could otherwise pass."""
    mirror = np.diag([-1.0, 1, 1, 1])
    mirror[0, 3] = 2 * _middle(fixed.mask)[0]
    image = moving.placed(mirror)
    aligned = image.placed(_align(fixed, image, cancel).matrix)
    inside, head = fixed.shared(aligned), resample(aligned.head, fixed.head)
    if operated:
        inside = unchanged(head, fixed.head, inside)
    return _correlation(_smoothed(fixed.head, inside), _smoothed(head, inside))


def _smoothed(head: Volume, inside: Volume) -> FloatArray:
    """The intensities inside, smoothed without those outside it, shape (N,), at COMPARED_MM; any unit."""
    weight = from_sitk(shrunk(inside, COMPARED_MM))
    kept = from_sitk(shrunk(head.with_array(np.where(inside.array, head.array, 0)), COMPARED_MM))
    sigma = SMOOTHING_MM / weight.spacing
    whole = ndimage.gaussian_filter(weight.array, sigma)
    smooth = ndimage.gaussian_filter(kept.array, sigma) / np.maximum(whole, 1e-6)
    return np.asarray(smooth[weight.array > 0.5], dtype=np.float64)


def _correlation(first: FloatArray, second: FloatArray) -> float:
    """Pearson's; 0 where either has no contrast."""
    if first.size < 2 or min(first.std(), second.std()) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _check_shared(compared: Volume, wording: Wording) -> None:
    """Raises PreparationError where two scans have too little brain in common to be registered."""
    shared = float(compared.array.sum() * compared.voxel_ml)
    if shared < LEAST_COMPARED_ML:
        raise PreparationError(f"Expected {wording.same_part} of the brain, but they share only {shared:.0f} ml "
                               f"outside the lesions; choose {wording.choose}.")


def _assess(correlation: float, mirrored: float, overlap: float, size: float, wording: Wording) -> MatchQuality:
    """The verdict. Raises PreparationError where the two cannot be the same head."""
    if mirrored >= max(correlation, REFUSED_CORRELATION):
        raise PreparationError(
            f"Expected left and right on the same sides of both scans, but {wording.moving} fits better mirrored "
            f"(correlation {mirrored:.2f} against {correlation:.2f}); check both series before {wording.before}.")
    if correlation < REFUSED_CORRELATION or overlap < REFUSED_DICE:
        raise PreparationError(
            f"Expected {wording.expected}, but the two heads do not match (correlation {correlation:.2f}, overlap of "
            f"the brains {overlap:.2f}); check the patient and choose {wording.choose}.")
    doubts = [words for words, good in (
        (f"intensities agree poorly (correlation {correlation:.2f})", correlation >= GOOD_CORRELATION),
        (f"the brains overlap poorly ({overlap:.2f})", overlap >= GOOD_DICE),
        (f"the sizes differ by about {abs(size - 1):.0%}", abs(size - 1) <= SAME_SIZE)) if not good]
    return MatchQuality(correlation, mirrored, overlap, size, not doubts, _sentence(doubts, wording))


def _sentence(doubts: list[str], wording: Wording) -> str:
    if not doubts:
        return "The two heads match; check that the edges of the brain continue from one to the other."
    doubt = " and ".join(doubts)
    return (f"{doubt[0].upper()}{doubt[1:]}: check that this is the same patient and that edges continue from one to "
            f"the other before {wording.before}.")
