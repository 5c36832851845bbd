"""The shared dose files: every listed point of the synthetic ones within 0.02 Gy, the phantom's gradient, odd grids."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from rnapp.errors import StudyError
from rnapp.io.rt_grid import read_grid
from rnapp.io.rt_read import Answers, read_dose
from rnapp.io.rt_registration import read_links
from rnapp.io.study import read_study
from rnapp.types import Dose, FloatArray
from tests.io.rt_files import errors_gy

pytestmark = pytest.mark.realdata
WITHIN_GY = 0.02
PHANTOM_FRAME, MRI_FRAME = "1.2.826.0.1.3680043.10.1.1", "1.2.826.0.1.3680043.10.1.9"
LINEAR = ("01_axial_ascending", "02_axial_descending", "03_absolute_offsets", "04_feet_first_supine",
          "05_head_first_prone", "06_oblique", "07_sagittal_frames", "08_unequal_frame_spacing", "09_16bit",
          "12_no_frame_of_reference", "13_no_file_meta_implicit", "14_rle_16bit")


@pytest.fixture
def synthetic(shared_data: Path) -> Path:
    return shared_data / "rt_dose_synthetic"


def points(folder: Path, *columns: str) -> FloatArray:
    """Of the table of points, shape (N, columns)."""
    with (folder / "expected_points.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(row[column]) for column in columns] for row in rows])


def worst(dose: Dose, folder: Path) -> float:
    """The largest error at the listed points, Gy; the table agrees with the linear dose."""
    places = points(folder, "x_mm_LPS", "y_mm_LPS", "z_mm_LPS")
    listed = points(folder, "dose_Gy_files_01_to_09_and_12_to_14")[:, 0]
    np.testing.assert_allclose(listed, 30 + places @ [0.2, 0.1, -0.15], atol=1e-4)
    return float(np.abs(errors_gy(dose.volume, places)).max())


@pytest.mark.parametrize("name", LINEAR)
def test_the_linear_dose_is_right_in_every_grid(name: str, synthetic: Path) -> None:
    dose = read_dose([synthetic / f"{name}.dcm"], {})
    assert worst(dose, synthetic) < WITHIN_GY / 10
    assert dose.volume.frame_of_reference == ("" if name.startswith("12") else PHANTOM_FRAME)


def test_relative_beams_and_difference(synthetic: Path) -> None:
    relative = synthetic / "10_relative_percent_of_60Gy.dcm"
    beams = [synthetic / "11a_beam1_40percent.dcm", synthetic / "11b_beam2_60percent_other_grid.dcm"]
    with pytest.raises(StudyError, match="Say which dose is 100 %"):
        read_dose([relative], {})
    assert worst(read_dose([relative], {}, Answers(relative_gy=60.0)), synthetic) < WITHIN_GY / 10
    with pytest.raises(StudyError, match="nothing says whether one is missing"):
        read_dose(beams, {})
    assert worst(read_dose(beams, {}, Answers(complete=True)), synthetic) < WITHIN_GY / 10
    difference = synthetic / "15_signed_error_dose.dcm"
    with pytest.raises(StudyError, match="negative in places"):
        read_dose([difference], {})
    volume = read_grid(difference)
    assert worst(Dose(volume.with_array(volume.array + np.float32(30))), synthetic) < WITHIN_GY / 10


def test_the_gaussian_has_its_peak_and_its_values(synthetic: Path) -> None:
    volume = read_dose([synthetic / "20_gaussian_60Gy_s12.dcm"], {}).volume
    centres = volume.to_mm(np.argwhere(np.ones(volume.shape)).astype(float))
    np.testing.assert_allclose(volume.array.ravel(), 60 * np.exp(-(centres**2).sum(axis=1) / 288), atol=0.002)
    # Trilinear interpolation flattens a gaussian, by up to 0.44 Gy; a spline shows that the places are right.
    places = volume.to_voxels(points(synthetic, "x_mm_LPS", "y_mm_LPS", "z_mm_LPS"))
    found = map_coordinates(volume.array.astype(float), places.T, order=3)
    np.testing.assert_allclose(found, points(synthetic, "gaussian_dose_Gy_file_20")[:, 0], atol=WITHIN_GY)


def test_the_registration_leads_from_the_dose_to_the_mri(synthetic: Path) -> None:
    links = {(one.source, one.target): one.to_target for one in read_links(synthetic / "30_reg_ct_to_mri.dcm")}
    planned = points(synthetic, "x_mm_LPS", "y_mm_LPS", "z_mm_LPS")
    scanned = points(synthetic, "x_mri", "y_mri", "z_mri")
    np.testing.assert_allclose(links[PHANTOM_FRAME, MRI_FRAME].apply(planned), scanned, atol=1e-3)
    dose = read_dose([synthetic / "06_oblique.dcm"], {})
    back = links[MRI_FRAME, PHANTOM_FRAME].apply(scanned)
    assert np.abs(errors_gy(dose.volume, back)).max() < WITHIN_GY
    assert np.abs(links[PHANTOM_FRAME, MRI_FRAME].apply(scanned) - planned).max() > 5, "the wrong way would be seen"


@pytest.mark.parametrize(("name", "axis", "sign"), [("Linear_AntPost_2mm", 1, -1), ("Linear_SupInf_1mm", 2, 1),
                                                    ("Linear_SupInf_3mm", 2, 1)])
def test_the_phantom_has_its_gradient_of_one_gray_per_millimetre(name: str, axis: int, sign: int,
                                                                  shared_data: Path) -> None:
    path = shared_data / "rt_dose_phantom" / "DOSE GRIDS" / f"{name}_Aligned.dcm"
    with pytest.raises(StudyError, match="Say by how many fractions"):
        read_dose([path], {})
    volume = read_dose([path], {}, Answers(fractions=1)).volume
    places = volume.to_mm(np.argwhere(np.ones(volume.shape)).astype(float))
    np.testing.assert_allclose(volume.array.ravel(), np.maximum(10 + sign * places[:, axis], 0), atol=1e-3)


def test_feet_first_and_descending_grids_are_where_their_headers_say(shared_data: Path) -> None:
    folder = shared_data / "rt_dose_edge"
    volume = read_dose([folder / "RD.TBB_feet_in_supine.dcm"], {}).volume
    ends = volume.to_mm(np.array([[0.0, 0, 0], [100, 100, 80]]))
    np.testing.assert_allclose(ends, [(99.904, -99.383, 100), (-100.096, 100.617, -100)], atol=1e-3)
    # A square field: its edges are as far to the left as to the right, and the beam enters from the front.
    profile = volume.array[:, 7, 40]
    inside = volume.to_mm(np.argwhere(np.ones((101, 1, 1))).astype(float))[profile > profile.max() / 2, 0]
    assert abs(inside.min() + inside.max()) < 4
    assert volume.array[50, :, 40].argmax() < 10
    odd = read_dose([folder / "rtdose_non_square_pixels.dcm"], {})
    np.testing.assert_allclose(odd.volume.spacing, (1.00789, 1.03125, 1.01974), atol=1e-5)
    assert odd.volume.corners_mm[:, 2].max() == pytest.approx(18.5)
    assert odd.volume.corners_mm[:, 2].min() == pytest.approx(18.5 - 76 * 1.0197368, abs=1e-3)
    assert {one.code for one in odd.cautions} == {"dose_sum_unknown", "dose_unusual"}, "749 Gy are asked about"


def test_the_shared_doses_are_listed(shared_data: Path, tmp_path: Path) -> None:
    study = read_study([shared_data / "rt_dose_synthetic"], tmp_path)
    found = {len(one.files): one for one in study.series}
    assert len(study.series) == 16, "two beams are one"
    assert found[2].facts == ("prescription unknown", "2 beams")
    assert {one.kind for one in study.series} == {"dose"}
    assert [one.unusable for one in study.series if one.unusable] == []
    assert [one.kind for one in study.radiotherapy].count("registration") == 1
    phantom = read_study([shared_data / "rt_dose_phantom"], tmp_path)
    assert sorted(one.kind for one in phantom.series) == ["CT", "dose", "dose", "dose"]
    assert {one.kind for one in phantom.radiotherapy} == {"dose", "structures"}
    edge = read_study([shared_data / "rt_dose_edge"], tmp_path)
    assert sorted(one.unusable or "" for one in edge.series) == ["", "", ""]
