"""The dose, its planning scan and the ways between frames of reference are read apart from the scans."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from rnapp.errors import StudyError
from rnapp.io.patients import study_of
from rnapp.io.rt_read import Answers
from rnapp.io.study import read_study
from rnapp.io.suitability import IS_CT
from rnapp.io.volumes import write_nifti
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.pipeline.study import (
    chosen_series,
    load_dose,
    load_links,
    load_series,
    proposed_series,
    read_case,
    read_inputs,
    study_cautions,
    with_proposed,
)
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Proposed, Role, Series, Study, Volume
from tests.io.dicom_masks import write_structure_set
from tests.io.io_data import content, oblique
from tests.io.rt_files import (
    FOLLOW_UP,
    PATIENT,
    PLANNING,
    errors_gy,
    refer_to,
    write_dose,
    write_plan,
    write_registration,
)
from tests.io.test_rt_registration import MOVED
from tests.pipeline.test_study import series

SCAN, DOSE, PLANNED = Role("scan", "Scan"), Role("dose", "Dose", kind="dose", optional=True), Role(
    "planning", "Planning scan", kind="planning", optional=True)
EARLIER = Role("earlier", "Earlier", optional=True)


def propose(found: object) -> dict[str, Proposed]:
    """The first of each kind."""
    listed = list(found)  # type: ignore[call-overload]
    kinds = {"scan": "T1CE", "dose": "dose", "planning": "CT", "earlier": "T2"}
    best = {role: next((one.uid for one in listed if one.kind == kind), None) for role, kind in kinds.items()}
    return {role: Proposed(uid, f"Why {role}.") for role, uid in best.items()}


TASK = replace(METASTASIS, question=replace(QUESTION, roles=(SCAN, EARLIER, DOSE, PLANNED)), propose=propose)


def opened(*found: Series) -> Study:
    return with_proposed(study_of(found), TASK)


def ct(uid: str) -> Series:
    return series(uid, kind="CT", modality="CT")


def dose(uid: str, **more: object) -> Series:
    return series(uid, kind="dose", modality="RTDOSE", **more)


def uids(chosen: dict[str, Series]) -> dict[str, str]:
    return {role: one.uid for role, one in chosen.items()}


def test_optional_roles_are_chosen_where_there_is_something() -> None:
    study = opened(series("1"), ct("2"), dose("3"))
    assert uids(chosen_series(study, TASK)[1]) == {"scan": "1", "dose": "3", "planning": "2"}
    alone = opened(series("1"))
    assert uids(chosen_series(alone, TASK)[1]) == {"scan": "1"}
    assert alone.cautions == (), "what may be left out is not missed"
    assert proposed_series(alone) == "1"
    with pytest.raises(StudyError, match=r"Why dose\."):
        proposed_series(alone, "dose")


def test_what_is_proposed_can_be_left_out_but_not_what_is_needed() -> None:
    study = opened(series("1"), ct("2"), dose("3"))
    assert uids(chosen_series(study, TASK, {"dose": "none"})[1]) == {"scan": "1", "planning": "2"}
    assert uids(chosen_series(study, TASK, {"dose": "none", "planning": "none", "scan": "1"})[1]) == {"scan": "1"}
    with pytest.raises(StudyError, match="Expected a series for Scan, but it was left out"):
        chosen_series(study, TASK, {"scan": "none"})


def test_several_studies_are_said_where_one_scan_is_meant() -> None:
    several = study_of([series("1", study="1"), series("2", study="2")])
    assert [one.code for one in with_proposed(several, METASTASIS).cautions] == ["several_studies"]
    assert with_proposed(several, TASK).cautions == ()
    planned = study_of([series("1", study="1"), dose("3", study="2")])
    assert with_proposed(planned, METASTASIS).cautions == (), "a dose is of the study in which it was planned"


def test_a_scan_that_is_needed_is_still_asked_for() -> None:
    study = opened(ct("2"), dose("3"))
    assert [one.code for one in study.cautions] == ["no_series_proposed"]
    with pytest.raises(StudyError, match=r"Why scan\."):
        chosen_series(study, TASK)


@pytest.mark.parametrize(("role", "uid", "sentence"), [
    ("scan", "2", IS_CT), ("scan", "3", "This is a dose"), ("dose", "1", "This is not a dose"),
    ("dose", "2", "not a dose"), ("planning", "3", "not the scan it was planned on"), ("earlier", "2", IS_CT)])
def test_a_series_of_the_wrong_kind_is_refused(role: str, uid: str, sentence: str) -> None:
    with pytest.raises(StudyError, match=sentence):
        chosen_series(opened(series("1"), ct("2"), dose("3")), TASK, {role: uid})


def test_an_mri_may_be_the_planning_scan() -> None:
    study = opened(series("1"), series("2"), dose("3"))
    assert uids(chosen_series(study, TASK, {"planning": "2"})[1]) == {"scan": "1", "planning": "2", "dose": "3"}


def test_the_first_question_proposes_as_ever_next_to_ct_and_dose() -> None:
    alone = with_proposed(study_of([series("1"), series("2", kind="T1", contrast=False)]), METASTASIS)
    found = [ct("4"), series("1"), series("2", kind="T1", contrast=False), dose("3")]
    more = with_proposed(study_of(found), METASTASIS)
    assert alone.proposed["t1ce"] == Proposed("1", "Proposed: T1CE; the only T1 with contrast.")
    assert more.proposed["t1ce"] == alone.proposed["t1ce"]
    assert more.cautions == alone.cautions


@pytest.fixture
def treated(tmp_path: Path) -> Path:
    """A dose of beams with its plan and structure set, a registration, and a scan without a patient's ID."""
    folder = tmp_path / "in"
    write_plan(folder / "plan", "1.2.3", ((1, "PHOTON", ""), (2, "PHOTON", "")), targets=(("PTV", 33.0),))
    for number, share in ((1, 0.4), (2, 0.6)):
        write_dose(folder / f"beam{number}", share=share, DoseSummationType="BEAM",
                   ReferencedRTPlanSequence=refer_to("1.2.3", number))
    write_registration(folder / "reg", MOVED)
    scan = np.random.default_rng(3).normal(100, 20, (20, 20, 20)).astype(np.float32)
    write_nifti(Volume(scan, np.diag([5.0, 5, 5, 1])), folder / "t1c.nii.gz")
    return folder


