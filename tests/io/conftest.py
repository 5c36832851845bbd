"""Seeded volumes and DICOM files that the tests of rnapp.io make themselves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest

from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.types import Volume
from tests.io.io_data import content, oblique
from tests.io.zip_data import SLICE


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
def good(tmp_path: Path) -> Path:
    """A folder with one good file, next to which there may be something else."""
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "slice").write_bytes(SLICE)
    return tmp_path / "study"
