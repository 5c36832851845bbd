"""Made heads, each scanned twice: T1 after contrast as the scan that is drawn on, CT or T2 as the planning scan.

Skull, scalp and brain are SRI24's, bent by a smooth field of a seed's own, differently on both sides.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import ndimage

from rnapp.geometry import from_sitk, grid_like, resample, resample_mask, shrunk
from rnapp.types import (
    Array,
    Atlas,
    Channel,
    FloatArray,
    LoadedSeries,
    Prepared,
    SimilarityTransform,
    Volume,
)
from tests.conftest import FITS, loaded, oblique_affine
from tests.timeline.synthetic import middle, rigid

STEP_MM = 2
BENT_MM, SMOOTH_MM = 9.0, 18.0
AIR = -1000.0
ATLAS_SCALE = 0.96  # of the true way from the scan to SRI24


@dataclass(frozen=True, eq=False)
class Person:
    """A head along SRI24's axes, upright, in its own millimetres, at STEP_MM. t1: with skull, as after contrast;
    ct: Hounsfield units; t2: fluid bright; brain: bool."""

    t1: Volume
    ct: Volume
    t2: Volume
    brain: Volume

    @property
    def mirrored(self) -> "Person":
        """The same with left and right swapped."""
        return Person(*(one.with_array(np.ascontiguousarray(one.array[::-1]))
                        for one in (self.t1, self.ct, self.t2, self.brain)))


@dataclass(frozen=True)
class Pose:
    """The position of a head in a scanner, and its grid. turn: degrees; shift: mm; flips: of the grid's axes."""

    spacing: tuple[float, float, float]
    shape: tuple[int, int, int]
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tilt: tuple[float, float, float] = (0.0, 0.0, 0.0)
    flips: tuple[int, int, int] = (1, 1, 1)
    frame: str = ""


SCAN = Pose((1.0, 1.0, 2.0), (220, 240, 90), (7, -4, 9), (12, -25, 8), (8, -5, 11), (1, -1, 1), "1.2.3.1")
PLANNED = Pose((1.2, 1.2, 2.5), (230, 230, 88), (-6, 5, -8), (-35, 140, -60), frame="1.2.3.2")
OBLIQUE_FEET_FIRST = replace(PLANNED, tilt=(-14, 9, 17), flips=(-1, 1, -1))


@lru_cache(maxsize=4)
def person(atlas: Atlas, seed: int, size: float = 1.0) -> Person:
    """size: of this head per that of the atlas."""
    head, brain = (from_sitk(shrunk(one, STEP_MM)) for one in (atlas.head, atlas.brain_mask))
    field = _bend(head, np.random.default_rng(seed))
    array, inside = _bent(head.array, field), _bent(brain.array, field) > 0.5
    affine = np.diag([size, size, size, 1.0]) @ head.affine
    body, bone, fat = _body(array, inside)
    fluid = inside & (array < np.percentile(array[inside], 12))
    white = inside & (array > np.percentile(array[inside], 60))
    top = float(np.percentile(array[inside], 99))
    pictures = []
    for air, tissue, levels in (
            (0.0, 0.45, {"fat": 1.1, "bone": 0.08}), (AIR, 45.0, {"fat": -90.0, "bone": 900.0, "grey": 38.0,
                                                                 "white": 28.0, "fluid": 8.0}),
            (0.0, 0.25, {"fat": 0.7, "bone": 0.04, "grey": 0.55, "white": 0.35, "fluid": 1.0})):
        unit = 1.0 if air else top
        picture = np.where(body, tissue * unit, air).astype(np.float32)
        picture[inside] = array[inside]
        for where, name in ((fat, "fat"), (bone, "bone"), (inside, "grey"), (white, "white"), (fluid, "fluid")):
            if name in levels:
                picture[where] = levels[name] * unit
        pictures.append(ndimage.gaussian_filter(picture, 0.5))
    return Person(*(Volume(one, affine) for one in (*pictures, inside)))


