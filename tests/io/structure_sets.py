"""Scans and bodies that tests draw structure sets on, and what is read of those."""

from pathlib import Path

import numpy as np
import pydicom

from rnapp.geometry import empty_grid
from rnapp.io.masks import chosen_mask, read_mask_file
from rnapp.types import MaskFile, Volume
from tests.conftest import dice
from tests.io.dicom_masks import FRAME, Ellipsoid
from tests.io.io_data import oblique

SHAPE = (90, 84, 56)

GRIDS = {
    "oblique": oblique((0.9, 1.1, 1.5)),
    "left-handed": oblique((0.9, 1.1, 1.5), (1, 1, -1)),
    "rows backwards": oblique((1.0, 0.9, 1.3), (1, -1, 1)),
    "thick": oblique((0.9, 0.9, 3.0)),
}


def grid(affine: np.ndarray, shape: tuple[int, int, int] = SHAPE) -> Volume:
    return empty_grid(shape, affine)


def ellipsoid(scan: Volume) -> Ellipsoid:
    return Ellipsoid(scan.to_mm(np.array([[0.46, 0.53, 0.48]]) * np.array(scan.shape))[0])


def slices(scan: Volume, axis: int, step: int = 1, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Normal and depths of the scan's own slices across an axis."""
    normal = scan.affine[:3, axis] / scan.spacing[axis]
    return normal, scan.affine[:3, 3] @ normal + np.arange(first, scan.shape[axis], step) * scan.spacing[axis]


def read(path: Path, scan: Volume, frame: str = FRAME) -> MaskFile:
    return read_mask_file(path, scan, frame)


def framed(path: Path) -> Path:
    """The same set with its own frame of reference, which a set of nothing lacks."""
    file = pydicom.dcmread(path)
    file.FrameOfReferenceUID = FRAME
    file.save_as(path)
    return path


def only(path: Path, scan: Volume) -> np.ndarray:
    file = read(path, scan)
    return chosen_mask(file, file.choices[:1]).array


def assert_same_body(found: np.ndarray, truth: np.ndarray, least: float = 0.95) -> None:
    assert dice(found, truth) >= least
    assert np.abs(np.argwhere(found).mean(axis=0) - np.argwhere(truth).mean(axis=0)).max() < 0.5
    assert all(dice(found, np.flip(truth, axis)) < 0.85 for axis in range(3)), "a mirrored body would be noticed"
