"""A head that continues beyond the ends of a scan is noticed in the image; whole heads and ordinary ends are not."""

import numpy as np
import pytest

from rnapp.preprocess.cut_off import cut_off_cautions
from rnapp.types import Volume

RADII = np.array([75.0, 95.0, 80.0])  # of a head, LPS mm
NECK = 45.0
SPACING = 2.0
# Array axes as world axes (x, y, z), and which of them run backwards.
AXIAL, SAGITTAL, CORONAL = (0, 1, 2), (1, 2, 0), (0, 2, 1)


def head(order: tuple[int, int, int], flips: tuple[int, int, int] = (1, 1, 1), step: float = SPACING) -> Volume:
    """An ellipsoid on a neck in noisy air, whose last array axis is across the slices; 20 mm of air but below."""
    reach = RADII + 20
    low, high = -reach, reach.copy()
    low[2] = -RADII[2] - 30
    affine, shape = np.eye(4), [0, 0, 0]
    for axis, world in enumerate(order):
        spacing = step if axis == 2 else SPACING
        shape[axis] = int((high[world] - low[world]) / spacing)
        affine[:3, axis] = 0
        affine[world, axis] = spacing * flips[axis]
        affine[world, 3] = low[world] if flips[axis] > 0 else low[world] + spacing * (shape[axis] - 1)
    grid = Volume(np.zeros(shape, np.float32), affine)
    x, y, z = np.moveaxis(grid.to_mm(np.argwhere(np.ones(shape)).astype(float)).reshape(*shape, 3), -1, 0)
    inside = (x / RADII[0]) ** 2 + (y / RADII[1]) ** 2 + (z / RADII[2]) ** 2 <= 1
    inside |= (np.hypot(x, y) <= NECK) & (z < 0)
    noise = np.random.default_rng(4).uniform(0, 30, shape)
    return grid.with_array((noise + 500 * inside).astype(np.float32))


def without(volume: Volume, axis: int, first: int, last: int) -> Volume:
    """The volume without so many sections at each end of an axis."""
    affine = volume.affine.copy()
    affine[:3, 3] += first * affine[:3, axis]
    kept = [slice(None)] * 3
    kept[axis] = slice(first, volume.shape[axis] - last)
    return Volume(volume.array[tuple(kept)], affine)


@pytest.mark.parametrize("flips", [(1, 1, 1), (1, 1, -1), (-1, -1, 1)])
@pytest.mark.parametrize("order", [AXIAL, SAGITTAL, CORONAL])
def test_nothing_is_said_of_a_whole_head(order: tuple[int, int, int], flips: tuple[int, int, int]) -> None:
    assert cut_off_cautions(head(order, flips)) == ()


@pytest.mark.parametrize(("order", "axis", "less", "more"), [
    (AXIAL, 2, "bottom", "top"), (SAGITTAL, 2, "right", "left"), (CORONAL, 2, "front", "back"),
    (SAGITTAL, 1, "bottom", "top")])
@pytest.mark.parametrize("turned", [False, True])
def test_the_end_that_is_missing_is_named(order: tuple[int, int, int], axis: int, less: str, more: str,
                                          turned: bool) -> None:
    flips = (1, -1 if turned and axis == 1 else 1, -1 if turned and axis == 2 else 1)
    whole = head(order, flips)
    for side, count in ((less, 45 if less == "bottom" else 30), (more, 30)):
        first = (side == less) != turned
        (told,) = cut_off_cautions(without(whole, axis, count if first else 0, 0 if first else count))
        assert f"cut off at the {side} of the scan" in str(told)


@pytest.mark.parametrize(("missing_mm", "said"), [(0, False), (8, False), (14, False), (30, True), (60, True)])
@pytest.mark.parametrize("step", [1.0, 2.0, 5.0])
def test_scans_that_end_in_the_skull_are_whole(missing_mm: int, said: bool, step: float) -> None:
    volume = head(AXIAL, step=step)
    last = volume.to_mm(np.array([[0.0, 0.0, volume.shape[2] - 1]]))[0, 2]
    found = cut_off_cautions(without(volume, 2, 0, int((last - RADII[2] + missing_mm) // step)))
    assert len(found) == said
    assert all("top of the scan" in str(text) and "are slices missing?" in str(text) for text in found)


@pytest.mark.parametrize(("kept_mm", "said"), [(150, False), (135, False), (115, True), (90, True)])
def test_a_scan_that_ends_below_within_the_brain_is_said(kept_mm: int, said: bool) -> None:
    volume = head(AXIAL)
    above = round((20 + kept_mm) / SPACING)
    found = cut_off_cautions(without(volume, 2, volume.shape[2] - above, 0))
    assert len(found) == said
    assert all(any(f"about {kept_mm + off}" in str(text) for off in (-1, 0, 1)) for text in found)


def test_a_stripped_brain_and_a_blank_image_are_not_cut_off() -> None:
    volume = head(AXIAL)
    assert cut_off_cautions(volume.with_array(np.where(volume.array > 250, volume.array, 0))) == ()
    assert cut_off_cautions(volume.with_array(np.ones(volume.shape, np.float32))) == ()


def test_the_cut_is_found_in_any_units() -> None:
    cut = without(head(AXIAL), 2, 0, 25)
    assert cut_off_cautions(cut.with_array(cut.array * 1e-4 - 3)) == cut_off_cautions(cut) != ()
