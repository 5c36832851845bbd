"""How synthetic glioblastoma patients differ: what is drawn at random for each, and from which distributions.

After surgery and a 60 Gy plan a new enhancing lesion is either radiation-induced contrast enhancement (RICE) or
recurrence. Nothing here is measured on patients; the directions follow what was published: most recurrences lie in the
field and near the cavity (67 of 78, Seoul 2024), RICE nearer to the ventricles (Bahn 2020) and first seen after 16.5
months (photons) or 11.4 (protons); the overlap is chosen so that the dose alone tells about as much as in
arXiv 2603.11827. Technique says nothing about the outcome.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from rnapp.types import FloatArray

GlioblastomaLabel = Literal["rice", "recurrence"]
PlanTechnique = Literal["photon", "proton"]
Point = tuple[float, float, float]

PRESCRIBED_GY = 60.0
FRACTIONS = 30
# SRI24's brain as an ellipsoid and its lateral ventricles (right half: x below the middle) as points, LPS mm.
BRAIN_MIDDLE = np.array([119.0, -107.0, 78.0])
BRAIN_RADII = np.array([65.0, 83.0, 61.0])
TENTORIUM_MM = 58.0  # z below which no lesion lies
_HORNS = np.array([[7, -159, 90], [9, -139, 100], [10, -119, 104], [14, -99, 97], [20, -84, 84], [18, -69, 75],
                   [30, -90, 72], [34, -109, 62]], dtype=float)
_BETWEEN = np.linspace(0, 1, 4, endpoint=False)[:, None]
_HALF = np.concatenate([a + (b - a) * _BETWEEN for a, b in pairwise(_HORNS)])
VENTRICLES = np.concatenate([_HALF * [side, 1, 1] + [BRAIN_MIDDLE[0], 0, 0] for side in (-1, 1)])

SURFACE_MM = 9.0  # least depth of a target's or a lesion's middle in the brain
TRIES = 400  # places that a middle is chosen from
PROTON_SHARE = 0.5


@dataclass(frozen=True)
class Spread:
    """A normal distribution with its ends cut off."""

    mean: float
    deviation: float
    least: float
    most: float

    def draw(self, rng: np.random.Generator) -> float:
        """One value."""
        return float(np.clip(rng.normal(self.mean, self.deviation), self.least, self.most))


@dataclass(frozen=True)
class Habits:
    """How patients of one outcome are. Distances in mm, from middle to nearest ventricle or to the target's surface.

    hottest: highest dose as a multiple of the prescription; residual: radius of a remnant in the post-operative rim (0:
    none); in_field: share of lesions inside the target; inside, outside: how deep, or how far, they lie.
    """

    target_ml: Spread
    target_ventricle: Spread
    hottest: Spread
    residual: Spread
    in_field: float
    inside: Spread
    outside: Spread
    lesion_ventricle: Spread
    radius: Spread
    rim: Spread
    gap: Spread
    enhancement: Spread
    months: Mapping[PlanTechnique, Spread]


@dataclass(frozen=True)
class Setting:
    """How far the two outcomes differ. share_rice: of the patients, as in the paper (37 of 92)."""

    name: str
    rice: Habits
    recurrence: Habits
    share_rice: float = 0.4

    def habits(self, label: GlioblastomaLabel) -> Habits:
        """Of the patients with this outcome."""
        return self.rice if label == "rice" else self.recurrence


@dataclass(frozen=True)
class GlioblastomaParameters:
    """One patient. Points are LPS mm of SRI24's grid; distances and radii mm; shares 0 to 1.

    target: of the plan; cavity_shrink: radius at the event by that after surgery; rim, residual: enhancement after
    surgery; lesion_rim: thickness of the enhancing rim (the radius or more: solid); gap: share of the rim that is
    missing; lesion_depth: of the middle, from the target's surface inwards, negative outside; months: from radiotherapy
    to the event; hottest: highest dose by prescription; beam: where protons come from, a direction.
    """

    technique: PlanTechnique
    target_centre: Point
    target_ml: float
    target_shape: Point
    hottest: float
    beam: Point
    cavity_centre: Point
    cavity_radius: float
    cavity_shrink: float
    rim: float
    residual: float
    residual_side: Point
    lesion_centre: Point
    lesion_radius: float
    lesion_rim: float
    gap: float
    enhancement: float
    oedema: float
    target_ventricle: float
    lesion_ventricle: float
    lesion_depth: float
    lesion_cavity: float
    months: float

    @property
    def target_radii(self) -> FloatArray:
        """Half axes of the target, mm, shape (3,)."""
        return ball_radius(self.target_ml) * np.array(self.target_shape)


def ball_radius(millilitres: float) -> float:
    """mm."""
    return float((millilitres * 750.0 / np.pi) ** (1 / 3))


def sample_parameters(setting: Setting, label: GlioblastomaLabel, rng: np.random.Generator) -> GlioblastomaParameters:
    """Draw one patient with this outcome."""
    habits = setting.habits(label)
    target_ml = habits.target_ml.draw(rng)
    shape = np.exp(rng.normal(0, 0.08, 3))
    shape /= np.prod(shape) ** (1 / 3)
    centre = _target_place(habits, rng)
    radius = ball_radius(target_ml)
    cavity_radius = float(np.clip(radius - rng.normal(18.0, 2.5), 7.0, 26.0))
    cavity = centre + _direction(rng) * rng.uniform(0, 5)
    lesion, depth = _lesion_place(habits, centre, radius * shape, (cavity, cavity_radius), rng)
    technique: PlanTechnique = "proton" if rng.random() < PROTON_SHARE else "photon"
    return GlioblastomaParameters(
        technique=technique, target_centre=_point(centre), target_ml=target_ml, target_shape=_point(shape),
        hottest=habits.hottest.draw(rng), beam=_point(_beam(centre, rng)), cavity_centre=_point(cavity),
        cavity_radius=cavity_radius, cavity_shrink=float(rng.uniform(0.7, 1.0)), rim=float(rng.uniform(0.15, 0.6)),
        residual=habits.residual.draw(rng), residual_side=_point(_direction(rng)), lesion_centre=_point(lesion),
        lesion_radius=habits.radius.draw(rng), lesion_rim=habits.rim.draw(rng), gap=habits.gap.draw(rng),
        enhancement=habits.enhancement.draw(rng), oedema=float(rng.uniform(4, 16)),
        target_ventricle=float(from_ventricles(centre[None])[0]), lesion_depth=depth,
        lesion_ventricle=float(from_ventricles(lesion[None])[0]),
        lesion_cavity=float(np.linalg.norm(lesion - cavity)) - cavity_radius,
        months=habits.months[technique].draw(rng))


def from_ventricles(points: FloatArray) -> FloatArray:
    """mm to the nearest lateral ventricle, shape (N,), of points, LPS mm of SRI24, shape (N, 3)."""
    squares = (points**2).sum(1)[:, None] - 2 * points @ VENTRICLES.T + (VENTRICLES**2).sum(1)
    return np.asarray(np.sqrt(np.maximum(squares.min(axis=1), 0)))


def ellipsoid_depth(offset: FloatArray, radii: FloatArray) -> FloatArray:
    """About how many mm points lie inside an ellipsoid, negative outside; offset: from its middle, shape (..., 3)."""
    first = np.sqrt(((offset / radii) ** 2).sum(-1))
    second = np.sqrt(((offset / radii**2) ** 2).sum(-1))
    return np.asarray(first * (1 - first) / np.maximum(second, 1e-6) + (first < 1e-3) * radii.min())


def narrowed(setting: Setting, share: float) -> Setting:
    """The same outcomes with less spread, so that they overlap less: deviations times share."""
    return replace(setting, rice=_narrowed(setting.rice, share), recurrence=_narrowed(setting.recurrence, share))


def _narrowed(habits: Habits, share: float) -> Habits:
    changed: dict[str, Any] = {}
    for one in fields(Habits):
        spread = getattr(habits, one.name)
        if isinstance(spread, Spread):
            changed[one.name] = replace(spread, deviation=spread.deviation * share)
    return replace(habits, **changed)


def _candidates(middle: FloatArray, radii: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Places in an ellipsoid that are deep enough in the brain, shape (N, 3), N from 1 to TRIES."""
    points = rng.normal(size=(TRIES, 3))
    points *= (rng.random(TRIES) ** (1 / 3) / np.linalg.norm(points, axis=1))[:, None]
    points = middle + points * radii
    deep = ellipsoid_depth(points - BRAIN_MIDDLE, BRAIN_RADII)
    allowed = (deep > SURFACE_MM) & (points[:, 2] > TENTORIUM_MM)
    return points[allowed] if allowed.any() else points[[int(deep.argmax())]]


