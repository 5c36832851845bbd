"""What was given, before anything is prepared."""

import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from rnapp import cli, pipeline
from rnapp.errors import StudyError
from rnapp.io.atlas import atlas_grid
from rnapp.io.volumes import write_nifti
from rnapp.pipeline import CaseFiles
from rnapp.tasks.metastasis.example import CLINICAL
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import note
from tests.io.rt_files import write_dose, write_plan

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "inspect_json.md"


@pytest.fixture(scope="module")
def found(example_folder: Path) -> Any:
    return pipeline.inspect(CaseFiles((example_folder / "study",), mask=example_folder / "lesion_mask.nii.gz",
                                      clinical=example_folder / "clinical.json"), METASTASIS)


def test_everything_is_said(found: Any) -> None:
    told = pipeline.as_json(found)
    assert [one["uid"] for one in told["series"]] == [told["proposed"]] == [told["scan"]["uid"]]
    assert told["series"][0]["kind"] == "T1CE"
    assert told["series"][0]["contrast"] is True
    assert told["series"][0]["files"] == told["scan"]["shape"][2] == 84
    assert told["mask"]["fits"]
    (lesion,) = told["mask"]["structures"]
    assert (lesion["side"], round(lesion["volume_ml"], 2)) == ("left", 8.07)
    assert told["clinical"] == CLINICAL
    assert found.trouble == ()


def test_the_document_names_every_key(found: Any, tmp_path: Path) -> None:
    write_dose(tmp_path / "dose")
    as_json_of_dose = pipeline.as_json(pipeline.inspect(CaseFiles((tmp_path / "dose",)), METASTASIS))
    document = DOCUMENT.read_text(encoding="utf-8")
    told = pipeline.as_json(found)
    assert told["proposals"]["t1ce"] == {"uid": told["proposed"], "why": told["why"]}
    parts = [told, told["proposals"]["t1ce"], asdict(note("thick_slices", "Thick.")), told["series"][0], told["mask"],
             told["mask"]["structures"][0], told["scan"], told["patients"][0],
             *as_json_of_dose["radiotherapy"], *as_json_of_dose["series"]]
    for key in {key for part in parts for key in part}:
        assert re.search(rf"`{key}(\[\])?`", document), key


def test_a_dose_is_listed_and_is_harmless(example_folder: Path, tmp_path: Path) -> None:
    write_dose(tmp_path / "dose", PatientID="PHANTOM", DoseUnits="RELATIVE")
    write_plan(tmp_path / "plan", "1.2.3", PatientID="PHANTOM")
    found = pipeline.inspect(CaseFiles((example_folder / "study", tmp_path / "dose", tmp_path / "plan")), METASTASIS)
    alone = pipeline.inspect(CaseFiles((example_folder / "study",)), METASTASIS)
    assert (found.trouble, found.proposed) == ((), alone.proposed)
    told = pipeline.as_json(found)
    assert [one["kind"] for one in told["series"]] == ["T1CE", "dose"]
    assert [(one["kind"], one["usable"]) for one in told["radiotherapy"]] == [("dose", True), ("plan", True)]
    lines = list(pipeline.as_lines(found))
    assert "- Brain: radiotherapy plan" in lines
    assert list(pipeline.as_lines(alone))[-1] == alone.proposed.why, "as ever, where only a scan is proposed"


def test_what_cannot_be_used_is_trouble_and_the_rest_is_said(example_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "clinical.json").write_text('{"age": "old"}')
    found = pipeline.inspect(CaseFiles((example_folder / "study",), mask=tmp_path / "nowhere.nii.gz",
                                       clinical=tmp_path / "clinical.json"), METASTASIS)
    told = pipeline.as_json(found)
    assert told["proposed"] is not None
    assert told["clinical"] is None
    assert told["mask"]["fits"] is False
    assert len(found.trouble) == 2


