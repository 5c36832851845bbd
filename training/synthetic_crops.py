"""Seeded 64³ crops with synthetic lesions, as if they came out of the app's own preparation.

The anatomy is SRI24 (Rohlfing et al. 2010), moved and deformed; contrast, bias remnants, noise, slice thickness
and enhancing dura or sinuses vary; the brain is cut out and z-scored like in the app.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, gaussian_filter, gaussian_filter1d, map_coordinates

from rnapp.phantom.anatomy import small_turn
from rnapp.phantom.lesion import LesionKind, LesionPatch, apply_lesion, render_lesion, sample_parameters
from rnapp.tasks.metastasis.crop import Crop, crop_around
from rnapp.types import Array, Atlas, FloatArray, Volume

REGION = 80  # voxels; larger than the crop, so that the crop can follow the middle of the drawn lesion
LEAST_DEPTH_MM = 6.0  # lesion centres keep this distance from the brain surface


@dataclass(frozen=True)
class Scanner:
    """How the images of a centre vary: uniform ranges, and the share of dura or sinuses that enhances.

    gamma: exponent of the T1 contrast; noise: of white matter; slice_mm: thickness; bias: relative amplitude.
    """

    gamma: tuple[float, float] = (0.85, 1.25)
    noise: tuple[float, float] = (0.01, 0.05)
    slice_mm: tuple[float, float] = (1.0, 3.0)
    bias: tuple[float, float] = (0.0, 0.10)
    dura: float = 0.5


FIRST_CENTRE = Scanner()
# Other scanners, thicker slices, more noise: the domain shift named in the paper's Discussion.
SECOND_CENTRE = Scanner(gamma=(1.0, 1.5), noise=(0.02, 0.08), slice_mm=(1.0, 5.0), bias=(0.05, 0.15), dura=0.7)


@dataclass(frozen=True, eq=False)
class Template:
    """SRI24 made ready for sampling: head in units of white matter, depth inside the brain (mm, 0 outside).

    inside: voxels where a lesion may lie, shape (N, 3); tissue: a sample of brain intensities for the z-score.
    """

    head: FloatArray
    depth: FloatArray
    affine: FloatArray
    inside: Array
    tissue: FloatArray


def make_template(atlas: Atlas) -> Template:
    """The template of an atlas."""
    mask = atlas.brain_mask.array
    white = float(np.percentile(atlas.head.array[mask], 85))
    depth = distance_transform_edt(mask).astype(np.float32)
    head = np.asarray(atlas.head.array / white, np.float32)
    return Template(head, depth, atlas.head.affine, np.argwhere(depth > LEAST_DEPTH_MM), head[mask][::97].copy())


@dataclass(frozen=True, eq=False)
class Scene:
    """The surroundings of one place, from which a crop is cut. image: z-scored, 0 outside the brain, float32; outline:
    of the lesion as a person would draw it; depth: inside the brain, mm; shape (REGION,)*3 each; centre: index in the
    template, shape (3,)."""

    image: FloatArray
    outline: Array
    depth: FloatArray
    centre: Array

    def crop(self, template: Template, mask: Array) -> Crop:
        """The crop around a mask of the scene's shape, as the app cuts it, with its place in the atlas. Raises
        MaskError for an empty mask."""
        affine = np.array(template.affine)
        affine[:3, 3] += affine[:3, :3] @ (self.centre - REGION // 2)
        return crop_around(Volume(self.image, affine), Volume(mask, affine))


def make_crop(template: Template, kind: LesionKind, scanner: Scanner, rng: np.random.Generator) -> Crop:
    """One lesion of the kind at a random place: t1ce z-scored (float32) and mask (bool), 64³ at 1 mm."""
    scene = make_scene(template, kind, scanner, rng)
    return scene.crop(template, scene.outline)


def make_scene(template: Template, kind: LesionKind, scanner: Scanner, rng: np.random.Generator, *,
               shown: bool = True) -> Scene:
    """A lesion of the kind at a random place. shown: False leaves the brain without it; its outline is there."""
    centre = template.inside[rng.integers(len(template.inside))]
    head, depth = _anatomy(template, centre, rng)
    gamma = rng.uniform(*scanner.gamma)
    middle = (REGION / 2.0,) * 3
    patch = render_lesion(head.shape, middle, sample_parameters(kind, rng), rng)
    plain = np.clip(head, 0, None) ** gamma
    image: FloatArray = (apply_lesion(plain, patch, 1.0) if shown else plain) + _dura(depth, scanner, rng)
    image = _acquire(image, scanner, rng)
    tissue = template.tissue ** gamma
    z = np.where(depth > 0, (image - tissue.mean()) / tissue.std(), 0.0).astype(np.float32)
    return Scene(z, _drawn(patch, depth > 0, rng), depth, centre)


def _anatomy(template: Template, centre: Array, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Head and depth around the centre, moved, deformed and perhaps mirrored; shape (REGION,)*3 each."""
    grid = np.stack(np.meshgrid(*(np.arange(REGION, dtype=np.float32) - REGION / 2,) * 3, indexing="ij"))
    grid += 2.5 * np.stack([_field(rng, 5) for _ in range(3)])
    matrix = small_turn(np.deg2rad(6.0), rng) * rng.uniform(0.92, 1.08)
    if rng.random() < 0.5:
        matrix = matrix @ np.diag([-1.0, 1.0, 1.0])
    points = np.einsum("ab,bijk->aijk", matrix.astype(np.float32), grid) + centre[:, None, None, None]
    head = map_coordinates(template.head, points, order=1, mode="constant")
    return head, map_coordinates(template.depth, points, order=1, mode="constant")