def _target_place(habits: Habits, rng: np.random.Generator) -> FloatArray:
    places = _candidates(BRAIN_MIDDLE, BRAIN_RADII, rng)
    return np.asarray(places[np.abs(from_ventricles(places) - habits.target_ventricle.draw(rng)).argmin()])


def _lesion_place(habits: Habits, target: FloatArray, radii: FloatArray, cavity: tuple[FloatArray, float],
                  rng: np.random.Generator) -> tuple[FloatArray, float]:
    """Middle of the lesion and its depth in the target: the place nearest to what was drawn, beside the cavity."""
    wanted = habits.inside.draw(rng) if rng.random() < habits.in_field else -habits.outside.draw(rng)
    ventricle = habits.lesion_ventricle.draw(rng)
    places = _candidates(target, radii + max(6.0, 6.0 - wanted), rng)
    depth = ellipsoid_depth(places - target, radii)
    in_cavity = np.maximum(cavity[1] + 2.0 - np.linalg.norm(places - cavity[0], axis=1), 0)
    cost = ((depth - wanted) / 3) ** 2 + ((from_ventricles(places) - ventricle) / 5) ** 2 + in_cavity**2
    best = int(cost.argmin())
    return places[best], float(depth[best])


def _direction(rng: np.random.Generator) -> FloatArray:
    direction = rng.normal(size=3)
    return np.asarray(direction / np.linalg.norm(direction))


