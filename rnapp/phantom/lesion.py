"""Synthetic enhancing lesions on a 1 mm grid: for the example study and for training the demonstration bundle.

The two kinds follow the morphology cited by Gomaa et al. 2025 (Discussion; Lasocki 2022, Kumar 2000, Leeman 2013):
progression enhances thickly, nodular or solid; necrosis is a thin, interrupted rim ("open ring") around a
"soap-bubble" interior with wider oedema. Nothing here is measured on patients.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter

from rnapp.errors import GeometryError
from rnapp.types import Array, FloatArray

LesionKind = Literal["progression", "necrosis"]

# (mean, standard deviation, least, most) of each kind; chosen by us so that the kinds overlap: even a reader
# who knew every parameter exactly would confuse some lesions (see test_lesion).
RADIUS_MM = {"progression": (10.0, 2.8, 5.0, 15.0), "necrosis": (10.0, 2.8, 5.0, 15.0)}
RIM_MM = {"progression": (5.8, 2.0, 1.5, 12.0), "necrosis": (4.0, 1.7, 1.5, 12.0)}
GAP_FRACTION = {"progression": (0.10, 0.10, 0.0, 0.6), "necrosis": (0.24, 0.13, 0.0, 0.6)}
OEDEMA_MM = {"progression": (8.5, 4.0, 2.0, 20.0), "necrosis": (12.0, 4.5, 2.0, 20.0)}
ENHANCEMENT = {"progression": (0.90, 0.18, 0.4, 1.4), "necrosis": (0.80, 0.18, 0.4, 1.4)}
# Mean counts (Poisson).
NODULES = {"progression": 1.9, "necrosis": 0.8}
BUBBLES = {"progression": 1.6, "necrosis": 3.2}

MOST_BUBBLES = 8
MOST_NODULES = 4
WAVES = 8  # plane waves that make one smooth random function on the sphere
EDGE_MM = 0.7  # half-width of soft borders, about the blur of a 1 mm scan


@dataclass(frozen=True)
class LesionParameters:
    """How a lesion looks.

    radius_mm: mean radius; irregularity: relative wobble of the surface; rim_mm: thickness of the enhancing
    rim (at least the radius: solid); gap_fraction: share of the rim that does not enhance (0 to 1); nodules:
    enhancing bulges; bubbles: cells of the soap-bubble interior (below 2: none); enhancement: added signal
    as a multiple of white matter; core_darkening, oedema_darkening: share of signal lost; oedema_mm: width.
    """

    radius_mm: float
    irregularity: float
    rim_mm: float
    gap_fraction: float
    nodules: int
    bubbles: int
    enhancement: float
    core_darkening: float
    oedema_mm: float
    oedema_darkening: float


@dataclass(frozen=True, eq=False)
class LesionPatch:
    """A rendered lesion, arrays of shape (I, J, K) at 1 mm.

    enhancement: added signal, multiples of white matter; darkening: share of signal lost (core and oedema);
    mask: bool, the lesion with its non-enhancing core, without oedema.
    """

    enhancement: FloatArray
    darkening: FloatArray
    mask: Array


def sample_parameters(kind: LesionKind, rng: np.random.Generator) -> LesionParameters:
    """Draw the parameters of one lesion of the kind."""
    return LesionParameters(
        radius_mm=_normal(RADIUS_MM[kind], rng),
        irregularity=float(rng.uniform(0.05, 0.15)),
        rim_mm=_normal(RIM_MM[kind], rng),
        gap_fraction=_normal(GAP_FRACTION[kind], rng),
        nodules=min(int(rng.poisson(NODULES[kind])), MOST_NODULES),
        bubbles=min(int(rng.poisson(BUBBLES[kind])), MOST_BUBBLES),
        enhancement=_normal(ENHANCEMENT[kind], rng),
        core_darkening=float(rng.uniform(0.25, 0.55)),
        oedema_mm=_normal(OEDEMA_MM[kind], rng),
        oedema_darkening=float(rng.uniform(0.08, 0.25)),
    )


def render_lesion(shape: tuple[int, int, int], centre_voxel: tuple[float, float, float],
                  parameters: LesionParameters, rng: np.random.Generator) -> LesionPatch:
    """The lesion on a grid of 1 mm voxels; what lies outside the grid is cut off.

    shape: (I, J, K); centre_voxel: its centre in voxel indices. Raises GeometryError for a centre off the grid.
    """
    if not all(0 <= c <= n - 1 for c, n in zip(centre_voxel, shape, strict=True)):
        raise GeometryError(f"The lesion centre {centre_voxel} lies outside a grid of {shape} voxels; move it inside.")
    box = _box(shape, centre_voxel, parameters)
    offset = np.stack(np.meshgrid(*(np.arange(s.start, s.stop, dtype=np.float32) - np.float32(c)
                                    for s, c in zip(box, centre_voxel, strict=True)), indexing="ij"), axis=-1)
    enhancement, darkening, inside = _render(offset, parameters, rng)
    patch = LesionPatch(np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, bool))
    patch.enhancement[box], patch.darkening[box], patch.mask[box] = enhancement, darkening, inside
    return patch


def apply_lesion(image: FloatArray, patch: LesionPatch, white_matter: float) -> FloatArray:
    """The T1 image, shape (I, J, K), with the lesion in it, float32. white_matter: its signal in the image."""
    kept = image * (1.0 - patch.darkening)
    return np.asarray(kept + patch.enhancement * white_matter, dtype=np.float32)


def _normal(spread: tuple[float, float, float, float], rng: np.random.Generator) -> float:
    mean, deviation, least, most = spread
    return float(np.clip(rng.normal(mean, deviation), least, most))


def _box(shape: tuple[int, int, int], centre: tuple[float, float, float],
         parameters: LesionParameters) -> tuple[slice, slice, slice]:
    reach = 1.8 * parameters.radius_mm + 1.6 * parameters.oedema_mm + 6.0
    i, j, k = (slice(max(int(c - reach), 0), min(int(c + reach) + 2, n)) for c, n in zip(centre, shape, strict=True))
    return i, j, k


def _render(offset: FloatArray, p: LesionParameters, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, Array]:
    """offset: mm from the centre, shape (a, b, c, 3). Returns enhancement, darkening, inside, each (a, b, c)."""
    distance = _length(offset)
    direction = offset / np.maximum(distance, 1e-3)[..., None]
    surface = p.radius_mm * np.clip(1.0 + p.irregularity * direction_noise(direction, 2.0, rng), 0.6, 1.4)
    nodules = _nodule_depth(offset, p, rng)
    depth = np.maximum(surface - distance, nodules)  # mm inside the surface, negative outside
    weight = np.maximum(_rim(surface - distance, direction, p, rng), _soft(nodules))
    weight = np.maximum(weight, _septa(offset, p, rng)) * _soft(depth)
    texture = 1.0 + 0.12 * _smooth_noise(depth.shape, 1.5, rng)
    swelling = p.oedema_mm * np.clip(1.0 + 0.35 * direction_noise(direction, 2.5, rng), 0.3, 1.6)
    oedema = p.oedema_darkening * _soft((swelling + depth) / 2.0) * (1.0 - _soft(depth))
    core = p.core_darkening * _soft(depth) * (1.0 - weight)
    return p.enhancement * weight * np.clip(texture, 0.5, 1.5), core + oedema, depth > 0


def _rim(depth: FloatArray, direction: FloatArray, p: LesionParameters, rng: np.random.Generator) -> FloatArray:
    """0..1: inside the rim and not in one of its gaps."""
    thickness = p.rim_mm * np.clip(1.0 + 0.2 * direction_noise(direction, 2.0, rng), 0.5, 1.5)
    gaps = direction_noise(direction, 2.0, rng)
    closed = _soft((gaps - np.quantile(gaps, p.gap_fraction)) * 4.0) if p.gap_fraction > 0 else 1.0
    return np.asarray(_soft(thickness - depth) * _soft(depth) * closed)


def _nodule_depth(offset: FloatArray, p: LesionParameters, rng: np.random.Generator) -> FloatArray:
    """mm inside the nearest nodule, negative outside; -inf without nodules."""
    depth = np.full(offset.shape[:-1], -np.inf, np.float32)
    for _ in range(p.nodules):
        direction = rng.normal(size=3)
        centre = 0.75 * p.radius_mm * direction / np.linalg.norm(direction)
        radius = p.radius_mm * rng.uniform(0.25, 0.5)
        depth = np.maximum(depth, radius - _length(offset - centre.astype(np.float32)))
    return depth


def _septa(offset: FloatArray, p: LesionParameters, rng: np.random.Generator) -> FloatArray:
    """0..1 on the walls between the cells of a soap-bubble interior (where the two nearest seeds are equally far)."""
    if p.bubbles < 2:
        return np.zeros(offset.shape[:-1], np.float32)
    seeds = rng.normal(size=(p.bubbles, 3)) * 0.5 * p.radius_mm
    distances = np.stack([_length(offset - seed.astype(np.float32)) for seed in seeds])
    nearest = np.partition(distances, 1, axis=0)[:2]
    return np.asarray(0.8 * _soft(1.6 - (nearest[1] - nearest[0])))


def direction_noise(direction: FloatArray, frequency: float, rng: np.random.Generator) -> FloatArray:
    """A smooth random function of the direction, mean about 0, variance about 1."""
    waves = (rng.normal(size=(3, WAVES)) * frequency).astype(np.float32)
    phases = rng.uniform(0, 2 * np.pi, WAVES).astype(np.float32)
    return np.asarray(np.cos(direction @ waves + phases) @ np.full(WAVES, np.sqrt(2.0 / WAVES), np.float32))


def _length(offset: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.einsum("...c,...c->...", offset, offset)))


def _smooth_noise(shape: tuple[int, ...], sigma_mm: float, rng: np.random.Generator) -> FloatArray:
    noise = gaussian_filter(rng.standard_normal(shape, dtype=np.float32), sigma_mm)
    return np.asarray(noise / max(float(noise.std()), 1e-6))


def _soft(depth: FloatArray) -> FloatArray:
    """A step from 0 to 1 at depth 0 mm with a border of about EDGE_MM."""
    return np.asarray(0.5 * (1.0 + np.tanh(np.clip(depth, -30.0, 30.0) / EDGE_MM)), dtype=np.float32)
