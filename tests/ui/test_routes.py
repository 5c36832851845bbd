"""What the server hands out from memory, and what it takes back."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from rnapp.ui import routes
from rnapp.ui.actions import Actions
from rnapp.ui.lesion_actions import LesionActions
from tests.ui.conftest import MakeActions, draw, drawing, finish, prepared, sent, shown_head
from tests.ui.fake_models import TWO_SCANS


def client_of(actions: Actions, tmp_path: Path) -> TestClient:
    app = FastAPI()
    routes.add_routes(app, actions, tmp_path / "log" / "ui.log")
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def client(actions: Actions, tmp_path: Path) -> TestClient:
    return client_of(actions, tmp_path)


def at(actions: Actions, what: str) -> str:
    """Where the page that shows this head posts."""
    return f"/case/{what}?head={shown_head(actions)}"


def result(actions: Actions, name: str) -> str:
    """As the page that shows this reading asks for it."""
    return f"/case/{name}?v={actions.workspace.page.revisions.reading}"


def read(actions: Actions) -> Actions:
    draw(actions)
    assert actions.analyse()
    finish(actions)
    actions.reveal()
    return actions


def test_the_head_is_served_on_its_grid(actions: Actions, client: TestClient) -> None:
    prepared(actions)
    served = actions.pipeline.read_nifti_bytes(client.get("/case/volume/head.nii.gz").content)
    assert served.same_grid(actions.pipeline.head)
    assert np.allclose(served.array, actions.pipeline.head.array)


def test_a_drawing_comes_back_the_same(actions: Actions, client: TestClient) -> None:
    prepared(actions)
    answer = client.post(at(actions, "mask"), content=sent(actions, drawing(actions)))
    assert answer.json() == {"revision": actions.workspace.page.revisions.mask}
    served = actions.pipeline.read_nifti_bytes(client.get("/case/volume/mask.nii.gz").content)
    assert np.array_equal(served.array, drawing(actions).array)


def test_a_refused_drawing_gets_a_sentence(actions: Actions, client: TestClient) -> None:
    prepared(actions)
    answer = client.post(at(actions, "mask"), content=b"<html>")
    assert answer.status_code == 409
    assert "NIfTI" in answer.json()["error"]


def test_edits_are_made_on_the_server(actions: Actions, client: TestClient) -> None:
    assert client.post(at(actions, "fill"), json={}).status_code == 409
    prepared(actions)
    client.post(at(actions, "mask"), content=sent(actions, drawing(actions)))
    answer = client.post(at(actions, "grow"), json={"point": [0, 0, 0], "tolerance": 0.5})
    assert answer.json() == {"revision": actions.workspace.page.revisions.mask}
    refused = client.post(at(actions, "fill"), json={"plane": "axial"})
    assert (refused.status_code, "two or more slices" in refused.json()["error"]) == (409, True)


def test_a_proposed_lesion_is_shown_and_taken(actions: Actions, client: TestClient) -> None:
    assert client.post(at(actions, "take"), json={"number": 1}).status_code == 409
    prepared(actions)
    assert client.get("/case/volume/proposal.nii.gz").status_code == 404
    LesionActions(actions).propose()
    finish(actions)
    lines = actions.pipeline.read_nifti_bytes(client.get("/case/volume/proposal.nii.gz").content)
    assert lines.same_grid(actions.pipeline.head)
    first = actions.workspace.case.preparation.candidates[0].mask.array
    assert lines.array.any()
    assert not lines.array[first].any()
    answer = client.post(at(actions, "take"), json={"number": 1})
    assert answer.json() == {"revision": actions.workspace.page.revisions.mask}
    served = actions.pipeline.read_nifti_bytes(client.get("/case/volume/mask.nii.gz").content)
    assert np.array_equal(served.array > 0, first)
    refused = client.post(at(actions, "take"), json={"number": 9})
    assert (refused.status_code, "no longer in the list" in refused.json()["error"]) == (409, True)
    assert client.post(at(actions, "take"), json={"number": "one"}).status_code == 422


@pytest.mark.parametrize("wish", [{"point": [0, 0], "tolerance": 1}, {"point": [0, 0, 0], "tolerance": 0},
                                  {"point": [0, 0, 0], "tolerance": 99}, {"point": ["nan", 0, 0], "tolerance": 1}])
def test_wishes_that_make_no_sense_are_refused(wish: dict[str, object], actions: Actions, client: TestClient) -> None:
    prepared(actions)
    assert client.post(at(actions, "grow"), json=wish).status_code == 422
    assert client.post(at(actions, "fill"), json={"plane": "oblique"}).status_code == 422
    assert actions.workspace.case.mask is None


def test_a_huge_drawing_is_refused(actions: Actions, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "LARGEST_DRAWING", 10)
    assert client.post(at(actions, "mask"), content=b"x" * 11).status_code == 413


@pytest.mark.parametrize("path", ["volume/head.nii.gz", "volume/mask.nii.gz", "volume/other.nii.gz",
                                  "volume/attention.nii.gz", "volume/proposal.nii.gz", "picture/quality.png",
                                  "picture/attention.png", "report.pdf", "result.json", "results.zip"])
def test_what_is_not_there_gets_a_sentence(actions: Actions, client: TestClient, path: str) -> None:
    answer = client.get(result(actions, path))
    assert answer.status_code == 404
    assert "reload the page" in answer.json()["error"]


def test_results_are_made_without_leaving_a_file(actions: Actions, client: TestClient) -> None:
    read(prepared(actions))
    before = sorted(actions.workspace.root.rglob("*"))
    assert client.get(result(actions, "report.pdf")).content.startswith(b"%PDF")
    told = client.get(result(actions, "result.json")).json()
    assert (told["lesions"], told["pseudonym"]) == (1, "case-1")
    archive = zipfile.ZipFile(io.BytesIO(client.get(result(actions, "results.zip")).content))
    assert archive.namelist() == ["result.json", "report.pdf"]
    assert sorted(actions.workspace.root.rglob("*")) == before


@pytest.mark.parametrize("path", ["report.pdf", "result.json", "results.zip", "picture/attention.png",
                                  "volume/attention.nii.gz"])
def test_nothing_tells_the_answer_before_it_is_shown(actions: Actions, client: TestClient, path: str) -> None:
    prepared(actions)
    read(actions)
    assert client.get(result(actions, path)).status_code == 200
    actions.workspace.update(lambda case: case.with_same_outline(replace(case.outline, revealed=False)))
    answer = client.get(result(actions, path))
    assert answer.status_code == 409
    assert "not shown yet" in answer.json()["error"]


@pytest.mark.parametrize("name", ["report.pdf", "result.json", "results.zip"])
def test_a_page_of_another_reading_gets_no_results(actions: Actions, client: TestClient, name: str) -> None:
    read(prepared(actions))
    address = result(actions, name)
    assert client.get(address).status_code == 200
    assert actions.analyse()
    finish(actions)
    answer = client.get(address)
    assert (answer.status_code, "reload the page" in answer.json()["error"]) == (404, True)
    assert client.get(result(actions, name)).status_code == 200


@pytest.mark.parametrize(("what", "wish"), [
    ("fill", {}), ("grow", {"point": [0, 0, 0], "tolerance": 0.5}), ("remove", {"lesion": 1}), ("take", {"number": 1})])
def test_what_was_meant_for_another_head_does_not_come_to_this_one(actions: Actions, client: TestClient, what: str,
                                                                   wish: dict[str, object]) -> None:
    former = at(prepared(actions), what)
    prepared(actions)
    draw(actions)
    before = actions.workspace.case
    answer = client.post(former, json=wish)
    assert (answer.status_code, "no longer the one that is open" in answer.json()["error"]) == (409, True)
    assert actions.workspace.case.mask is before.mask
    assert actions.workspace.case.lesions is before.lesions


def test_a_stroke_for_the_former_patient_does_not_come_to_this_one(actions: Actions, client: TestClient) -> None:
    former = at(prepared(actions), "mask")
    stroke = sent(actions, drawing(actions))
    assert client.post(former, content=stroke).status_code == 200
    prepared(actions)
    answer = client.post(former, content=stroke)
    assert (answer.status_code, "no longer the one that is open" in answer.json()["error"]) == (409, True)
    assert actions.workspace.case.mask is None


def test_an_answer_about_a_study_has_results_and_no_pictures_of_lesions(make_actions: MakeActions,
                                                                        tmp_path: Path) -> None:
    actions = prepared(make_actions(TWO_SCANS, second=True))
    client = client_of(actions, tmp_path)
    assert actions.analyse()
    finish(actions)
    assert client.get(result(actions, "report.pdf")).status_code == 409, "not shown yet"
    actions.reveal()
    for there in ("report.pdf", "result.json", "results.zip"):
        assert client.get(result(actions, there)).status_code == 200
    for missing in ("picture/lesion/1.png", "picture/attention.png", "volume/attention.nii.gz"):
        assert client.get(result(actions, missing)).status_code == 404


def test_the_picture_of_a_lesion_goes_with_its_reading(actions: Actions, client: TestClient) -> None:
    read(prepared(actions))
    assert client.get("/case/picture/lesion/1.png").status_code == 200
    assert client.get("/case/picture/lesion/2.png").status_code == 404
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    assert client.get("/case/picture/lesion/1.png").status_code == 404


def test_an_unexpected_error_shows_no_trace(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = read(prepared(make_actions(broken="report_pdf")))
    answer = client_of(actions, tmp_path).get(result(actions, "report.pdf"))
    assert answer.status_code == 500
    assert "Something unexpected happened" in answer.text
    assert "Miller" not in answer.text
    assert "ZeroDivisionError" in (tmp_path / "log" / "ui.log").read_text()


@pytest.mark.parametrize("name", ["viewer.js", "viewer/internals.js", "room.js", "app.css", "niivue.umd.js"])
def test_program_files_are_served(client: TestClient, name: str) -> None:
    answer = client.get(f"/ui/{name}")
    assert answer.status_code == 200
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind == "text/css" if name.endswith("css") else kind in ("text/javascript", "application/javascript")


@pytest.mark.parametrize("name", ["missing.js", "..%2froutes.py", "../routes.py"])
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/ui/{name}").status_code == 404
