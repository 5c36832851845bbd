"""The kept cases of a centre as an audit and as a cohort table."""

import json
from dataclasses import replace

import pytest

from rnapp.__main__ import main
from rnapp.case.case import Case
from rnapp.case.kept import to_keep
from rnapp.case.outcome import with_outcome, without_outcome
from rnapp.pipeline.audit import Cases, cohort_table, read_cases
from rnapp.store.library import SUFFIX, Library
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import KnownOutcome, Likeness, Trust, withheld
from tests.case.test_case import grid, read  # noqa: F401 - fixtures
from training.cohort_table import read_cohort_table

KNOWN = KnownOutcome(1, 1, "histology", "2026-03-01")


@pytest.fixture
def library(read: Case, tmp_path) -> Library:  # noqa: F811
    """A case with a known outcome, one without, one whose answer is withheld, one that was never shown, one of another
    question, and a file that is none."""
    found = Library(tmp_path / "cases")
    outline = read.outline
    trust = Trust("second", likeness=Likeness(1.5, 2.0, 0.05))
    judged = replace(outline.reading, answers=(replace(outline.reading.answers[0], trust=trust),))
    without_number = replace(outline.reading, answers=(withheld(1, (), ()),))
    found.keep(to_keep(with_outcome(read.with_reading(judged), KNOWN), QUESTION.id))
    found.keep(to_keep(without_outcome(read, 1), QUESTION.id))
    found.keep(to_keep(with_outcome(read.with_reading(without_number), KNOWN), QUESTION.id))
    found.keep(to_keep(read.with_same_outline(replace(outline, revealed=False)), QUESTION.id))
    found.keep(to_keep(with_outcome(read, KNOWN), "rice"))
    (found.folder / f"{'0' * 32}{SUFFIX}").write_bytes(b"none")
    return found


def test_answers_that_were_shown_are_audited_and_no_others(library):
    cases = read_cases(library, QUESTION)
    assert cases.unreadable == 1
    assert len(cases.answers) == 3
    rows = {(one.verdict, one.probability is None, one.outcome) for one in cases.audit.rows}
    assert rows == {("second", False, 1), (None, False, None), ("withheld", True, 1)}
    assert (cases.audit.measured, cases.audit.called, cases.audit.right) == (1, 1, 1)


def test_the_cohort_table_is_what_training_reads(library):
    path = library.folder / "cohort.csv"
    path.write_text(cohort_table(read_cases(library, QUESTION), QUESTION, "Erlangen"), encoding="utf-8")
    table = read_cohort_table(path, QUESTION)
    assert table.problems == ()
    assert [(row.outcome, row.lesion, row.centre) for row in table.rows] == [(0, "lesion-1", "Erlangen")] * 2
    assert all(row.image.is_file() and row.mask_labels == frozenset({1}) for row in table.rows)


def test_the_cohort_table_names_nobody(library):
    text = cohort_table(read_cases(library, QUESTION), QUESTION, "here")
    assert "RN-1" not in text
    assert cohort_table(Cases((), 0), QUESTION, "here").count("\n") == 1


def test_the_command_prints_what_it_found(library, capsys):
    assert main(["audit", "--cases", str(library.folder), "--task", "metastasis", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["measured"] == 1
    assert found["auc"] is None
    assert main(["audit", "--cases", str(library.folder), "--task", "metastasis",
                 "--cohort", str(library.folder / "c.csv")]) == 0
    assert "3 answers in kept cases; 1 of them without a number" in capsys.readouterr().out
    assert (library.folder / "c.csv").read_text(encoding="utf-8").count("\n") == 3
