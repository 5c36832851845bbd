"""What is said of a case's files before any of them is read, and the form of a question."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rnapp.errors import ClinicalError, MaskError, PreparationError
from rnapp.pipeline import files
from rnapp.pipeline.files import CaseFiles, analyse_files, read_clinical
from rnapp.pipeline.resources import Resources
from rnapp.pipeline.study import CaseInputs
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import (
    CancelToken,
    Dose,
    Field,
    Prepared,
    Prescription,
    Role,
    Study,
    Volume,
    no_progress,
)
from rnapp.types.dose import NOT_CONFIRMED
from tests.conftest import sphere

STUDY_TASK = replace(METASTASIS, question=replace(QUESTION, unit="study"))


def never() -> Resources:
    raise AssertionError("the resources must not be loaded")


def test_a_question_about_the_study_takes_no_mask(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match="about the whole study, but got one"):
        analyse_files(CaseFiles((tmp_path,), mask=tmp_path / "mask.nii.gz"), STUDY_TASK, never, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(MaskError, match="does not exist"):
        analyse_files(CaseFiles((tmp_path,), mask=tmp_path / "mask.nii.gz"), METASTASIS, never, tmp_path / "out")


def test_a_question_about_the_study_takes_a_mask_where_lesions_may_be_outlined(tmp_path: Path) -> None:
    outlined = replace(STUDY_TASK, question=replace(STUDY_TASK.question, outline=True))
    with pytest.raises(MaskError, match="does not exist"):
        analyse_files(CaseFiles((tmp_path,), mask=tmp_path / "mask.nii.gz"), outlined, never, tmp_path / "out")


class Dosed:
    """What _prepared needs: a study whose scans are prepared already, and a dose."""

    def __init__(self, turned: Prepared, dose: Dose | None, no_dose: str = "") -> None:
        self.inputs = CaseInputs(Study("P", ()), {}, {}, dose, no_dose)
        self.turned = turned

    def prepared(self, monkeypatch: pytest.MonkeyPatch, **given: Any) -> Prepared:
        monkeypatch.setattr(files, "prepare", lambda *_: self.turned)
        resources: Any = SimpleNamespace(task=DOSE_TASK)
        return files._prepared(self.inputs, CaseFiles((), **given), resources, no_progress, CancelToken())


DOSE_TASK = replace(METASTASIS, question=replace(QUESTION, roles=(
    *(role for role in QUESTION.roles if role.kind == "scan"), Role("dose", "Dose", kind="dose", optional=True))))


def plan(turned: Prepared, frame: str) -> Dose:
    """60 Gy in the middle of the brain, little elsewhere."""
    middle = turned.brain_mask.to_mm(np.argwhere(turned.brain_mask.array).mean(axis=0)[None])
    affine = np.diag([8.0, 8, 8, 1])
    affine[:3, 3] = turned.to_atlas.inverse().apply(middle)[0] - 120
    grid = Volume(np.zeros((31, 31, 31), np.float32), affine, frame)
    target = sphere(grid, affine[:3, 3] + 120, 25)
    return Dose(grid.with_array(np.where(target.array, 60, 5).astype(np.float32)), (Prescription("PTV", 60.0, 30),))


def in_frame(turned: Prepared, frame: str) -> Prepared:
    (role, channel), = turned.channels.items()
    native = replace(channel.native, frame_of_reference=frame)
    return replace(turned, channels={role: replace(channel, native=native)})


def codes(prepared: Prepared) -> list[str]:
    return [one.code for one in prepared.cautions]


def test_a_dose_whose_way_is_sure_is_used_without_a_person_and_that_is_said(
        turned: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = Dosed(in_frame(turned, "1.1"), plan(turned, "1.1")).prepared(monkeypatch)
    assert prepared.dose is not None
    assert prepared.dose.usable
    assert prepared.dose.confirmed is None
    assert prepared.dose.cautions[0].code == NOT_CONFIRMED


def test_a_dose_that_nothing_shows_to_fit_is_left_out_unless_a_person_answers_for_it(
        turned: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Dosed(turned, plan(turned, ""))
    left_out = case.prepared(monkeypatch)
    assert (left_out.dose, codes(left_out)) == (None, ["dose_left_out"])
    answered = case.prepared(monkeypatch, dose_fits=True)
    assert answered.dose is not None
    assert answered.dose.confirmed is not None
    assert answered.dose.confirmed.by == "command line"


def test_a_proposed_dose_without_a_way_is_left_out_and_a_named_one_refused(
        turned: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Dosed(in_frame(turned, "1.1"), plan(turned, "1.2"))
    left_out = case.prepared(monkeypatch)
    assert (left_out.dose, codes(left_out)) == (None, ["dose_left_out"])
    assert "registration file (REG)" in str(left_out.cautions[-1])
    with pytest.raises(PreparationError, match="registration file"):
        case.prepared(monkeypatch, series={"dose": "1.2.840"})


def test_a_proposed_dose_that_cannot_be_read_is_said_and_no_dose_says_nothing(
        turned: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Dosed(turned, None, "Its doses are thousands of Gy.").prepared(monkeypatch)
    assert codes(broken) == ["dose_left_out"]
    assert "thousands of Gy" in str(broken.cautions[0])
    assert Dosed(turned, None).prepared(monkeypatch) is turned


def test_the_form_is_that_of_the_question(tmp_path: Path) -> None:
    other = replace(QUESTION, fields=(Field("dose", "Dose", "number", unit="Gy", most=100),))
    (tmp_path / "form.json").write_text('{"dose": 60}')
    assert dict(read_clinical(tmp_path / "form.json", other)) == {"dose": 60.0}
    assert dict(read_clinical(None, other)) == {"dose": None}
    with pytest.raises(ClinicalError):
        read_clinical(tmp_path / "form.json", QUESTION)
    (tmp_path / "form.json").write_text("[1]")
    with pytest.raises(ClinicalError, match="Expected a JSON object"):
        read_clinical(tmp_path / "form.json", other)
