"""A centre's own audit: kept cases with what became known of them, and a cohort table of those for training."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rnapp.case.kept import KeptCase, open_kept
from rnapp.errors import CaseError
from rnapp.store.library import SUFFIX, Library
from rnapp.trust.audit import Audit, Audited, audit, audited
from rnapp.types import CancelToken, Clinical, ProgressCallback, Question, Reading, no_progress

READING_CASES = "Reading the kept cases"
OUTLINED = ("lesion", "mask", "mask_labels")


@dataclass(frozen=True, eq=False)
class CaseAnswers:
    """What the audit needs of one kept case."""

    rows: tuple[Audited, ...]
    clinical: Clinical


@dataclass(frozen=True, eq=False)
class Cases:
    """What was found of one question. unreadable: kept files that could not be opened."""

    answers: tuple[CaseAnswers, ...]
    unreadable: int

    @property
    def audit(self) -> Audit:
        """Of all answers."""
        return audit([row for one in self.answers for row in one.rows])


def read_cases(library: Library, question: Question, progress: ProgressCallback = no_progress,
               cancel: CancelToken | None = None) -> Cases:
    """Every kept case of the question whose answer was shown. Raises CaseError where the folder cannot be listed,
    Cancelled."""
    token = cancel or CancelToken()
    entries = library.entries()
    found: list[CaseAnswers] = []
    unreadable = 0
    for number, entry in enumerate(entries):
        token.check()
        progress(READING_CASES, number / len(entries))
        try:
            _, kept = open_kept(library, entry.id)
        except CaseError:
            unreadable += 1
            continue
        if kept.question == question.id and kept.case.revealed_reading is not None:
            found.append(_answers(entry.id, kept, kept.case.revealed_reading))
    return Cases(tuple(found), unreadable)


def cohort_table(cases: Cases, question: Question, centre: str) -> str:
    """The answers with a known outcome as a table for python -m training.prepare (training/cohort_table.py), CSV. It
    names no patient: each case counts as a patient of its own, under the random name of its file, beside which the
    table must lie."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    outlined = OUTLINED if question.unit == "lesion" else ()
    fields = [field.name for field in question.fields]
    writer.writerow(["patient", "centre", "image", *outlined, "outcome", *fields])
    for one in cases.answers:
        for row in one.rows:
            if row.outcome is not None:
                file = f"{row.case}{SUFFIX}"
                lesion = [f"lesion-{row.lesion}", file, str(row.lesion)] if outlined else []
                writer.writerow([row.case, centre, file, *lesion, question.outcomes[row.outcome].code,
                                 *(_cell(one.clinical.get(name)) for name in fields)])
    return text.getvalue()


def _answers(case_id: str, kept: KeptCase, reading: Reading) -> CaseAnswers:
    return CaseAnswers(tuple(_rows(case_id, kept, reading)), reading.clinical)


def _rows(case_id: str, kept: KeptCase, reading: Reading) -> Iterator[Audited]:
    known = kept.case.outline.known
    for answer in reading.answers:
        probability = None if answer.prediction is None else answer.prediction.probability
        row = audited(case_id, reading.created[:10], answer.lesion, probability, answer.trust, reading.model.sha256)
        if (later := known.get(answer.lesion)) is not None:
            row = replace(row, outcome=later.outcome, proof=later.proof, known=later.known)
        yield row


def _cell(value: object) -> str:
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value:g}" if isinstance(
        value, float) else str(value)
