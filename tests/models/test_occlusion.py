"""Occlusion finds what a network reads, on each axis and in each channel, and nothing where it reads nothing."""

import numpy as np
import pytest

from rnapp.errors import Cancelled
from rnapp.models.occlusion import LEVELS_MM, Scene, occlusion
from rnapp.types import CancelToken, no_progress

SHAPE, SPACING = (40, 44, 36), 4.0
SIDE = 8  # of the cube that is read, voxels: 32 mm
SCAN, DOSE = 0, 1
PLACES = {"left": (6, 18, 14), "right": (26, 18, 14), "front": (16, 6, 14), "back": (16, 30, 14), "low": (16, 18, 5),
          "high": (16, 18, 23), "odd": (11, 9, 19)}


def round_brain(hot=None):
    """A round brain with a scan, and a dose that falls off from its middle, with a hot spot where a cube is read."""
    i, j, k = np.indices(SHAPE)
    radius = np.sqrt(((i - 19.5) / 19) ** 2 + ((j - 21.5) / 21) ** 2 + ((k - 17.5) / 17) ** 2)
    scan = np.where(radius < 1, 1.0 + 0.2 * np.random.default_rng(4).normal(size=SHAPE), 0)
    dose = 1.0 - 2.0 * np.clip(radius, 0, 1)
    if hot is not None:
        middle = [axis - first - (SIDE - 1) / 2 for axis, first in zip((i, j, k), hot, strict=True)]
        dose += np.exp(-sum(one**2 for one in middle) / (2 * 2.5**2))
    return Scene(np.stack([scan, dose]).astype(np.float32), (False, True), radius < 1, SPACING)


@pytest.fixture(scope="module")
def scene():
    return round_brain()


class Reader:
    """A network that reads the values of one cube of one channel and nothing else."""

    def __init__(self, scene, place, channel):
        self.volumes, self.channel = scene.volumes, channel
        self.box = tuple(slice(first, first + SIDE) for first in place)
        self.before = self(place, scene.volumes[(slice(None), *self.box)])

    def __call__(self, start, values):
        seen = self.volumes.copy()
        seen[(slice(None), *(slice(first, first + values.shape[1]) for first in start))] = values
        return 0.5 + 0.2 * float(seen[self.channel][self.box].mean())


def found(scene, reader, hidden):
    return occlusion(scene, hidden, [[reader]], [reader.before], no_progress, CancelToken())


def centre(effect):
    return np.array([np.average(axis, weights=np.clip(effect, 0, None)) for axis in np.indices(effect.shape)])


@pytest.mark.parametrize(("place", "hidden"), [*((place, [SCAN]) for place in PLACES), ("odd", [SCAN, DOSE])])
def test_the_cube_that_is_read_in_the_scan_is_found(scene, place, hidden):
    place = PLACES[place]
    reader = Reader(scene, place, SCAN)
    effect = found(scene, reader, hidden).effect
    assert np.abs(centre(effect) - (np.array(place) + (SIDE - 1) / 2)).max() < 1.0, "within a voxel of 4 mm"
    inside = np.zeros(SHAPE, bool)
    inside[reader.box] = True
    assert effect[inside].sum() > 0.55 * np.abs(effect).sum(), "a cube of 32 mm, its edges blurred by larger cubes"


@pytest.mark.parametrize(("place", "hidden"), [("left", [DOSE]), ("back", [DOSE]), ("high", [DOSE]),
                                               ("odd", [SCAN, DOSE])])
def test_the_hot_spot_that_is_read_in_the_dose_is_found(place, hidden):
    place = PLACES[place]
    scene = round_brain(place)
    effect = found(scene, Reader(scene, place, DOSE), hidden).effect
    assert np.abs(centre(effect) - (np.array(place) + (SIDE - 1) / 2)).max() < 1.0


def test_a_dose_that_hardly_varies_is_hidden_by_its_like(scene):
    """Filled with no dose at all, every cube of the high-dose region would look like the reason."""
    reader = Reader(scene, PLACES["left"], DOSE)
    without_dose = reader.before - reader(PLACES["left"], np.full((2, SIDE, SIDE, SIDE), -1.0))
    assert 0 < found(scene, reader, [DOSE]).most < 0.15 * without_dose


@pytest.mark.parametrize(("channel", "hidden"), [(SCAN, [DOSE]), (DOSE, [SCAN])])
def test_hiding_the_other_channel_takes_nothing(scene, channel, hidden):
    result = found(scene, Reader(scene, PLACES["left"], channel), hidden)
    assert (result.effect == 0).all()
    assert result.most == pytest.approx(0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_mirrored_place_stays_empty(scene, axis):
    place = list(PLACES["odd"])
    effect = found(scene, Reader(scene, place, SCAN), [SCAN]).effect
    place[axis] = SHAPE[axis] - SIDE - place[axis]
    mirrored = effect[tuple(slice(first, first + SIDE) for first in place)]
    assert np.clip(mirrored, 0, None).sum() < 0.1 * np.clip(effect, 0, None).sum()
    far = effect[::-1] if axis == 0 else effect[:, ::-1] if axis == 1 else effect[:, :, ::-1]
    assert not np.allclose(effect, far)


def test_a_network_that_always_says_the_same_gives_zero(scene):
    result = occlusion(scene, [SCAN, DOSE], [[lambda start, values: 0.7]], [0.7], no_progress, CancelToken())
    assert (result.effect == 0).all()
    assert result.most == 0


def test_the_effect_has_the_sign_and_the_size_of_what_hiding_does(scene):
    reader = Reader(scene, PLACES["left"], SCAN)
    against = occlusion(scene, [SCAN], [[lambda start, values: 1 - reader(start, values)]], [1 - reader.before],
                        no_progress, CancelToken())
    towards = found(scene, reader, [SCAN])
    assert np.allclose(against.effect, -towards.effect, atol=1e-6)
    assert 0.4 * (reader.before - 0.5) < towards.most < reader.before - 0.5, "none of the large cubes lies just on it"
    assert against.most <= 1e-9
    finest = towards.effect[reader.box].sum() / (LEVELS_MM[-1] / SPACING) ** 3
    assert finest == pytest.approx(reader.before - 0.5, rel=0.25), "the small cubes together hide all of it"


def test_the_first_level_is_the_mean_of_its_networks_and_the_rest_one(scene):
    asked = {"one": 0, "other": 0}

    def counting(name):
        def ask(start, values):
            asked[name] += 1
            return reader(start, values)
        return ask

    reader = Reader(scene, PLACES["left"], SCAN)
    result = occlusion(scene, [SCAN], [[counting("one"), counting("other")], [counting("one")]],
                       [reader.before, reader.before], no_progress, CancelToken())
    assert 100 < asked["other"] < asked["one"]
    assert np.allclose(result.effect, found(scene, reader, [SCAN]).effect)


def test_progress_rises_and_a_cancel_stops(scene):
    told, token = [], CancelToken()
    reader = Reader(scene, PLACES["left"], SCAN)

    def progress(stage, fraction):
        told.append((stage, fraction))
        if len(told) == 300:
            token.cancel()

    with pytest.raises(Cancelled):
        occlusion(scene, [SCAN], [[reader]], [reader.before], progress, token)
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert len(told) == 300
    assert told[0] == ("Hiding cubes of 32 mm", 0.0)


def test_without_a_brain_nothing_is_hidden(scene):
    empty = Scene(scene.volumes, scene.around, np.zeros(SHAPE, bool), SPACING)
    result = occlusion(empty, [SCAN], [[lambda start, values: 1 / 0]], [0.5], no_progress, CancelToken())
    assert (result.effect == 0).all()
