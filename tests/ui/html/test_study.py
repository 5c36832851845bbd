"""The first screen in HTML."""

from dataclasses import replace
from pathlib import Path

from rnapp.tasks.metastasis.question import QUESTION, T1CE
from rnapp.tasks.rice.question import QUESTION as RICE
from rnapp.types import LeftOut, Proposed, Study, note
from rnapp.ui.html import study as html
from rnapp.ui.kept_ports import Entry, Label
from rnapp.ui.ports import Installed
from tests.explain.synthetic import result_of
from tests.ui.fake_dose import dose_series
from tests.ui.fake_models import TWO_SCANS
from tests.ui.html.made import series

LABEL = Label("ab" * 16, "RN-7", "2026-11-21T14:05:33+01:00", "0.1.0", "2 lesions, read", (2, 0))


def test_text_from_files_is_escaped() -> None:
    table = html.series_table(Study("x", (series(cautions=(note("w", "<b>w</b>"),)),)), {}, QUESTION)
    assert "<script>" not in table
    assert "<b>w" not in table
    assert "&lt;script&gt;" in table


def test_only_usable_series_can_be_chosen() -> None:
    study = Study("x", (series(), series(uid="2", unusable="Too few slices.")))
    table = html.series_table(study, {T1CE: "1"}, QUESTION)
    assert table.count(" disabled") == 1
    assert table.count(" checked") == 1
    assert "Too few slices." in table


def test_the_table_chooses_the_first_scan_of_a_question() -> None:
    study = Study("x", (series(uid="2"), series(uid="1")))
    table = html.series_table(study, {"before": "1", "after": "2"}, TWO_SCANS)
    assert table.count(" checked") == 1
    assert table.index(" checked") > table.index('id="series-1"')


def test_it_is_said_what_is_missing() -> None:
    assert html.NO_STUDY in html.series_table(None, {}, QUESTION)
    assert html.NO_PATIENT in html.series_table(Study("x", ()), {}, QUESTION)


def test_the_heading_names_what_the_question_needs() -> None:
    assert QUESTION.roles[0].label in html.heading(QUESTION)
    assert "In the table: Before" in html.heading(TWO_SCANS)


def test_files_left_out_are_listed_but_for_those_that_the_warnings_tell_of() -> None:
    study = Study("x", (), left_out=(LeftOut(3, "Spreadsheets <i>."), LeftOut(2, "Empty.", serious=True)))
    listed = html.files_left_out(study)
    assert "3 other files left out" in listed
    assert "Spreadsheets &lt;i&gt;. (3)" in listed
    assert "Empty" not in listed
    assert html.files_left_out(replace(study, left_out=study.left_out[1:])) == ""
    assert html.files_left_out(None) == ""
    assert "1 other file left out" in html.files_left_out(replace(study, left_out=(LeftOut(1, "One."),)))


def test_why_a_series_is_proposed_is_said() -> None:
    study = Study("x", (), {T1CE: Proposed("1", "Proposed: T1 <3D>.")})
    assert "Proposed: T1 &lt;3D&gt;." in html.why_proposed(study, {T1CE: "1"}, QUESTION)
    assert "You chose another series" not in html.why_proposed(study, {T1CE: "1"}, QUESTION)
    assert "You chose another series" in html.why_proposed(study, {T1CE: "2"}, QUESTION)
    assert html.why_proposed(None, {}, QUESTION) == ""


def test_each_of_several_scans_has_its_own_reason() -> None:
    study = Study("x", (), {"before": Proposed("1", "The older one."), "after": Proposed("2", "The newer one.")})
    before, after = TWO_SCANS.roles
    assert "<b>Before.</b> The older one." in html.why_proposed(study, {"before": "1"}, TWO_SCANS)
    assert "<b>Before.</b> You chose another series. The" in html.why_proposed(study, {"before": "2"}, TWO_SCANS)
    assert html.why_chosen(study, "2", after) == "The newer one."
    assert html.why_chosen(study, "1", after) == "You chose another. The newer one."
    assert html.why_chosen(study, "", replace(after, help="Later.")) == "Later. You chose none. The newer one."
    assert html.why_chosen(replace(study, proposed={}), "", replace(before, help="Earlier.")) == "Earlier."


def test_a_dose_is_named_with_its_facts_and_offered_for_no_scan() -> None:
    dose = dose_series()
    assert html.series_words(dose) == "Plan 1 (dose, 60 Gy in 30 fractions, 2 beams)"
    shown = html.series_table(Study("x", (series(), dose)), {"t1ce": "1.2"}, QUESTION)
    assert shown.count(" disabled") == 1
    assert "60 Gy in 30 fractions, 2 beams" in shown


def test_a_question_is_chosen_only_where_there_are_several() -> None:
    assert html.task_choice([QUESTION], QUESTION, False) == ""
    shown = html.task_choice([QUESTION, RICE], RICE, False)
    assert shown.count('type="radio"') == 2
    assert 'data-ask="rice" checked>' in shown
    assert "disabled" not in shown
    assert html.task_choice([QUESTION, RICE], RICE, True).count(" disabled") == 2


def test_a_series_is_named_in_one_line() -> None:
    assert html.series_words(series(description="t2", kind="T2", date="2026-01-05")) == "t2 (T2, 2026-01-05)"
    assert html.series_words(series(description="", kind="T2")) == "without description (T2)"


def test_kept_cases_can_be_opened_and_deleted_but_not_opened_twice_or_where_they_cannot_be_read() -> None:
    entries = [Entry(Path(f"{name}.rnapp"), label, trouble, 12_600_000, 1.0) for name, label, trouble in (
        ("a", LABEL, None), ("b", replace(LABEL, title=""), None), ("c", None, "It is damaged."))]
    shown = html.kept_cases(entries, "a", "")
    assert shown.count("data-open") == 1
    assert 'data-open="b"' in shown
    assert shown.count("data-remove") == 3
    assert "open now" in shown
    assert "without pseudonym" in shown
    assert "It is damaged." in shown
    assert "2026-11-21 14:05" in shown
    assert "13&nbsp;MB" in shown
    assert html.kept_cases((), None, "") == ""
    assert "The disk is full." in html.kept_cases((), None, "The disk is full.")


def test_a_model_can_be_used_unless_it_is_in_use_or_broken() -> None:
    card = result_of().reading.model
    found = [Installed(Path("a"), "a" * 64, card, "", False, True), Installed(Path("b"), "b" * 64, card, "", True),
             Installed(Path("c"), "c" * 64, None, "It is broken.", True)]
    shown = html.models(found, "a" * 64)
    assert shown.count("data-use") == 1
    assert f'data-use="{"b" * 64}"' in shown
    assert shown.count("data-discard") == 2
    assert shown.count("in use") == 1
    assert "It is broken." in shown
