"""Registration of a T1CE to SRI24 with SimpleITK: many starts, so that a turned or cropped head is found.

First rigid, head to head; then, once stripped, brain to brain with one uniform scale. Not affine: a lesion keeps its
shape, and no axis is stretched more than another. Sizes are measured in the patient's own millimetres, never here.
"""

import itertools
from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from rnapp.geometry import to_sitk
from rnapp.types import CancelToken, FloatArray, SimilarityTransform, Volume

# Starting turns about x (nodding), y and z, radians, and heights in mm: moments alone find 11 of 26 moved
# heads; with these turns all 26. A neck in the field of view pulls the moments down, hence the heights.
START_TURNS = tuple(itertools.product((-0.5, -0.25, 0.0, 0.25, 0.5), (-0.4, 0.0, 0.4), (-0.5, 0.0, 0.5)))
START_HEIGHTS_MM = (-40.0, 0.0, 40.0)
REFINED_STARTS = 4
SCORE_SPACING_MM = 6.0
MASK_MARGIN_MM = 8
SAMPLING = 0.2
SEED = 20251


def register_head(head: Volume, atlas_head: Volume, atlas_brain_mask: Volume,
                  cancel: CancelToken) -> SimilarityTransform:
    """Head (bias-corrected T1CE with skull, native) to the atlas head; native LPS mm → atlas LPS mm."""
    fixed, moving = _float(atlas_head), _float(head)
    mask = sitk.BinaryDilate(to_sitk(atlas_brain_mask), [MASK_MARGIN_MM] * 3)
    starts = _best_starts(fixed, moving, mask)
    results = []
    for start in starts:
        cancel.check()
        results.append(_optimise(fixed, moving, mask, start, (4,), cancel))
    best = min(results, key=lambda result: result[1])[0]
    return _to_atlas(_optimise(fixed, moving, mask, best, (4, 2), cancel)[0])


def refine_brain(brain: Volume, atlas_brain: Volume, start: SimilarityTransform,
                 cancel: CancelToken) -> SimilarityTransform:
    """Stripped brain (native grid, 0 outside) to the stripped atlas, with scale, from a start near the truth.

    Raises GeometryError where the result is no plausible head size, Cancelled.
    """
    fixed, moving = _float(atlas_brain), _float(brain)
    mask = sitk.BinaryDilate(sitk.Cast(fixed > 0, sitk.sitkUInt8), [MASK_MARGIN_MM] * 3)
    initial = _similarity(np.linalg.inv(start.matrix), _centre(atlas_brain))
    return _to_atlas(_optimise(fixed, moving, mask, initial, (4, 2), cancel)[0])


def register_brain(brain: Volume, atlas_brain: Volume, cancel: CancelToken) -> SimilarityTransform:
    """An already stripped brain to the stripped atlas, from the same many starts as a head."""
    mask = atlas_brain.with_array(atlas_brain.array > 0)
    return refine_brain(brain, atlas_brain, register_head(brain, atlas_brain, mask, cancel), cancel)


def _float(volume: Volume) -> sitk.Image:
    return sitk.Cast(to_sitk(volume), sitk.sitkFloat32)


def _best_starts(fixed: sitk.Image, moving: sitk.Image, mask: sitk.Image) -> list[sitk.Euler3DTransform]:
    """The starts whose mutual information at about 6 mm is best."""
    moments = sitk.Euler3DTransform(sitk.CenteredTransformInitializer(
        fixed, moving, sitk.Euler3DTransform(), sitk.CenteredTransformInitializerFilter.MOMENTS))
    small = [_shrunk(image) for image in (fixed, moving)]
    small_mask = sitk.Resample(mask, small[0], sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    scored: list[tuple[float, int, sitk.Euler3DTransform]] = []
    for turns, height in itertools.product(START_TURNS, START_HEIGHTS_MM):
        start = sitk.Euler3DTransform(moments)
        start.SetRotation(*turns)
        x, y, z = moments.GetTranslation()
        start.SetTranslation((x, y, z + height))
        scored.append((_score(small[0], small[1], small_mask, start), len(scored), start))
    return [start for _, _, start in sorted(scored)[:REFINED_STARTS]]


def _shrunk(image: sitk.Image) -> sitk.Image:
    factors = [max(1, round(SCORE_SPACING_MM / spacing)) for spacing in image.GetSpacing()]
    return sitk.Shrink(sitk.SmoothingRecursiveGaussian(image, SCORE_SPACING_MM / 2), factors)


def _method(mask: sitk.Image) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricFixedMask(mask)
    method.SetInterpolator(sitk.sitkLinear)
    return method


def _score(fixed: sitk.Image, moving: sitk.Image, mask: sitk.Image, start: sitk.Transform) -> float:
    """Negative mutual information; worst possible (0) where the images do not overlap."""
    method = _method(mask)
    method.SetInitialTransform(start)
    try:
        return float(method.MetricEvaluate(fixed, moving))
    except RuntimeError:  # ITK's word for "all samples map outside the moving image"
        return 0.0


def _optimise(fixed: sitk.Image, moving: sitk.Image, mask: sitk.Image, start: sitk.Transform,
              levels: Sequence[int], cancel: CancelToken) -> tuple[sitk.Transform, float]:
    method = _method(mask)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(SAMPLING, SEED)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 100)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(list(levels))
    method.SetSmoothingSigmasPerLevel([float(level) for level in levels])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    transform = type(start)(start)
    method.SetInitialTransform(transform, inPlace=True)
    method.AddCommand(sitk.sitkIterationEvent, lambda: method.StopRegistration() if cancel.event.is_set() else None)
    try:
        method.Execute(fixed, moving)
        value = float(method.GetMetricValue())
    except RuntimeError:  # wandered off the image: keep the start, with the worst score
        transform, value = start, 0.0
    cancel.check()
    return transform, value


def _centre(volume: Volume) -> FloatArray:
    """The middle of the field of view, LPS mm."""
    return np.asarray(volume.to_mm((np.array([volume.shape]) - 1) / 2)[0])


def _similarity(matrix: FloatArray, centre: FloatArray) -> sitk.Similarity3DTransform:
    """SimpleITK's transform (points of the atlas to points of the scan) about a centre, mm."""
    similarity = sitk.Similarity3DTransform()
    similarity.SetCenter(centre.tolist())
    similarity.SetMatrix(matrix[:3, :3].ravel().tolist(), 1e-5)
    similarity.SetTranslation((matrix[:3, :3] @ centre + matrix[:3, 3] - centre).tolist())
    return similarity


def _to_atlas(atlas_to_native: sitk.Transform) -> SimilarityTransform:
    """Native → atlas from SimpleITK's atlas → native."""
    linear = np.array(atlas_to_native.GetMatrix()).reshape(3, 3)
    centre, translation = np.array(atlas_to_native.GetCenter()), np.array(atlas_to_native.GetTranslation())
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = translation + centre - linear @ centre
    return SimilarityTransform(np.linalg.inv(matrix))
