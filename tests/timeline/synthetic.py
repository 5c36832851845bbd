"""A seeded head without symmetry, scanned twice: on oblique, flipped, thick grids, with lesions of known sizes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from rnapp.geometry import grid_like, resample, resample_mask
from rnapp.preprocess.bias_field import estimate_bias_field, lps_scan, without_bias
from rnapp.types import (
    Atlas,
    BiasField,
    CancelToken,
    FloatArray,
    Followed,
    LesionSet,
    MatchQuality,
    Measurement,
    Prepared,
    Scan,
    SimilarityTransform,
    Volume,
    When,
)
from tests.conftest import FITS, oblique_affine, one_channel, sphere, with_channel

LEFT, RIGHT = np.array([150.0, -110, 85]), np.array([85.0, -130, 80])  # SRI24, LPS mm


@dataclass(frozen=True)
class Scanner:
    """How a study is acquired. turn, shift_mm: of the head in the scanner; off_degrees, off_mm, off_scale: how far its
    own preparation missed the atlas; size: of its millimetres (1: true)."""

    spacing: tuple[float, float, float]
    shape: tuple[int, int, int]
    flips: tuple[int, int, int] = (1, 1, 1)
    tilt: tuple[float, float, float] = (0, 0, 0)
    turn: tuple[float, float, float] = (0, 0, 0)
    shift_mm: tuple[float, float, float] = (0, 0, 0)
    off_degrees: tuple[float, float, float] = (0, 0, 0)
    off_mm: tuple[float, float, float] = (0, 0, 0)
    off_scale: float = 1.0
    gain: float = 1.0
    noise: float = 3.0
    size: float = 1.0


PRESENT = Scanner((1.1, 1.1, 2.5), (190, 210, 76), (1, -1, 1), (12, -6, 8), (6, -4, 9), (10, -20, 5), noise=4.0)
EARLIER = Scanner((1.3, 2.2, 1.2), (165, 110, 190), (-1, 1, 1), (-8, 15, 5), (-10, 5, -7), (-30, 8, 22),
                  (2.5, -2, 3), (3, -2.5, 2), 1.012, gain=0.4, noise=2.0)
SCALE = 0.97  # of the true transform onto the atlas


def rigid(degrees: Sequence[float], shift_mm: Sequence[float], centre: FloatArray,
          scale: float = 1.0) -> SimilarityTransform:
    """A turn and scale about a centre, then a shift."""
    matrix = np.eye(4)
    matrix[:3, :3] = scale * Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    matrix[:3, 3] = centre + np.asarray(shift_mm) - matrix[:3, :3] @ centre
    return SimilarityTransform(matrix)


def middle(atlas: Atlas) -> FloatArray:
    """Of the atlas grid, LPS mm."""
    return atlas.head.to_mm((np.array([atlas.head.shape]) - 1) / 2)[0]


@lru_cache(maxsize=4)
def texture(atlas: Atlas, seed: int) -> FloatArray:
    """A brain that is like no other one, and no half of it like the other."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(atlas.head.shape, np.float32), 4.0)
    return noise / noise.std()


@lru_cache(maxsize=1)
def scalp(atlas: Atlas) -> FloatArray:
    """A shell around the brain, bright after contrast."""
    distance = ndimage.distance_transform_edt(~atlas.brain_mask.array)
    return np.where((distance > 5) & (distance < 11), np.float32(200), np.float32(0))


def head(atlas: Atlas, seed: int = 1, alike: float = 1.0, even: float = 0.0) -> Volume:
    """On the SRI24 grid, float32: scalp, skull and brain. alike: to that of seed 1, 0 to 1, if the seed is another;
    even: how much of it is the same on both sides."""
    brain = atlas.brain_mask.array
    inside = texture(atlas, seed) if seed == 1 else (
        alike * texture(atlas, 1) + np.sqrt(1 - alike**2) * texture(atlas, seed))
    inside = np.sqrt(1 - even**2) * inside + even * (texture(atlas, 3) + texture(atlas, 3)[::-1]) / np.sqrt(2)
    return atlas.head.with_array(np.where(brain, 300.0 + 60.0 * inside, scalp(atlas)).astype(np.float32))


