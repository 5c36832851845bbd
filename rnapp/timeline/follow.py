"""An earlier study laid over the present one: registered, resampled, in the same intensities, and the difference.

Both studies lie on the SRI24 grid already, but each found its own way there, a few millimetres and about a per cent in
size apart. An adult's head does not change its size between two scans, and scanners measure lengths to under a per
cent: from one scan to the other the transform is rigid in the patient's millimetres, so that it takes exactly the
present study's scale onto the atlas. Two scales found apart from each other would let a lesion seem to grow with the
atlas fit. What the lesions do must not move the head, so they are left out, with a margin.
"""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from rnapp.errors import PreparationError
from rnapp.geometry import from_sitk, grid_like, resample, resample_mask, shrunk, to_lps, to_sitk
from rnapp.preprocess.bias_field import correct_bias_field
from rnapp.preprocess.quality import dice
from rnapp.preprocess.registration import align_rigid, size_ratio
from rnapp.types import (
    Array,
    CancelToken,
    FloatArray,
    Followed,
    FollowQuality,
    LesionSet,
    Prepared,
    Scan,
    SimilarityTransform,
    Volume,
)

LESION_MARGIN_MM = 8.0  # enhancement blurs and oedema swells the brain around a lesion
COMPARED_MM = 2  # voxels on which the two heads are compared
SMOOTHING_MM = 2.0  # forgives noise and thick slices
# Measured on real heads (docs/timeline.md).
GOOD_CORRELATION = 0.85
REFUSED_CORRELATION = 0.60
GOOD_DICE = 0.96
REFUSED_DICE = 0.85
SAME_SIZE = 0.03
LEAST_COMPARED_ML = 300.0


def follow(earlier: Scan, present: Scan, cancel: CancelToken | None = None) -> Followed:
    """The earlier study on the present one's SRI24 grid, with a verdict. Which scan is the older one does not matter.

    Raises PreparationError where the two heads do not match (another patient, sides swapped) or share too little of the
    brain, GeometryError where their sizes differ beyond all heads, Cancelled.
    """
    token = cancel or CancelToken()
    old, new = earlier.prepared, present.prepared
    resized = _resized(old, new)
    fixed, moving = _Masked.of(present), _Masked.of(earlier).placed(resized.matrix)
    _check_shared(fixed.shared(moving))
    rigid = _align(fixed, moving, token)
    between = rigid.after(resized)
    to_present = between.after(old.to_atlas)
    corrected = correct_bias_field(to_lps(old.native.with_array(old.native.array.astype(np.float32))), token)
    moved = resample(corrected, new.head, to_present)
    seen = field_of_view(old.native, new.head, to_present)
    covered = seen & field_of_view(new.native, new.head, new.to_atlas)
    laid = moving.placed(rigid.matrix)
    compared = new.head.with_array(fixed.shared(laid).array & covered)
    _check_shared(compared)
    smooth = _smoothed(new.head, compared), _smoothed(moved, compared)
    overlap = dice(new.brain_mask.array & covered, resample_mask(old.brain_mask, new.head, between).array & covered)
    size = size_ratio(fixed.head, laid.head, fixed.mask, laid.mask)
    quality = _assess(_correlation(*smooth), _mirrored(fixed, moving, token), overlap, size)
    head = moved.with_array(np.where(seen, _matched(moved.array, *smooth), np.float32(0)))
    return Followed(to_present, between, head, _difference(new, head, covered), new.head.with_array(covered), quality)


@dataclass(frozen=True, eq=False)
class _Masked:
    """A head, and what of it is compared (the brain without lesions), bool, on one grid."""

    head: Volume
    mask: Volume

    @staticmethod
    def of(scan: Scan) -> "_Masked":
        prepared = scan.prepared
        kept = prepared.brain_mask.array & ~_near_lesions(scan.lesion_set, prepared)
        return _Masked(prepared.head, prepared.head.with_array(kept))

    def placed(self, matrix: FloatArray) -> "_Masked":
        """The same voxels elsewhere, LPS mm, shape (4, 4); nothing is resampled."""
        return _Masked(*(Volume(one.array, matrix @ one.affine) for one in (self.head, self.mask)))

    def shared(self, other: "_Masked") -> Volume:
        """What both masks hold, bool, on this grid."""
        return self.head.with_array(self.mask.array & resample_mask(other.mask, self.mask).array)


def _resized(old: Prepared, new: Prepared) -> SimilarityTransform:
    """From the earlier scale onto the atlas to the present one, about the middle of the brain."""
    scale, centre = new.to_atlas.scale / old.to_atlas.scale, _middle(new.brain_mask)
    matrix = np.eye(4)
    matrix[:3, :3] *= scale
    matrix[:3, 3] = centre - scale * centre
    return SimilarityTransform(matrix)


def _middle(mask: Volume) -> FloatArray:
    return np.asarray(mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0])


def _align(fixed: _Masked, moving: _Masked, cancel: CancelToken) -> SimilarityTransform:
    return align_rigid(fixed.head, moving.head, fixed.mask, moving.mask, cancel)


