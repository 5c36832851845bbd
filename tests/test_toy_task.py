"""A third task proves that rnapp can be taught a new question in one file (tests/toy/task.py), from files to batch."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

import rnapp.tasks
from rnapp import pipeline
from rnapp.case.form import Form
from rnapp.case.kept import read_kept, to_keep
from rnapp.cli import run
from rnapp.config import default_settings
from rnapp.errors import WeightsError
from rnapp.models.card import read_bundle
from rnapp.store.case_file import write_case
from rnapp.types import STUDY, Atlas, Prepared, of_level
from rnapp.ui import layout
from rnapp.ui.actions import Actions
from rnapp.ui.keeping import Keeping
from rnapp.ui.models import Models
from rnapp.ui.page_painter import PagePainter
from rnapp.ui.ports import Model, real_pipeline
from rnapp.ui.workspace import Step, Workspace
from tests.toy import scans
from tests.toy.files import check_files, report_text
from tests.toy.task import EARLIER, LATER, QUESTION, TOY, Load, propose, sample, write_bundle
from tests.toy.words import foreign, readable

ENTERED = {"months_between": 12.2, "same_scanner": "yes"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundles") / "toy")


@pytest.fixture(scope="module")
def study(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both visits of one patient, as DICOM."""
    return scans.write_study(tmp_path_factory.mktemp("study"), atlas)


@pytest.fixture(scope="module")
def actions(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Actions]:
    """The page's actions over the real pipeline, with nothing open."""
    settings = default_settings()
    resources = Load(bundle)(settings)
    model = Model(resources.model.card, QUESTION, lambda: resources, example=False)
    made = Actions(real_pipeline(), [model], Workspace(tmp_path_factory.mktemp("cases")))
    yield made
    made.worker.stop()


@pytest.fixture(scope="module")
def desk(actions: Actions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[gr.Blocks, PagePainter]]:
    """The page, and what paints it."""
    made: list[PagePainter] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "wire", lambda page, desk: made.append(desk))
        keeping = Keeping(actions, tmp_path_factory.mktemp("kept"))
        yield layout.build(actions, keeping, Models(actions, default_settings())), made[0]


@pytest.fixture(scope="module")
def shown(actions: Actions, desk: tuple[gr.Blocks, PagePainter], study: Path) -> dict[str, str]:
    """What the page shows at every step, from the empty page to the revealed answer, by the step."""
    page, painter = desk
    seen = {"empty": readable(page, painter)}
    assert actions.open_study([study])
    wait(actions)
    seen["opened"] = readable(page, painter)
    assert actions.prepare()
    wait(actions)
    seen["prepared"] = readable(page, painter)
    assert actions.accept()
    assert actions.workspace.page.step == Step.CLINICAL, "there is nothing to draw"
    actions.keep_form(Form("TOY-1", ENTERED))
    seen["accepted"] = readable(page, painter)
    assert actions.analyse()
    wait(actions)
    seen["read"] = readable(page, painter)
    assert actions.opine([(STUDY, "probably_steady")])
    actions.reveal()
    seen["revealed"] = readable(page, painter)
    return seen


@pytest.fixture(scope="module")
def prepared(actions: Actions, shown: dict[str, str]) -> Prepared:
    """Both scans, really prepared."""
    assert actions.workspace.case.prepared is not None, shown
    return actions.workspace.case.prepared


def wait(actions: Actions) -> None:
    """Until the running job has ended; what it had to say must not be an error."""
    end = time.monotonic() + 600
    while actions.workspace.job is not None:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert [one.text for one in actions.workspace.page.messages.values() if one.level == "error"] == []


