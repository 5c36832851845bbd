"""What the screens say."""

import numpy as np

from rnapp.types import Candidate, Prediction, RegistrationQuality, Series, Volume
from rnapp.ui import html
from rnapp.ui.workspace import Message


def series(**changes: object) -> Series:
    given = {"uid": "1", "description": "<script>alert(1)</script>", "modality": "MR", "kind": "T1CE", "files": (),
             "shape": (2, 3, 44), "spacing": (0.5, 0.5, 1.0)} | changes
    return Series(**given)


def test_text_from_files_is_escaped() -> None:
    table = html.series_table([series(warnings=("<b>w</b>",))], None)
    assert "<script>" not in table
    assert "<b>w" not in table
    assert "&lt;script&gt;" in table


def test_only_usable_series_can_be_chosen() -> None:
    table = html.series_table([series(), series(uid="2", unusable="Too few slices.")], "1")
    assert table.count(" disabled") == 1
    assert table.count(" checked") == 1
    assert "Too few slices." in table


def test_the_demonstration_warning_stands_beside_the_number() -> None:
    prediction = Prediction(0.734, (0.6, 0.82), (0.5, 0.5))
    shown = html.answer("In words.", prediction, demonstration=True)
    assert "means nothing clinically" in shown
    assert ">73 %<" in shown
    assert ">27 %<" in shown
    assert "60 % to 82 %" in shown
    assert "clinically" not in html.answer("In words.", prediction, demonstration=False)


def test_a_doubtful_registration_is_loud() -> None:
    assert "DOUBTFUL" in html.quality(RegistrationQuality(0.7, 0.2, False, "Look."), 1400.0)
    assert "DOUBTFUL" not in html.quality(RegistrationQuality(0.95, 0.8, True, "Look."), 1400.0)


def test_errors_are_announced() -> None:
    assert 'role="alert"' in html.notice(Message("error", "a < b"), "x")
    assert "a &lt; b" in html.notice(Message("error", "a < b"), "x")
    assert html.notice(None, "x") == ""


def candidate(number: int) -> Candidate:
    mask = Volume(np.ones((2, 2, 2), bool), np.eye(4))
    return Candidate(number, mask, 0.87, 1.234, (1.0, -2.0, 3.0), "left", "a <ring>", "a test")


def test_proposed_lesions_can_be_looked_at_taken_or_dismissed() -> None:
    shown = html.proposals("By <rules>.", (candidate(1), candidate(2)), {2})
    assert "By &lt;rules&gt;." in shown
    assert "a &lt;ring&gt;" in shown
    assert shown.count('data-centre="1.00,-2.00,3.00"') == 2
    assert 'data-take="1"' in shown
    assert 'data-take="2"' not in shown, "it is in the drawing"
    assert shown.count("data-dismiss") == 2
    assert "0.87" not in shown, "a score is no probability, and is not shown as one"
    assert "87" not in shown


def test_nothing_proposed_is_never_said_to_be_no_lesion() -> None:
    assert "does not mean that there is no lesion" in html.proposals("", (), ())
