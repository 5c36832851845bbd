"""A synthetic full head with one enhancing ring lesion, made from SRI24, on a scanner's oblique grid.

The atlas is deformed differently on each side, so that a mirrored result would show.
"""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from rnapp.geometry import from_sitk, grid_like, resample, resample_mask, to_sitk
from rnapp.phantom.lesion import LesionParameters, apply_lesion, render_lesion
from rnapp.types import Array, Atlas, FloatArray, SimilarityTransform, Volume

# Left parietal white matter of SRI24 (voxel indices; larger i is further left), well inside the brain.
LESION_VOXEL = (146.0, 150.0, 100.0)
RING = LesionParameters(radius_mm=11.0, irregularity=0.1, rim_mm=3.5, gap_fraction=0.12, nodules=1, bubbles=2,
                        enhancement=0.9, core_darkening=0.45, oedema_mm=10.0, oedema_darkening=0.2)
# The scanner's grid: axial slices, tilted as a technician would along the skull base.
NATIVE_SHAPE = (232, 240, 84)
NATIVE_SPACING_MM = (0.95, 0.95, 2.0)
TILT_DEGREES = (11.0, -4.0, 6.0)
HEAD_SCALE = 1.04
OFFSET_MM = (-96.0, 58.0, -31.0)
WARP_MM = 4.0
WARP_SMOOTHNESS_MM = 22.0
BULGE_MM = 5.0
BIAS_SHARE = 0.25
NOISE_SHARE = 0.02
WHITE_MATTER_SIGNAL = 900.0


@dataclass(frozen=True, eq=False)
class PhantomHead:
    """t1ce: float32, not negative; lesion: bool; both on the same oblique native grid."""

    t1ce: Volume
    lesion: Volume


def phantom_head(atlas: Atlas, seed: int) -> PhantomHead:
    """The example head; the same seed gives the same voxels."""
    rng = np.random.default_rng(seed)
    enhanced, lesion = _with_lesion(with_vessels(atlas), rng)
    field = _warp(atlas.head, rng)
    grid, to_native = _native_grid(atlas)
    head = resample(_warped(grid_like(atlas.head, enhanced), field), grid, to_native, "linear")
    mask = resample_mask(_warped(grid_like(atlas.head, lesion.astype(np.float32)), field), grid, to_native)
    return PhantomHead(grid_like(grid, _scanned(head.array, rng)), mask)


def with_vessels(atlas: Atlas) -> Volume:
    """SRI24's T1 (float32) with what gadolinium lights up in everyone: dura and the sagittal and transverse sinuses."""
    head, brain = atlas.head.array.astype(np.float32), atlas.brain_mask.array
    white = _white_matter(atlas)
    distance = ndimage.distance_transform_edt(~brain)
    i, j, k = np.ogrid[: brain.shape[0], : brain.shape[1], : brain.shape[2]]
    midline = np.abs(i - (brain.shape[0] - 1) / 2)
    shell = (distance > 0) & (distance < 4)
    sagittal = shell & (midline < 4) & (k > 60)
    transverse = shell & (np.abs(k - 42) < 4) & (j > 170)
    dura = (distance > 0) & (distance < 1.5)
    gain = 0.9 * (sagittal | transverse) + 0.15 * dura
    return grid_like(atlas.head, head + white * ndimage.gaussian_filter(gain.astype(np.float32), 0.7))


def _white_matter(atlas: Atlas) -> float:
    return float(np.percentile(atlas.head.array[atlas.brain_mask.array], 80))


def _with_lesion(image: Volume, rng: np.random.Generator) -> tuple[FloatArray, Array]:
    patch = render_lesion(image.shape, LESION_VOXEL, RING, rng)
    tissue = image.array[image.array > image.array.mean()]
    return apply_lesion(image.array, patch, float(np.percentile(tissue, 60))), patch.mask


def _warp(grid: Volume, rng: np.random.Generator) -> sitk.DisplacementFieldTransform:
    """A smooth random deformation plus a bulge of the right frontal lobe: no two halves alike."""
    coarse = 8
    shape = tuple(-(-side // coarse) for side in grid.shape)
    smooth = [ndimage.gaussian_filter(rng.standard_normal(shape), WARP_SMOOTHNESS_MM / coarse) for _ in range(3)]
    field = np.stack([WARP_MM * part / np.abs(part).max() for part in smooth], axis=-1)
    centre = np.array([80.0, 70.0, 90.0]) / coarse
    near = np.exp(-sum((index - c) ** 2 for index, c in zip(np.indices(shape), centre, strict=True)) / (2 * 3.0**2))
    field[..., 0] += BULGE_MM * near
    affine = grid.affine.copy()
    affine[:3, :3] = affine[:3, :3] * coarse
    reference = to_sitk(Volume(near, affine))
    image = sitk.GetImageFromArray(np.ascontiguousarray(field.transpose(2, 1, 0, 3)), isVector=True)
    image.CopyInformation(reference)
    full = sitk.Resample(sitk.Cast(image, sitk.sitkVectorFloat64), to_sitk(Volume(np.zeros(grid.shape, np.uint8),
                                                                                  grid.affine)))
    return sitk.DisplacementFieldTransform(full)


def _warped(volume: Volume, field: sitk.Transform) -> Volume:
    image = to_sitk(volume)
    return from_sitk(sitk.Resample(image, image, field, sitk.sitkLinear, 0.0))


def _native_grid(atlas: Atlas) -> tuple[Volume, SimilarityTransform]:
    """The scanner's grid, centred on the head, and where the atlas' world lies in the scanner's."""
    rotation = np.array(sitk.Euler3DTransform((0, 0, 0), *np.radians(TILT_DEGREES).tolist()).GetMatrix()).reshape(3, 3)
    affine = np.eye(4)
    affine[:3, :3] = rotation * NATIVE_SPACING_MM
    middle = affine[:3, :3] @ ((np.array(NATIVE_SHAPE) - 1) / 2)
    affine[:3, 3] = np.array(OFFSET_MM)
    centre = atlas.head.to_mm((np.array([atlas.head.shape]) - 1) / 2)[0]
    move = np.eye(4)
    move[:3, :3] *= HEAD_SCALE
    move[:3, 3] = middle + affine[:3, 3] - HEAD_SCALE * centre
    return Volume(np.broadcast_to(np.uint8(0), NATIVE_SHAPE), affine), SimilarityTransform(move)


def _scanned(image: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Coil sensitivity (a smooth bias field) and Rician noise, scaled to a scanner's usual numbers."""
    signal = image * (WHITE_MATTER_SIGNAL / float(np.percentile(image[image > image.mean()], 50)))
    axes = np.meshgrid(*(np.linspace(-1, 1, side) for side in image.shape), indexing="ij", sparse=True)
    slope = rng.uniform(0.5, 1.0, 3) * rng.choice((-1, 1), 3)
    bias = 1 + BIAS_SHARE * np.asarray(sum(s * axis for s, axis in zip(slope, axes, strict=True))) / 2
    deviation = NOISE_SHARE * WHITE_MATTER_SIGNAL
    real = signal * bias + rng.normal(0, deviation, image.shape)
    imaginary = rng.normal(0, deviation, image.shape)
    return np.asarray(np.hypot(real, imaginary), dtype=np.float32)
