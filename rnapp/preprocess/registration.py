"""Registration of a T1CE to SRI24 with SimpleITK, from the poses that pose.py found.

First head to head; then, once stripped, brain to brain; always with one uniform scale. Not affine: a lesion keeps its
shape, and no axis is stretched more than another. Sizes are measured in the patient's own millimetres, never here.
"""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from rnapp.geometry import shrunk
from rnapp.preprocess.pose import find_poses
from rnapp.types import CancelToken, FloatArray, SimilarityTransform, Volume

REFINED_POSES = 3
COARSE_MM, FINE_MM = 4, 2  # voxels of the two levels; anything finer would only be smoothed away again
MASK_MARGIN_MM = 8
SAMPLING = 0.2
SEED = 20251


def register_head(head: Volume, atlas_head: Volume, atlas_brain_mask: Volume,
                  cancel: CancelToken) -> SimilarityTransform:
    """Head (T1CE with skull, native) to the atlas head, to a millimetre or so; native LPS mm → atlas LPS mm.

    Coarse: refine_brain is to follow. Raises Cancelled.
    """
    poses = find_poses(atlas_head, atlas_brain_mask, head, REFINED_POSES, cancel)
    level = _Level.of(atlas_head, head, atlas_brain_mask, COARSE_MM)
    results = [_optimise(level, _similarity(pose.turn, pose.centre, pose.place), cancel) for pose in poses]
    return _to_atlas(min(results, key=lambda result: result[1])[0])


def refine_brain(brain: Volume, atlas_brain: Volume, start: SimilarityTransform,
                 cancel: CancelToken) -> SimilarityTransform:
    """Stripped brain (native grid, 0 outside) to the stripped atlas, with scale, from a start near the truth.

    Raises GeometryError where the result is no plausible head size, Cancelled.
    """
    mask = atlas_brain.with_array(atlas_brain.array > 0)
    centre, inverse = _centre(atlas_brain), start.inverse()
    found: sitk.Transform = _similarity(inverse.matrix[:3, :3], centre, inverse.apply(centre[None])[0])
    for spacing in (COARSE_MM, FINE_MM):
        found, _ = _optimise(_Level.of(atlas_brain, brain, mask, spacing), found, cancel)
    return _to_atlas(found)


def register_brain(brain: Volume, atlas_brain: Volume, cancel: CancelToken) -> SimilarityTransform:
    """An already stripped brain to the stripped atlas, from the same many starts as a head."""
    mask = atlas_brain.with_array(atlas_brain.array > 0)
    return refine_brain(brain, atlas_brain, register_head(brain, atlas_brain, mask, cancel), cancel)


@dataclass(frozen=True, eq=False)
class _Level:
    """The images of one level. mask: the atlas brain with a margin."""

    fixed: sitk.Image
    moving: sitk.Image
    mask: sitk.Image

    @staticmethod
    def of(fixed: Volume, moving: Volume, brain_mask: Volume, spacing_mm: int) -> "_Level":
        """The volumes averaged to this spacing where they are finer, and smoothed with a sigma of the same length."""
        small = shrunk(brain_mask, spacing_mm) > 0
        mask = sitk.BinaryDilate(small, [round(MASK_MARGIN_MM / spacing_mm)] * 3)
        images = [sitk.SmoothingRecursiveGaussian(shrunk(volume, spacing_mm), spacing_mm)
                  for volume in (fixed, moving)]
        return _Level(images[0], images[1], mask)


def _method(mask: sitk.Image) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricFixedMask(mask)
    method.SetInterpolator(sitk.sitkLinear)
    return method


def _optimise(level: _Level, start: sitk.Transform, cancel: CancelToken) -> tuple[sitk.Transform, float]:
    """The best transform near the start, and its negative mutual information."""
    cancel.check()
    method = _method(level.mask)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(SAMPLING, SEED)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 100)
    method.SetOptimizerScalesFromPhysicalShift()
    transform = type(start)(start)
    method.SetInitialTransform(transform, inPlace=True)
    method.AddCommand(sitk.sitkIterationEvent, lambda: method.StopRegistration() if cancel.event.is_set() else None)
    try:
        method.Execute(level.fixed, level.moving)
        value = float(method.GetMetricValue())
    except RuntimeError:  # wandered off the image: keep the start, with the worst score
        transform, value = start, 0.0
    cancel.check()
    return transform, value


def _centre(volume: Volume) -> FloatArray:
    """The middle of the field of view, LPS mm."""
    return np.asarray(volume.to_mm((np.array([volume.shape]) - 1) / 2)[0])


def _similarity(linear: FloatArray, centre: FloatArray, place: FloatArray) -> sitk.Similarity3DTransform:
    """SimpleITK's transform, atlas point p ↦ scan point linear·(p − centre) + place, mm."""
    similarity = sitk.Similarity3DTransform()
    similarity.SetCenter(centre.tolist())
    similarity.SetMatrix(linear.ravel().tolist(), 1e-5)
    similarity.SetTranslation((place - centre).tolist())
    return similarity


def _to_atlas(atlas_to_native: sitk.Transform) -> SimilarityTransform:
    """Native → atlas from SimpleITK's atlas → native."""
    linear = np.array(atlas_to_native.GetMatrix()).reshape(3, 3)
    centre, translation = np.array(atlas_to_native.GetCenter()), np.array(atlas_to_native.GetTranslation())
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = translation + centre - linear @ centre
    return SimilarityTransform(np.linalg.inv(matrix))
