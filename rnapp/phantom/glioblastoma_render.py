"""Drawing a synthetic glioblastoma patient: the scan after surgery, the scan with the new lesion, and the dose."""

from dataclasses import dataclass

import numpy as np

from rnapp.geometry import grid_like
from rnapp.phantom.anatomy import Head, HeadTemplate, draw_head, smooth_field
from rnapp.phantom.glioblastoma import PRESCRIBED_GY, GlioblastomaParameters, ellipsoid_depth
from rnapp.phantom.lesion import direction_noise
from rnapp.types import FloatArray, Volume

EDGE = 0.97  # dose at the target's surface by prescription
TARGET_BEYOND_BRAIN_MM = 2.0  # a plan's target ends at the skull
SKIN_MM = (16.0, 24.0)  # no dose from here on outside the brain
FLUID = 0.3  # signal of the cavity by white matter
GAMMA, BIAS, NOISE = (0.85, 1.25), (0.0, 0.10), (0.01, 0.05)
DURA = 0.5  # share of scans whose dura enhances within the brain's outline
RIM_MM, LEAST_RESIDUAL_MM = 2.5, 1.0  # of the cavity; a smaller remnant is none
DAMAGE = (0.0, 0.1)  # share of signal that the tissue loses by the prescribed dose
BLUR_MM = 1.4  # least width of a border, as a scan of 1 mm shows it


@dataclass(frozen=True, eq=False)
class Rendered:
    """One patient on one grid (the template's), float32.

    event, post_op: T1 after contrast with skull, white matter about 1; dose: Gy; brain, target, lesion: 0 to 1, how far
    a voxel belongs to the brain, the plan's target and the new lesion (with its core).
    """

    event: Volume
    post_op: Volume
    dose: Volume
    brain: Volume
    target: Volume
    lesion: Volume


def render(parameters: GlioblastomaParameters, template: HeadTemplate, rng: np.random.Generator) -> Rendered:
    """The patient on the template's grid; the same parameters with another rng are the same plan and lesion in another
    head, seen by another scanner."""
    head, seen = draw_head(template, rng), _Seen(max(template.spacing_mm, BLUR_MM), rng)
    target = _target_depth(head, parameters, rng)
    dose = plan_dose(head, target, parameters, rng)
    post_op = np.clip(head.head, 0, None) ** np.float32(rng.uniform(*GAMMA))
    event = post_op * (1 - np.float32(rng.uniform(*DAMAGE)) / PRESCRIBED_GY * dose)
    _draw_cavity(post_op, head, parameters, 1.0, seen)
    _draw_cavity(event, head, parameters, parameters.cavity_shrink, seen)
    lesion = _draw_lesion(event, head, parameters, seen)
    volumes = (_scanned(event, head, template, rng), _scanned(post_op, head, template, rng), dose,
               _cover(head.depth, seen.width), _cover(target, seen.width), lesion)
    return Rendered(*(grid_like(template.grid, np.asarray(one, np.float32)) for one in volumes))


@dataclass(frozen=True, eq=False)
class _Seen:
    """width: mm over which borders are blurred; rng: what varies."""

    width: float
    rng: np.random.Generator


def plan_dose(head: Head, target: FloatArray, p: GlioblastomaParameters, rng: np.random.Generator) -> FloatArray:
    """Gy of the whole plan. target: mm inside it, negative outside. Photons fall off slowly all around; protons
    steeply, but for their way in."""
    beyond = np.maximum(-target, 0)
    level = _photons(head, beyond, p, rng) if p.technique == "photon" else _protons(head, beyond, p)
    hump = smooth_field(target.shape, 9, rng)
    hump = np.clip(0.5 + 0.3 * hump, 0, 1) * np.clip(target / 5, 0, 1)
    within = EDGE + (1 - EDGE) * np.clip(target / 4, 0, 1) + (p.hottest - 1) * hump / max(float(hump.max()), 1e-6)
    skin = np.clip((SKIN_MM[1] + head.depth) / (SKIN_MM[1] - SKIN_MM[0]), 0, 1)
    return np.asarray(PRESCRIBED_GY * np.where(target > 0, within, EDGE * level) * skin, np.float32)


def _target_depth(head: Head, p: GlioblastomaParameters, rng: np.random.Generator) -> FloatArray:
    """mm inside the plan's target, negative outside."""
    offset, radii = head.offset(p.target_centre), p.target_radii.astype(np.float32)
    wobble = 0.06 * float(radii.min()) * _around(offset, 1.5, rng)
    return np.asarray(np.minimum(ellipsoid_depth(offset, radii) + wobble, head.depth + TARGET_BEYOND_BRAIN_MM))


def _photons(head: Head, beyond: FloatArray, p: GlioblastomaParameters, rng: np.random.Generator) -> FloatArray:
    """Level by the surface's: steep at first, then low doses in arms all around."""
    arms = 1 + 0.35 * np.clip(beyond / 20, 0, 1) * _around(head.offset(p.target_centre), 2.0, rng)
    near, bath = np.exp(-((beyond / 10) ** 1.5)), np.exp(-beyond / 28) * np.clip(arms, 0.3, 1.7)
    return np.asarray(0.55 * near + 0.45 * bath)


