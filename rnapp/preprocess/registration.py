"""Registration of a T1CE to SRI24 with SimpleITK, from the poses that pose.py found.

First head to head; then, once stripped, brain to brain; always with one uniform scale. Not affine: a lesion keeps its
shape, and no axis is stretched more than another. Sizes are measured in the patient's own millimetres, never here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import SimpleITK as sitk

from rnapp.geometry import shrunk
from rnapp.preprocess.pose import Pose, find_poses
from rnapp.types import CancelToken, FloatArray, SimilarityTransform, Volume

REFINED_POSES = 3
RIGID_POSES = 2  # without a scale to find, fewer poses fail
COARSE_MM, FINE_MM = 4, 2  # voxels of the two levels; anything finer would only be smoothed away again
MASK_MARGIN_MM = 8
SAMPLING = 0.2
SEED = 20251
SIZE_RATIOS = (0.91, 0.94, 0.97, 1.0, 1.03, 1.06, 1.09)


class Descent(NamedTuple):
    """A gradient descent in steps (mm at the brain) that are halved where the gradient turns, over a share of the
    voxels."""

    first_mm: float
    last_mm: float
    iterations: int
    least_gradient: float
    sampling: float = SAMPLING


SEARCH = Descent(1.0, 1e-3, 100, 1e-4)
# Where a search stops depends on where it began, by up to half a millimetre. These descents continue to the minimum,
# which does not: from starts 1 mm apart they end within 0.001 mm of each other. With fewer voxels at COARSE_MM there
# are several minima, up to 0.07 mm apart (docs/preparation.md).
SETTLE = {COARSE_MM: Descent(0.1, 1e-5, 300, 1e-9, 0.5), FINE_MM: Descent(0.1, 1e-5, 300, 1e-9)}


def register_head(head: Volume, atlas_head: Volume, atlas_brain_mask: Volume,
                  cancel: CancelToken) -> SimilarityTransform:
    """Head (T1CE with skull, native) to the atlas head, to a millimetre or so; native LPS mm → atlas LPS mm.

    Coarse, but at its optimum; to be followed by refine_brain. Raises Cancelled.
    """
    return _best(head, atlas_head, atlas_brain_mask, (), cancel)


def refine_brain(brain: Volume, atlas_brain: Volume, start: SimilarityTransform,
                 cancel: CancelToken) -> SimilarityTransform:
    """Stripped brain (native grid, 0 outside) to the stripped atlas, with scale, from a start near the truth.

    Raises GeometryError where the result is no plausible head size, Cancelled.
    """
    mask = atlas_brain.with_array(atlas_brain.array > 0)
    centre, inverse = _centre(atlas_brain), start.inverse()
    transform: sitk.Transform = _similarity(inverse.matrix[:3, :3], centre, inverse.apply(centre[None])[0])
    for spacing in (COARSE_MM, FINE_MM):
        level = _Level.of(atlas_brain, brain, mask, spacing)
        transform, _ = _optimise(level, transform, cancel)
    return _to_atlas(_settled(level, transform, cancel))


def align_rigid(fixed: Volume, moving: Volume, fixed_mask: Volume, moving_mask: Volume,
                cancel: CancelToken) -> SimilarityTransform:
    """moving → fixed, LPS mm, for two scans of one head that already lie within about a centimetre of each other.

    Rigid: the scale is 1. Only voxels inside both masks (bool, each on its image's grid) are compared, by mutual
    information. Raises Cancelled.
    """
    transform: sitk.Transform = sitk.VersorRigid3DTransform()
    transform.SetCenter(_mask_centre(fixed_mask).tolist())
    for spacing in (COARSE_MM, FINE_MM):
        level = _Level.between(fixed, moving, fixed_mask, moving_mask, spacing)
        transform, _ = _optimise(level, transform, cancel)
    return _to_atlas(_settled(level, transform, cancel))


def register_rigid(fixed: Volume, moving: Volume, fixed_mask: Volume, cancel: CancelToken) -> SimilarityTransform:
    """moving → fixed, LPS mm, rigid (six parameters), for two pictures of one head, in any contrast and wherever they
    lie. fixed_mask: the brain; what is near it counts too. Raises Cancelled."""
    poses = find_poses(fixed, fixed_mask, moving, RIGID_POSES, cancel)
    level = _Level.of(fixed, moving, fixed_mask, COARSE_MM)
    best, _ = min((_optimise(level, _rigid(pose), cancel) for pose in poses), key=lambda result: result[1])
    found, _ = _optimise(_Level.of(fixed, moving, fixed_mask, FINE_MM), best, cancel)
    return _to_atlas(found)


def nudge_rigid(fixed: Volume, moving: Volume, fixed_mask: Volume, cancel: CancelToken) -> SimilarityTransform:
    """The same, coarsely, for two pictures that already lie within about a centimetre of each other."""
    start = sitk.VersorRigid3DTransform()
    start.SetCenter(_mask_centre(fixed_mask).tolist())
    return _to_atlas(_optimise(_Level.of(fixed, moving, fixed_mask, COARSE_MM), start, cancel)[0])


def size_ratio(fixed: Volume, moving: Volume, fixed_mask: Volume, moving_mask: Volume) -> float:
    """Length in fixed per length in moving, 0.91 to 1.09: the scale about the middle of fixed_mask that fits best.

    For two heads that are aligned but for their size; masks as in align_rigid. A search along the scale alone, since a
    gradient over rotations, shifts and scale together often fails.
    """
    level = _Level.between(fixed, moving, fixed_mask, moving_mask, COARSE_MM)
    centre = _mask_centre(fixed_mask)
    scored = [_score(level, _similarity(np.eye(3) / ratio, centre, centre)) for ratio in SIZE_RATIOS]
    best = int(np.argmin(scored))
    if best in (0, len(SIZE_RATIOS) - 1):
        return SIZE_RATIOS[best]
    # The top of the parabola through the best and its neighbours.
    left, middle, right = scored[best - 1:best + 2]
    step = SIZE_RATIOS[1] - SIZE_RATIOS[0]
    return float(SIZE_RATIOS[best] + step * (left - right) / (2 * (left - 2 * middle + right)))


def register_brain(brain: Volume, atlas_brain: Volume, cancel: CancelToken) -> SimilarityTransform:
    """An already stripped brain to the stripped atlas, from the same many starts as a head and unturned, middle on
    middle: most of them come registered, and what their header says of the place must not matter. Raises as
    refine_brain does."""
    mask = atlas_brain.with_array(atlas_brain.array > 0)
    here = _similarity(np.eye(3), _mask_centre(mask), _mask_centre(brain.with_array(brain.array != 0)))
    return refine_brain(brain, atlas_brain, _best(brain, atlas_brain, mask, (here,), cancel), cancel)


def _best(head: Volume, atlas_head: Volume, atlas_brain_mask: Volume, starts: Sequence[sitk.Transform],
          cancel: CancelToken) -> SimilarityTransform:
    """The best transform reached from the poses of find_poses and from these starts, settled at COARSE_MM."""
    poses = find_poses(atlas_head, atlas_brain_mask, head, REFINED_POSES, cancel)
    level = _Level.of(atlas_head, head, atlas_brain_mask, COARSE_MM)
    tried = [*starts, *(_similarity(pose.turn, pose.centre, pose.place) for pose in poses)]
    best, _ = min((_optimise(level, start, cancel) for start in tried), key=lambda result: result[1])
    return _to_atlas(_settled(level, best, cancel))


@dataclass(frozen=True, eq=False)
class _Level:
    """The images of one level. mask: what counts in fixed (the atlas brain with a margin); moving_mask: what counts in
    moving, None for all."""

    spacing_mm: int
    fixed: sitk.Image
    moving: sitk.Image
    mask: sitk.Image
    moving_mask: sitk.Image | None = None

    @staticmethod
    def of(fixed: Volume, moving: Volume, brain_mask: Volume, spacing_mm: int) -> "_Level":
        """The volumes averaged to this spacing where they are finer, and smoothed with a sigma of the same length."""
        small = shrunk(brain_mask, spacing_mm) > 0
        mask = sitk.BinaryDilate(small, [round(MASK_MARGIN_MM / spacing_mm)] * 3)
        return _Level(spacing_mm, _smooth(fixed, spacing_mm), _smooth(moving, spacing_mm), mask)

    @staticmethod
    def between(fixed: Volume, moving: Volume, fixed_mask: Volume, moving_mask: Volume, spacing_mm: int) -> "_Level":
        """The same for two scans, each with a mask of its own that is taken as it is."""
        masks = [shrunk(mask, spacing_mm) > 0.5 for mask in (fixed_mask, moving_mask)]
        return _Level(spacing_mm, _smooth(fixed, spacing_mm), _smooth(moving, spacing_mm), masks[0], masks[1])


def _smooth(volume: Volume, spacing_mm: int) -> sitk.Image:
    return sitk.SmoothingRecursiveGaussian(shrunk(volume, spacing_mm), spacing_mm)


def _method(level: _Level) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricFixedMask(level.mask)
    if level.moving_mask is not None:
        method.SetMetricMovingMask(level.moving_mask)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(SAMPLING, SEED)
    return method


def _settled(level: _Level, transform: sitk.Transform, cancel: CancelToken) -> sitk.Transform:
    """The result of a search, moved to the nearest optimum."""
    return _optimise(level, transform, cancel, SETTLE[level.spacing_mm])[0]


def _optimise(level: _Level, start: sitk.Transform, cancel: CancelToken,
              how: Descent = SEARCH) -> tuple[sitk.Transform, float]:
    """The best transform near the start, and its negative mutual information."""
    cancel.check()
    method = _method(level)
    method.SetMetricSamplingPercentage(how.sampling, SEED)
    method.SetOptimizerAsRegularStepGradientDescent(how.first_mm, how.last_mm, how.iterations,
                                                    gradientMagnitudeTolerance=how.least_gradient)
    method.SetOptimizerScalesFromPhysicalShift()
    transform = type(start)(start)
    method.SetInitialTransform(transform, inPlace=True)
    method.AddCommand(sitk.sitkIterationEvent, lambda: method.StopRegistration() if cancel.event.is_set() else None)
    try:
        method.Execute(level.fixed, level.moving)
        value = float(method.GetMetricValue())
    except RuntimeError:  # left the image: keep the start, with the worst score
        transform, value = start, 0.0
    cancel.check()
    return transform, value


def _score(level: _Level, transform: sitk.Transform) -> float:
    """Negative mutual information, 0 where nothing is left to compare."""
    method = _method(level)
    method.SetInitialTransform(transform)
    try:
        return float(method.MetricEvaluate(level.fixed, level.moving))
    except RuntimeError:  # the masks miss each other
        return 0.0


def _mask_centre(mask: Volume) -> FloatArray:
    """The middle of a mask, LPS mm; turns about it and shifts hardly depend on each other."""
    return np.asarray(mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0])


def _centre(volume: Volume) -> FloatArray:
    """The middle of the field of view, LPS mm."""
    return np.asarray(volume.to_mm((np.array([volume.shape]) - 1) / 2)[0])


def _similarity(linear: FloatArray, centre: FloatArray, place: FloatArray) -> sitk.Similarity3DTransform:
    """SimpleITK's transform, atlas point p ↦ scan point linear·(p − centre) + place, mm."""
    similarity = sitk.Similarity3DTransform()
    similarity.SetCenter(centre.tolist())
    # ITK refuses a rotation that is off by 1e-10, which a matrix read from somewhere or multiplied often is.
    u, sizes, vt = np.linalg.svd(linear)
    similarity.SetMatrix((u @ vt * sizes.mean()).ravel().tolist(), 1e-5)
    similarity.SetTranslation((place - centre).tolist())
    return similarity


def _rigid(pose: Pose) -> sitk.VersorRigid3DTransform:
    rigid = sitk.VersorRigid3DTransform()
    rigid.SetCenter(pose.centre.tolist())
    u, _, vt = np.linalg.svd(pose.turn)
    rigid.SetMatrix((u @ vt).ravel().tolist(), 1e-5)
    rigid.SetTranslation((pose.place - pose.centre).tolist())
    return rigid


def _to_atlas(atlas_to_native: sitk.Transform) -> SimilarityTransform:
    """Native → atlas from SimpleITK's atlas → native."""
    linear = np.array(atlas_to_native.GetMatrix()).reshape(3, 3)
    centre, translation = np.array(atlas_to_native.GetCenter()), np.array(atlas_to_native.GetTranslation())
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = translation + centre - linear @ centre
    return SimilarityTransform(np.linalg.inv(matrix))
