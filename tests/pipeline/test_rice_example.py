"""The glioblastoma example through the real pipeline: scans and dose come to lie where they were put, and the command
line writes the answer and the report."""

import json
from pathlib import Path

import numpy as np
import pytest

from rnapp.cli import run
from rnapp.phantom.glioblastoma import BRAIN_MIDDLE
from rnapp.tasks.rice import RICE, example
from rnapp.types import FloatArray, Prepared
from tests.conftest import RiceExample
from tests.models.resnets import ALL, PAIR, make_resnets

PLACE_MM = 2.0


@pytest.fixture(scope="module")
def places(rice_example: RiceExample) -> FloatArray:
    """Middles of target and lesion, and points up to 70 mm around the middle of the brain, rendered LPS mm."""
    p = rice_example.patient.parameters
    around = [[0, 0, 0], [55, 0, 10], [-55, 0, 10], [0, 70, 0], [0, -70, 5], [0, 0, 45]]
    return np.array([p.target_centre, p.lesion_centre, *(BRAIN_MIDDLE + np.array(around))])


def test_the_dose_lies_on_the_event_scan_as_it_was_put(rice_example: RiceExample, prepared_rice_example: Prepared,
                                                       places: FloatArray) -> None:
    placed = prepared_rice_example.dose
    assert placed is not None
    assert placed.path.via == "planning_scan"
    event, planning = (rice_example.pose(machine) for machine in (example.EVENT_SCAN, example.PLANNING_SCAN))
    found = placed.path.to_scan.apply(planning.apply(places))
    assert np.linalg.norm(found - event.apply(places), axis=1).max() < PLACE_MM
    assert np.linalg.norm(planning.apply(places) - event.apply(places), axis=1).min() > 50, "it had to be found"
    assert abs(placed.path.to_scan.scale - 1) < 1e-6


def test_the_scan_after_surgery_lies_on_the_event_scan(rice_example: RiceExample, prepared_rice_example: Prepared,
                                                       places: FloatArray) -> None:
    event, post_op = (prepared_rice_example.channels[role].to_atlas.apply(rice_example.pose(machine).apply(places))
                      for role, machine in (("event", example.EVENT_SCAN), ("post_op", example.POST_OP_SCAN)))
    assert np.linalg.norm(event - post_op, axis=1).max() < PLACE_MM


def test_dose_and_lesion_are_on_the_patients_left_on_the_atlas(prepared_rice_example: Prepared) -> None:
    placed = prepared_rice_example.dose
    assert placed is not None
    dose = placed.on_atlas
    high = np.argwhere(np.nan_to_num(dose.array) > 0.95 * 60)
    middle = dose.to_mm((np.array([dose.shape]) - 1) / 2)[0]
    assert dose.to_mm(high.mean(axis=0)[None])[0][0] > middle[0] + 8
    mirrored = np.nan_to_num(dose.array[::-1]) > 0.95 * 60
    assert (mirrored & (np.nan_to_num(dose.array) > 0.95 * 60)).sum() < 0.3 * len(high)


@pytest.fixture
def results(rice_example: RiceExample, prepared_rice_example: Prepared, tmp_path: Path,
            monkeypatch: pytest.MonkeyPatch) -> Path:
    """python -m rnapp analyse --task rice --report on the example, its preparation taken from above."""
    make_resnets(tmp_path / "resnets", (ALL, PAIR), folds=2)
    monkeypatch.setenv("RNAPP_BUNDLE", str(tmp_path / "resnets"))
    monkeypatch.setattr("rnapp.pipeline.files.prepare", lambda *_: prepared_rice_example)
    monkeypatch.setattr("rnapp.pipeline.files.place_dose", lambda *_: prepared_rice_example)
    folder = rice_example.folder
    out = tmp_path / "out"
    assert run(["analyse", str(folder / "study"), "--task", "rice", "--mask", str(folder / "lesion_mask.nii.gz"),
                "--clinical", str(folder / "clinical.json"), "--out", str(out), "--report", "--device", "cpu"]) == 0
    return out


def test_analyse_writes_the_answer_the_dose_and_the_report(results: Path) -> None:
    said = json.loads((results / "result.json").read_text())
    assert said["question"] == RICE.id
    assert 0 < said["study"]["prediction"]["probability_rice"] < 1
    assert len(said["study"]["prediction"]["folds"]) == 2
    text = json.dumps(said)
    assert "dose_not_confirmed" in text
    assert (results / "report.pdf").read_bytes().startswith(b"%PDF")
    assert said["clinical"]["technique"] in ("photon", "proton")
