from pathlib import Path

import numpy as np
import pydicom
import pytest

from rnapp.io.study import read_study, read_volume
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.types import Volume
from tests.io.io_data import content, oblique

SHAPE, SPACING = (24, 30, 20), (5.0, 4.5, 6.0)


def values_at(volume: Volume, points: np.ndarray) -> np.ndarray:
    voxels = volume.to_voxels(points)
    indices = np.rint(voxels).astype(int)
    assert np.abs(voxels - indices).max() * max(volume.spacing) < 0.01, "a voxel moved by more than 0.01 mm"
    return volume.array[tuple(indices.T)]


@pytest.mark.parametrize("flips", [(1, 1, 1), (1, 1, -1), (-1, 1, 1), (-1, -1, 1), (-1, -1, -1)])
def test_every_voxel_keeps_its_place(flips: tuple[int, int, int], tmp_path: Path) -> None:
    original = Volume(content(SHAPE), oblique(SPACING, flips))
    write_dicom_series(original, tmp_path / "out", "T1 post Gd", seed=1)
    study = read_study([tmp_path / "out"], tmp_path / "work")
    back = read_volume(study.series[0])
    points = original.to_mm(np.argwhere(np.ones(SHAPE, bool)).astype(float))
    np.testing.assert_array_equal(values_at(back, points), original.array.ravel())
    assert np.linalg.det(back.affine) > 0
    assert back.array.dtype == np.float32


def test_fractions_survive_within_the_quantisation(tmp_path: Path) -> None:
    values = np.random.default_rng(2).normal(0.3, 2.0, SHAPE)
    write_dicom_series(Volume(values, oblique(SPACING)), tmp_path / "out", "T1 CE", seed=1)
    back = read_volume(read_study([tmp_path / "out"], tmp_path).series[0])
    assert np.abs(back.array - values).max() <= np.ptp(values) / 65_535


def test_header_is_a_pseudonymous_mr_with_contrast(tmp_path: Path) -> None:
    paths = write_dicom_series(Volume(content(SHAPE), oblique(SPACING)), tmp_path, "T1 CE", seed=9)
    first = pydicom.dcmread(paths[0])
    assert len(paths) == SHAPE[2]
    assert (first.Modality, first.BodyPartExamined, first.ContrastBolusAgent) == ("MR", "BRAIN", "synthetic")
    assert (str(first.PatientName), first.PatientID) == ("EXAMPLE^PHANTOM", "PHANTOM")
    assert all(pydicom.uid.UID(first[tag].value).is_valid for tag in ("StudyInstanceUID", "SeriesInstanceUID",
                                                                       "SOPInstanceUID", "FrameOfReferenceUID"))
    assert len({pydicom.dcmread(path).SOPInstanceUID for path in paths}) == SHAPE[2]


def test_seed_alone_decides_the_bytes(tmp_path: Path) -> None:
    volume = Volume(content(SHAPE), oblique(SPACING))
    one, two, other = (write_dicom_series(volume, tmp_path / name, "T1 CE", seed)[4].read_bytes()
                       for name, seed in (("one", 1), ("two", 1), ("other", 2)))
    assert one == two
    assert one != other