def study(atlas: Atlas, scanner: Scanner, lesions: Sequence[tuple[FloatArray, float]] = (),
          whole: Volume | None = None, fitted: bool = False) -> tuple[Prepared, Volume, SimilarityTransform]:
    """A prepared study, its lesion mask on its own grid, and the true transform onto the atlas.

    lesions: (centre on SRI24, LPS mm; radius in the patient's mm), balls; fitted: with the bias field that N4 finds
    (seconds) instead of the true one, which is none.
    """
    centre = middle(atlas)
    true = rigid(scanner.turn, scanner.shift_mm, centre, 1 / SCALE * scanner.size).inverse()
    place = true.inverse().apply(centre[None])[0]
    grid = Volume(np.zeros(scanner.shape, np.uint8), oblique_affine(
        tuple(side * scanner.size for side in scanner.spacing), scanner.tilt, scanner.flips, place, scanner.shape))
    array = resample(whole or head(atlas), grid, true.inverse()).array
    mask = np.zeros(scanner.shape, bool)
    for where, radius in lesions:
        mask |= sphere(grid, true.inverse().apply(where[None])[0], radius * scanner.size).array
    array = np.where(mask, 620.0, array)
    noise = np.random.default_rng(9).normal(0, scanner.noise, scanner.shape)
    native = grid.with_array((scanner.gain * np.abs(array + noise)).astype(np.float32))
    off = rigid(scanner.off_degrees, scanner.off_mm, centre, scanner.off_scale)
    to_atlas = off.after(true)
    scan = lps_scan(native)
    bias = estimate_bias_field(scan, CancelToken()) if fitted else _no_bias(scan)
    own_head = resample(without_bias(scan, bias), atlas.head, to_atlas)
    brain = resample_mask(atlas.brain_mask, atlas.head, off)
    prepared = Prepared(one_channel(native, own_head, own_head, to_atlas), brain, FITS, {})
    prepared = with_channel(prepared, bias=bias)
    return prepared, grid.with_array(mask), true


def _no_bias(scan: Volume) -> BiasField:
    return BiasField(np.zeros((4, 4, 4), np.float32), scan.shape, (0, 0, 0), (1, 1, 1))


def errors(found: SimilarityTransform, true: SimilarityTransform, atlas: Atlas) -> tuple[float, float]:
    """Largest displacement in the brain, mm, and turn, degrees."""
    brain = atlas.brain.to_mm(np.argwhere(atlas.brain_mask.array)[::5003].astype(float))
    moved = found.apply(true.inverse().apply(brain))
    turn = found.matrix[:3, :3] / found.scale @ (true.matrix[:3, :3] / true.scale).T
    return (float(np.linalg.norm(moved - brain, axis=1).max()),
            float(np.degrees(Rotation.from_matrix(turn).magnitude())))


def beside(present: Prepared, between: SimilarityTransform, covered: Volume | None = None) -> Followed:
    """A follow-up made by hand, for what comes after the registration."""
    everywhere = covered or present.head.with_array(np.ones(present.head.shape, bool))
    quality = MatchQuality(1.0, 0.5, 1.0, 1.0, True, "Made by hand.")
    return Followed(between.after(present.to_atlas), between, present.head, present.head, everywhere, quality)


def nothing_drawn(prepared: Prepared) -> LesionSet:
    """A scan that was looked through without a lesion being found."""
    atlas, native = (grid_like(grid, np.zeros(grid.shape, np.int16)) for grid in (prepared.head, prepared.native))
    return LesionSet((), atlas, native)


def measured(when: When, longest: float, volume: float | None = None, axial: float | None = None,
             across: float | None = None, voxel: float = 0.5) -> Measurement:
    """A ball of this diameter, unless told otherwise."""
    ml = np.pi / 6 * (longest / 10) ** 3 if volume is None else volume
    axial = longest if axial is None else axial
    return Measurement(when, 1 if longest else None, float(ml), longest, axial, axial if across is None else across,
                       voxel)


__all__ = ["EARLIER", "LEFT", "PRESENT", "RIGHT", "SCALE", "Scan", "Scanner", "beside", "errors", "head", "measured",
           "replace", "rigid", "study"]
