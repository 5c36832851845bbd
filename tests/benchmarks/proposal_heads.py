"""Whole prepared heads with known lesions and the enhancement that every head has, for tests/benchmarks/proposals.py.

The anatomy is SRI24, deformed; dura, sinuses, falx, tentorium, choroid plexus and vessels are drawn by hand at about
their places, with random brightness and gaps, and the brain mask is cut as loosely as HD-BET cuts it. Scanners vary as
in training/synthetic_crops.py. Nothing here is measured on patients.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from scipy import ndimage

from rnapp.errors import MaskError
from rnapp.geometry import IDENTITY
from rnapp.phantom.lesion import LesionPatch, apply_lesion, render_lesion, sample_parameters
from rnapp.preprocess.normalise import z_score
from rnapp.types import Array, Atlas, FloatArray, Prepared, RegistrationQuality, Volume
from tests.conftest import one_channel, with_channel
from training.synthetic_crops import FIRST_CENTRE, SECOND_CENTRE, Scanner

MOST_LESIONS = 4
RADIUS_MM = (2.5, 16.0)  # log-uniform: from the smallest that is treated to the largest
MIDLINE = 119.5  # voxel index; those below are SRI24's too (1 mm; larger i is further left, larger j further back)
GALEN, TORCULA = np.array([119.5, 152, 72]), np.array([119.5, 204, 44])
TRANSVERSE = np.array([[119.5, 206, 42], [145, 203, 42], [165, 188, 42], [174, 168, 42], [172, 155, 38],
                       [163, 140, 32]])
CAVERNOUS = np.array([134, 104, 42])
CAROTID = np.array([[131, 104, 46], [133, 104, 52], [148, 106, 56], [160, 108, 62], [165, 114, 72]])
CHOROID = np.array([[124, 112, 82], [128, 125, 86], [134, 140, 86], [141, 151, 76], [146, 142, 64]])
QUALITY = RegistrationQuality(1.0, 1.0, True, "Made by hand.")


@dataclass(frozen=True, eq=False)
class KnownHead:
    """A prepared head and its lesions, bool masks on the SRI24 grid.

    unsure: bool, SRI24 grid, where nobody outlined what may be a lesion: candidates there count neither way.
    """

    prepared: Prepared
    lesions: tuple[Volume, ...]
    unsure: Array


def synthetic_head(atlas: Atlas, seed: int, lesions: int | None = None) -> KnownHead:
    """A head; the same seed gives the same voxels. lesions: how many, None for 0 to MOST_LESIONS."""
    rng = np.random.default_rng((seed, 31))
    scanner = (FIRST_CENTRE, SECOND_CENTRE)[seed % 2]
    brain = atlas.brain_mask.array
    white = float(np.percentile(atlas.head.array[brain], 85))
    tissue = np.clip(atlas.head.array / white, 0, None).astype(np.float32) ** rng.uniform(*scanner.gamma)
    field = _warp(brain.shape, rng)
    head = _moved(tissue + _normal_enhancement(tissue, brain, rng), field)
    depth = _moved(ndimage.distance_transform_edt(brain) - ndimage.distance_transform_edt(~brain), field)
    patches = _patches(depth, int(rng.integers(MOST_LESIONS + 1)) if lesions is None else lesions, rng)
    image = _acquired(_with(head, patches), scanner, rng)
    mask = depth > -rng.uniform(0.5, 2.5) - 1.2 * _noise(brain.shape, 12, rng)
    prepared = _prepared(atlas.head.with_array(image), atlas.head.with_array(_largest(mask)))
    return KnownHead(prepared, _masks(patches, prepared), np.zeros(brain.shape, bool))


def with_lesions(head: KnownHead, seed: int, count: int) -> KnownHead:
    """A real head with so many synthetic lesions more, at least 10 mm away from its own."""
    rng = np.random.default_rng((seed, 32))
    prepared = head.prepared
    brain = prepared.brain_mask.array
    taken = np.logical_or.reduce([head.unsure, *(lesion.array for lesion in head.lesions)])
    white = float(np.median(prepared.head.array[brain & (prepared.image.array > 0)]))
    free = ndimage.distance_transform_edt(brain & ~ndimage.binary_dilation(taken, iterations=10))
    patches = _patches(free, count, rng)
    image = prepared.head.with_array(_with(prepared.head.array / white, patches))
    fresh = with_channel(prepared, head=image, image=z_score(image, prepared.brain_mask))
    return KnownHead(fresh, (*head.lesions, *_masks(patches, fresh)), head.unsure)


def _patches(depth: FloatArray, count: int, rng: np.random.Generator) -> list[LesionPatch]:
    """Lesions of either kind that do not touch each other; their centres lie 2 mm and more inside the brain."""
    patches: list[LesionPatch] = []
    inside = np.argwhere(depth > 2)
    used = np.zeros(depth.shape, bool)
    while len(patches) < count:
        radius = float(np.exp(rng.uniform(*np.log(RADIUS_MM))))
        kind = ("progression", "necrosis")[int(rng.integers(2))]
        drawn = sample_parameters(kind, rng)
        look = replace(drawn, radius_mm=radius, oedema_mm=drawn.oedema_mm * min(radius / drawn.radius_mm, 1.0))
        centre = inside[rng.integers(len(inside))].astype(float)
        patch = render_lesion(depth.shape, tuple(centre), look, rng)
        if not (used & patch.mask).any():
            patches.append(patch)
            used |= ndimage.binary_dilation(patch.mask, iterations=5)
    return patches


def _with(image: FloatArray, patches: list[LesionPatch]) -> FloatArray:
    for patch in patches:
        image = apply_lesion(image, patch, 1.0)
    return image


def _masks(patches: list[LesionPatch], prepared: Prepared) -> tuple[Volume, ...]:
    masks = [patch.mask & prepared.brain_mask.array for patch in patches]
    if not all(mask.any() for mask in masks):
        raise MaskError("A synthetic lesion lies outside the brain; take another seed.")
    return tuple(prepared.head.with_array(mask) for mask in masks)


def _prepared(head: Volume, mask: Volume) -> Prepared:
    return Prepared(one_channel(head, head, z_score(head, mask), IDENTITY), mask, QUALITY, {})


def _normal_enhancement(tissue: FloatArray, brain: Array, rng: np.random.Generator) -> FloatArray:
    """What gadolinium lights up in everyone, multiples of white matter, before the deformation."""
    shape = brain.shape
    outside = ndimage.distance_transform_edt(~brain)
    i, j, k = np.ogrid[: shape[0], : shape[1], : shape[2]]
    across = np.abs(i - MIDLINE)
    gain = np.zeros(shape, np.float32)

    def add(where: Array, low: float, high: float, patchy: float = 0.0) -> None:
        level = rng.uniform(low, high) * (1 if not patchy else np.clip(1 + patchy * _noise(shape, 8, rng), 0, 2))
        np.maximum(gain, where * level, out=gain)

    add((outside > 0) & (outside < rng.uniform(1.0, 2.5)), 0.2, 0.7, 0.8)  # dura
    add((outside > 0) & (outside < 8) & (across < rng.uniform(3, 6)) & (k > 50), 0.8, 1.6)  # superior sagittal sinus
    inner = ndimage.distance_transform_edt(brain)
    add((across < 0.8) & (inner < rng.uniform(20, 35)) & (k > 60), 0.2, 0.6, 0.8)  # falx
    ridge = 71 - 0.9 * (j - 152) * 28 / 52 - 0.35 * across
    add((np.abs(k - ridge) < 0.9) & (j > 135) & (j < 205) & (across < 60) & (across > 0.5 * (165 - j)), 0.2, 0.6, 0.8)
    add(_tube(shape, np.array([GALEN, TORCULA]), rng.uniform(1.5, 2.5)), 0.8, 1.5)  # straight sinus
    for side in (1, -1):
        add(_tube(shape, _on(TRANSVERSE, side, rng), rng.uniform(2.5, 5.0)), 0.7, 1.5)  # transverse, sigmoid
        add(_tube(shape, _on(CAVERNOUS[None].repeat(2, 0), side, rng), rng.uniform(3, 6)), 0.4, 1.2, 0.3)
        add(_tube(shape, _on(CAROTID, side, rng), rng.uniform(1.0, 1.8)), 0.5, 1.2)
        add(_tube(shape, _on(CHOROID, side, rng), rng.uniform(1.0, 3.0)), 0.4, 1.1, 0.6)
    depth = inner - outside
    for _ in range(int(rng.integers(25, 45))):
        add(_vein(tissue, depth, rng), 0.4, 1.2)
    return np.asarray(ndimage.gaussian_filter(gain, 0.5))


def _on(points: FloatArray, side: int, rng: np.random.Generator) -> FloatArray:
    """The points on one side (1: left), each moved a little."""
    moved = points + rng.normal(0, 1.5, points.shape)
    moved[:, 0] = MIDLINE + side * (moved[:, 0] - MIDLINE)
    return np.asarray(moved)


def _tube(shape: tuple[int, ...], points: FloatArray, radius: float) -> Array:
    """All within the radius (voxels) of the line through the points."""
    line = np.concatenate([np.linspace(a, b, max(2, int(2 * np.linalg.norm(b - a)))) for a, b in pairwise(points)])
    low = np.maximum(np.floor(line.min(0) - radius - 1), 0).astype(int)
    high = np.minimum(np.ceil(line.max(0) + radius + 2), shape).astype(int)
    part = np.ones(tuple(high - low), bool)
    at = np.clip(np.rint(line - low).astype(int), 0, np.array(part.shape) - 1)
    part[tuple(at.T)] = False
    tube = np.zeros(shape, bool)
    tube[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = ndimage.distance_transform_edt(part) <= radius
    return tube


def _vein(tissue: FloatArray, depth: FloatArray, rng: np.random.Generator) -> Array:
    """A vessel of 15 to 50 mm that begins near the surface and follows the dark of the sulci."""
    shell = np.argwhere((depth > 0) & (depth < rng.choice([2.0, 12.0])))
    place = shell[rng.integers(len(shell))].astype(float)
    heading = rng.normal(size=3)
    points = [place]
    for _ in range(int(rng.integers(7, 25))):
        turns = heading / np.linalg.norm(heading) + 0.6 * rng.normal(size=(12, 3))
        turns = 2.0 * turns / np.linalg.norm(turns, axis=1, keepdims=True)
        there = np.clip(np.rint(place + turns).astype(int), 0, np.array(tissue.shape) - 1)
        cost = tissue[tuple(there.T)] + 5.0 * (depth[tuple(there.T)] < -1)
        heading = turns[int(np.argmin(cost))]
        place = place + heading
        points.append(place)
    return _tube(tissue.shape, np.array(points), rng.uniform(0.7, 1.6))


def _warp(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Where each voxel comes from, shape (3, I, J, K): up to some 5 mm away, and in half the heads mirrored."""
    grid = np.stack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in shape), indexing="ij"))
    grid += np.stack([2.0 * _noise(shape, 20, rng) for _ in range(3)])
    if rng.random() < 0.5:
        grid[0] = shape[0] - 1 - grid[0]
    return grid


