"""A small seeded head with lesions, the same in the world on any grid, and readings made from it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnapp.tasks.metastasis.question import QUESTION
from rnapp.trust.verdict import judge
from rnapp.types import (
    Answer,
    Array,
    Atlas,
    CaseResult,
    Caution,
    Channel,
    Contribution,
    FloatArray,
    Lesion,
    LesionSet,
    Likeness,
    ModelCard,
    Prediction,
    Prepared,
    Reading,
    RegistrationQuality,
    Series,
    SimilarityTransform,
    Variation,
    Volume,
    WhatIf,
    note,
    withheld,
)
from tests.trusted import PLAIN

CENTRE = np.array((120.0, -120.0, 75.0))  # of the brain, LPS mm
BRAIN_RADII = np.array((62.0, 80.0, 58.0))
LEFT, RIGHT = CENTRE + np.array((30, -35, 20)), CENTRE + np.array((-30, 25, -10))
LESION_RADIUS = 11.0
NO_AGENT, THICK = (note("no_contrast", "No contrast agent is recorded."), note("thick_slices", "The slices are thick."))
TOUCHES = note("touches_edge", "Touches the edge of the brain.")


def lps_grid(step: float = 4.0) -> Volume:
    """Axes along left, posterior, superior, as SRI24."""
    affine = np.diag((step, step, step, 1.0))
    affine[:3, 3] = (0.0, -239.0, 0.0)
    return Volume(np.zeros([round(n / step) for n in (240, 240, 155)], np.uint8), affine)


def turned_grid() -> Volume:
    """Permuted, left-handed, anisotropic (3×5×4 mm) axes of about the same field of view."""
    affine = np.array([[0, 5.0, 0, 0], [0, 0, 4.0, -239], [-3.0, 0, 0, 155], [0, 0, 0, 1]])
    return Volume(np.zeros((52, 49, 60), np.uint8), affine)


def oblique_grid() -> Volume:
    """Anisotropic (3×3×5 mm) axes turned by 20° and 15°."""
    a, b = np.radians(20), np.radians(15)
    one = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    two = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    affine, shape = np.eye(4), (80, 80, 45)
    affine[:3, :3] = one @ two * (3.0, 3.0, 5.0)
    affine[:3, 3] = CENTRE - affine[:3, :3] @ (np.array(shape) / 2)
    return Volume(np.zeros(shape, np.uint8), affine)


def distance(grid: Volume, centre: FloatArray, radii: FloatArray | float) -> FloatArray:
    """Of every voxel from a centre, in radii."""
    world = grid.to_mm(np.indices(grid.shape).reshape(3, -1).T)
    return np.linalg.norm((world - centre) / radii, axis=1).reshape(grid.shape)


def ball(grid: Volume, centre: FloatArray, radius: float = LESION_RADIUS) -> Volume:
    """A bool mask of a ball."""
    return grid.with_array(distance(grid, centre, radius) <= 1)


def prepared(grid: Volume, lesions: Sequence[FloatArray] = (LEFT,), shift_mm: float = 0.0,
             good: bool = True, scale: float = 1.0, cautions: tuple[Caution, ...] = (THICK,)) -> Prepared:
    """A head with bright lesions; shift_mm: how far the brain mask is off, to the patient's left."""
    brain = distance(grid, CENTRE, BRAIN_RADII) <= 1
    head: Array = np.where(brain, 100.0, np.where(distance(grid, CENTRE, BRAIN_RADII + 12) <= 1, 40.0, 0.0))
    head = head + np.random.default_rng(5).normal(0, 2, grid.shape) * (head > 0)
    for centre in lesions:
        head[distance(grid, centre, LESION_RADIUS) <= 1] = 250.0
    mask = distance(grid, CENTRE + np.array((shift_mm, 0, 0)), BRAIN_RADII) <= 1
    image = grid.with_array(head.astype(np.float32))
    quality = RegistrationQuality(0.957, 0.71, good, "Check the vertex.")
    to_atlas = SimilarityTransform(np.diag((scale, scale, scale, 1.0)))
    series = Series("1.2.3", "t1", "MR", "T1CE", (), grid.shape, (1.0, 1.0, 1.0))
    channel = Channel(series, image, None, to_atlas, image, image)
    return Prepared({"t1ce": channel}, grid.with_array(mask), quality, {"n4": 4.5}, cautions)


def atlas(grid: Volume) -> Atlas:
    """A stand-in with the shape of the head above."""
    brain = distance(grid, CENTRE, BRAIN_RADII) <= 1
    head = np.where(brain, 80.0, np.where(distance(grid, CENTRE, BRAIN_RADII + 12) <= 1, 60.0, 0.0))
    return Atlas(grid.with_array(head), grid.with_array(np.where(brain, 80.0, 0.0)))