def _dura(depth: FloatArray, scanner: Scanner, rng: np.random.Generator) -> FloatArray:
    """Enhancing dura and sinuses: bright patches within 3 mm of the brain surface that skull stripping left."""
    if rng.random() > scanner.dura:
        return np.zeros_like(depth)
    patches = _field(rng, 9) > rng.uniform(0.3, 1.0)
    return np.asarray(rng.uniform(0.3, 1.0) * patches * (depth > 0) * np.clip(1 - depth / 3.0, 0, 1))


def _acquire(image: FloatArray, scanner: Scanner, rng: np.random.Generator) -> FloatArray:
    """Bias remnants, slice thickness along one axis, noise."""
    image = image * np.exp(rng.uniform(*scanner.bias) * _field(rng, 3))
    thickness = rng.uniform(*scanner.slice_mm)
    image = _thick_slices(image, thickness, int(rng.integers(3)))
    noise = gaussian_filter(rng.standard_normal(image.shape, dtype=np.float32), 0.6)
    return np.asarray(image + rng.uniform(*scanner.noise) * noise / noise.std())


def _thick_slices(image: FloatArray, thickness: float, axis: int) -> FloatArray:
    """Blurred by the slice profile, sampled once per slice and interpolated back to 1 mm."""
    if thickness <= 1.2:
        return image
    blurred = gaussian_filter1d(image, thickness / 2.355, axis=axis)
    places = np.arange(REGION) / thickness
    low = np.floor(places).astype(int)
    at = [np.clip(np.rint(index * thickness).astype(int), 0, REGION - 1) for index in (low, low + 1)]
    share = (places - low).reshape([-1 if a == axis else 1 for a in range(3)])
    return np.asarray(np.take(blurred, at[0], axis) * (1 - share) + np.take(blurred, at[1], axis) * share)


def _field(rng: np.random.Generator, knots: int) -> FloatArray:
    """A smooth random field, variance about 1, shape (REGION,)*3."""
    small = torch.from_numpy(rng.standard_normal((1, 1, knots, knots, knots), dtype=np.float32))
    field = torch.nn.functional.interpolate(small, size=(REGION,) * 3, mode="trilinear")[0, 0].numpy()
    return np.asarray(field / max(float(field.std()), 1e-6))


def _drawn(patch: LesionPatch, brain: Array, rng: np.random.Generator) -> Array:
    """The lesion as a person would outline it: smoothed, a little too large or too small, inside the brain."""
    soft = gaussian_filter(patch.mask.astype(np.float32), 1.2)
    drawn = (soft > rng.uniform(0.35, 0.6)) & brain
    return drawn if drawn.sum() >= 200 else patch.mask & brain