def _beam(target: FloatArray, rng: np.random.Generator) -> FloatArray:
    """From the middle of the brain outwards through the target, not quite."""
    outward = (target - BRAIN_MIDDLE) / BRAIN_RADII + 0.3 * rng.normal(size=3)
    return np.asarray(outward / np.linalg.norm(outward))


def _point(values: FloatArray) -> Point:
    x, y, z = (float(value) for value in values)
    return x, y, z


_PHOTON, _PROTON = Spread(16.5, 8.0, 3.0, 48.0), Spread(11.4, 6.0, 3.0, 48.0)
_ANY_TIME: Mapping[PlanTechnique, Spread] = MappingProxyType({
    "photon": Spread(11.0, 7.0, 2.0, 48.0), "proton": Spread(11.0, 7.0, 2.0, 48.0)})
_RICE_TIME: Mapping[PlanTechnique, Spread] = MappingProxyType({"photon": _PHOTON, "proton": _PROTON})

# What the outcomes have in common where nothing is to tell them apart.
_COMMON = Habits(
    target_ml=Spread(205, 55, 90, 380), target_ventricle=Spread(19, 9, 1, 45), hottest=Spread(1.055, 0.018, 1.02, 1.12),
    residual=Spread(2.0, 3.0, 0, 9), in_field=0.9, inside=Spread(11, 6, 2, 32), outside=Spread(14, 8, 4, 35),
    lesion_ventricle=Spread(17, 9, 1, 45), radius=Spread(15, 2.5, 9, 20), rim=Spread(6.5, 2.6, 2, 20),
    gap=Spread(0.16, 0.13, 0, 0.5), enhancement=Spread(1.0, 0.15, 0.5, 1.5), months=_ANY_TIME)
NULL = Setting("null", _COMMON, _COMMON)
# What the machinery must solve: RICE inside the target and a rim, recurrence outside and solid.
EASY = Setting(
    "easy", replace(_COMMON, in_field=1.0, rim=Spread(3.0, 0.4, 2, 20), gap=Spread(0.1, 0.1, 0, 0.5)),
    replace(_COMMON, in_field=0.0, rim=Spread(20, 0.5, 2, 20), gap=Spread(0.0, 0.01, 0, 0.5)))
# As published as far as that is known, with much overlap: the dose alone tells about four patients of five.
STANDARD = Setting(
    "standard",
    replace(_COMMON, target_ml=Spread(235, 52, 90, 380), target_ventricle=Spread(14, 8, 1, 45),
            hottest=Spread(1.062, 0.018, 1.02, 1.12), residual=Spread(1.0, 3.2, 0, 9), in_field=0.97,
            lesion_ventricle=Spread(13, 8, 1, 45), rim=Spread(4.8, 2.0, 2, 20), gap=Spread(0.20, 0.13, 0, 0.5),
            months=_RICE_TIME),
    replace(_COMMON, target_ml=Spread(178, 48, 90, 380), target_ventricle=Spread(22, 9, 1, 45),
            hottest=Spread(1.050, 0.018, 1.02, 1.12), residual=Spread(3.0, 3.2, 0, 9), in_field=0.83,
            lesion_ventricle=Spread(19, 9, 1, 45), rim=Spread(8.0, 3.2, 2, 20), gap=Spread(0.13, 0.12, 0, 0.5)))
SETTINGS = MappingProxyType({one.name: one for one in (EASY, NULL, STANDARD)})
