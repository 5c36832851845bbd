"""What the reader says of the trust in an answer is kept with the case, and the case is read with it."""

from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.case.case import Case, Preparation
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.trust.prior import FILE, keep_prior, read_prior
from rnapp.types import Caution, Confirmed
from rnapp.ui.actions import Actions
from rnapp.ui.trust_actions import GONE, NO_REASON, TrustActions
from rnapp.ui.workspace import Step
from tests.ui.conftest import MakeActions, draw, finish, prepared

ASK = "unlike_training"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What this centre keeps."""
    monkeypatch.setenv("RNAPP_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def withheld(make_actions: MakeActions) -> Actions:
    """A case that was read and whose answer is withheld until a caution is confirmed."""
    actions = prepared(make_actions(asks=ASK))
    draw(actions)
    read(actions)
    actions.reveal()
    return actions


def read(actions: Actions) -> None:
    assert actions.analyse()
    finish(actions)


def trusting(actions: Actions) -> TrustActions:
    return TrustActions(actions.workspace, actions.worker, actions.analyse)


def said(actions: Actions) -> str:
    message = actions.workspace.page.messages.get(Step.READING)
    return message.text if message else ""


def test_a_confirmed_caution_gives_the_number_and_stays_with_the_case(withheld: Actions) -> None:
    before = withheld.workspace.case.reading
    assert before is not None
    assert before.answers[0].prediction is None
    assert trusting(withheld).confirm(0, ASK, " operated twice ")
    finish(withheld)
    case = withheld.workspace.case
    assert case.reading is not None
    assert case.reading.answers[0].prediction is not None
    assert case.revealed, "the board has seen the answer"
    word = Confirmed(ASK, 1, "operated twice", "It is <i>unlike</i> anything.")
    assert case.confirmed == case.reading.confirmed == (word,)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 500, "two\nlines"])
def test_without_a_reason_in_one_line_nothing_is_confirmed(reason: str, withheld: Actions) -> None:
    reading = withheld.workspace.case.reading
    assert not trusting(withheld).confirm(0, ASK, reason)
    assert withheld.workspace.case.reading is reading
    assert withheld.workspace.case.confirmed == ()
    assert said(withheld) == NO_REASON or "one line" in said(withheld)


@pytest.mark.parametrize(("index", "code"), [(0, "another"), (1, ASK), (-1, ASK)])
def test_what_is_not_open_cannot_be_confirmed(index: int, code: str, withheld: Actions) -> None:
    assert not trusting(withheld).confirm(index, code, "why")
    assert said(withheld) == GONE


def test_another_drawing_asks_again(withheld: Actions) -> None:
    assert trusting(withheld).confirm(0, ASK, "operated")
    finish(withheld)
    draw(withheld)
    assert withheld.workspace.case.confirmed == ()
    read(withheld)
    reading = withheld.workspace.case.reading
    assert reading is not None
    assert reading.answers[0].prediction is None


def test_accepting_a_doubtful_registration_is_the_readers_word_for_it(make_actions: MakeActions) -> None:
    actions = prepared(make_actions(quality_good=False))
    case = actions.workspace.case
    assert case.preparation is not None
    assert case.confirmed == (), "the stand-in gives no caution"
    doubt = Caution("registration_doubtful", "confirm", "The head is turned.")
    actions.workspace.update(lambda now: now.with_preparation(_cautioned(now, doubt)))
    assert [one.code for one in actions.workspace.case.confirmed] == ["registration_doubtful"]


def test_the_centres_share_is_kept_and_the_case_is_read_with_it(make_actions: MakeActions, data: Path) -> None:
    actions = prepared(make_actions())
    draw(actions)
    assert not trusting(actions).set_prior(QUESTION, 0.3), "there is nothing to read again"
    assert read_prior(data, "metastasis") == 0.3
    read(actions)
    assert _prior(actions) == 0.3
    assert trusting(actions).set_prior(QUESTION, 0.2)
    finish(actions)
    assert _prior(actions) == 0.2
    assert trusting(actions).set_prior(QUESTION, None)
    finish(actions)
    assert (_prior(actions), trusting(actions).prior(QUESTION)) == (0.5, None)


@pytest.mark.parametrize("share", [0.0, 1.0, 30.0])
def test_an_impossible_share_is_said_and_nothing_changes(share: float, make_actions: MakeActions, data: Path) -> None:
    keep_prior(data, "metastasis", 0.3)
    actions = make_actions()
    assert not trusting(actions).set_prior(QUESTION, share)
    assert said(actions).startswith("Expected a share")
    assert read_prior(data, "metastasis") == 0.3


def test_a_share_that_cannot_be_read_is_said_and_no_number_is_given(make_actions: MakeActions, data: Path) -> None:
    data.mkdir()
    (data / FILE).write_text("[")
    actions = prepared(make_actions())
    draw(actions)
    read(actions)
    assert actions.workspace.case.reading is None
    assert "set it again" in said(actions)
    assert trusting(actions).prior(QUESTION) is None


def _cautioned(case: Case, doubt: Caution) -> Preparation:
    assert case.preparation is not None
    now = case.preparation
    return replace(now, prepared=replace(now.prepared, cautions=(doubt,)))


def _prior(actions: Actions) -> float | None:
    reading = actions.workspace.case.reading
    assert reading is not None
    trust = reading.answers[0].trust
    assert trust is not None
    return trust.prior
