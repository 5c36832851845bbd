"""A made radiotherapy is read back where it was put, by the program's own readers."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from rnapp.io.masks import read_mask_file
from rnapp.io.study import read_study
from rnapp.phantom.dicom_write import Acquired, write_dicom_series
from rnapp.phantom.rt_write import Therapy, write_radiotherapy
from rnapp.pipeline.study import load_dose
from rnapp.types import FloatArray, Study, Volume
from tests.conftest import oblique_affine

SHAPE, SPACING = (40, 44, 22), (3.0, 2.5, 4.0)
SCAN = oblique_affine(SPACING, (8, -5, 12), (1, 1, 1), np.array([15.0, -160.0, 70.0]), SHAPE)
DOSE_SHAPE = (20, 24, 18)
GRID = oblique_affine((5.0, 4.0, 4.5), (-7, 3, -9), (1, 1, 1), np.array([12.0, -158.0, 72.0]), DOSE_SHAPE)
THERAPY = Therapy(7, "20190603", "PTV", 60.0, 30)


def gray(points: FloatArray) -> FloatArray:
    """Linear in place, so that an error of place is one of dose: 0.2, 0.1 and 0.15 Gy per mm."""
    return np.asarray(60 + (points - [12.0, -158.0, 72.0]) @ [0.2, 0.1, -0.15])


def points_of(volume: Volume) -> FloatArray:
    return volume.to_mm(np.argwhere(np.ones(volume.shape, bool)).astype(float))


@pytest.fixture(scope="module")
def ball() -> Volume:
    """Share of each voxel in a ball of 18 mm, 20 mm left of the scan's middle."""
    grid = Volume(np.zeros(SHAPE, np.float32), SCAN)
    distance = np.linalg.norm(points_of(grid) - [35.0, -160.0, 70.0], axis=1).reshape(SHAPE)
    return grid.with_array(np.clip(18.5 - distance, 0, 1))


@pytest.fixture(scope="module")
def folder(ball: Volume, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rt")
    write_dicom_series(ball.with_array(np.full(SHAPE, 40.0)), folder / "ct", "PLANNING CT", THERAPY.seed,
                       Acquired("CT", THERAPY.date))
    write(ball, THERAPY, folder)
    return folder


def write(ball: Volume, therapy: Therapy, folder: Path) -> list[Path]:
    dose = Volume(np.zeros(DOSE_SHAPE, np.float32), GRID)
    dose = dose.with_array(gray(points_of(dose)).reshape(DOSE_SHAPE))
    return write_radiotherapy(therapy, {"PTV": ball, "Whole": ball.with_array(np.ones(SHAPE))}, dose, folder / "rt")


@pytest.fixture(scope="module")
def study(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return read_study([folder], tmp_path_factory.mktemp("work"))


def test_every_voxel_has_the_dose_of_its_place(study: Study) -> None:
    dose, = (one for one in study.series if one.kind == "dose")
    volume = load_dose(study, dose.uid).volume
    assert volume.shape == DOSE_SHAPE
    assert np.abs(volume.array.ravel() - gray(points_of(volume))).max() < 0.01
    mirrored = points_of(volume) * [-1, 1, 1]
    assert np.abs(volume.array.ravel() - gray(mirrored)).max() > 1, "a mirrored dose would be noticed"


def test_the_plan_says_what_was_prescribed_to_which_target(study: Study) -> None:
    series, = (one for one in study.series if one.kind == "dose")
    prescription, = load_dose(study, series.uid).prescriptions
    assert (prescription.target, prescription.dose_gy, prescription.fractions, prescription.technique) == (
        "PTV", 60.0, 30, "photon")
    assert [one.unusable for one in study.radiotherapy] == [None] * len(study.radiotherapy)


def test_protons_have_a_plan_of_their_own_kind(ball: Volume, tmp_path: Path) -> None:
    write(ball, Therapy(7, "20190603", "PTV", 60.0, 30, "proton"), tmp_path)
    study = read_study([tmp_path], tmp_path / "work")
    series, = (one for one in study.series if one.kind == "dose")
    prescription, = load_dose(study, series.uid).prescriptions
    assert (prescription.technique, prescription.fractions) == ("proton", 30)


def test_contours_enclose_what_they_were_made_from(folder: Path, ball: Volume) -> None:
    path = folder / "rt" / "rtstruct.dcm"
    file = read_mask_file(path, ball, pydicom.dcmread(path).FrameOfReferenceUID)
    target, whole = file.choices
    assert [one.name for one in file.choices] == ["PTV", "Whole"]
    assert target.volume_ml == pytest.approx(ball.array.sum() * ball.voxel_ml, rel=0.03)
    assert whole.volume_ml == pytest.approx(np.prod(SHAPE) * ball.voxel_ml, rel=0.01)
    assert target.mask is not None
    middle = target.mask.to_mm(np.argwhere(target.mask.array).mean(axis=0)[None])[0]
    assert np.abs(middle - [35.0, -160.0, 70.0]).max() < 0.5


def test_all_share_study_and_frame_with_the_planning_scan_and_name_each_other(folder: Path) -> None:
    structures, plan, dose = (pydicom.dcmread(folder / "rt" / name) for name in ("rtstruct.dcm", "rtplan.dcm",
                                                                                 "rtdose.dcm"))
    ct = pydicom.dcmread(next((folder / "ct").iterdir()))
    for one in (structures, plan, dose):
        assert (one.StudyInstanceUID, one.FrameOfReferenceUID, one.PatientID) == (
            ct.StudyInstanceUID, ct.FrameOfReferenceUID, ct.PatientID)
        assert one.SeriesInstanceUID != ct.SeriesInstanceUID
    assert dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan.SOPInstanceUID
    assert plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID == structures.SOPInstanceUID
    assert (ct.Modality, ct.RescaleType, ct.RescaleIntercept + ct.pixel_array[0, 0] * ct.RescaleSlope) == (
        "CT", "HU", 40)
    assert "ContrastBolusAgent" not in ct


def test_the_same_values_give_the_same_bytes(ball: Volume, folder: Path, tmp_path: Path) -> None:
    again = [path.read_bytes() for path in write(ball, THERAPY, tmp_path / "again")]
    other = [path.read_bytes() for path in write(ball, Therapy(8, "20190603", "PTV", 60.0, 30), tmp_path / "other")]
    first = [(folder / "rt" / name).read_bytes() for name in ("rtstruct.dcm", "rtplan.dcm", "rtdose.dcm")]
    assert again == first
    assert all(one != two for one, two in zip(other, first, strict=True))
