"""Seeded volumes and DICOM files that the tests of rnapp.io make themselves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from rnapp.io.dicom_write import write_dicom_series
from rnapp.types import Volume

SHARED_DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def rotation(x: float, y: float, z: float) -> np.ndarray:
    """Turns about the three axes, radians."""
    (cx, sx), (cy, sy), (cz, sz) = ((np.cos(a), np.sin(a)) for a in (x, y, z))
    return (np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]]) @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
            @ np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]]))


def oblique(spacing: tuple[float, float, float], flips: tuple[int, int, int] = (1, 1, 1)) -> np.ndarray:
    """An oblique anisotropic affine; an odd number of flips (-1) makes it left-handed."""
    affine = np.eye(4)
    affine[:3, :3] = rotation(0.3, -0.2, 0.15) * np.array(spacing) * np.array(flips)
    affine[:3, 3] = (-31.7, 22.4, -58.9)
    return affine


def content(shape: tuple[int, int, int], seed: int = 5) -> np.ndarray:
    """Asymmetric whole numbers from 0 to 4000: noise on a ramp that differs along each axis."""
    i, j, k = np.indices(shape)
    ramp = 3 * i + 11 * j + 29 * k
    return np.clip(ramp + np.random.default_rng(seed).integers(0, 60, shape), 0, 4000)


@pytest.fixture
def head() -> Volume:
    """A volume large enough for a head, oblique and anisotropic: 24×30×20 voxels of 5.0×4.5×6.0 mm."""
    return Volume(content((24, 30, 20)), oblique((5.0, 4.5, 6.0)))


@pytest.fixture
def series_folder(head: Volume, tmp_path: Path) -> Path:
    """The head as a DICOM series with a recorded contrast agent."""
    folder = tmp_path / "series"
    write_dicom_series(head, folder, "t1_mprage", seed=3)
    return folder


EditDicom = Callable[[Path, Callable[[Any], None]], None]


@pytest.fixture
def edit() -> EditDicom:
    """Change the header of every DICOM file in a folder."""

    def change(folder: Path, action: Callable[[Any], None]) -> None:
        for path in sorted(folder.rglob("*.dcm")):
            dataset = pydicom.dcmread(path)
            action(dataset)
            dataset.save_as(path)

    return change


@pytest.fixture
def shared_data() -> Path:
    """The real scans beside the checkout; the test is skipped without them."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real scans (../shared/data) are not here")
    return SHARED_DATA