def test_the_newest_scan_and_the_oldest_are_proposed_each_for_its_role(study: Path, tmp_path: Path) -> None:
    found = pipeline.open_study([study], tmp_path, TOY)
    days = {role: found.find(one.uid).date for role, one in found.proposed.items()}
    assert days == {LATER: "2026-03-11", EARLIER: "2025-03-04"}
    assert list(found.proposed) == [role.name for role in QUESTION.roles]
    one_day = [one for one in found.series if one.date == "2025-03-04"]
    assert {one.uid for one in propose(one_day).values()} == {None}
    assert foreign(" ".join(str(caution) for one in found.series for caution in one.cautions)) == []


def test_the_first_visit_lies_on_the_second_to_the_voxel(prepared: Prepared, atlas: Atlas) -> None:
    assert list(prepared.channels) == [LATER, EARLIER]
    assert (prepared.mask_source, prepared.quality.good) == ("given", True)
    assert of_level(prepared.cautions, "confirm") == ()
    later, earlier = prepared.channels.values()
    places = atlas.brain.to_mm(np.argwhere(atlas.brain_mask.array)[::5003].astype(float))
    second = later.to_atlas.apply(scans.way(atlas, scans.STILL).apply(places))
    first = earlier.to_atlas.apply(scans.way(atlas, scans.MOVED).apply(places))
    assert np.linalg.norm(first - second, axis=1).max() < 1
    unmoved = later.to_atlas.apply(scans.way(atlas, scans.MOVED).apply(places))
    assert np.linalg.norm(unmoved - second, axis=1).min() > 3, "it had to be found"
    assert earlier.match is not None
    assert earlier.match.good
    inside = prepared.brain_mask.array
    assert np.corrcoef(later.image.array[inside], earlier.image.array[inside])[0, 1] > 0.95
    assert later.native.frame_of_reference != earlier.native.frame_of_reference


def test_one_answer_for_the_study_whose_contributions_add_up(actions: Actions, prepared: Prepared) -> None:
    reading = actions.workspace.case.reading
    assert reading is not None
    (answer,) = reading.answers
    assert (reading.question, answer.lesion, answer.attention, answer.what_if) == ("toy-drift", STUDY, None, ())
    difference = sample(prepared, pipeline.no_lesions(prepared), STUDY)
    log_odds = -0.4 + 2.0 * (difference - 0.5) + 0.1 * (12.2 - 12.0) - 0.8 * (1 - 0.5)
    assert answer.prediction.probability == pytest.approx(1 / (1 + np.exp(-log_odds)))
    assert {one.feature: one.value for one in answer.contributions}["same_scanner"] == "yes"
    assert [one.code for one in answer.cautions] == ["toy"]


def test_a_caution_that_stops_withholds_the_answer(actions: Actions, prepared: Prepared) -> None:
    tiny = np.zeros(prepared.brain_mask.shape, bool)
    tiny[100:110, 100:110, 70:80] = True
    small = replace(prepared, brain_mask=prepared.brain_mask.with_array(tiny))
    (answer,) = pipeline.analyse(small, pipeline.no_lesions(small), QUESTION.unknown, actions.resources).answers
    assert answer.prediction is None
    assert pipeline.statement(QUESTION, answer) == (
        "No number is given. So small a brain was never seen; choose another scan.")


def test_every_screen_speaks_of_this_question_alone(shown: dict[str, str]) -> None:
    assert {step: foreign(text) for step, text in shown.items()} == {step: [] for step in shown}
    assert "Did the picture drift between two visits" in shown["empty"]
    assert "Load the example" not in shown["empty"]
    assert "Proposed: the oldest, of 2025-03-04." in shown["opened"]
    assert "Months between the visits" in shown["accepted"]
    assert "Probably a steady picture" in shown["read"]
    assert "probability of a drifted picture" not in shown["read"], "nothing tells the answer yet"
    assert "probability of a drifted picture" in shown["revealed"]
    assert "2  Preparation" in shown["empty"]
    assert "3  Clinical" in shown["empty"]


