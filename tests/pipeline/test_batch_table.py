"""What a batch notes of its cases, and the table of their results."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.config import default_settings
from rnapp.errors import WeightsError
from rnapp.pipeline import batch
from rnapp.pipeline.batch import (
    AnswerRecord,
    CaseRecord,
    LoadTask,
    Tally,
    fingerprint,
    run_batch,
    stamps,
    write_table,
)
from rnapp.pipeline.batch_list import BatchCase, read_batch_list
from rnapp.pipeline.cluster import BatchOptions
from rnapp.pipeline.files import CaseFiles
from rnapp.tasks import TASKS
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.trust.prior import keep_prior
from rnapp.types import STUDY, Confirmed


def test_the_columns_come_from_the_question(tmp_path: Path) -> None:
    other = replace(QUESTION, unit="study", outcomes=(replace(QUESTION.outcomes[0], key="x"), QUESTION.outcomes[1]))
    records = [CaseRecord("A", True, "", 2.0, "", (AnswerRecord(STUDY, "", None, 0.25),)),
               CaseRecord("B", False, "No.", 1.0, "")]
    write_table(records, other, tmp_path / "cases.csv")
    assert (tmp_path / "cases.csv").read_text().splitlines() == [
        "case,done,lesion,side,volume_ml,probability_x,verdict,interval_low,interval_high,steady,cautions,unadjusted,"
        "seconds,sentence", "A,True,,,,0.2500,,,,,,,2.0,", "B,False,,,,,,,,,,,1.0,No."]


def test_an_answer_stands_with_its_judgement_and_one_without_a_number_with_the_reason(tmp_path: Path) -> None:
    records = [CaseRecord("A", True, "", 2.0, "", (
        AnswerRecord(1, "left", 2.5, 0.7, "necrosis", (0.65, 0.75), True, ("note thick",), 0.8),
        AnswerRecord(2, "right", 0.5, 0.5, "indeterminate", (0.3, 0.6), False, ("note thick", "note answer_fragile"),
                     0.6),
        AnswerRecord(3, "left", 0.1, None, "withheld", None, None, ("stop lesion_too_small",), None, "Too small.")))]
    write_table(records, QUESTION, tmp_path / "cases.csv")
    assert (tmp_path / "cases.csv").read_text().splitlines()[1:] == [
        "A,True,1,left,2.50,0.7000,necrosis,0.6500,0.7500,yes,note thick,0.8000,2.0,",
        "A,True,2,right,0.50,0.5000,indeterminate,0.3000,0.6000,no,note thick; note answer_fragile,0.6000,2.0,",
        "A,True,3,left,0.10,,withheld,,,,stop lesion_too_small,,2.0,Too small."]


def test_a_record_comes_back_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = (AnswerRecord(1, "left", 2.5, 0.7, "necrosis", (0.65, 0.75), True, ("note thick",), 0.8),
               AnswerRecord(2, "left", 0.1, None, "withheld", None, None, ("stop far",), None, "Too far."))

    def made_up(options: object, load: object, work: object, jobs: Sequence[tuple[BatchCase, Path, str]]
                ) -> Iterator[tuple[int, CaseRecord]]:
        for number, (case, _, made_from) in enumerate(jobs):
            yield number, CaseRecord(case.name, True, "", 1.0, made_from, answers, case.task)

    monkeypatch.setattr(batch, "run_each", made_up)
    (tmp_path / "list.csv").write_text("case,study\nA,a\n")
    cases = read_batch_list(tmp_path / "list.csv", QUESTION)
    first = run_batch(cases, tmp_path / "out", BatchOptions(), lambda record, tally: None)
    assert run_batch(cases, tmp_path / "out", BatchOptions(), lambda record, tally: None) == first


def test_another_confirmation_or_share_is_another_case(tmp_path: Path) -> None:
    case = BatchCase("one", CaseFiles((tmp_path,)), QUESTION.id)
    prints = {fingerprint(replace(case, files=replace(case.files, **said)), BatchOptions(), "one bundle")
              for said in ({}, {"prior": 0.3}, {"prior": 0.4}, {"confirmed": (Confirmed("odd"),)})}
    assert len(prints) == 4


def test_the_centres_share_goes_with_each_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNAPP_DATA", str(tmp_path / "data"))
    keep_prior(tmp_path / "data", QUESTION.id, 0.2)
    sent: list[float | None] = []

    def seen(options: object, load: object, work: object, jobs: Sequence[tuple[BatchCase, Path, str]]
             ) -> Iterator[tuple[int, CaseRecord]]:
        for number, (case, _, made_from) in enumerate(jobs):
            sent.append(case.files.prior)
            yield number, CaseRecord(case.name, True, "", 1.0, made_from, (), case.task)

    monkeypatch.setattr(batch, "run_each", seen)
    (tmp_path / "list.csv").write_text("case,study,prior\nA,a,\nB,b,0.7\n")
    run_batch(read_batch_list(tmp_path / "list.csv", QUESTION), tmp_path / "out", BatchOptions(),
              lambda record, tally: None)
    assert sent == [0.2, 0.7]


def test_cases_of_two_questions_stand_in_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question's models are loaded once, and its answers have their own column."""
    other = replace(QUESTION, id="other", unit="study",
                    outcomes=(replace(QUESTION.outcomes[0], key="x"), QUESTION.outcomes[1]))
    monkeypatch.setattr("rnapp.tasks.TASKS", {**TASKS, "other": replace(TASKS[QUESTION.id], question=other)})
    monkeypatch.setattr(batch, "_bundle_in_use", lambda task: f"the bundle for {task}")
    loaded: list[object] = []

    def seen(options: BatchOptions, load: object, work: object, jobs: Sequence[tuple[BatchCase, Path, str]]
             ) -> Iterator[tuple[int, CaseRecord]]:
        loaded.append((options.bundle, load, [case.name for case, *_ in jobs]))
        for number, (case, _, made_from) in enumerate(jobs):
            answer = {"other": AnswerRecord(STUDY, "", None, 0.2)}.get(case.task, AnswerRecord(1, "left", 2.5, 0.5))
            yield number, CaseRecord(case.name, True, "", 1.0, made_from, (answer,), case.task)

    monkeypatch.setattr(batch, "run_each", seen)
    (tmp_path / "list.csv").write_text("case,study,task\nA,a,other\nB,b,\nC,c,other\n")
    cases = read_batch_list(tmp_path / "list.csv", QUESTION)
    records = run_batch(cases, tmp_path / "out", BatchOptions(), lambda record, tally: None)
    assert loaded == [("the bundle for other", LoadTask("other"), ["A", "C"]),
                      ("the bundle for metastasis", LoadTask("metastasis"), ["B"])]
    write_table(records, QUESTION, tmp_path / "cases.csv")
    assert (tmp_path / "cases.csv").read_text().splitlines() == [
        "case,task,done,lesion,side,volume_ml,probability_x,probability_rn,verdict,interval_low,interval_high,steady,"
        "cautions,unadjusted,seconds,sentence", "A,other,True,,,,0.2000,,,,,,,,1.0,",
        "B,metastasis,True,1,left,2.50,,0.5000,,,,,,,1.0,", "C,other,True,,,,0.2000,,,,,,,,1.0,"]
    loaded.clear()
    run_batch(cases, tmp_path / "out", BatchOptions(), lambda record, tally: None)
    assert [names for _, _, names in loaded] == [[], []], "all are done"


