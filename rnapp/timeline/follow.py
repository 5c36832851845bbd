"""An earlier study laid over the present one: registered, resampled, in the same intensities, and the difference.

Both studies lie on the SRI24 grid already, but each found its own way there, a few millimetres and about a per cent in
size apart. An adult's head does not change its size between two scans, and scanners measure lengths to under a per
cent: from one scan to the other the transform is rigid in the patient's millimetres, so that it takes exactly the
present study's scale onto the atlas. Two scales found apart from each other would let a lesion seem to grow with the
atlas fit. What the lesions do must not move the head, so they are left out, with a margin.
"""

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from rnapp.errors import PreparationError
from rnapp.geometry import from_sitk, grid_like, resample, resample_mask, shrunk, to_lps, to_sitk
from rnapp.preprocess.bias_field import correct_bias_field
from rnapp.preprocess.quality import dice
from rnapp.preprocess.registration import align_rigid
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

    Raises PreparationError where the two heads do not match (another patient?), GeometryError where their sizes differ
    beyond all heads, Cancelled.
    """
    token = cancel or CancelToken()
    old, new = earlier.prepared, present.prepared
    between, size_ratio = _between(earlier, present, token)
    to_present = between.after(old.to_atlas)
    corrected = correct_bias_field(to_lps(old.native.with_array(old.native.array.astype(np.float32))), token)
    moved = resample(corrected, new.head, to_present)
    seen = field_of_view(old.native, new.head, to_present)
    covered = seen & field_of_view(new.native, new.head, new.to_atlas)
    brains = [new.brain_mask.array & covered, resample_mask(old.brain_mask, new.head, between).array & covered]
    lesions = _near_lesions(present.lesion_set, new) | _moved(_near_lesions(earlier.lesion_set, old), old, new, between)
    compared = new.head.with_array(brains[0] & brains[1] & ~lesions)
    _check_shared(compared)
    smooth = [_smoothed(head, compared) for head in (new.head, moved)]
    quality = _assess(_correlation(*smooth), dice(*brains), size_ratio)
    head = moved.with_array(np.where(seen, _matched(moved.array, *smooth), np.float32(0)))
    return Followed(to_present, between, head, _difference(new, head, covered), new.head.with_array(covered), quality)


def _between(earlier: Scan, present: Scan, cancel: CancelToken) -> tuple[SimilarityTransform, float]:
    """Earlier SRI24 → present SRI24, and how much larger the present head looks then."""
    old, new = earlier.prepared, present.prepared
    resized = _about(_middle(new.brain_mask), new.to_atlas.scale / old.to_atlas.scale)
    head = _placed(old.head, resized)
    masks = [one.prepared.brain_mask.array & ~_near_lesions(one.lesion_set, one.prepared) for one in (present, earlier)]
    fixed_mask, mask = new.head.with_array(masks[0]), head.with_array(masks[1])
    _check_shared(new.head.with_array(masks[0] & resample_mask(mask, new.head).array))
    rigid, size_ratio = align_rigid(new.head, head, fixed_mask, mask, cancel)
    return rigid.after(resized), size_ratio


def _about(centre: FloatArray, scale: float) -> SimilarityTransform:
    """A scale about a point, shape (3,), LPS mm."""
    matrix = np.eye(4)
    matrix[:3, :3] *= scale
    matrix[:3, 3] = centre - scale * centre
    return SimilarityTransform(matrix)


def _placed(volume: Volume, transform: SimilarityTransform) -> Volume:
    """The same voxels elsewhere; nothing is resampled."""
    return Volume(volume.array, transform.matrix @ volume.affine)


def _middle(mask: Volume) -> FloatArray:
    return np.asarray(mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0])


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


def _moved(mask: Array, old: Prepared, new: Prepared, between: SimilarityTransform) -> Array:
    return resample_mask(old.head.with_array(mask), new.head, between).array


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


def _assess(correlation: float, overlap: float, size_ratio: float) -> FollowQuality:
    """The verdict. Raises PreparationError where the two cannot be the same head."""
    if correlation < REFUSED_CORRELATION or overlap < REFUSED_DICE:
        raise PreparationError(
            f"Expected an earlier T1CE of the same patient, but the two heads do not match (correlation "
            f"{correlation:.2f}, overlap of the brains {overlap:.2f}); check the patient and choose another study.")
    doubts = [words for words, good in (
        (f"intensities agree poorly (correlation {correlation:.2f})", correlation >= GOOD_CORRELATION),
        (f"the brains overlap poorly ({overlap:.2f})", overlap >= GOOD_DICE),
        (f"the sizes differ by about {abs(size_ratio - 1):.0%}", abs(size_ratio - 1) <= SAME_SIZE)) if not good]
    return FollowQuality(correlation, overlap, size_ratio, not doubts, _sentence(doubts))


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
