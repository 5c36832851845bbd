"""Two visits of one made-up patient: stripped brains on oblique grids, as DICOM series."""

from pathlib import Path

import numpy as np
import pydicom

from rnapp.geometry import resample
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.types import Atlas, SimilarityTransform, Volume
from tests.conftest import oblique_affine
from tests.timeline.synthetic import middle, rigid, texture

SHAPE, SPACING = (100, 106, 84), (2.0, 2.0, 2.0)
SCALE = 0.97  # from the patient's millimetres to the atlas'
# Degrees and mm of the head in the scanner.
STILL, MOVED = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), ((4.0, -3.0, 6.0), (6.0, -4.0, 5.0))
FIRST_DAY, SECOND_DAY = "20250304", "20260311"


def brain(atlas: Atlas, seed: int = 1) -> Volume:
    """A stripped brain like no other one, and no half of it like the other; SRI24 grid."""
    inside = atlas.brain.array * np.clip(1 + 0.3 * texture(atlas, seed), 0.2, None)
    kept = np.where(atlas.brain.array > 0, np.maximum(inside, 1), 0)
    return atlas.brain.with_array(kept.astype(np.float32))


def mirrored(whole: Volume) -> Volume:
    """With left and right swapped."""
    return whole.with_array(np.ascontiguousarray(whole.array[::-1]))


def way(atlas: Atlas, pose: tuple[tuple[float, ...], tuple[float, ...]]) -> SimilarityTransform:
    """From SRI24 to the scanner, LPS mm."""
    return rigid(*pose, middle(atlas), 1 / SCALE)


def write_visit(folder: Path, atlas: Atlas, whole: Volume, day: str, power: float = 1.0) -> Path:
    """One visit's series. The first has the head elsewhere, on a flipped grid. power: of the intensities, for another
    contrast."""
    first = day == FIRST_DAY
    pose = way(atlas, MOVED if first else STILL)
    affine = oblique_affine(SPACING, (-7, 9, 4) if first else (8, -5, 11), (1, -1 if first else 1, 1),
                            pose.apply(middle(atlas)[None])[0], SHAPE)
    seen = resample(whole, Volume(np.zeros(SHAPE, np.float32), affine), pose).array
    levels = np.where(seen > 0.5, np.maximum(np.round(600 * np.clip(seen / 250, 0, 2) ** power), 1), 0)
    for path in write_dicom_series(Volume(levels, affine), folder, "T1 brain", int(day)):
        slices = pydicom.dcmread(path)
        slices.StudyDate = slices.SeriesDate = slices.AcquisitionDate = slices.ContentDate = day
        del slices.ContrastBolusAgent
        slices.save_as(path)
    return folder


def write_study(folder: Path, atlas: Atlas, first: Volume | None = None) -> Path:
    """Both visits below one folder. first: another head at the first visit."""
    write_visit(folder / "b", atlas, brain(atlas), SECOND_DAY)
    write_visit(folder / "a", atlas, brain(atlas) if first is None else first, FIRST_DAY, power=0.8)
    return folder
