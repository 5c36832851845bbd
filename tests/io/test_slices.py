from dataclasses import replace

import numpy as np
import pytest

from rnapp.errors import GeometryError
from rnapp.io.dicom_header import Plane
from rnapp.io.slices import stack_planes
from tests.io.io_data import rotation

TURN = rotation(0.4, 0.1, -0.3)


def planes(count: int = 12, step: float = 2.5) -> list[Plane]:
    """Oblique slices of 40 rows × 50 columns, in scanning order along the normal."""
    row, column, normal = (tuple(map(float, TURN[:, axis])) for axis in range(3))
    origin = np.array([10.0, -20.0, 30.0])
    return [Plane(tuple(map(float, origin + k * step * np.array(normal))), row, column, (0.7, 0.9), (40, 50), 1.0, 0.0)
            for k in range(count)]


def moved(plane: Plane, shift: np.ndarray) -> Plane:
    return replace(plane, position=tuple(map(float, np.array(plane.position) + shift)))


def test_affine_is_exact_in_any_file_order() -> None:
    shuffled = np.random.default_rng(1).permutation(12)
    given = planes()
    stack = stack_planes([given[index] for index in shuffled])
    assert stack.shape == (50, 40, 12)
    assert [int(shuffled[index]) for index in stack.order] == list(range(12))
    np.testing.assert_allclose(stack.affine[:3, :3], TURN * [0.9, 0.7, 2.5], atol=1e-9)
    np.testing.assert_allclose(stack.affine[:3, 3], given[0].position)
    assert np.linalg.det(stack.affine) > 0


def test_slices_stored_against_the_normal_keep_their_place() -> None:
    stack = stack_planes(planes()[::-1])
    assert stack.order == tuple(range(11, -1, -1))
    assert np.linalg.det(stack.affine) > 0


def test_header_rounding_is_not_a_fault() -> None:
    rounded = [replace(plane, position=tuple(round(value, 2) for value in plane.position)) for plane in planes()]
    assert stack_planes(rounded).shape == (50, 40, 12)


def test_missing_slices_are_counted_and_placed() -> None:
    given = planes()
    with pytest.raises(GeometryError, match=r"2 slice\(s\) are missing, the first after slice 5"):
        stack_planes(given[:5] + given[7:])


def test_repeated_positions_are_refused() -> None:
    with pytest.raises(GeometryError, match="1 of 13 slices are at the same position as another"):
        stack_planes([*planes(), planes()[3]])


def test_tilted_gantry_is_refused() -> None:
    sheared = [moved(plane, 0.05 * k * np.array(plane.row)) for k, plane in enumerate(planes())]
    with pytest.raises(GeometryError, match="sheared"):
        stack_planes(sheared)


def test_positions_rounded_to_whole_millimetres_are_called_so_and_not_a_tilt() -> None:
    rounded = [moved(plane, np.rint(plane.position) - plane.position) for plane in planes()]
    with pytest.raises(GeometryError, match="rounded to whole millimetres"):
        stack_planes(rounded)
    # Whole millimetres of a tilted gantry.
    tilted = [Plane((0.0, float(k), 3.0 * k), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0), (30, 24), 1.0, 0.0)
              for k in range(13)]
    with pytest.raises(GeometryError, match="sheared"):
        stack_planes(tilted)


def test_unequal_steps_are_refused() -> None:
    given = planes()
    given[6] = moved(given[6], 0.4 * TURN[:, 2])
    with pytest.raises(GeometryError, match="unevenly spaced"):
        stack_planes(given)


def test_one_plane_is_no_volume() -> None:
    with pytest.raises(GeometryError, match="only one slice"):
        stack_planes(planes(1))


@pytest.mark.parametrize(("change", "sentence"), [
    ({"row": (1.0, 0.0, 0.0), "column": (0.0, 1.0, 0.0)}, "different directions"),
    ({"spacing": (0.7, 0.95)}, "pixel size"), ({"size": (41, 50)}, "rows or columns"),
    ({"position": (float("nan"), 0.0, 0.0)}, "damaged")])
def test_planes_that_differ_are_refused(change: dict[str, object], sentence: str) -> None:
    given = planes()
    given[4] = replace(given[4], **change)
    with pytest.raises(GeometryError, match=sentence):
        stack_planes(given)


def test_rows_and_columns_must_be_at_right_angles() -> None:
    slanted = [replace(plane, column=tuple(map(float, TURN[:, 1] * 0.99 + TURN[:, 0] * 0.141))) for plane in planes()]
    with pytest.raises(GeometryError, match="right angles"):
        stack_planes(slanted)


@pytest.mark.parametrize("change", [{"slope": float("nan")}, {"slope": 1e308}, {"intercept": float("-inf")}])
def test_a_rescale_that_is_not_a_number_is_refused(change: dict[str, float]) -> None:
    damaged = planes()
    damaged[5] = replace(damaged[5], **change)
    with pytest.raises(GeometryError, match="rescale slope or intercept"):
        stack_planes(damaged)
    damaged[5] = replace(planes()[5], slope=0.01, intercept=-1024.0)
    assert stack_planes(damaged).shape[2] == len(damaged)
