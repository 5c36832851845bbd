"""A study's doses are separate series, its other radiotherapy files are listed, and patients are never mixed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import SimpleITK as sitk

from rnapp.errors import StudyError
from rnapp.geometry import to_sitk
from rnapp.io.patients import of_patient, patients
from rnapp.io.proposal import propose, why_none
from rnapp.io.study import read_study, read_volume
from rnapp.io.volumes import write_nifti
from rnapp.types import Series, Study, Volume, sentences
from tests.io.dicom_masks import write_structure_set
from tests.io.rt_files import (
    FOLLOW_UP,
    PATIENT,
    PLANNING,
    SHAPE,
    SPACING,
    STEP,
    refer_to,
    write_dose,
    write_plan,
    write_registration,
)
from tests.io.test_rt_registration import MOVED

PLAN = "1.2.3.4"
TWO_BEAMS = ((1, "PROTON", "TREATMENT"), (2, "PROTON", "TREATMENT"))


def read(folder: Path) -> Study:
    return read_study([folder], folder.parent / "work")


def doses(study: Study) -> list[Series]:
    return [one for one in study.series if one.kind == "dose"]


def beam(path: Path, number: int, **more: Any) -> Path:
    return write_dose(path, share=0.5, DoseSummationType="BEAM", ReferencedRTPlanSequence=refer_to(PLAN, number),
                      **more)


@pytest.fixture
def treated(series_folder: Path, tmp_path: Path, edit: Callable[..., None]) -> Path:
    """A T1CE, and the dose, plan, structure set and registration of its patient."""
    def change(dataset: Any) -> None:
        dataset.PatientID, dataset.FrameOfReferenceUID = PATIENT, FOLLOW_UP

    edit(series_folder, change)
    folder = tmp_path / "treated"
    shutil.copytree(series_folder, folder / "mr")
    write_dose(folder / "rt" / "dose", ReferencedRTPlanSequence=refer_to(PLAN), SeriesDescription="Total")
    write_plan(folder / "rt" / "plan", PLAN)
    write_structure_set(folder / "rt" / "structures", [("PTV", [])])
    write_registration(folder / "rt" / "reg", MOVED)
    return folder


def test_a_dose_is_a_series_and_the_rest_is_listed_next_to_it(treated: Path) -> None:
    study = read(treated)
    (dose,) = doses(study)
    assert (dose.description, dose.modality, dose.unusable, dose.frame_of_reference, dose.date) == (
        "Total", "RTDOSE", None, PLANNING, "2026-01-05")
    assert dose.facts == ("60 Gy in 30 fractions", "photon")
    assert (dose.shape, dose.spacing, len(dose.files)) == (SHAPE, (SPACING[1], SPACING[0], STEP), 1)
    assert dose.acquisition.instances == (dose.uid,)
    assert [(one.kind, one.uid, one.unusable) for one in study.radiotherapy if one.kind != "structures"] == [
        ("dose", dose.uid, None), ("plan", PLAN, None), ("registration", study.radiotherapy[-1].uid, None)]
    assert study.radiotherapy[0].refers_to == (PLAN,)
    assert study.radiotherapy[0].patient == PATIENT
    alone = read(treated / "mr")
    assert [one for one in study.series if one.kind != "dose"] == list(alone.series)
    assert propose(study.series) == propose(alone.series)
    assert (study.cautions, study.left_out, study.others) == (alone.cautions, alone.left_out, alone.others)
    with pytest.raises(StudyError, match="This is a dose distribution, not an MR scan"):
        read_volume(dose)


def test_plans_sets_and_registrations_alone_are_refused(treated: Path, tmp_path: Path) -> None:
    (treated / "rt" / "dose").unlink()
    with pytest.raises(StudyError, match=r"Only radiotherapy plans, structure sets or registrations .* \(3 file"):
        read(treated / "rt")
    study = read(treated)
    assert doses(study) == []
    assert len(study.radiotherapy) == 3


def test_no_dose_is_ever_proposed_as_a_scan(tmp_path: Path) -> None:
    write_dose(tmp_path / "in" / "dose")
    study = read(tmp_path / "in")
    assert propose(study.series) is None
    assert why_none(study.series) == "This is a dose distribution, not an MR scan; choose an MRI of the head."


def test_beams_of_a_plan_are_one_series(tmp_path: Path) -> None:
    write_plan(tmp_path / "in" / "plan", PLAN, TWO_BEAMS)
    for number in (1, 2):
        beam(tmp_path / "in" / f"beam{number}", number)
    (dose,) = doses(read(tmp_path / "in"))
    assert (len(dose.files), dose.unusable, dose.cautions) == (2, None, ())
    assert dose.facts == ("60 Gy in 30 fractions", "proton", "2 beams")
    (tmp_path / "in" / "beam2").unlink()
    (dose,) = doses(read(tmp_path / "in"))
    assert (dose.unusable or "").startswith("The dose of beam 2 is missing (the plan has 2)")
    (tmp_path / "in" / "plan").unlink()
    (dose,) = doses(read(tmp_path / "in"))
    assert dose.unusable is None
    assert [one.code for one in dose.cautions] == ["dose_parts"]
    assert dose.facts == ("prescription unknown", "1 beam")


def test_a_plan_and_its_beams_are_two_choices_never_one(tmp_path: Path) -> None:
    write_plan(tmp_path / "in" / "plan", PLAN, TWO_BEAMS)
    for number in (1, 2):
        beam(tmp_path / "in" / f"beam{number}", number)
    write_dose(tmp_path / "in" / "dose", ReferencedRTPlanSequence=refer_to(PLAN))
    assert sorted(len(one.files) for one in doses(read(tmp_path / "in"))) == [1, 2]


def test_several_plans_can_be_chosen_alone_or_added_up(tmp_path: Path) -> None:
    for number, (uid, gray) in enumerate((("1.2.3.4", 50.0), ("1.2.3.5", 10.0))):
        write_plan(tmp_path / "in" / f"plan{number}", uid, targets=(("PTV", gray),), fractions=int(gray / 2))
        write_dose(tmp_path / "in" / f"dose{number}", share=gray / 60, ReferencedRTPlanSequence=refer_to(uid))
    found = doses(read(tmp_path / "in"))
    assert [len(one.files) for one in found] == [1, 1, 2]
    assert len({one.uid for one in found}) == 3
    assert found[2].facts == ("50 Gy in 25 fractions + 10 Gy in 5 fractions", "photon", "2 plans")
    assert [(one.code, one.level) for one in found[2].cautions] == [("dose_plans_summed", "confirm")]
    # Two doses of one plan, or plans in different frames of reference, are no course of treatment.
    write_dose(tmp_path / "in" / "again", ReferencedRTPlanSequence=refer_to("1.2.3.5"))
    assert [len(one.files) for one in doses(read(tmp_path / "in"))] == [1, 1, 1]
    write_dose(tmp_path / "in" / "again", ReferencedRTPlanSequence=refer_to("1.2.3.6"), FrameOfReferenceUID="1.9")
    assert [len(one.files) for one in doses(read(tmp_path / "in"))] == [1, 1, 1, 2]


@pytest.mark.parametrize(("tags", "code"), [
    ({"DoseUnits": "RELATIVE"}, "dose_relative"), ({"DoseSummationType": "FRACTION"}, "dose_fractions"),
    ({"DoseSummationType": None}, "dose_sum_unknown")])
def test_what_has_to_be_asked_is_listed(tags: dict[str, Any], code: str, tmp_path: Path) -> None:
    write_dose(tmp_path / "in" / "dose", **tags)
    (dose,) = doses(read(tmp_path / "in"))
    assert dose.unusable is None
    assert [(one.code, one.level) for one in dose.cautions] == [(code, "confirm")]


@pytest.mark.parametrize(("tags", "sentence"), [
    ({"DoseType": "ERROR"}, "difference between doses"), ({"Rows": 0, "PixelData": None}, "only curves or points"),
    ({"GridFrameOffsetVector": [1, 2, 3, 4, 5, 6, 7, 8]}, "neither with 0 nor"),
    ({"NumberOfFrames": 1, "GridFrameOffsetVector": [0]}, "only one plane")])
def test_what_is_no_dose_is_listed_with_the_reason(tags: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    write_dose(tmp_path / "in" / "dose", **tags)
    study = read(tmp_path / "in")
    (dose,) = doses(study)
    assert sentence in (dose.unusable or "")
    assert dose.cautions == ()
    assert study.radiotherapy[0].unusable == dose.unusable


def test_a_deformable_registration_and_a_damaged_plan_are_listed_with_the_reason(treated: Path) -> None:
    write_registration(treated / "rt" / "reg", MOVED, SOPClassUID="1.2.840.10008.5.1.4.1.1.66.3")
    write_plan(treated / "rt" / "plan", PLAN, DoseReferenceSequence=None, FractionGroupSequence=None)
    study = read(treated)
    found = {one.kind: one.unusable for one in study.radiotherapy}
    assert "bends the picture" in (found["registration"] or "")
    assert found["plan"] is None
    (dose,) = doses(study)
    assert dose.facts == ("prescription unknown", "photon")


def test_a_copy_counts_once_and_another_dose_of_the_same_uid_is_refused(tmp_path: Path) -> None:
    path = write_dose(tmp_path / "in" / "dose", SOPInstanceUID="1.2.9")
    shutil.copy(path, tmp_path / "in" / "copy")
    (dose,) = doses(read(tmp_path / "in"))
    assert len(dose.files) == 1
    write_dose(tmp_path / "in" / "copy", share=0.9, SOPInstanceUID="1.2.9")
    found = doses(read(tmp_path / "in"))
    assert len(found) == 2
    assert all("the same UID" in (one.unusable or "") for one in found)


def test_a_dose_of_another_patient_is_never_mixed_in(treated: Path) -> None:
    write_dose(treated / "rt" / "dose", ReferencedRTPlanSequence=refer_to(PLAN), PatientID="Somebody-Else")
    study = read(treated)
    assert (study.series, study.radiotherapy, len(study.other_radiotherapy)) == ((), (), 4)
    assert dict(patients(study)) == {PATIENT: 1, "Somebody-Else": 1}
    mine, other = of_patient(study, PATIENT), of_patient(study, "somebody-else")
    assert doses(mine) == []
    assert [one.kind for one in mine.radiotherapy] == ["plan", "registration"]
    (dose,) = doses(other)
    assert dose.facts == ("prescription unknown",), "the plan is the other patient's"
    assert [one.kind for one in other.radiotherapy] == ["dose"]
    again = of_patient(mine, "Somebody-Else")
    assert (again.series, again.radiotherapy) == (other.series, other.radiotherapy)


def test_a_plan_of_another_patient_is_not_used_and_said(treated: Path) -> None:
    write_plan(treated / "rt" / "plan", PLAN, PatientID="Somebody-Else")
    study = read(treated)
    (dose,) = doses(study)
    assert dose.facts == ("prescription unknown",)
    assert "plan" not in {one.kind for one in study.radiotherapy}
    assert "1 radiotherapy file(s) belong to another patient" in " ".join(sentences(study.cautions))


def test_files_without_a_patient_belong_to_whoever_is_there(treated: Path) -> None:
    write_dose(treated / "rt" / "dose", ReferencedRTPlanSequence=refer_to(PLAN), PatientID=None)
    study = read(treated)
    assert len(doses(study)) == 1
    assert len(study.radiotherapy) == 4
    assert not any(one.code == "radiotherapy_of_another" for one in study.cautions)


@pytest.mark.parametrize(("name", "kind"), [
    ("rtdose.nii.gz", "dose"), ("plan_dose_gy.nii.gz", "dose"), ("dose.nrrd", "dose"),
    ("t1_double_dose_gd.nii.gz", "T1CE"),
    ("double dose.nii.gz", "unknown"), ("low dose.nii.gz", "unknown"), ("plan.nii.gz", "unknown")])
def test_an_image_file_is_a_dose_where_its_name_says_so(name: str, kind: str, head: Volume, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / name
    if name.endswith(".nrrd"):
        sitk.WriteImage(to_sitk(head), str(path))
    else:
        write_nifti(head.with_array(head.array.astype("float32")), path)
    (series,) = read(tmp_path / "in").series
    assert (series.kind, series.unusable) == (kind, None)
    assert (propose([series]) is None) == (kind == "dose")