def test_result_and_report_are_the_questions_own(actions: Actions, shown: dict[str, str], tmp_path: Path) -> None:
    result = actions.workspace.case.result(QUESTION)
    pipeline.write_results(result, tmp_path, pipeline.report_pdf(result, actions.resources))
    check_files(tmp_path)
    said = json.loads((tmp_path / "result.json").read_text())
    assert said["pseudonym"] == "TOY-1"
    assert said["study"]["board_opinion"]["leaning"] == "probably_steady"
    assert said["clinical"] == {"months_between": 12.2, "same_scanner": True}
    text = report_text(tmp_path)
    assert "12.2 months" in text
    assert "probably a steady picture" in text


@pytest.fixture(scope="module")
def kept_file(actions: Actions, shown: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case, kept."""
    assert "probability of a drifted picture" in shown["revealed"]
    file = tmp_path_factory.mktemp("kept") / f"{'0' * 32}.rnapp"
    write_case(file, to_keep(actions.workspace.case, QUESTION.id), case_id="0" * 32, title="TOY-1", summary="")
    return file


def test_a_kept_case_opens_as_it_was(actions: Actions, kept_file: Path) -> None:
    case = actions.workspace.case
    _, kept = read_kept(kept_file)
    assert kept.question == "toy-drift"
    before, after = case.result(QUESTION), kept.case.result(QUESTION)
    (answer,), (was,) = after.reading.answers, before.reading.answers
    assert (answer.prediction, answer.contributions) == (was.prediction, was.contributions)
    assert answer.cautions == was.cautions
    assert (after.board, after.pseudonym, after.reading.clinical) == (
        before.board, before.pseudonym, before.reading.clinical)
    for role, channel in before.prepared.channels.items():
        again = after.prepared.channels[role]
        assert np.array_equal(again.native.array, channel.native.array)
        assert np.array_equal(again.to_atlas.matrix, channel.to_atlas.matrix)
        assert again.match == channel.match
    again = pipeline.analyse(after.prepared, after.lesions, after.reading.clinical, actions.resources)
    assert again.answers[0].prediction.probability == pytest.approx(was.prediction.probability, abs=1e-6)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As if the toy were among the program's tasks (a line of rnapp/tasks), for a user who has installed nothing."""
    monkeypatch.setattr(rnapp.tasks, "TASKS", {**rnapp.tasks.TASKS, TOY.id: TOY})
    monkeypatch.setenv("RNAPP_DATA", str(tmp_path / "data"))


@pytest.mark.usefixtures("registered")
def test_the_commands_take_the_task_from_the_installed_bundle(
        bundle: Path, study: Path, kept_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["weights", "pack", str(bundle), "--out", str(tmp_path / "toy.rnbundle")]) == 0
    assert run(["weights", "install", str(tmp_path / "toy.rnbundle")]) == 0
    capsys.readouterr()
    assert run(["inspect", str(study), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said["proposals"]) == [LATER, EARLIER]
    assert "oldest" in said["proposals"][EARLIER]["why"]
    assert run(["inspect", str(study), "--series", f"{EARLIER}=1.2.3"]) == 2
    assert run(["open-case", str(kept_file), "--out", str(tmp_path / "opened")]) == 0
    assert json.loads((tmp_path / "opened" / "result.json").read_text())["question"] == TOY.id
    capsys.readouterr()
    mask = ["analyse", str(study), "--mask", str(kept_file), "--out", str(tmp_path / "no")]
    for command, sentence in ((mask, "this question is about the whole study"),
                              (["example", "--out", str(tmp_path / "no")], "There is no example for this question")):
        assert run(command) == 2
        assert sentence in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


def test_a_bundle_of_an_unknown_task_or_another_architecture_is_refused(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="its card says 'toy-drift'"):
        rnapp.tasks.task_of(read_bundle(bundle).card.model.task)
    other = write_bundle(tmp_path / "other", architecture="vit_unheard_of")
    with pytest.raises(WeightsError, match="Expected the architecture 'weighted_sum'"):
        Load(other)(default_settings())