def test_scans_are_read_without_the_dose(treated: Path) -> None:
    study, inputs = read_inputs([treated], TASK)
    assert list(inputs) == ["scan"]
    assert {one.kind for one in study.series} == {"T1CE", "dose"}


def test_a_case_is_read_with_its_dose(treated: Path) -> None:
    case = read_case([treated], TASK)
    assert (list(case.scans), list(case.chosen), case.no_dose, case.planning) == (["scan"], ["scan", "dose"], "", None)
    assert case.dose is not None
    assert case.dose.prescribed_gy == 33.0
    assert len(case.links) == 2
    for beam in (1, 2):
        (treated / f"beam{beam}").unlink()
    without = read_case([treated], TASK)
    assert (without.dose, without.no_dose, list(without.chosen)) == (None, "", ["scan"])


def test_a_dose_that_cannot_be_used_stops_only_where_it_was_named(treated: Path) -> None:
    (treated / "beam2").unlink()
    write_dose(treated / "beam1", DoseUnits="RELATIVE", share=1 / 33)
    case = read_case([treated], TASK)
    assert case.dose is None
    assert "Say which dose is 100 %" in case.no_dose
    answered = read_case([treated], TASK, answers=Answers(relative_gy=33.0)).dose
    assert answered is not None
    assert np.abs(errors_gy(answered.volume)).max() < 2e-3
    with pytest.raises(StudyError, match="Say which dose is 100 %"):
        read_case([treated], TASK, {"dose": case.chosen["dose"].uid})


def test_a_planning_scan_that_cannot_be_read_leaves_the_dose_out(treated: Path) -> None:
    write_dicom_series(Volume(content((20, 20, 20)), oblique((5.0, 4.5, 6.0))), treated / "ct", "ct", seed=3)
    for path in (treated / "ct").iterdir():
        file = pydicom.dcmread(path)
        file.Modality, file.PatientID, file.PixelData = "CT", PATIENT, bytes(len(file.PixelData))
        file.save_as(path)
    case = read_case([treated], TASK)
    assert (list(case.chosen), case.dose) == (["scan", "dose", "planning"], None)
    assert "same value" in case.no_dose
    with pytest.raises(StudyError, match="same value"):
        read_case([treated], TASK, {"planning": case.chosen["planning"].uid})


