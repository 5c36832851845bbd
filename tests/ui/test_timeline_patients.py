"""Earlier scans of the same patient, of another one, and of several at once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from rnapp.ui.actions import Actions
from rnapp.ui.timeline_actions import OTHER_PATIENT, TimelineActions
from rnapp.ui.workspace import Step
from tests.io.dicom_masks import write_segmentation
from tests.ui.conftest import said
from tests.ui.fake_pipeline import FRAME
from tests.ui.test_timeline_actions import add, masked, with_lesion


def of_the_patient(actions: Actions, patient: str) -> TimelineActions:
    """A prepared case whose current scan names this patient."""
    timeline_actions = with_lesion(actions)
    preparation = actions.workspace.case.preparation
    channels = {role: replace(one, series=replace(one.series, patient=patient))
                for role, one in preparation.prepared.channels.items()}
    prepared = replace(preparation.prepared, channels=channels)
    actions.workspace.update(lambda case: case.with_preparation(replace(preparation, prepared=prepared)))
    return timeline_actions


def test_of_several_patients_the_current_scans_earlier_scan_is_taken(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = of_the_patient(actions, "b-2")
    (tmp_path / "two-patients").mkdir()
    add(timeline_actions, actions, "2026-02-01", tmp_path / "two-patients")
    assert said(actions, Step.TIME) == ""
    assert len(actions.workspace.case.earlier) == 1


def test_the_scan_of_another_patient_is_said(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = of_the_patient(actions, "C-3")
    (tmp_path / "two-patients").mkdir()
    add(timeline_actions, actions, "2026-02-01", tmp_path / "two-patients")
    assert "None of the 2 patient" in said(actions, Step.TIME)
    assert not actions.workspace.case.earlier
    (tmp_path / "one-patient").mkdir()
    add(timeline_actions, actions, "2026-02-01", tmp_path / "one-patient")
    assert "different patient ID" in said(actions, Step.TIME)
    cautions = actions.workspace.case.earlier[0].scan.prepared.cautions
    assert [one.sentence for one in cautions if one.code == "other_patient"] == [OTHER_PATIENT]


def test_a_scan_of_the_same_patient_has_no_such_caution(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = of_the_patient(actions, "a-1")
    (tmp_path / "one-patient").mkdir()
    add(timeline_actions, actions, "2026-02-01", tmp_path / "one-patient")
    assert said(actions, Step.TIME) == ""
    cautions = actions.workspace.case.earlier[0].scan.prepared.cautions
    assert "other_patient" not in {one.code for one in cautions}


@pytest.mark.parametrize(("named", "warned"), [("B-2", True), ("A-1", False)])
def test_an_earlier_scans_mask_that_names_another_patient_is_said(named: str, warned: bool, actions: Actions,
                                                                  tmp_path: Path) -> None:
    timeline_actions = of_the_patient(actions, "a-1")
    (tmp_path / "one-patient").mkdir()
    add(timeline_actions, actions, "2026-02-01", tmp_path / "one-patient")
    array = np.zeros(actions.pipeline.head.shape, bool)
    array[15:17, 10:13, 8:10] = True
    mask = pydicom.dcmread(write_segmentation(actions.pipeline.head, [array], tmp_path / "IM1", FRAME))
    mask.PatientID = named
    mask.save_as(tmp_path / "IM1")
    assert masked(timeline_actions, actions, 0, tmp_path / "IM1") != warned
    assert ("names another patient" in said(actions, Step.TIME)) == warned
    assert actions.workspace.case.earlier[0].scan.lesion_set is not None
