"""Where a mask lies, before any preparation."""

from pathlib import Path

import numpy as np
import pytest

from rnapp.errors import MaskError, UnconfirmedMaskError
from rnapp.io.atlas import atlas_grid
from rnapp.io.volumes import write_nifti
from rnapp.pipeline.mask_check import Tissue, check_confirmed, check_mask_on
from rnapp.types import Volume, sentences
from tests.conftest import oblique_affine, sphere

SHAPE = (80, 90, 40)
LEFT_OF_THE_SCAN = np.array([60.0, 10.0, -20.0])  # LPS mm; the head is not in the middle of its field of view


def scan() -> Volume:
    """An oblique, flipped grid with a bright ball, the head, whose middle is 45 mm left of the patient's zero."""
    affine = oblique_affine((2.5, 2.2, 4.0), (20, 10, -15), (1, -1, 1), np.array([20.0, 10.0, -20.0]), SHAPE)
    grid = Volume(np.zeros(SHAPE, np.float32), affine)
    noise = np.random.default_rng(7).uniform(0, 40, SHAPE).astype(np.float32)
    return grid.with_array(noise + 900 * sphere(grid, np.array([45.0, 10, -20]), 55).array)


def mask_at(x_mm: float, folder: Path, grid: Volume | None = None) -> Path:
    """A small ball in the mask file, at this place from right to left."""
    on = grid or scan()
    write_nifti(on.with_array(sphere(on, np.array([x_mm, 10.0, -20.0]), 9).array), folder / "mask.nii.gz")
    return folder / "mask.nii.gz"


def test_the_middle_of_the_head_is_found_wherever_it_lies() -> None:
    assert Tissue.of(scan()).middle_mm == pytest.approx(45, abs=2)


@pytest.mark.parametrize(("x_mm", "side"), [(70, "left"), (20, "right"), (45, "midline")])
def test_the_side_is_that_of_the_head_not_of_the_field_of_view(x_mm: float, side: str, tmp_path: Path) -> None:
    found = check_mask_on(mask_at(x_mm, tmp_path), scan(), "")
    assert [one.side for one in found.structures] == [side]
    assert found.structures[0].centre_lps_mm == pytest.approx((x_mm, 10, -20), abs=1.0)
    assert side in found.said
    assert not found.cautions
    check_confirmed(found, confirmed=False)


def test_a_mask_of_another_grid_is_refused(tmp_path: Path) -> None:
    moved = scan().affine.copy()
    moved[0, 3] += 5
    path = mask_at(70, tmp_path, Volume(scan().array, moved))
    with pytest.raises(MaskError, match=r"origin is 5\.0 mm away"):
        check_mask_on(path, scan(), "")


def test_a_mask_on_the_atlas_has_to_be_looked_at(tmp_path: Path) -> None:
    grid = atlas_grid()
    write_nifti(grid.with_array(sphere(grid, np.array([160.0, -120, 70]), 9).array), tmp_path / "mask.nii.gz")
    found = check_mask_on(tmp_path / "mask.nii.gz", scan(), "")
    (caution,) = found.cautions
    assert (caution.code, caution.level) == ("mask_unconfirmed", "confirm")
    assert "which its file does not record; its volumes are the atlas', not the patient's" in found.said
    assert "--" not in found.said, "the page has no options"
    with pytest.raises(UnconfirmedMaskError, match="--atlas-mask"):
        check_confirmed(found, confirmed=False)
    check_confirmed(found, confirmed=True)
    assert [one.side for one in found.structures] == ["left"]


def test_what_cannot_be_a_lesion_is_refused_or_said(tmp_path: Path) -> None:
    grid = scan()
    lesion = sphere(grid, np.array([70.0, 10, -20]), 9).array
    write_nifti(grid.with_array(~lesion), tmp_path / "inverted.nii.gz")
    with pytest.raises(MaskError, match="more than any lesion"):
        check_mask_on(tmp_path / "inverted.nii.gz", grid, "")
    corner = np.zeros(SHAPE, bool)
    corner[2:8, 3:9, 1:6] = True
    write_nifti(grid.with_array(corner), tmp_path / "corner.nii.gz")
    (note,) = check_mask_on(tmp_path / "corner.nii.gz", grid, "").cautions
    assert "is in the air" in str(note)


def test_the_place_is_that_of_the_voxels_that_are_used(tmp_path: Path) -> None:
    """A converter's grid is up to half a voxel off; the scan's own voxels are used, and this is reported."""
    moved = scan().affine.copy()
    moved[:3, 3] += 0.4 * moved[:3, 2]
    path = mask_at(70, tmp_path)
    right = check_mask_on(path, scan(), "").structures[0]
    array = sphere(scan(), np.array([70.0, 10, -20]), 9).array
    write_nifti(Volume(array[::-1, :, ::-1], moved @ _turned()), tmp_path / "turned.nii.gz")
    found = check_mask_on(tmp_path / "turned.nii.gz", scan(), "")
    assert found.structures[0].centre_lps_mm == pytest.approx(right.centre_lps_mm, abs=1e-3)
    assert found.structures[0].volume_ml == pytest.approx(right.volume_ml)
    assert "mm from the scan" in sentences(found.cautions)[0]


def _turned() -> np.ndarray:
    turn = np.diag([-1.0, 1, -1, 1])
    turn[:3, 3] = (SHAPE[0] - 1, 0, SHAPE[2] - 1)
    return turn