def test_the_command_line_says_it_and_how_it_ended(example_folder: Path, tmp_path: Path,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    study, mask = str(example_folder / "study"), str(example_folder / "lesion_mask.nii.gz")
    assert cli.run(["inspect", study, "--mask", mask]) == 0
    assert "The mask fits this series: Label 1, 8.07 ml, left." in capsys.readouterr().out
    assert cli.run(["inspect", study, "--mask", str(tmp_path / "nowhere.nii.gz"), "--json"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out)["mask"]["fits"] is False
    assert captured.err.count("\n") == 1


def test_nothing_readable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(StudyError, match="No DICOM"):
        pipeline.inspect(CaseFiles((tmp_path,)), METASTASIS)


def test_patients_are_listed_and_chosen(example_folder: Path, tmp_path: Path,
                                        capsys: pytest.CaptureFixture[str]) -> None:
    import pydicom

    shutil.copytree(example_folder / "study", tmp_path / "study" / "one")
    shutil.copytree(example_folder / "study", tmp_path / "study" / "two")
    for path in (tmp_path / "study" / "two").iterdir():
        header = pydicom.dcmread(path)
        header.PatientID, header.SeriesInstanceUID = "SOMEBODY-ELSE", "2.25.99"
        header.save_as(path)
    place = str(tmp_path / "study")
    assert cli.run(["inspect", place, "--json"]) == 2
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert (told["proposed"], len(told["series"]), len(told["patients"])) == (None, 2, 2)
    assert "2 different patients" in captured.err
    assert cli.run(["inspect", place, "--patient", "somebody-else", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["proposed"] == "2.25.99"
    assert cli.run(["inspect", place, "--series", "2.25.99", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scan"]["uid"] == "2.25.99"


def test_a_mask_on_the_atlas_needs_somebody_who_looked(example_folder: Path, tmp_path: Path) -> None:
    grid = atlas_grid()
    array = np.zeros(grid.shape, bool)
    array[150:160, 100:110, 70:80] = True
    write_nifti(grid.with_array(array), tmp_path / "mask.nii.gz")
    case = CaseFiles((example_folder / "study",), mask=tmp_path / "mask.nii.gz")
    told = pipeline.as_json(found := pipeline.inspect(case, METASTASIS))
    assert told["mask"]["fits"] is False
    assert len(told["mask"]["structures"]) == 1
    assert "--atlas-mask" in found.trouble[0]
    looked = pipeline.inspect(replace(case, atlas_mask=True), METASTASIS)
    assert looked.trouble == ()
    assert pipeline.as_json(looked)["mask"]["fits"] is True


def test_nothing_in_a_name_reaches_the_terminal(example_folder: Path, tmp_path: Path) -> None:
    shutil.copy(example_folder / "lesion_mask.nii.gz", tmp_path / "a\n\x1b[31mt1ce\u202e.nii.gz")
    lines = list(pipeline.as_lines(pipeline.inspect(CaseFiles((tmp_path,)), METASTASIS)))
    assert all(line.isprintable() for line in lines)
    assert any("t1ce" in line for line in lines)


@pytest.mark.parametrize("command", ["analyse", "prepare", "batch", "example"])
def test_an_empty_folder_name_is_refused(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = [] if command == "example" else ["somewhere"]
    with pytest.raises(SystemExit) as ended:
        cli.run([command, *given, "--out", ""])
    assert ended.value.code == 2
    assert "empty name" in capsys.readouterr().err


@pytest.mark.parametrize(("first", "last", "side"), [(0, 69, "top"), (0, 54, "top"), (20, 84, "bottom")])
def test_a_head_that_is_cut_off_is_said_for_the_series_that_is_read(first: int, last: int, side: str, found: Any,
                                                                    example_folder: Path, tmp_path: Path) -> None:
    files = sorted((example_folder / "study").iterdir())
    for number, path in enumerate(files[first:last], start=1):
        dataset = pydicom.dcmread(path)
        dataset.InstanceNumber = number
        dataset.save_as(tmp_path / path.name)
    told = pipeline.as_json(pipeline.inspect(CaseFiles((tmp_path,)), METASTASIS))
    assert [text for text in told["warnings"] if f"cut off at the {side} of the scan" in text]
    assert told["series"][0]["warnings"] == told["warnings"]
    assert [one["sentence"] for one in told["cautions"] if one["code"] == "head_cut_off"]
    assert [one["sentence"] for one in told["series"][0]["cautions"]] == told["warnings"]
    assert not [text for text in pipeline.as_json(found)["warnings"] if "cut off" in text]