def _body(array: FloatArray, brain: Array) -> tuple[Array, Array, Array]:
    """Body, skull and the fat of the scalp, bool."""
    level = 0.4 * np.percentile(array[brain], 50)
    closed = ndimage.binary_closing(np.pad((array > level) | brain, 12), iterations=8)[12:-12, 12:-12, 12:-12]
    body = np.stack([ndimage.binary_fill_holes(one) for one in closed.transpose(2, 0, 1)]).transpose(1, 2, 0)
    near = ndimage.distance_transform_edt(~brain) * STEP_MM
    thick = 5.5 + 2.5 * ndimage.gaussian_filter(np.random.default_rng(5).standard_normal(array.shape), 6) / 0.02
    outer = np.clip(thick, 4.0, 10.0)
    return body, body & (near > 2.0) & (near < 2.0 + outer), body & (near >= 2.0 + outer) & (near < 7.0 + outer)


def _bend(grid: Volume, rng: np.random.Generator) -> FloatArray:
    """mm → voxels, shape (3, I, J, K)."""
    smooth = [ndimage.gaussian_filter(rng.standard_normal(grid.shape, np.float32), SMOOTH_MM / STEP_MM)
              for _ in range(3)]
    return np.stack([BENT_MM / STEP_MM * one / np.abs(one).max() for one in smooth])


def _bent(array: FloatArray, field: FloatArray) -> FloatArray:
    places = np.indices(array.shape, np.float32) + field
    return np.asarray(ndimage.map_coordinates(array.astype(np.float32), places, order=1))


def way(atlas: Atlas, pose: Pose) -> SimilarityTransform:
    """Upright mm → mm of the scanner."""
    return rigid(pose.turn, pose.shift, middle(atlas))


def scanned(atlas: Atlas, tissue: Volume, pose: Pose, noise: float, outside: float = 0.0) -> Volume:
    """The head as the scanner has it, float32."""
    to_scanner = way(atlas, pose)
    place = to_scanner.apply(middle(atlas)[None])[0]
    affine = oblique_affine(pose.spacing, pose.tilt, pose.flips, place, pose.shape)
    grid = Volume(np.zeros(pose.shape, np.uint8), affine, pose.frame)
    array = resample(tissue.with_array(tissue.array - outside), grid, to_scanner).array + outside
    return grid_like(grid, (array + np.random.default_rng(3).normal(0, noise, array.shape)).astype(np.float32))


def reference(atlas: Atlas, who: Person, pose: Pose = SCAN) -> Prepared:
    """The scan that is drawn on, prepared without computing."""
    native = scanned(atlas, who.t1, pose, noise=4.0)
    scale = np.diag([ATLAS_SCALE, ATLAS_SCALE, ATLAS_SCALE, 1.0])
    scale[:3, 3] = (1 - ATLAS_SCALE) * middle(atlas)
    to_atlas = SimilarityTransform(scale @ way(atlas, pose).inverse().matrix)
    head = resample(native, atlas.head, to_atlas)
    brain = resample_mask(who.brain, atlas.head, SimilarityTransform(scale))
    image = head.with_array(np.where(brain.array, head.array / head.array.max(), 0).astype(np.float32))
    series = replace(loaded(native).series, frame_of_reference=pose.frame, uid="1.2.3.100")
    return Prepared({"event": Channel(series, native, None, to_atlas, head, image)}, brain, FITS, {})


def planning(atlas: Atlas, who: Person, pose: Pose = PLANNED, kind: str = "CT") -> LoadedSeries:
    """The planning scan. kind: "CT" or "T2"."""
    volume = (scanned(atlas, who.ct, pose, 6.0, AIR) if kind == "CT" else scanned(atlas, who.t2, pose, 6.0))
    modality = "CT" if kind == "CT" else "MR"
    made = loaded(volume, "1.2.3.200")
    return replace(made, series=replace(made.series, modality=modality, kind=kind, frame_of_reference=pose.frame))


def true_way(atlas: Atlas, planned: Pose, scan: Pose = SCAN) -> SimilarityTransform:
    """Planning LPS mm → the scan's LPS mm."""
    return way(atlas, scan).after(way(atlas, planned).inverse())


def landmark_error(found: SimilarityTransform, atlas: Atlas, who: Person, planned: Pose, scan: Pose = SCAN) -> float:
    """The largest displacement in the brain, mm."""
    places = way(atlas, planned).apply(who.brain.to_mm(np.argwhere(who.brain.array)[::701].astype(float)))
    return float(np.linalg.norm(found.apply(places) - true_way(atlas, planned, scan).apply(places), axis=1).max())
