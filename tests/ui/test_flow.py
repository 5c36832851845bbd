"""The state of each step."""

from rnapp.tasks.metastasis.question import QUESTION
from rnapp.ui.actions import Actions
from rnapp.ui.flow import states
from rnapp.ui.work import Job
from rnapp.ui.workspace import Message, Open, Step
from tests.ui.conftest import MakeActions, draw, finish, prepared
from tests.ui.fake_models import TWO_SCANS


def now(actions: Actions) -> dict[Step, str]:
    return states(actions.workspace.open, actions.workspace.job, actions.question)


def test_without_a_case_a_study_is_waited_for() -> None:
    assert list(states(Open(), None, QUESTION).values()) == ["yours"] + 6 * ["later"]


def test_every_step_is_done_in_turn(actions: Actions) -> None:
    actions.load_example()
    finish(actions)
    assert list(now(actions).values())[:2] == ["done", "later"]
    actions.prepare()
    finish(actions)
    assert now(actions)[Step.PREPARATION] == "yours", "somebody has to look at the registration"
    actions.accept()
    assert (now(actions)[Step.PREPARATION], now(actions)[Step.LESIONS]) == ("done", "yours")
    draw(actions)
    assert (now(actions)[Step.LESIONS], now(actions)[Step.CLINICAL]) == ("done", "yours")
    actions.analyse()
    finish(actions)
    assert (now(actions)[Step.CLINICAL], now(actions)[Step.READING], now(actions)[Step.REPORT]) == (
        "done", "yours", "later")
    actions.reveal()
    assert (now(actions)[Step.READING], now(actions)[Step.REPORT]) == ("done", "yours")


def test_a_step_that_runs_and_one_that_failed_say_so(actions: Actions) -> None:
    prepared(actions)
    found = states(actions.workspace.open, Job("Preparing", Step.PREPARATION), actions.question)
    assert found[Step.PREPARATION] == "running"
    actions.workspace.say(Step.LESIONS, Message("error", "The mask is empty."))
    assert now(actions)[Step.LESIONS] == "failed"
    actions.workspace.say(Step.LESIONS, Message("info", "Nothing is drawn yet."))
    assert now(actions)[Step.LESIONS] == "yours"


def test_what_failed_after_a_step_was_done_leaves_it_done(actions: Actions) -> None:
    draw(prepared(actions))
    actions.workspace.say(Step.LESIONS, Message("error", "That file is no mask."))
    assert now(actions)[Step.LESIONS] == "done"


def test_a_question_about_the_study_waits_for_no_lesion(make_actions: MakeActions) -> None:
    actions = make_actions(TWO_SCANS, second=True)
    assert now(actions)[Step.LESIONS] == "later"
    prepared(actions)
    assert (now(actions)[Step.LESIONS], now(actions)[Step.CLINICAL]) == ("done", "yours")


def test_a_question_about_lesions_waits_for_one(actions: Actions) -> None:
    prepared(actions)
    assert (now(actions)[Step.LESIONS], now(actions)[Step.CLINICAL]) == ("yours", "later")