def test_a_worker_gets_its_question_by_name() -> None:
    settings = replace(default_settings(), device="cpu")
    assert LoadTask(QUESTION.id)(settings).task.id == QUESTION.id
    with pytest.raises(WeightsError, match="'nothing'"):
        LoadTask("nothing")(settings)


def test_any_folder_has_a_stamp(tmp_path: Path) -> None:
    """Links in circles and to nowhere, pipes, and files behind links, which must be noticed too."""
    (tmp_path / "study").mkdir()
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "slice").write_bytes(b"1")
    for name, to in (("up", tmp_path), ("else", tmp_path / "else"), ("nowhere", tmp_path / "no"), ("self", "self")):
        (tmp_path / "study" / name).symlink_to(to)
    os.mkfifo(tmp_path / "study" / "pipe")
    before = stamps(tmp_path / "study")
    assert any("slice 1" in one for one in before)
    assert sum("missing" in one for one in before) == 2
    (tmp_path / "else" / "slice").write_bytes(b"12")
    assert stamps(tmp_path / "study") != before
    assert stamps(tmp_path / ("n" * 300)) == [f"{tmp_path / ('n' * 300)} missing"]


def test_the_time_left_follows_the_speed_so_far() -> None:
    tally = Tally(total=10, skipped=2, done=3, failed=1)
    tally.started -= 40
    assert tally.left == 4
    assert tally.seconds_left == pytest.approx(40, abs=1)
    assert Tally(5).seconds_left is None


def test_a_name_that_is_not_text_has_a_fingerprint_too(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "study") + b"/M\xfcller.dcm")).write_bytes(b"x")
    case = BatchCase("one", CaseFiles((tmp_path / "study",)), QUESTION.id)
    assert len(fingerprint(case, BatchOptions(), "one bundle")) == 64
