"""The second door from the screens into the rest of the program (rnapp/ui/ports.py is the first): to the kept cases,
and to what became of them."""

from pathlib import Path
from typing import TYPE_CHECKING

from rnapp.files import write_whole
from rnapp.report import audit_words
from rnapp.store.case_file import Label
from rnapp.store.library import Entry, Library
from rnapp.trust.audit import Audit
from rnapp.types import CancelToken, ProgressCallback, Question

if TYPE_CHECKING:
    from rnapp.pipeline.audit import Cases

__all__ = ["Audit", "Cases", "Entry", "Label", "Library", "audit_words", "read_cases", "write_cohort"]


def read_cases(library: Library, question: Question, progress: ProgressCallback, cancel: CancelToken) -> "Cases":
    """The answers of every kept case of the question. Raises CaseError, Cancelled."""
    from rnapp.pipeline import audit  # brings the pipeline, for which the first page would wait

    return audit.read_cases(library, question, progress, cancel)


def write_cohort(cases: "Cases", question: Question, centre: str, path: Path) -> None:
    """The cohort table of those with a known outcome. Raises OSError."""
    from rnapp.pipeline import audit

    write_whole(path, audit.cohort_table(cases, question, centre).encode())
