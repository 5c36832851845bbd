"""Actions over the stand-in pipeline, and small helpers."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from rnapp.case.form import Form
from rnapp.config import default_settings
from rnapp.types import Question, Volume
from rnapp.ui import layout
from rnapp.ui.actions import Actions
from rnapp.ui.keeping import Keeping
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.models import Models
from rnapp.ui.page_painter import PagePainter
from rnapp.ui.workspace import Step, Workspace
from tests.ui.fake_models import models
from tests.ui.fake_pipeline import FakePipeline
from tests.ui.painted import Made

MakeActions = Callable[..., Actions]


@pytest.fixture
def make_actions(tmp_path: Path) -> Iterator[MakeActions]:
    """Actions whose pipeline behaves as asked (see FakePipeline), for these questions, the first asked at first; both
    that there are by default."""
    made: list[Actions] = []

    def make(*questions: Question, **behaviour: object) -> Actions:
        workspace = Workspace(tmp_path)
        made.append(Actions(FakePipeline(**behaviour), models(*questions), workspace, tmp_path / "log" / "ui.log"))
        return made[-1]

    yield make
    for actions in made:
        actions.worker.stop()


@pytest.fixture
def actions(make_actions: MakeActions) -> Actions:
    """The usual case: everything goes well."""
    return make_actions()


@pytest.fixture
def shelf(actions: Actions, tmp_path: Path) -> Keeping:
    """Keeps the case that is open."""
    return Keeping(actions, tmp_path / "kept")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Actions], Made]:
    """The page of these actions."""
    def make(actions: Actions) -> Made:
        found: list[PagePainter] = []
        wire = layout.wire

        def wired(blocks: gr.Blocks, painter: PagePainter) -> None:
            found.append(painter)
            wire(blocks, painter)

        monkeypatch.setattr(layout, "wire", wired)
        layout.build(actions, Keeping(actions, tmp_path / "kept"), Models(actions, default_settings()))
        return Made(actions, found[0])

    return make


def finish(actions: Actions) -> None:
    """Wait for the running job."""
    for _ in range(500):
        if actions.workspace.job is None:
            return
        time.sleep(0.01)
    raise AssertionError("The job did not end.")


def opened(actions: Actions, path: Path) -> None:
    """A study that was opened, or could not be."""
    assert actions.open_study([path])
    finish(actions)


def prepared(actions: Actions) -> Actions:
    """An opened, prepared and accepted example."""
    actions.load_example()
    finish(actions)
    assert actions.prepare()
    finish(actions)
    assert actions.accept(despite_doubt=True)
    return actions


def drawing(actions: Actions) -> Volume:
    """A blob on the patient's left, asymmetric in every axis."""
    grid = actions.pipeline.head
    array = np.zeros(grid.shape, np.uint8)
    array[15:19, 10:14, 8:11] = 1
    return grid.with_array(array)


def shown_head(actions: Actions) -> int:
    """The head that the page shows."""
    return actions.workspace.page.revisions.head


def draw(actions: Actions) -> None:
    """The blob, drawn and measured."""
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    assert LesionActions(actions).measure()


def drawn(actions: Actions) -> Actions:
    """A prepared example with the blob drawn and measured."""
    draw(prepared(actions))
    return actions


def uploaded(actions: Actions, path: Path) -> bool:
    """Whether a mask file was taken."""
    assert LesionActions(actions).upload(path)
    finish(actions)
    return said(actions, Step.LESIONS) == ""


def said(actions: Actions, step: Step) -> str:
    """A screen's message."""
    message = actions.workspace.page.messages.get(step)
    return message.text if message else ""


def sent(actions: Actions, volume: Volume) -> bytes:
    """A drawing as the viewer sends it."""
    return actions.pipeline.nifti_bytes(volume)


def read(actions: Actions) -> Actions:
    """The blob, read, with an opinion and the answer shown."""
    drawn(actions)
    actions.keep_form(Form("RN-7", {"age": 61.0, "sex": "female", "wbrt_before": "no"}))
    assert actions.analyse()
    finish(actions)
    assert actions.opine([(1, "probably_necrosis")])
    actions.reveal()
    return actions