def attention(centre: FloatArray, peak: float = 1.0) -> Volume:
    """A blob at the centre, 64³ at 1 mm."""
    affine = np.eye(4)
    affine[:3, 3] = centre - 32
    grid = Volume(np.zeros((64, 64, 64), np.float32), affine)
    return grid.with_array((peak * np.exp(-distance(grid, centre, 9.0) ** 2)).astype(np.float32))


def contributions(count: int = 20) -> tuple[Contribution, ...]:
    """Effects of both signs, the first unknown; seeded."""
    effects = np.random.default_rng(3).normal(0, 0.4, count)
    return tuple(Contribution(f"feature_{i}", f"Feature {i}", "radiomics", None if i == 0 else float(i), float(effect))
                 for i, effect in enumerate(effects))


def lesion_set(grid: Volume, centres: Sequence[FloatArray] = (LEFT,)) -> LesionSet:
    """A ball at each centre, labelled from 1; later ones write over earlier ones at the same place."""
    labels = np.zeros(grid.shape, np.int16)
    for number, centre in enumerate(centres, start=1):
        labels[ball(grid, centre).array] = number
    lesions = tuple(_lesion(number, centre) for number, centre in enumerate(centres, start=1))
    return LesionSet(lesions, grid.with_array(labels), grid.with_array(labels))


def _lesion(number: int, centre: FloatArray) -> Lesion:
    x, y, z = (float(value) for value in centre)
    side = "left" if centre[0] > CENTRE[0] else "right"
    return Lesion(number, 5.6, 22.0, 21.0, 18.0, 0.75, 0.0, (x, y, z), side, (TOUCHES,))


def answer(number: int = 1, centre: FloatArray = LEFT, baseline: float = -0.4) -> Answer:
    """An answer whose contributions add up to its probability."""
    parts = contributions()
    chance = float(1 / (1 + np.exp(-(baseline + sum(part.effect for part in parts)))))
    folds = tuple(float(np.clip(chance + d, 0.02, 0.98)) for d in (-0.06, -0.02, 0.01, 0.03, 0.05))
    prediction = Prediction(chance, folds, folds)
    larger = Variation("outline 1 mm larger", float(np.clip(chance + 0.01, 0, 1)))
    trust = judge(prediction, [larger], Likeness(1.0, 2.0, 0.05), PLAIN, PLAIN.limits, PLAIN.prior, chance)
    return Answer(number, prediction, parts, baseline, attention(centre),
                  (WhatIf("primary_tumour", "Primary tumour", 0.3, "Breast cancer", 0.6, "Melanoma"),), trust=trust)


def without_number(result: CaseResult, *because: Caution) -> CaseResult:
    """The same case whose first answer is withheld for these cautions."""
    first, *others = result.reading.answers
    answers = (withheld(first.lesion, because, because), *others)
    return replace(result, reading=replace(result.reading, answers=answers))


def moved_by_networks(result: CaseResult, effect: float) -> CaseResult:
    """The same case; of its first answer the image networks made up this effect, log-odds, and it still adds up."""
    first, *others = result.reading.answers
    part = replace(first.contributions[0], feature="vit", label="What the image networks see", group="imaging",
                   effect=effect)
    changed = replace(first, contributions=(part, *first.contributions[1:]),
                      baseline_log_odds=first.baseline_log_odds + first.contributions[0].effect - effect)
    return replace(result, reading=replace(result.reading, answers=(changed, *others)))


def result_of(lesions: int = 1, demonstration: bool = True, grid: Volume | None = None) -> CaseResult:
    """A case with a few lesions that was read, in turn left and right."""
    grid = grid or lps_grid(8.0)
    centres = [(LEFT, RIGHT)[i % 2] for i in range(lesions)]
    card = ModelCard("phantom-demo", "0.1.0", demonstration, "ab12" * 16, "Apache-2.0", "training/", "48 phantoms",
                     {"held_out/multimodal/auc": 0.91})
    answers = tuple(answer(number, centre) for number, centre in enumerate(centres, start=1))
    reading = Reading(QUESTION.id, answers, {**QUESTION.unknown, "age": 63.0, "sex": "female", "wbrt_before": False},
                      card, "2026-11-21T14:05:33", {"analysis": 8.25}, {"rnapp": "0.1.0", "Python": "3.11.9"})
    return CaseResult(QUESTION, "Case-7F3A", prepared(grid, centres, cautions=(NO_AGENT, THICK)),
                      lesion_set(grid, centres), reading)
