"""Scans and a body that tests write segmentations of, and what is read of those."""

from pathlib import Path

import numpy as np

from rnapp.geometry import empty_grid
from rnapp.io.masks import chosen_mask, read_mask_file
from rnapp.types import Volume
from tests.io.dicom_masks import FRAME, Ellipsoid
from tests.io.io_data import oblique

SHAPE = (53, 47, 38)  # odd, so that bit-packed frames do not end on whole bytes

GRIDS = {
    "oblique": oblique((1.1, 0.9, 2.0)),
    "left-handed": oblique((1.1, 0.9, 2.0), (1, 1, -1)),
    "rows backwards": oblique((0.9, 1.3, 1.7), (1, -1, 1)),
    "thick": oblique((0.8, 0.8, 5.0)),
}


def grid(affine: np.ndarray, shape: tuple[int, int, int] = SHAPE) -> Volume:
    return empty_grid(shape, affine)


def middle(volume: Volume) -> np.ndarray:
    """A point off the middle, LPS mm."""
    return volume.to_mm(np.array([[0.45, 0.55, 0.52]]) * np.array(volume.shape))[0]


def body(volume: Volume) -> np.ndarray:
    return Ellipsoid(middle(volume), (7.0, 11.0, 16.0)).mask(volume)


def full(file_path: Path, scan: Volume, frame: str = FRAME) -> list[np.ndarray]:
    """Each structure on the whole grid of the scan."""
    file = read_mask_file(file_path, scan, frame)
    return [chosen_mask(file, [one]).array for one in file.structures]
