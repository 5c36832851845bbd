"""Lesions drawn for the trust figures, and what is no lesion: each from its own number, none ever trained on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter

from rnapp.phantom.lesion import LesionKind
from rnapp.tasks.metastasis.crop import Crop
from rnapp.types import Array
from training.cohort import FIRST_MARGINS, SECOND_MARGINS, Case, Margins, sample_clinical
from training.synthetic_crops import FIRST_CENTRE, SECOND_CENTRE, Scanner, Scene, Template, make_scene
from training.trust.seeds import SEEDS, Use

NECROSIS, OUT_OF = 37, 109  # the cohort of the paper, so that the prior is the one of the training
Kind = Literal["first", "second", "normal", "outline", "dura", "shifted", "noise", "inverted"]
# What the likeness should not pass, in words for the tables.
STRANGE: Mapping[Kind, str] = MappingProxyType({
    "normal": "Box in normal tissue", "outline": "Lesion-shaped outline in normal tissue",
    "dura": "Enhancing dura or sinus", "shifted": "Outline moved 15 to 25 mm off its lesion",
    "noise": "Noise instead of the scan", "inverted": "Wrong sequence (contrast inverted)"})
_KINDS: tuple[Kind, ...] = ("first", "second", "normal", "outline", "dura", "shifted", "noise", "inverted")
_BOX_MM = (6, 25)  # side of a box in normal tissue
_SHIFT_MM = (15.0, 25.0)
_DURA_MM, _DURA_PATCH_MM = 4.0, (6.0, 12.0)
_LEAST_VOXELS = 60  # below it the app reads nothing (rnapp.models.radiomics_limits)
_TRIES = 50


def draw(template: Template, use: Use, kind: Kind, number: int) -> Case:
    """The case with this number. Lesions of a centre have its scanner, its form and the paper's share of necrosis;
    everything strange is of the first centre. Every lesion is its own patient, so that all are independent."""
    rng = np.random.default_rng((SEEDS[use], _KINDS.index(kind), number))
    necrosis = int((number * NECROSIS) % OUT_OF < NECROSIS)
    centre = _SECOND if kind == "second" else _FIRST
    crop = _MAKERS[kind](template, "necrosis" if necrosis else "progression", centre.scanner, rng)
    return Case(crop, sample_clinical(necrosis, centre.margins, rng), necrosis, f"{use}-{kind}-{number}")


@dataclass(frozen=True)
class _Centre:
    scanner: Scanner
    margins: Margins


_FIRST, _SECOND = _Centre(FIRST_CENTRE, FIRST_MARGINS), _Centre(SECOND_CENTRE, SECOND_MARGINS)
_Maker = Callable[[Template, LesionKind, Scanner, np.random.Generator], Crop]


def _lesion(template: Template, kind: LesionKind, scanner: Scanner, rng: np.random.Generator) -> Crop:
    scene = make_scene(template, kind, scanner, rng)
    return scene.crop(template, scene.outline)


def _normal(template: Template, kind: LesionKind, scanner: Scanner, rng: np.random.Generator) -> Crop:
    scene = make_scene(template, kind, scanner, rng, shown=False)
    half = rng.integers(_BOX_MM[0], _BOX_MM[1], 3) // 2
    middle = np.array(scene.image.shape) // 2
    box = np.zeros(scene.image.shape, bool)
    box[tuple(slice(a, b + 1) for a, b in zip(middle - half, middle + half, strict=True))] = True
    return scene.crop(template, box & (scene.depth > 0))


def _outline(template: Template, kind: LesionKind, scanner: Scanner, rng: np.random.Generator) -> Crop:
    scene = make_scene(template, kind, scanner, rng, shown=False)
    return scene.crop(template, scene.outline)


def _dura(template: Template, kind: LesionKind, scanner: Scanner, rng: np.random.Generator) -> Crop:
    """The brightest patch of the outermost brain, outlined as if it were a lesion."""
    for _ in range(_TRIES):
        scene = make_scene(template, kind, replace(scanner, dura=1.0), rng, shown=False)
        shell = (scene.depth > 0) & (scene.depth <= _DURA_MM) & _inner(scene)
        if shell.any():
            bright = np.where(shell, gaussian_filter(scene.image, 2.0), -np.inf)
            centre = np.unravel_index(int(bright.argmax()), bright.shape)
            mask = shell & (_distance(scene, np.array(centre)) <= rng.uniform(*_DURA_PATCH_MM))
            if mask.sum() >= _LEAST_VOXELS:
                return scene.crop(template, mask)
    raise RuntimeError("no brain surface in any scene; the template is no head")


def _shifted(template: Template, kind: LesionKind, scanner: Scanner, rng: np.random.Generator) -> Crop:
    scene = make_scene(template, kind, scanner, rng)
    for _ in range(_TRIES):
        way = rng.normal(size=3)
        step = np.rint(way / np.linalg.norm(way) * rng.uniform(*_SHIFT_MM)).astype(int)
        mask = np.roll(scene.outline, step, (0, 1, 2)) & (scene.depth > 0) & ~scene.outline
        if mask.sum() >= max(_LEAST_VOXELS, scene.outline.sum() / 2):
            return scene.crop(template, mask)
    return scene.crop(template, np.roll(scene.outline, 20, 2) & ~scene.outline)


def _noise(template: Template, kind: LesionKind, scanner: Scanner, rng: np.random.Generator) -> Crop:
    scene = make_scene(template, kind, scanner, rng)
    noise = gaussian_filter(rng.standard_normal(scene.image.shape), rng.uniform(0.5, 2.0))
    image = np.where(scene.depth > 0, noise / noise.std(), 0.0).astype(np.float32)
    return replace(scene, image=image).crop(template, scene.outline)


def _inverted(template: Template, kind: LesionKind, scanner: Scanner, rng: np.random.Generator) -> Crop:
    scene = make_scene(template, kind, scanner, rng)
    return replace(scene, image=-scene.image).crop(template, scene.outline)


def _inner(scene: Scene) -> Array:
    """Far enough from the scene's faces for a patch around it to be whole."""
    inner = np.zeros(scene.depth.shape, bool)
    inner[(slice(14, -14),) * 3] = True
    return inner


def _distance(scene: Scene, centre: Array) -> Array:
    grid = np.indices(scene.depth.shape)
    return np.asarray(np.sqrt(((grid - centre[:, None, None, None]) ** 2).sum(axis=0)))


_MAKERS: Mapping[str, _Maker] = MappingProxyType({
    "first": _lesion, "second": _lesion, "normal": _normal, "outline": _outline, "dura": _dura, "shifted": _shifted,
    "noise": _noise, "inverted": _inverted})