def _moved(image: FloatArray, field: FloatArray) -> FloatArray:
    return np.asarray(ndimage.map_coordinates(image.astype(np.float32), field, order=1, mode="nearest"))


def _noise(shape: tuple[int, ...], smooth_mm: float, rng: np.random.Generator) -> FloatArray:
    """A smooth random field of variance 1, float32."""
    step = max(1, int(smooth_mm / 2))
    coarse = tuple(-(-side // step) + 1 for side in shape)
    small = ndimage.gaussian_filter(rng.standard_normal(coarse, dtype=np.float32), smooth_mm / step)
    field = torch.from_numpy(small / small.std())[None, None]
    return np.asarray(torch.nn.functional.interpolate(field, size=shape, mode="trilinear")[0, 0].numpy())


def _acquired(image: FloatArray, scanner: Scanner, rng: np.random.Generator) -> FloatArray:
    """What is left of the bias field, slices of some thickness along one axis (mostly axial), noise."""
    image = image * np.exp(rng.uniform(*scanner.bias) * _noise(image.shape, 40, rng))
    image = _sliced(image, rng.uniform(*scanner.slice_mm), int(rng.choice([2, 2, 2, 0, 1])))
    noise = ndimage.gaussian_filter(rng.standard_normal(image.shape, dtype=np.float32), 0.6)
    return np.asarray(np.clip(image + rng.uniform(*scanner.noise) * noise / noise.std(), 0, None), np.float32)


def _sliced(image: FloatArray, thickness: float, axis: int) -> FloatArray:
    """Blurred by the slice profile, sampled once per slice and interpolated back to 1 mm."""
    if thickness <= 1.2:
        return image
    blurred = ndimage.gaussian_filter1d(image, thickness / 2.355, axis=axis)
    side = image.shape[axis]
    centres = np.arange(0, side - 1, thickness)
    slices = np.take(blurred, np.rint(centres).astype(int), axis)
    places = np.clip(np.arange(side) / thickness, 0, len(centres) - 1)
    low = np.minimum(places.astype(int), len(centres) - 2)
    share = (places - low).reshape([-1 if a == axis else 1 for a in range(3)])
    return np.asarray(np.take(slices, low, axis) * (1 - share) + np.take(slices, low + 1, axis) * share)


def _largest(mask: Array) -> Array:
    numbered, count = ndimage.label(mask)
    return np.asarray(numbered == 1 + np.argmax(np.bincount(numbered.ravel(), minlength=count + 1)[1:]))
