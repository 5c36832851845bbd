"""What several screens show."""

from rnapp.types import note
from rnapp.ui.html import common
from rnapp.ui.work import Progress, Stage
from rnapp.ui.workspace import Message


def test_errors_are_announced() -> None:
    assert 'role="alert"' in common.notice(Message("error", "a < b"), "x")
    assert 'role="status"' in common.notice(Message("info", "a < b"), "x")
    assert "a &lt; b" in common.notice(Message("error", "a < b"), "x")
    assert common.notice(None, "x") == ""


def test_each_caution_is_said_once_with_what_to_do() -> None:
    cautions = [note("one", "It is thick.", "Look again."), note("one", "It is thick.", "Look again."), "A sentence."]
    shown = common.warnings(cautions, "list")
    assert shown.count("<li>") == 2
    assert "It is thick. Look again." in shown
    assert common.warnings((), "list") == ""


def test_the_stages_of_a_job_are_shown_with_their_times() -> None:
    state = Progress((Stage("Bias field", 4.25, True), Stage("Brain mask", 0.5, False)), 0.333)
    shown = common.progress("Preparing", state, "job")
    assert '<li class="done"><span>Bias field</span><b>4.2 s</b></li>' in shown
    assert '<li class="now"><span>Brain mask</span><b>0.5 s</b></li>' in shown
    assert 'aria-valuenow="33"' in shown
