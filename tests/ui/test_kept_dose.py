"""The dose of a kept case: there again, placed again by its way on newly prepared scans, and looked at again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from rnapp.ui.actions import Actions
from rnapp.ui.dose_actions import DoseActions
from rnapp.ui.dose_told import DoseTold
from rnapp.ui.flow import lacking, waits_for_dose
from rnapp.ui.keeping import Keeping
from rnapp.ui.workspace import Step
from tests.ui.conftest import draw, finish, said
from tests.ui.fake_dose import RELATIVE_UID
from tests.ui.test_dose_actions import choose, placed  # noqa: F401 - a fixture


@pytest.fixture
def reopened(placed: Callable[..., Actions], tmp_path: Path) -> Actions:  # noqa: F811
    """A kept case with a lesion and a confirmed dose, opened again."""
    actions = placed()
    assert DoseActions(actions).confirm("Dr X")
    draw(actions)
    shelf = Keeping(actions, tmp_path / "kept")
    label = shelf.keep()
    actions.load_example()
    finish(actions)
    assert shelf.open(label.id)
    finish(actions)
    return actions


def test_a_kept_case_comes_back_with_its_dose_and_its_figures_and_nobody_is_asked_again(reopened: Actions) -> None:
    case = reopened.workspace.case
    assert case.prepared.dose.confirmed.by == "Dr X"
    assert reopened.workspace.page.step is Step.LESIONS
    assert waits_for_dose(case) is None
    assert DoseActions(reopened).figures(case).lesions[0].mean_gy > 30


@pytest.mark.parametrize("rejected", [False, True])
def test_on_newly_prepared_scans_a_kept_dose_is_placed_by_its_way_and_looked_at_again(
        reopened: Actions, rejected: bool) -> None:
    before = reopened.workspace.case.prepared.dose
    if rejected:
        reopened.reject()
    assert reopened.prepare()
    finish(reopened)
    case = reopened.workspace.case
    assert case.prepared.dose.dose is before.dose
    assert case.prepared.dose.path is before.path
    assert case.prepared.dose.confirmed is None, "this preparation is another one"
    assert said(reopened, Step.PREPARATION) == ""
    assert reopened.accept(despite_doubt=True)
    assert waits_for_dose(reopened.workspace.case) is not None


def test_the_way_of_a_kept_dose_leads_to_no_other_scan(reopened: Actions) -> None:
    now = reopened.workspace.case.chosen
    swapped = MappingProxyType({**now, "event": now["post_op"], "post_op": now["event"]})
    reopened.workspace.update(lambda case: replace(case, chosen=swapped))
    assert reopened.prepare()
    finish(reopened)
    assert reopened.workspace.case.prepared.dose is None
    assert "leads to another scan; open the study again" in said(reopened, Step.PREPARATION)


def test_nothing_is_asked_of_a_relative_dose_that_was_kept_as_it_was_read(
        placed: Callable[..., Actions], tmp_path: Path) -> None:  # noqa: F811
    actions = placed()
    choose(actions, RELATIVE_UID)
    actions.workspace.update_page(lambda page: replace(page, dose_told=DoseTold(relative_gy=50.0)))
    assert DoseActions(actions).place()
    finish(actions)
    shelf = Keeping(actions, tmp_path / "kept")
    label = shelf.keep()
    assert shelf.open(label.id)
    finish(actions)
    assert lacking(actions.workspace.case, actions.workspace.page, actions.question) == ""
    assert actions.prepare()
    finish(actions)
    assert float(np.nanmax(actions.workspace.case.prepared.dose.dose.volume.array)) == pytest.approx(50.0)
