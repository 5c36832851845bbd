"""Made-up folders of the sets with radiotherapy become cohort tables; what is not there is named."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from rnapp.phantom.dicom_write import Acquired, write_dicom_series
from rnapp.phantom.rt_write import Therapy, write_radiotherapy
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.rice.question import QUESTION as RICE
from rnapp.types import Volume
from training.cohort_table import check, file_problems, read_cohort_table
from training.public_sets import SETS, find
from training.public_sets.__main__ import main
from training.public_sets.radiotherapy import NO_DOSE, NO_FOLLOW_UP, NO_MASK, NO_PLANNING, NO_SCAN

PLANNING = "11-23-1959-NA-Radiotherapy planning-12345"
FOLLOW_UP = "05-01-1960-NA-Follow up 1-67890"


def scan(folder: Path, seed: int, modality: str = "MR") -> None:
    write_dicom_series(Volume(np.full((8, 8, 3), 100.0), np.diag([10.0, 10, 10, 1])), folder, f"series {seed}", seed,
                       Acquired(modality))


def burdenko(folder: Path, patient: str = "Burdenko-GBM-001") -> Path:
    """A planning study and two follow-ups."""
    place = folder / patient
    scan(place / PLANNING / "2.000000-CT-1", 1, "CT")
    scan(place / PLANNING / "3.000000-CET1-2", 2)
    grid = Volume(np.full((4, 4, 3), 0.7, np.float32), np.diag([10.0, 10, 10, 1]))
    write_radiotherapy(Therapy(1, "19591123", "GTV", 60.0, 30), {"GTV": grid}, grid.with_array(grid.array * 80),
                       place / PLANNING / "rt")
    for name in ("rtstruct", "rtplan", "rtdose"):  # a folder for each, as the set has it
        target = place / PLANNING / f"1.000000-{name.upper()}-3" / "1-1.dcm"
        target.parent.mkdir()
        (place / PLANNING / "rt" / f"{name}.dcm").rename(target)
    (place / PLANNING / "rt").rmdir()
    for number, name in enumerate((FOLLOW_UP, FOLLOW_UP.replace("1-6", "2-6")), start=3):
        scan(place / name / "4.000000-T1C-9", number)
    return place


def image(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((4, 4, 4), np.uint8)), str(file))


def table_of(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, list[object]]:
    """What the command says, and the rows of its table, which has no problem."""
    assert main([name, str(folder / "set"), "--out", str(folder / "list.csv")]) == 0
    table = read_cohort_table(folder / "list.csv", SETS[name].question)
    assert check(table) == ()
    assert list(file_problems(table.rows)) == []
    return capsys.readouterr().out, list(table.rows)


def test_each_follow_up_of_burdenko_is_a_row_with_the_planning_study_next_to_it(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = burdenko(tmp_path / "set")
    said, rows = table_of("burdenko-gbm-progression", tmp_path, capsys)
    assert said.startswith("1 patients, 2 scans, 2 rows")
    assert "not the same as RICE" in said
    assert SETS["burdenko-gbm-progression"].question is RICE
    first = rows[0]
    assert (first.patient, first.lesion, first.mask, first.outcome) == ("Burdenko Burdenko-GBM-001", "", None, None)
    assert first.image.resolve() == place / FOLLOW_UP
    assert {role: path.resolve() for role, path in first.others.items()} == dict.fromkeys(
        ("post_op", "dose", "planning"), place / PLANNING)


def test_a_patient_of_burdenko_without_planning_dose_or_follow_up_is_named(tmp_path: Path) -> None:
    for number, lacking in enumerate((PLANNING, f"{PLANNING}/1.000000-RTDOSE-3", FOLLOW_UP), start=1):
        place = burdenko(tmp_path, f"Burdenko-GBM-00{number}")
        (place / lacking).rename(tmp_path / f"away {number}")
    (tmp_path / "Burdenko-GBM-003" / FOLLOW_UP.replace("1-6", "2-6")).rename(tmp_path / "away 4")
    found = find("burdenko-gbm-progression", tmp_path)
    assert found.rows == ()
    assert [(one.study[-3:], one.what) for one in found.missing] == [
        ("001", NO_PLANNING), ("002", NO_DOSE), ("003", NO_FOLLOW_UP)]


def test_each_time_point_of_mu_glioma_post_is_a_row_without_a_dose(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2, 10):
        study = tmp_path / "set" / "PatientID_0003" / f"Timepoint_{number}"
        image(study / f"PatientID_0003_Timepoint_{number}_brain_t1c.nii.gz")
        image(study / f"PatientID_0003_Timepoint_{number}_tumorMask.nii.gz")
    said, rows = table_of("mu-glioma-post", tmp_path, capsys)
    assert "The set has no dose" in said
    assert [row.image.parent.name for row in rows] == ["Timepoint_1", "Timepoint_2", "Timepoint_10"]
    assert {row.patient for row in rows} == {"Missouri PatientID_0003"}
    assert all(row.mask is None and not row.others for row in rows)


def test_time_points_without_the_scan_or_with_a_damaged_one_are_named(tmp_path: Path) -> None:
    for number in (1, 2):
        study = tmp_path / "PatientID_0004" / f"Timepoint_{number}"
        image(study / f"PatientID_0004_Timepoint_{number}_brain_t1n.nii.gz")
    (study / "PatientID_0004_Timepoint_2_brain_t1c.nii.gz").write_bytes(b"no")
    found = find("mu-glioma-post", tmp_path)
    assert found.rows == ()
    assert [one.what.split(" (")[0] for one in found.missing] == [
        "no T1 after contrast", "the image cannot be read, perhaps damaged"]


def test_each_lesion_of_brain_tr_gammaknife_is_a_row_without_outcome(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("MR_t1", "L_LtFrontal", "L_RtCerebellar", "dose"):
        image(tmp_path / "set" / "GK.147_1" / f"GK.147_1_{name}.nrrd")
    said, rows = table_of("brain-tr-gammaknife", tmp_path, capsys)
    assert "pre-training only. Its labels (recurrence, stable) are of later scans" in said
    assert SETS["brain-tr-gammaknife"].question is QUESTION
    assert [(row.patient, row.lesion, row.mask.name) for row in rows] == [
        ("Mississippi GK.147", "GK.147_1 L_LtFrontal", "GK.147_1_L_LtFrontal.nrrd"),
        ("Mississippi GK.147", "GK.147_1 L_RtCerebellar", "GK.147_1_L_RtCerebellar.nrrd")]
    assert {row.outcome for row in rows} == {None}


def test_courses_without_a_scan_or_a_mask_are_named(tmp_path: Path) -> None:
    image(tmp_path / "GK.100_1" / "GK.100_1_MR_t1.nrrd")
    image(tmp_path / "GK.100_2" / "GK.100_2_L_Pons.nrrd")
    found = find("brain-tr-gammaknife", tmp_path)
    assert found.rows == ()
    assert [(one.study, one.what) for one in found.missing] == [("GK.100_1", NO_MASK), ("GK.100_2", NO_SCAN)]


def test_what_is_no_dicom_is_no_follow_up(tmp_path: Path) -> None:
    place = burdenko(tmp_path)
    (place / "Notes").mkdir()
    (place / "Notes" / "readme.txt").write_text("words")
    assert len(find("burdenko-gbm-progression", tmp_path).rows) == 2
    assert pydicom.dcmread(next((place / FOLLOW_UP).rglob("*.dcm"))).Modality == "MR"