def _mirrored(fixed: _Masked, moving: _Masked, cancel: CancelToken) -> float:
    """How well the mirror image of the earlier head would fit: a head is so much like its mirror image that a scan with
    swapped sides could pass otherwise."""
    mirror = np.diag([-1.0, 1, 1, 1])
    mirror[0, 3] = 2 * _middle(fixed.mask)[0]
    image = moving.placed(mirror)
    laid = image.placed(_align(fixed, image, cancel).matrix)
    compared = fixed.shared(laid)
    return _correlation(_smoothed(fixed.head, compared), _smoothed(resample(laid.head, fixed.head), compared))


def field_of_view(native: Volume, grid: Volume, transform: SimilarityTransform) -> Array:
    """Where a scan has voxels, bool, on a grid. transform: from its native world to the grid's, LPS mm."""
    return resample_mask(grid_like(native, np.ones(native.shape, bool)), grid, transform).array


def _near_lesions(lesion_set: LesionSet | None, prepared: Prepared) -> Array:
    """Lesions and LESION_MARGIN_MM (of the patient) around them, bool, on the study's own SRI24 grid."""
    if lesion_set is None or not lesion_set.atlas.array.any():
        return np.zeros(prepared.head.shape, bool)
    lesions = lesion_set.atlas.with_array(lesion_set.atlas.array > 0)
    reach = np.ceil(LESION_MARGIN_MM * prepared.to_atlas.scale / lesions.spacing).astype(int).tolist()
    return np.asarray(from_sitk(sitk.BinaryDilate(to_sitk(lesions), reach)).array > 0)


def _smoothed(head: Volume, inside: Volume) -> FloatArray:
    """The intensities inside, smoothed without those outside, shape (N,), at COMPARED_MM; any unit."""
    weight = from_sitk(shrunk(inside, COMPARED_MM))
    kept = from_sitk(shrunk(head.with_array(np.where(inside.array, head.array, 0)), COMPARED_MM))
    sigma = SMOOTHING_MM / weight.spacing
    whole = ndimage.gaussian_filter(weight.array, sigma)
    smooth = ndimage.gaussian_filter(kept.array, sigma) / np.maximum(whole, 1e-6)
    return np.asarray(smooth[weight.array > 0.5], dtype=np.float64)


def _correlation(one: FloatArray, other: FloatArray) -> float:
    """Pearson's; 0 where either has no contrast."""
    if one.size < 2 or min(one.std(), other.std()) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _check_shared(compared: Volume) -> None:
    """Raises PreparationError where two scans have too little brain in common to be registered."""
    shared = float(compared.array.sum() * compared.voxel_ml)
    if shared < LEAST_COMPARED_ML:
        raise PreparationError(f"Expected two scans that show the same part of the brain, but they share only "
                               f"{shared:.0f} ml outside the lesions; choose another earlier study.")


def _assess(correlation: float, mirrored: float, overlap: float, size: float) -> FollowQuality:
    """The verdict. Raises PreparationError where the two cannot be the same head."""
    if mirrored >= max(correlation, REFUSED_CORRELATION):
        raise PreparationError(
            f"Expected left and right on the same sides of both scans, but the earlier head fits better mirrored "
            f"(correlation {mirrored:.2f} against {correlation:.2f}); check both series before comparing anything.")
    if correlation < REFUSED_CORRELATION or overlap < REFUSED_DICE:
        raise PreparationError(
            f"Expected an earlier T1CE of the same patient, but the two heads do not match (correlation "
            f"{correlation:.2f}, overlap of the brains {overlap:.2f}); check the patient and choose another study.")
    doubts = [words for words, good in (
        (f"intensities agree poorly (correlation {correlation:.2f})", correlation >= GOOD_CORRELATION),
        (f"the brains overlap poorly ({overlap:.2f})", overlap >= GOOD_DICE),
        (f"the sizes differ by about {abs(size - 1):.0%}", abs(size - 1) <= SAME_SIZE)) if not good]
    return FollowQuality(correlation, mirrored, overlap, size, not doubts, _sentence(doubts))


def _sentence(doubts: list[str]) -> str:
    if not doubts:
        return "The two heads match; check that edges of the brain run on from one to the other."
    words = " and ".join(doubts)
    return (f"{words[0].upper()}{words[1:]}: check that this is the same patient and that edges run on before "
            "comparing anything.")


def _matched(moved: FloatArray, present: FloatArray, earlier: FloatArray) -> Array:
    """The earlier intensities with the present's mean and spread in what both show outside lesions, float32.

    Not a regression, whose slope shrinks with noise and every misfit, and would leave edges all over the difference.
    """
    gain = present.std() / earlier.std()
    return np.asarray((moved - earlier.mean()) * gain + present.mean(), dtype=np.float32)


def _difference(present: Prepared, head: Volume, covered: Array) -> Volume:
    """Present − earlier in standard deviations of the present brain, float32, 0 where they cannot be compared."""
    inside = present.brain_mask.array & covered
    spread = float(present.head.array[present.brain_mask.array].std())
    return head.with_array(np.where(inside, (present.head.array - head.array) / spread, 0).astype(np.float32))
