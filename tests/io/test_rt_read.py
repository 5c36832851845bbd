"""Doses of one file and of several: what may be added, what is asked first, and what is never added."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnapp.errors import Cancelled, StudyError
from rnapp.io.rt_plan import Plan, read_plan
from rnapp.io.rt_read import Answers, read_dose, read_dose_image
from rnapp.io.volumes import write_nifti
from rnapp.types import CancelToken, Volume
from tests.io.rt_files import OBLIQUE, PLANNING, POINTS, SHAPE, errors_gy, refer_to, write_dose, write_plan

PLAN = "1.2.3.4"
WIDER = (13, 11, 10)


@pytest.fixture
def plans(tmp_path: Path) -> dict[str, Plan]:
    """One of two beams that treat and one that does not."""
    beams = ((1, "PHOTON", "TREATMENT"), (2, "PHOTON", "TREATMENT"), (3, "PHOTON", "SETUP"))
    return {PLAN: read_plan(write_plan(tmp_path / "plan", PLAN, beams))}


def beam(path: Path, number: int | None = 1, share: float = 0.4, plan: str = PLAN, **more: Any) -> Path:
    references = refer_to(plan, *(() if number is None else (number,))) if plan else []
    return write_dose(path, share=share, DoseSummationType="BEAM", ReferencedRTPlanSequence=references, **more)


def both(folder: Path, **more: Any) -> list[Path]:
    return [beam(folder / "one", 1, 0.4, **more), beam(folder / "two", 2, 0.6, shape=WIDER, axes=OBLIQUE, **more)]


def codes(dose: Any) -> list[tuple[str, str]]:
    return [(one.code, one.level) for one in dose.cautions]


def test_a_dose_of_a_plan_with_what_was_prescribed(plans: dict[str, Plan], tmp_path: Path) -> None:
    path = write_dose(tmp_path / "dose", ReferencedRTPlanSequence=refer_to(PLAN))
    dose = read_dose([path], plans)
    assert np.abs(errors_gy(dose.volume)).max() < 2e-3
    assert (dose.prescribed_gy, dose.fractions, dose.volume.frame_of_reference) == (60.0, 30, PLANNING)
    assert [one.technique for one in dose.prescriptions] == ["photon"]
    assert len(dose.sources) == 1
    assert codes(dose) == [("dose_unlike_plan", "confirm")], "60 Gy were prescribed, but it reaches 34"
    assert read_dose([path], {}).prescriptions == ()


def test_beams_are_added_where_all_are_there(plans: dict[str, Plan], tmp_path: Path) -> None:
    dose = read_dose(both(tmp_path), plans)
    assert np.abs(errors_gy(dose.volume)).max() < 2e-3
    assert dose.prescribed_gy == 60.0
    assert len(dose.sources) == 2
    # Where only one of the grids reaches, the sum is unknown, not the dose of one beam.
    assert np.isnan(dose.volume.array).any()
    known = dose.volume.to_mm(np.argwhere(np.isfinite(dose.volume.array)).astype(float))
    assert np.abs(errors_gy(dose.volume, known)).max() < 2e-3
    outside = np.array([[13.0, 0, 0], [0, 0, 12.5]])
    assert np.isnan(errors_gy(dose.volume, outside)).all()


def test_beams_are_not_added_where_one_is_missing(plans: dict[str, Plan], tmp_path: Path) -> None:
    one, two = both(tmp_path)
    with pytest.raises(StudyError, match=r"The dose of beam 2 is missing \(the plan has 2\)"):
        read_dose([one], plans)
    with pytest.raises(StudyError, match="beam 2 is missing"):
        read_dose([one], plans, Answers(complete=True))
    with pytest.raises(StudyError, match="same beam"):
        read_dose([one, two, beam(tmp_path / "again", 1)], plans)
    with pytest.raises(StudyError, match="beam 3, which does not treat"):
        read_dose([one, two, beam(tmp_path / "three", 3)], plans)


def test_without_the_plan_a_person_has_to_say_that_all_beams_are_there(plans: dict[str, Plan], tmp_path: Path) -> None:
    for folder, found in (("a", {}), ("b", {"plan": ""})):
        files = both(tmp_path / folder, **found)
        with pytest.raises(StudyError, match="nothing says whether one is missing"):
            read_dose(files, {})
        dose = read_dose(files, {}, Answers(complete=True))
        assert np.abs(errors_gy(dose.volume)).max() < 2e-3
        assert codes(dose) == [("dose_parts_taken", "note")]
    unnumbered = [beam(tmp_path / "c", None, 0.4), beam(tmp_path / "d", None, 0.6)]
    with pytest.raises(StudyError, match="nothing says whether one is missing"):
        read_dose(unnumbered, plans)
    assert np.abs(errors_gy(read_dose(unnumbered, plans, Answers(complete=True)).volume)).max() < 2e-3


def test_a_plan_and_its_beams_are_never_added(plans: dict[str, Plan], tmp_path: Path) -> None:
    whole = write_dose(tmp_path / "dose", ReferencedRTPlanSequence=refer_to(PLAN))
    for answers in (Answers(), Answers(complete=True)):
        with pytest.raises(StudyError, match="count the same dose twice"):
            read_dose([whole, *both(tmp_path)], plans, answers)
    with pytest.raises(StudyError, match="2 doses of the same plan"):
        read_dose([whole, write_dose(tmp_path / "copy", ReferencedRTPlanSequence=refer_to(PLAN))], plans)


def test_several_plans_are_added_where_each_is_complete(plans: dict[str, Plan], tmp_path: Path) -> None:
    boost = read_plan(write_plan(tmp_path / "boost", "1.2.3.5", targets=(("Boost", 10.0),), fractions=5))
    known = {**plans, boost.uid: boost}
    more = write_dose(tmp_path / "more", share=0.5, ReferencedRTPlanSequence=refer_to(boost.uid))
    dose = read_dose([*both(tmp_path), more], known)
    np.testing.assert_allclose(errors_gy(dose.volume), 0.5 * (30 + POINTS @ [0.2, 0.1, -0.15]), atol=2e-3)
    assert [one.dose_gy for one in dose.prescriptions] == [60.0, 10.0]
    assert ("dose_plans_summed", "confirm") in codes(dose)
    with pytest.raises(StudyError, match="beam 2 is missing"):
        read_dose([both(tmp_path)[0], more], known)
    with pytest.raises(StudyError, match="do not say which plan"):
        read_dose([more, write_dose(tmp_path / "unnamed")], known)


@pytest.mark.parametrize(("tags", "sentence"), [
    ({"DoseUnits": "RELATIVE"}, "different units|per cent"), ({"DoseType": "EFFECTIVE"}, "different kinds"),
    ({"FrameOfReferenceUID": "1.9"}, "different frames"), ({"DoseType": "ERROR"}, "a difference between doses")])
def test_unlike_doses_are_not_added(tags: dict[str, Any], sentence: str, plans: dict[str, Plan],
                                    tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=sentence):
        read_dose([beam(tmp_path / "one", 1, 0.4), beam(tmp_path / "two", 2, 0.6, **tags)], plans)


@pytest.mark.parametrize("whole", [1.0, 100.0])
def test_a_relative_dose_asks_what_is_100_per_cent(whole: float, tmp_path: Path) -> None:
    path = write_dose(tmp_path / "dose", share=whole / 60, DoseUnits="RELATIVE")
    with pytest.raises(StudyError, match=r"given in per cent, not in Gy\. Say which dose is 100 %"):
        read_dose([path], {})
    dose = read_dose([path], {}, Answers(relative_gy=60))
    assert np.abs(errors_gy(dose.volume)).max() < 2e-3
    assert codes(dose) == [("dose_relative_taken", "note")]
    for wrong in (0.0, -1.0, float("nan"), 6000.0):
        with pytest.raises(StudyError, match="Expected the dose that is 100 %"):
            read_dose([path], {}, Answers(relative_gy=wrong))
    with pytest.raises(StudyError, match="This dose is in Gy"):
        read_dose([write_dose(tmp_path / "gray")], {}, Answers(relative_gy=60))


@pytest.mark.parametrize("summation", ["FRACTION", "FRACTION_SESSION"])
def test_a_dose_of_one_fraction_asks_for_their_number(summation: str, plans: dict[str, Plan], tmp_path: Path) -> None:
    path = write_dose(tmp_path / "dose", share=1 / 30, DoseSummationType=summation,
                      ReferencedRTPlanSequence=refer_to(PLAN))
    with pytest.raises(StudyError, match=r"how many fractions to multiply it \(the plan has 30\)"):
        read_dose([path], plans)
    dose = read_dose([path], plans, Answers(fractions=30))
    assert np.abs(errors_gy(dose.volume)).max() < 2e-3
    assert ("dose_fractions_taken", "note") in codes(dose)
    once = read_dose([path], {}, Answers(fractions=1))
    np.testing.assert_allclose(once.volume.array * 30, dose.volume.array, rtol=1e-6)
    for wrong in (0, -3, 1000):
        with pytest.raises(StudyError, match="Expected 1 to 100 fractions"):
            read_dose([path], plans, Answers(fractions=wrong))
    with pytest.raises(StudyError, match="nothing to multiply"):
        read_dose([write_dose(tmp_path / "whole")], {}, Answers(fractions=30))


@pytest.mark.parametrize(("tags", "sentence"), [
    ({"DoseType": "ERROR"}, "a difference between doses"), ({"DoseUnits": "CGY"}, "this file says “CGY”"),
    ({"DoseUnits": None}, "does not say what it holds"), ({"DoseType": "STRANGE"}, "says “STRANGE”"),
    ({"DoseSummationType": "CONTROL_POINT"}, "part of a treatment"), ({"Rows": 0}, "only curves or points"),
    ({"DoseSummationType": "RECORD"}, "part of a treatment")])
def test_what_is_no_dose_that_was_given(tags: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=sentence):
        read_dose([write_dose(tmp_path / "dose", **tags)], {}, Answers())


def test_what_is_said_of_a_dose(tmp_path: Path) -> None:
    effective = read_dose([write_dose(tmp_path / "dose", DoseType="EFFECTIVE")], {})
    assert codes(effective) == [("dose_effective", "note")]
    silent = read_dose([write_dose(tmp_path / "silent", DoseType=None, DoseSummationType=None)], {})
    assert codes(silent) == [("dose_sum_unknown", "confirm")]
    assert codes(read_dose([write_dose(tmp_path / "plain")], {})) == []


def test_differences_and_centigray_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="negative in places"):
        read_dose([write_dose(tmp_path / "less", signed=True, less=30.0)], {})
    with pytest.raises(StudyError, match="centigray"):
        read_dose([write_dose(tmp_path / "more", share=100.0)], {})


def test_what_is_no_dicom_and_what_is_cancelled(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    with pytest.raises(StudyError, match="cut short or damaged"):
        read_dose([tmp_path / "text"], {})
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        read_dose([write_dose(tmp_path / "dose")], {}, cancel=token)


def test_a_nifti_dose_is_in_gray_and_unknown_stays_unknown(tmp_path: Path) -> None:
    dose = read_dose([write_dose(tmp_path / "dose", OBLIQUE)], {})
    array = dose.volume.array.copy()
    array[0] = np.nan
    write_nifti(Volume(array, dose.volume.affine), tmp_path / "dose.nii.gz")
    found = read_dose_image(tmp_path / "dose.nii.gz", "file-1")
    assert np.isnan(found.volume.array[0]).all()
    assert np.abs(errors_gy(found.volume)).max() < 2e-3
    assert (found.sources, found.prescriptions, found.volume.frame_of_reference) == (("file-1",), (), "")
    for values, sentence in ((np.zeros(SHAPE), "are 0 Gy"), (np.full(SHAPE, 6e3), "centigray")):
        write_nifti(Volume(values.astype(np.float32), np.eye(4)), tmp_path / "wrong.nii.gz")
        with pytest.raises(StudyError, match=sentence):
            read_dose_image(tmp_path / "wrong.nii.gz", "")
