"""What the screens say."""

from dataclasses import replace

import numpy as np

from rnapp.types import (
    BoardOpinion,
    Candidate,
    Contribution,
    LeftOut,
    Prediction,
    RegistrationQuality,
    Series,
    Study,
    Volume,
    WhatIf,
)
from rnapp.ui import html, html_study
from rnapp.ui.workspace import Message
from tests.explain.synthetic import reading


def series(**changes: object) -> Series:
    given = {"uid": "1", "description": "<script>alert(1)</script>", "modality": "MR", "kind": "T1CE", "files": (),
             "shape": (2, 3, 44), "spacing": (0.5, 0.5, 1.0)} | changes
    return Series(**given)


def test_text_from_files_is_escaped() -> None:
    table = html_study.series_table([series(warnings=("<b>w</b>",))], None)
    assert "<script>" not in table
    assert "<b>w" not in table
    assert "&lt;script&gt;" in table


def test_only_usable_series_can_be_chosen() -> None:
    table = html_study.series_table([series(), series(uid="2", unusable="Too few slices.")], "1")
    assert table.count(" disabled") == 1
    assert table.count(" checked") == 1
    assert "Too few slices." in table


def test_the_demonstration_warning_and_the_measures_stand_beside_the_number() -> None:
    prediction = Prediction(0.734, (0.6, 0.82), (0.5, 0.5))
    card = reading().model
    shown = html.answer("In words.", prediction, card)
    assert "means nothing clinically" in shown
    assert ">73 %<" in shown
    assert ">27 %<" in shown
    assert "60 % to 82 %" in shown
    assert "<dt>AUC, held-out patients</dt><dd>0.91</dd>" in shown
    assert "clinically" not in html.answer("In words.", prediction, replace(card, demonstration=False))


def test_what_unknown_values_could_do_is_said() -> None:
    shown = html.what_ifs([WhatIf("age", "Age", 0.3, "35 years", 0.62, "70 years"),
                           WhatIf("sex", "Sex", 0.5, "Female", 0.5, "Female")])
    assert "Age: from 30 % (35 years) to 62 % (70 years)." in shown
    assert "Sex: would not change it." in shown
    assert "is known" in html.what_ifs([])


def test_the_overview_has_every_lesion_and_the_boards_opinion_beside_the_models() -> None:
    case = reading(2)
    noted = BoardOpinion(2, "probably_progression", "2026-11-21T14:03:00+00:00")
    shown = html.overview(case.lesions, [noted], 1)
    assert shown.count("<tr data-index") == 2
    assert shown.index('class="chosen"') > shown.index('data-index="1"')
    assert "none noted" in shown
    assert "probably tumour progression (at 14:03)" in shown
    assert "data-index" not in html.overview(case.lesions, [], None), "nothing to choose in the report"


def test_the_boards_form_names_lesion_and_side_and_keeps_what_was_noted() -> None:
    lesions = [one.lesion for one in reading(2).lesions]
    shown = html.board_form(lesions, {1: BoardOpinion(1, "undecided", "")}, 7, False)
    assert shown.count("<fieldset") == 2
    assert shown.count(" checked") == 1
    assert 'id="opinion-1-undecided" data-lesion="1" data-leaning="undecided" checked' in shown
    assert "patient's&nbsp;left" in shown
    assert "patient's&nbsp;right" in shown


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


def test_the_boards_form_shows_each_lesion_and_says_if_an_answer_was_seen() -> None:
    lesions = [one.lesion for one in reading(2).lesions]
    assert 'src="/case/picture/lesion/2.png?v=7"' in html.board_form(lesions, {}, 7, False)
    assert 'id="informed"' not in html.board_form(lesions, {}, 7, False)
    assert 'id="informed"' in html.board_form(lesions, {}, 7, True)


def test_what_each_kind_of_input_did_is_added_up() -> None:
    one = Contribution("age", "Age", "clinical", 61.0, 0.75)
    both = [one, replace(one, effect=0.5), replace(one, group="imaging", effect=-0.4)]
    assert "image networks -0.40, radiomics +0.00, clinical data +1.25" in html.sources(both)


def test_downloads_are_named_after_the_case() -> None:
    assert 'download="RN-7-report.pdf"' in html.downloads(3, "RN-7")
    assert 'download="report.pdf"' in html.downloads(3, "")
    assert 'download="ascript-report.pdf"' in html.downloads(3, '"a<script')


def test_files_left_out_are_listed_but_for_those_that_the_warnings_tell_of() -> None:
    study = Study("x", (), None, left_out=(LeftOut(3, "Spreadsheets <i>."), LeftOut(2, "Empty.", serious=True)))
    listed = html_study.files_left_out(study)
    assert "3 other files left out" in listed
    assert "Spreadsheets &lt;i&gt;. (3)" in listed
    assert "Empty" not in listed
    assert html_study.files_left_out(replace(study, left_out=study.left_out[1:])) == ""
    assert html_study.files_left_out(None) == ""


def test_why_a_series_is_proposed_is_said() -> None:
    study = Study("x", (), "1", why="Proposed: T1 <3D>.")
    assert "Proposed: T1 &lt;3D&gt;." in html_study.why_proposed(study, "1")
    assert "You chose another series" in html_study.why_proposed(study, "2")
    assert html_study.why_proposed(None, None) == ""
