"""What became known later is entered on the page, kept with the case, and counted in the centre's own audit."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from rnapp.types import KnownOutcome
from rnapp.ui.actions import Actions
from rnapp.ui.keeping import Keeping
from rnapp.ui.outcomes import COHORT_FILE, Outcomes
from rnapp.ui.workspace import Step
from tests.ui.conftest import finish, read, said

TODAY = date.today().isoformat()
KNOWN = KnownOutcome(1, 1, "histology", TODAY)


@pytest.fixture
def outcomes(actions: Actions, shelf: Keeping) -> Outcomes:
    return Outcomes(actions, shelf.folder)


def shown(actions: Actions) -> None:
    """A case whose answer the board has seen."""
    read(actions)
    actions.reveal()


def test_an_outcome_is_entered_and_taken_back(actions: Actions, outcomes: Outcomes) -> None:
    shown(actions)
    assert outcomes.note(KNOWN)
    assert actions.workspace.case.outline.known == {1: KNOWN}
    assert outcomes.take_back(1)
    assert actions.workspace.case.outline.known == {}


def test_an_outcome_before_the_answer_is_refused_in_a_sentence(actions: Actions, outcomes: Outcomes) -> None:
    read(actions)
    actions.workspace.update(lambda case: case.with_same_outline(replace(case.outline, revealed=False)))
    assert not outcomes.note(KNOWN)
    assert "answer was shown" in said(actions, Step.REPORT)


def test_an_outcome_that_is_still_to_come_is_refused(actions: Actions, outcomes: Outcomes) -> None:
    shown(actions)
    ahead = (date.today() + timedelta(days=3)).isoformat()
    assert not outcomes.note(KnownOutcome(1, 1, "histology", ahead))
    assert "still to come" in said(actions, Step.REPORT)
    assert actions.workspace.case.outline.known == {}


def test_kept_cases_are_compared_with_their_outcomes(actions: Actions, shelf: Keeping, outcomes: Outcomes) -> None:
    shown(actions)
    outcomes.note(KNOWN)
    shelf.keep()
    assert outcomes.audit is None
    assert outcomes.compare()
    finish(actions)
    assert [one.outcome for one in outcomes.audit.rows if one.lesion == 1] == [1]
    assert outcomes.unreadable == 0
    assert outcomes.write_cohort()
    text = (shelf.folder / COHORT_FILE).read_text(encoding="utf-8")
    assert text.count("\n") == 2
    assert "progression" in text


def test_a_file_that_is_no_case_is_counted(actions: Actions, shelf: Keeping, outcomes: Outcomes) -> None:
    shown(actions)
    shelf.keep()
    (shelf.folder / f"{'a' * 32}.rnapp").write_bytes(b"none")
    outcomes.compare()
    finish(actions)
    assert outcomes.unreadable == 1


def test_no_table_before_the_cases_were_compared(actions: Actions, outcomes: Outcomes, tmp_path: Path) -> None:
    assert not outcomes.write_cohort()
    assert "first" in said(actions, Step.STUDY)
    assert not list(tmp_path.rglob(COHORT_FILE))