def test_the_dose_is_read_and_added_up_with_its_plan(treated: Path, tmp_path: Path) -> None:
    study = read_study([treated], tmp_path / "work")
    found = load_dose(study, next(one.uid for one in study.series if one.kind == "dose"))
    assert np.abs(errors_gy(found.volume)).max() < 2e-3
    assert (found.prescribed_gy, found.fractions, found.volume.frame_of_reference) == (33.0, 30, PLANNING)
    assert [(one.target, one.technique) for one in found.prescriptions] == [("PTV", "photon")]
    assert {(link.source, link.target) for link in load_links(study)} == {(PLANNING, FOLLOW_UP), (FOLLOW_UP, PLANNING)}
    (scan,) = (one for one in study.series if one.kind == "T1CE")
    with pytest.raises(StudyError, match="not part of this study"):
        load_dose(study, "9")
    with pytest.raises(StudyError, match="nothing to multiply"):
        load_dose(study, scan.uid, fractions=2)


def test_what_is_asked_of_a_dose_is_answered_once(tmp_path: Path) -> None:
    write_dose(tmp_path / "in" / "dose", share=1 / 60, DoseUnits="RELATIVE")
    study = read_study([tmp_path / "in"], tmp_path / "work")
    (relative,) = study.series
    with pytest.raises(StudyError, match="Say which dose is 100 %"):
        load_dose(study, relative.uid)
    assert np.abs(errors_gy(load_dose(study, relative.uid, 60.0).volume)).max() < 2e-3
    assert [one.code for one in relative.cautions] == ["dose_relative"]
    assert study_cautions(study, [relative.uid]) == (), "by then it was answered"


def test_targets_are_named_by_the_structure_set(tmp_path: Path) -> None:
    target, reference = Dataset(), Dataset()
    target.DoseReferenceType, target.ReferencedROINumber, target.TargetPrescriptionDose = "TARGET", 1, 33
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2", "1.2.7"
    folder = tmp_path / "in"
    write_dose(folder / "dose", ReferencedRTPlanSequence=refer_to("1.2.3"))
    write_plan(folder / "plan", "1.2.3", DoseReferenceSequence=[target], ReferencedStructureSetSequence=[reference])
    write_structure_set(folder / "set", [("GTV left", [])])
    drawn = pydicom.dcmread(folder / "set")
    drawn.SOPInstanceUID = "1.2.7"
    drawn.save_as(folder / "set")
    study = read_study([folder], tmp_path / "work")
    (series_of_dose,) = study.series
    assert [one.target for one in load_dose(study, series_of_dose.uid).prescriptions] == ["GTV left"]


def test_a_dose_that_names_nobody_is_asked_about_next_to_named_ones(treated: Path, tmp_path: Path) -> None:
    write_dose(tmp_path / "nobody" / "dose", PatientID=None)
    for places, codes in (([treated, tmp_path / "nobody"], ["dose_no_patient"]), ([tmp_path / "nobody"], [])):
        study = read_study(places, tmp_path / "work")
        (nobody,) = (one for one in study.series if one.kind == "dose" and not one.patient)
        assert [one.code for one in load_dose(study, nobody.uid).cautions] == codes


def test_an_image_file_is_read_as_a_dose_in_gray(tmp_path: Path) -> None:
    write_dose(tmp_path / "dose")
    study = read_study([tmp_path / "dose"], tmp_path / "work")
    volume = load_dose(study, study.series[0].uid).volume
    (tmp_path / "in").mkdir()
    write_nifti(Volume(volume.array, volume.affine), tmp_path / "in" / "plan.nii.gz")
    study = read_study([tmp_path / "in"], tmp_path / "work")
    (image,) = study.series
    assert image.unusable, "it is too small for a head"
    found = load_dose(study, image.uid)
    assert np.abs(errors_gy(found.volume)).max() < 2e-3
    assert found.sources == (image.uid,)
    with pytest.raises(StudyError, match="nothing to multiply"):
        load_dose(study, image.uid, relative_gy=60.0)


def test_a_ct_is_read_as_a_planning_scan_only(tmp_path: Path) -> None:
    write_dicom_series(Volume(content((20, 20, 20)), oblique((5.0, 4.5, 6.0))), tmp_path / "in", "ct", seed=3)
    study = read_study([tmp_path / "in"], tmp_path / "work")
    (found,) = study.series
    study = replace(study, series=(replace(found, kind="CT", modality="CT"),))
    with pytest.raises(StudyError, match="This is a CT"):
        load_series(study, found.uid)
    assert load_series(study, found.uid, role=PLANNED).volume.shape == found.shape
