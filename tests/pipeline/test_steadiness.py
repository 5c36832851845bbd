"""The same head, otherwise described, gets the same measures and the same answer; a mirrored one does not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from rnapp import pipeline
from rnapp.geometry import resample
from rnapp.pipeline.resources import Resources
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Atlas, CancelToken, Lesion, LesionSet, Volume
from tests.benchmarks.scans import prepare
from tests.conftest import oblique_affine, sphere

LARGEST_CHANGE = 0.01
SHAPE = (85, 62, 64)
LESION = np.array([82.0, -122, 92])  # SRI24 LPS mm, the patient's right
TOKEN = CancelToken()


@dataclass(frozen=True, eq=False)
class Head:
    """A stripped head and the mask of its lesion, on one grid."""

    scan: Volume
    mask: Volume


@dataclass(frozen=True, eq=False)
class Read:
    """What comes of it."""

    lesions: LesionSet
    probability: float

    @property
    def lesion(self) -> Lesion:
        """The only one."""
        (one,) = self.lesions.lesions
        return one


@pytest.fixture(scope="module")
def head(atlas: Atlas) -> Head:
    """Oblique slices of 3 mm, a left-handed grid, an enhancing lesion with a dark core beside the middle."""
    middle = atlas.brain.to_mm(np.argwhere(atlas.brain_mask.array).mean(axis=0)[None])[0]
    grid = Volume(np.zeros(SHAPE, np.float32), oblique_affine((2.1, 3.0, 2.4), (14, -8, 11), (1, -1, 1), middle, SHAPE))
    brain = resample(atlas.brain, grid)
    balls = [sphere(grid, LESION + off, radius).array
             for off, radius in (([0, 0, 0], 11.0), ([4, -7, 2], 8.0), ([1, 2, 0], 5.0))]
    drawn = balls[0] | balls[1]
    array = np.where(drawn, 2200.0, brain.array) - np.where(balls[2], 1500.0, 0)
    inside = brain.array > 0
    return Head(grid.with_array(np.where(inside, array, 0).round().astype(np.float32)),
                grid.with_array((drawn & inside).astype(np.uint8)))


def read(head: Head, resources: Resources) -> Read:
    """Prepared, measured and answered."""
    prepared = prepare(head.scan, resources)
    lesions = pipeline.find_lesions(prepared, head.mask, METASTASIS)
    crop = METASTASIS.sample(prepared, lesions, 1)
    given = METASTASIS.answer(resources.model, crop, 1, METASTASIS.question.unknown, TOKEN).given
    return Read(lesions, given.probability)


def both(change: Callable[[Volume], Volume], head: Head) -> Head:
    return Head(change(head.scan), change(head.mask))


def turned_over(volume: Volume) -> Volume:
    """Every axis backwards, and all three in another order: the same voxels in the same places."""
    affine = volume.affine.copy()
    for axis in range(3):
        affine[:3, 3] += affine[:3, axis] * (volume.shape[axis] - 1)
        affine[:3, axis] *= -1
    affine[:3, :3] = affine[:3, (1, 2, 0)]
    return Volume(np.ascontiguousarray(np.flip(volume.array).transpose(1, 2, 0)), affine)


def elsewhere(volume: Volume) -> Volume:
    """The whole head, header and all, 40 mm away, with other last digits."""
    affine = volume.affine.copy()
    affine[:3, 3] += (37.3, -12.1, 8.9)
    affine[:3, :3] += 1e-9 * np.arange(9).reshape(3, 3)
    return Volume(volume.array, affine)


def mirrored(volume: Volume) -> Volume:
    """Another head: what was on the left is on the right."""
    return volume.with_array(np.ascontiguousarray(np.flip(volume.array, 0)))


@pytest.fixture(scope="module")
def first(head: Head, resources: Resources) -> Read:
    return read(head, resources)


@pytest.mark.slow
@pytest.mark.parametrize("change", [turned_over, elsewhere])
def test_the_same_head_otherwise_described_is_measured_and_answered_alike(
        change: Callable[[Volume], Volume], head: Head, first: Read, resources: Resources) -> None:
    again = read(both(change, head), resources)
    for name in ("volume_ml", "longest_diameter_mm", "axial_diameter_mm", "axial_perpendicular_mm"):
        assert getattr(again.lesion, name) == pytest.approx(getattr(first.lesion, name), rel=1e-5), name
    assert again.lesion.centre_mm == pytest.approx(first.lesion.centre_mm, abs=0.01)
    assert again.lesion.side == first.lesion.side == "right"
    assert abs(again.probability - first.probability) <= LARGEST_CHANGE
    assert np.mean(again.lesions.atlas.array != first.lesions.atlas.array) < 1e-5


@pytest.mark.slow
def test_a_mirrored_head_is_another_one(head: Head, first: Read, resources: Resources) -> None:
    other = read(both(mirrored, head), resources)
    assert other.lesion.side == "left"
    assert abs(other.lesion.centre_mm[0] - first.lesion.centre_mm[0]) > 20
    assert other.probability != pytest.approx(first.probability, abs=1e-4)