def _protons(head: Head, beyond: FloatArray, p: GlioblastomaParameters) -> FloatArray:
    """Level by the surface's: steep all around but for the way from the skin to the target."""
    offset, beam = head.offset(p.target_centre), np.array(p.beam, np.float32)
    along = offset @ beam
    aside = _length(offset - along[..., None] * beam)
    edge = np.exp(np.clip((aside - 0.8 * float(p.target_radii.mean())) / 3, -30, 30))
    way_in = 0.6 * (along > 0) / (1 + edge) * np.exp(-beyond / 150)
    return np.asarray(np.maximum(np.exp(-((beyond / 9) ** 1.7)), way_in))


def _draw_cavity(image: FloatArray, head: Head, p: GlioblastomaParameters, size: float, seen: "_Seen") -> None:
    """Into the image: the resection cavity, its enhancing rim (less of it where it has shrunk) and, after surgery, the
    remnant."""
    box = head.near(p.cavity_centre, 1.6 * p.cavity_radius + 4 * seen.width + 2 * p.residual)
    part, inside_brain = head.part(box), _cover(head.depth[box], seen.width)
    offset = part.offset(p.cavity_centre)
    distance = _length(offset)
    noise = direction_noise(offset / np.maximum(distance, 1e-3)[..., None], 1.5, seen.rng)
    depth = np.minimum(p.cavity_radius * size * (1 + 0.12 * noise) - distance, part.depth)
    fluid = _cover(depth, seen.width)
    strength = p.rim if size == 1.0 else 0.3 * p.rim
    rim = strength * np.clip(1 + 0.5 * noise, 0, 2) * (_cover(depth + RIM_MM, seen.width) - fluid) * inside_brain
    image[box] = image[box] * (1 - fluid) + FLUID * fluid + rim
    if size == 1.0 and p.residual > LEAST_RESIDUAL_MM:
        centre = np.array(p.cavity_centre) + (p.cavity_radius + 0.3 * p.residual) * np.array(p.residual_side)
        nodule = _cover(p.residual - _length(part.offset(centre)), seen.width)
        image[box] += 0.7 * nodule * (1 - fluid) * inside_brain


def _draw_lesion(image: FloatArray, head: Head, p: GlioblastomaParameters, seen: "_Seen") -> FloatArray:
    """Into the image: the new lesion. Returns how far each voxel belongs to it."""
    box = head.near(p.lesion_centre, 1.4 * p.lesion_radius + p.oedema + 3 * seen.width)
    part, inside_brain = head.part(box), _cover(head.depth[box], seen.width)
    offset = part.offset(p.lesion_centre)
    distance = _length(offset)
    direction = offset / np.maximum(distance, 1e-3)[..., None]
    depth = p.lesion_radius * np.clip(1 + 0.1 * direction_noise(direction, 2.0, seen.rng), 0.7, 1.3) - distance
    inside = _cover(depth, seen.width)
    rim = inside - _cover(depth - p.lesion_rim, seen.width)
    gaps = direction_noise(direction, 2.0, seen.rng)
    missing = float(np.quantile(gaps[depth >= depth.max() - p.lesion_radius], p.gap))
    enhancing = rim * np.clip((gaps - missing) * 3 + 0.5, 0, 1)
    oedema = 0.18 * _cover((depth + p.oedema) / 2, seen.width) * (1 - inside)
    image[box] *= 1 - oedema - 0.45 * (inside - rim)
    image[box] += p.enhancement * enhancing * inside_brain
    lesion = np.zeros(image.shape, np.float32)
    lesion[box] = inside * inside_brain
    return lesion


def _scanned(image: FloatArray, head: Head, template: HeadTemplate, rng: np.random.Generator) -> FloatArray:
    """Enhancing dura, remnants of the bias field, and noise, which larger voxels average."""
    shape = template.grid.shape
    if rng.random() < DURA:
        patches = smooth_field(shape, 9, rng) > rng.uniform(0.3, 1.0)
        image = image + rng.uniform(0.3, 1.0) * patches * (head.depth > 0) * np.clip(1 - head.depth / 3, 0, 1)
    image = image * np.exp(rng.uniform(*BIAS) * smooth_field(shape, 4, rng))
    noise = rng.uniform(*NOISE) / template.spacing_mm**1.5
    return np.asarray(np.maximum(image + noise * rng.standard_normal(shape, dtype=np.float32), 0))


def _cover(depth: FloatArray, width: float) -> FloatArray:
    """Share of a voxel that lies inside a surface; depth: mm inside it; width: mm over which a border is blurred."""
    return np.asarray(np.clip(depth / width + 0.5, 0, 1))


def _around(offset: FloatArray, frequency: float, rng: np.random.Generator) -> FloatArray:
    """A smooth random function of the direction."""
    return direction_noise(offset / np.maximum(_length(offset), 1e-3)[..., None], frequency, rng)


def _length(offset: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.einsum("...c,...c->...", offset, offset)))
