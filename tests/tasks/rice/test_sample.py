"""The cube that the networks see: in its place, at its spacing, each channel on its own scale."""

import numpy as np
import pytest

from rnapp.errors import GeometryError
from rnapp.tasks.rice.sample import CHANNELS, dose_units, model_volume, stack_channels
from rnapp.types import Volume

SHAPE = (240, 240, 155)  # SRI24
AFFINE = np.array([[-1.0, 0, 0, 119], [0, -1.0, 0, 119], [0, 0, 1.0, -70], [0, 0, 0, 1]])


def place(axis):
    """Each voxel's own position along an axis, LPS mm."""
    along = (AFFINE[axis, axis] * np.arange(SHAPE[axis]) + AFFINE[axis, 3]).astype(np.float32)
    return Volume(np.broadcast_to(np.expand_dims(along, [one for one in range(3) if one != axis]), SHAPE), AFFINE,
                  "SRI24")


@pytest.mark.parametrize(("side", "spacing_um", "axis"), [(224, 1000, 1), (112, 2000, 0), (112, 2000, 2),
                                                          (56, 4000, 0), (56, 4000, 1), (56, 4000, 2)])
def test_every_voxel_says_where_it_is(side, spacing_um, axis):
    made = model_volume(place(axis), side, spacing_um)
    assert made.shape == (side,) * 3
    assert made.frame_of_reference == "SRI24"
    assert made.spacing == pytest.approx([spacing_um / 1000] * 3)
    voxels = np.random.default_rng(5).integers(0, side, (2000, 3))
    points, found = made.to_mm(voxels.astype(float)), made.array[tuple(voxels.T)]
    thick, half = points[:, 2] - AFFINE[2, 3] + 0.5, spacing_um / 2000
    full = (thick > half) & (thick < SHAPE[2] - half)
    assert np.abs(found - points[:, axis])[full].max() < 1e-3
    beyond = (thick < -half) | (thick > SHAPE[2] + half)
    assert beyond.any()
    assert (found[beyond] == 0).all()


def test_the_middle_of_the_atlas_is_the_middle_of_the_cube():
    head = Volume(np.zeros(SHAPE, np.float32), AFFINE)
    head.array[8, 8, 0] = 8.0  # the first voxel of the cube along i and j, the 35th along k
    made = model_volume(head, 112, 2000)
    assert made.array[0, 0, 17] == pytest.approx(1.0), "the mean of eight voxels"
    assert made.array.sum() == pytest.approx(1.0)


def test_the_channels_come_in_the_order_that_is_asked_for_on_their_own_scales():
    event = Volume(np.full(SHAPE, 2.0, np.float32), AFFINE)
    dose = Volume(np.full(SHAPE, 60.0, np.float32), AFFINE)
    dose.array[:, :, :80] = np.nan
    made = stack_channels({"event": event, "dose": dose}, ("dose", "event"), 56, 4000)
    assert made.shape == (2, 56, 56, 56)
    assert made.dtype == np.float32
    assert made[0, 28, 28, 40] == pytest.approx(1.0), "60 Gy"
    assert made[0, 28, 28, 15] == pytest.approx(-1.0), "unknown counts as no dose"
    assert made[0, 28, 28, 2] == pytest.approx(-1.0), "and so does what is beyond the grid"
    assert made[1, 28, 28, 2] == 0
    assert made[1, 28, 28, 30] == pytest.approx(2.0)


def test_the_dose_keeps_its_level():
    assert dose_units(np.array([0, 30, 60], np.float32)).tolist() == [-1, 0, 1]
    assert CHANNELS == ("event", "post_op", "dose")


@pytest.mark.parametrize(("side", "spacing_um"), [(112, 1000), (100, 2240), (0, 1000), (224, 1001)])
def test_voxels_that_do_not_fill_the_cube_are_refused(side, spacing_um):
    with pytest.raises(GeometryError, match="whole millimetres that fill 224 mm"):
        model_volume(Volume(np.zeros(SHAPE, np.float32), AFFINE), side, spacing_um)


def test_voxels_of_another_size_are_refused():
    with pytest.raises(GeometryError, match="voxels of 1 mm, but got"):
        model_volume(Volume(np.zeros((120, 120, 77), np.float32), np.diag([2.0, 2, 2, 1])), 112, 2000)
