"""What is said of a case's files before any of them is read, and the form of a question."""

from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.errors import ClinicalError, MaskError
from rnapp.pipeline.files import CaseFiles, analyse_files, read_clinical
from rnapp.pipeline.resources import Resources
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Field

STUDY_TASK = replace(METASTASIS, question=replace(QUESTION, unit="study"))


def never() -> Resources:
    raise AssertionError("the resources must not be loaded")


def test_a_question_about_the_study_takes_no_mask(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match="about the whole study, but got one"):
        analyse_files(CaseFiles((tmp_path,), mask=tmp_path / "mask.nii.gz"), STUDY_TASK, never, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(MaskError, match="does not exist"):
        analyse_files(CaseFiles((tmp_path,), mask=tmp_path / "mask.nii.gz"), METASTASIS, never, tmp_path / "out")


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
