"""Structures keep their volume and place, however thick their slabs are and wherever their planes lie."""

from pathlib import Path

import numpy as np
import pytest

from tests.io.dicom_masks import Ellipsoid, write_structure_set
from tests.io.io_data import oblique
from tests.io.structure_sets import grid, read

RADIUS_MM = 11.0


def ball_on_planes(gap: float, offset: float, step: float, path: Path) -> tuple[float, np.ndarray, float]:
    """Volume (ml) of a ball's contours on planes offset mm from the scan's slices, the error of its centre (mm), and
    the volume of the contours' slabs."""
    scan = grid(oblique((0.9, 0.9, step)), (60, 60, round(60 / step)))
    body = Ellipsoid(scan.to_mm((np.array([[0.5, 0.5, 0.5]]) * np.array(scan.shape)).round())[0], (RADIUS_MM,) * 3)
    normal = scan.affine[:3, 2] / step
    depths = body.centre @ normal + offset + gap * np.arange(-40, 40)
    contours = body.contours(normal, depths)
    write_structure_set(path, [("Ball", contours)])
    mask = read(path, scan).structures[0].mask
    assert mask is not None
    centre = mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0]
    areas = [np.pi * max(0.0, RADIUS_MM**2 - (depth - body.centre @ normal) ** 2) for depth in depths]
    return float(mask.array.sum() * mask.voxel_ml), centre - body.centre, sum(areas) * gap / 1000


@pytest.mark.parametrize("step", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0])
def test_a_ball_keeps_its_volume_and_place_however_its_planes_lie(share: float, step: float, tmp_path: Path) -> None:
    volume, off, _ = ball_on_planes(step, share * step, step, tmp_path / "RS")
    assert volume == pytest.approx(4 / 3 * np.pi * RADIUS_MM**3 / 1000, rel=0.02)
    assert np.linalg.norm(off) < 0.2 * step + 0.1


@pytest.mark.parametrize(("gap", "step"), [(1.0, 3.0), (0.7, 1.0), (2.0, 3.0), (2.5, 1.0), (5.0, 1.0), (5.0, 3.0),
                                           (1.5, 1.0), (4.5, 3.0), (6.5, 2.0)])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.8])
def test_thin_and_thick_slabs_keep_their_volume(share: float, gap: float, step: float, tmp_path: Path) -> None:
    volume, off, slabs = ball_on_planes(gap, share * step, step, tmp_path / "RS")
    assert volume == pytest.approx(slabs, rel=0.02)
    assert np.linalg.norm(off) < 0.25 * gap + 0.3 * step


def test_flat_ends_and_single_contours_keep_their_volume(tmp_path: Path) -> None:
    scan = grid(oblique((0.9, 0.9, 3.0)), (60, 60, 20))
    body = Ellipsoid(scan.to_mm(np.array([[30.0, 30.0, 10.0]]))[0], (12.0, 12.0, 12.0))
    normal = scan.affine[:3, 2] / 3
    disc = body.contour(normal, float(body.centre @ normal))
    assert disc is not None
    for planes, offset in ((1, 1.5), (1, 1.0), (4, 1.5), (5, 0.9)):
        contours = [disc + normal * (offset + 3.0 * plane) for plane in range(planes)]
        write_structure_set(tmp_path / "RS", [("Disc", contours)])
        volume = read(tmp_path / "RS", scan).structures[0].volume_ml
        assert volume == pytest.approx(planes * 3 * np.pi * 144 / 1000, rel=0.02), (planes, offset)
