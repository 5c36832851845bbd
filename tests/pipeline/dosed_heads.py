"""A prepared head without computing, and doses on it in other frames of reference."""

from dataclasses import replace

import numpy as np

from rnapp.types import (
    Channel,
    Dose,
    LoadedSeries,
    MatchQuality,
    Prepared,
    Prescription,
    SimilarityTransform,
    Volume,
)
from tests.conftest import FITS, loaded, oblique_affine, sphere
from tests.timeline.synthetic import rigid

SCAN, PLAN, THIRD, MRI = "1.1", "1.2", "1.3", "1.4"  # frames of reference
GOOD = MatchQuality(0.9, 0.6, 0.97, 1.0, True, "They match.", "mutual_information")
SLOPES = np.array([0.20, 0.10, -0.15])  # Gy per mm: every error of place shows
CENTRE = np.array([10.0, -20.0, 30.0])  # of the head, in the scan's mm


def channel(frame: str, place: SimilarityTransform, scale: float = 0.95, match: MatchQuality | None = None) -> Channel:
    """A small oblique scan. place: the reference scan's mm → this scan's."""
    shape = (24, 28, 20)
    middle = place.apply(CENTRE[None])[0]
    native = Volume(np.ones(shape, np.float32), oblique_affine((8.0, 8.0, 9.0), (8, -5, 11), (1, -1, 1), middle, shape),
                    frame)
    to_atlas = rigid((4, -3, 6), (70, -120, 60), CENTRE, scale).after(place.inverse())
    head = atlas_grid()
    return Channel(loaded(native).series, native, None, to_atlas, head, head, match)


def atlas_grid() -> Volume:
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = (0, -240, 0)
    array = np.random.default_rng(1).random((60, 60, 40)).astype(np.float32)
    return Volume(array, affine, "SRI24")


def prepared(*others: Channel) -> Prepared:
    """A ball for a brain, on a coarse SRI24 grid."""
    reference = channel(SCAN, SimilarityTransform(np.eye(4)))
    brain = sphere(atlas_grid(), reference.to_atlas.apply(CENTRE[None])[0], 60)
    channels = {"event": reference} | {f"scan_{number}": one for number, one in enumerate(others)}
    return Prepared(channels, brain, FITS, {})


def linear_dose(frame: str, place: SimilarityTransform, half_mm: float = 110.0, gray: float = 60.0) -> Dose:
    """A dose that is linear in the reference scan's mm. place: the reference scan's mm → the dose's."""
    side = int(2 * half_mm / 5) + 1
    middle = place.apply(CENTRE[None])[0]
    affine = oblique_affine((5.0, 5.0, 5.0), (0, 0, 0), (1, 1, -1), middle, (side, side, side))
    grid = Volume(np.zeros((side, side, side), np.float32), affine, frame)
    points = grid.to_mm(np.argwhere(np.ones(grid.shape, bool)).astype(float))
    values = gray + (place.inverse().apply(points) - CENTRE) @ SLOPES
    return Dose(grid.with_array(values.reshape(grid.shape).astype(np.float32)), (Prescription("PTV", 60.0, 30),),
                ("1.2.840.9",))


def plan_dose(frame: str, place: SimilarityTransform) -> Dose:
    """60 Gy in a ball in the middle of the head, little elsewhere."""
    dose = linear_dose(frame, place)
    target = sphere(dose.volume, place.apply(CENTRE[None])[0], 25)
    return replace(dose, volume=dose.volume.with_array(np.where(target.array, 60, 8).astype(np.float32)))


def errors(placed: Prepared) -> np.ndarray:
    """Gy, in the middle of the brain: difference from what the scan should show."""
    assert placed.dose is not None
    inside = sphere(placed.brain_mask, placed.to_atlas.apply(CENTRE[None])[0], 45).array
    points = placed.to_atlas.inverse().apply(placed.brain_mask.to_mm(np.argwhere(inside).astype(float)))
    expected = 60 + (points - CENTRE) @ SLOPES
    return np.abs(placed.dose.on_atlas.array[inside] - expected)


TURN = rigid((12, -7, 20), (-35, 60, 15), CENTRE)
HALF = rigid((-5, 3, 9), (5, -12, 30), CENTRE)


def planning(frame: str) -> LoadedSeries:
    made = loaded(Volume(np.zeros((4, 4, 4), np.float32), np.eye(4), frame), "1.2.77")
    return replace(made, series=replace(made.series, modality="CT", kind="CT", frame_of_reference=frame))
