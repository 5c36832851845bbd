"""The isodoses for the viewers: on their side, one voxel wide, unknown dose left free."""

from dataclasses import replace

import numpy as np
import pytest

from rnapp.geometry import IDENTITY
from rnapp.types import Confirmation, Dose, DosePath, PlacedDose, Prescription
from rnapp.ui.isolines import dose_wash, isodose_lines, isodoses, wash_range
from tests.ui.fake_dose import LEFT, ball
from tests.ui.fake_pipeline import head


@pytest.fixture
def placed() -> PlacedDose:
    dose = Dose(ball(head()), (Prescription(dose_gy=60.0),))
    return PlacedDose(dose, DosePath("same_frame", ("One frame.",), IDENTITY), dose.volume, Confirmation("2026-05-05"))


def test_the_lines_are_where_the_dose_is_and_nowhere_on_the_other_side(placed: PlacedDose) -> None:
    lines = isodose_lines(placed)
    left = lines.to_mm(np.argwhere(lines.array))[:, 0]
    assert left.max() > 10, "the patient's left is where x grows"
    assert not lines.array[:9].any()
    mirrored = isodose_lines(replace(placed, on_atlas=placed.on_atlas.with_array(placed.on_atlas.array[::-1])))
    assert not mirrored.array[-9:].any(), "a dose on the right is drawn on the right"


def test_each_line_is_the_edge_of_its_isodose(placed: PlacedDose) -> None:
    levels, lines, dose = isodoses(placed), isodose_lines(placed).array, placed.on_atlas.array
    assert [one.percent for one in levels] == [95, 90, 80, 50, 30]
    outermost = lines == 1
    assert (dose[outermost] >= levels[-1].gy).all()
    assert (dose[outermost] < levels[-2].gy).all()
    through = lines[:, LEFT[1], LEFT[2]]
    assert through[10] == 1, "7 voxels from the middle the 30 % line"
    assert (through[11], through[12]) == (0, 2), "no band, and 5 voxels from it the 50 % line"


def test_a_level_isodose_is_not_a_patch_in_the_slice_that_it_lies_in(placed: PlacedDose) -> None:
    levels = np.repeat(np.linspace(60, 0, 20, dtype=np.float32)[None, None, :], 24, axis=0).repeat(30, axis=1)
    level = replace(placed, on_atlas=placed.on_atlas.with_array(levels))
    lines = isodose_lines(level).array > 0
    in_slices = lines.mean(axis=(0, 1))
    assert 0.3 < in_slices.max() < 0.4, "dots"
    through = lines[12].any(axis=0)
    assert through.sum() == (in_slices > 0).sum(), "in the other planes a dashed line for each"
    upright = np.repeat(np.linspace(60, 0, 24, dtype=np.float32)[:, None, None], 30, axis=1).repeat(20, axis=2)
    across = isodose_lines(replace(placed, on_atlas=placed.on_atlas.with_array(upright))).array > 0
    assert set(across.mean(axis=(1, 2))) == {0.0, 1.0}, "an upright one is a whole line in axial slices"


def test_what_is_unknown_has_no_line_around_it_and_no_colour(placed: PlacedDose) -> None:
    array = placed.on_atlas.array.copy()
    array[:, :, :5] = np.nan
    cut = replace(placed, on_atlas=placed.on_atlas.with_array(array))
    lines, whole = isodose_lines(cut).array, isodose_lines(placed).array
    assert not lines[:, :, :5].any()
    assert np.array_equal(lines[:, :, 6:], whole[:, :, 6:])
    assert not lines[LEFT[0], LEFT[1] - 3, 5], "inside an isodose, at the end of the dose's grid"
    assert np.isfinite(dose_wash(cut).array).all()
    assert (dose_wash(cut).array[:, :, :5] == 0).all()
    low, high = wash_range(placed)
    assert 0 < low < high == 60
