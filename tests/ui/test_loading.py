"""Networks and the model are loaded beforehand, once, and a page says where they cannot be."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from rnapp.errors import WeightsError
from rnapp.ui.actions import Actions
from rnapp.ui.questions import Questions
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions, finish, said


def test_what_the_first_study_needs_is_loaded_once(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(actions.pipeline, "warm_up", asked.append)
    actions.warm_up()
    actions.warm_up()
    assert until(lambda: not actions.warming)
    time.sleep(0.1)  # in which a second one would have been asked for
    assert asked == [actions.resources]


def test_a_model_that_cannot_be_loaded_is_reported_on_the_first_screen(actions: Actions) -> None:
    def broken() -> object:
        raise WeightsError("The atlas is altered; install rnapp again.")

    actions.questions = Questions([replace(actions.model, resources=broken)], actions.workspace)
    actions.warm_up()
    assert until(lambda: not actions.warming)
    assert said(actions, Step.STUDY) == "The atlas is altered; install rnapp again.", "said before it ends"
    actions.load_example()
    finish(actions)
    assert said(actions, Step.STUDY) == "The atlas is altered; install rnapp again."
    assert actions.workspace.case.study is None


def test_networks_that_cannot_be_loaded_stop_the_preparation(make_actions: MakeActions) -> None:
    actions = make_actions(broken="warm_up")
    actions.load_example()
    finish(actions)
    assert actions.prepare()
    finish(actions)
    assert said(actions, Step.PREPARATION), "before anybody draws"
    assert actions.workspace.case.prepared is None


def until(true: Callable[[], bool]) -> bool:
    """Whether it becomes true within seconds."""
    for _ in range(500):
        if true():
            return True
        time.sleep(0.01)
    return False
