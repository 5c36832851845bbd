"""What the server hands out of a dose and of further scans, and when."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from rnapp.types import STUDY
from rnapp.ui.actions import Actions
from rnapp.ui.dose_actions import DoseActions
from rnapp.ui.map_actions import MapActions
from tests.ui.conftest import MakeActions, finish, prepared
from tests.ui.fake_models import RICE
from tests.ui.test_routes import client_of


@pytest.fixture
def actions(make_actions: MakeActions) -> Actions:
    return prepared(make_actions(RICE))


@pytest.fixture
def get(actions: Actions, tmp_path: Path) -> Callable[[str], object]:
    client: TestClient = client_of(actions, tmp_path)
    return lambda path: client.get(f"/case/{path}")


def test_nothing_of_a_dose_is_handed_out_before_somebody_confirmed_it(actions: Actions, get: Callable) -> None:
    assert get("picture/dose.png").content.startswith(b"\x89PNG"), "but the picture by which it is judged"
    assert [get(f"volume/{name}.nii.gz").status_code for name in ("dose", "isodoses")] == [404, 404]
    assert DoseActions(actions).confirm()
    lines, dose = (actions.pipeline.read_nifti_bytes(get(f"volume/{name}.nii.gz").content)
                   for name in ("isodoses", "dose"))
    assert lines.same_grid(actions.pipeline.head)
    x, _, _ = dose.to_mm(np.array([np.unravel_index(dose.array.argmax(), dose.shape)], float))[0]
    assert x > 0, "on the patient's left"
    assert DoseActions(actions).leave_out()
    assert get("volume/dose.nii.gz").status_code == 404


def test_each_further_scan_has_its_picture_and_its_volume(actions: Actions, get: Callable) -> None:
    assert get("picture/pair/post_op.png").content.startswith(b"\x89PNG")
    assert get("picture/pair/event.png").status_code == 404, "that is the first scan"
    assert get("volume/scan-post_op.nii.gz").status_code == 200
    assert get("volume/scan-planning.nii.gz").status_code == 404


def test_isodoses_are_handed_out_with_an_answer_that_was_shown(actions: Actions, get: Callable) -> None:
    assert DoseActions(actions).confirm()
    assert actions.analyse()
    finish(actions)
    assert get("picture/isodoses/1.png").status_code == 409, "the answer is hidden"
    assert actions.opine([(STUDY, "undecided")])
    actions.reveal()
    assert get("picture/isodoses/1.png").content.startswith(b"\x89PNG")
    assert [get(f"picture/isodoses/{number}.png").status_code for number in (0, 2)] == [404, 404]


def test_maps_are_handed_out_once_they_are_made_and_the_answer_is_shown(actions: Actions, get: Callable) -> None:
    assert DoseActions(actions).leave_out()
    assert actions.analyse()
    finish(actions)
    assert get("volume/occlusion-all.nii.gz").status_code == 409, "the answer is hidden"
    assert actions.opine([(STUDY, "undecided")])
    actions.reveal()
    assert get("volume/occlusion-all.nii.gz").status_code == 404
    assert MapActions(actions).make()
    finish(actions)
    found = actions.pipeline.read_nifti_bytes(get("volume/occlusion-all.nii.gz").content)
    assert (found.array.max() > 0, found.array.min() < 0) == (True, True)
    assert get("picture/occlusion/event.png").content.startswith(b"\x89PNG")
    assert get("picture/occlusion/dose.png").status_code == 404, "the model saw none"
