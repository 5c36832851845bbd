"""Entering what became known of a lesion later."""

from dataclasses import replace
from datetime import date
from types import MappingProxyType

from rnapp.case.case import Case
from rnapp.errors import CaseError
from rnapp.types import PROOFS, KnownOutcome


def with_outcome(case: Case, given: KnownOutcome) -> Case:
    """The case with the outcome of one of its answers, in place of an earlier one. Raises CaseError for a lesion that
    was not read, an answer that was not shown yet, or a date that is none, or is before the reading's scan or ahead."""
    reading = case.revealed_reading
    if reading is None or given.lesion not in {one.lesion for one in reading.answers}:
        raise CaseError("Expected a lesion whose answer was shown; read the case first, then enter its outcome.")
    if given.proof not in PROOFS:
        raise CaseError(f"Expected one of {', '.join(PROOFS)} as the proof of an outcome, but got {given.proof!r}.")
    day = _day(given.known)
    if day > date.today():
        raise CaseError(f"The outcome cannot be known since {given.known}, which is still to come; correct the date.")
    scan = case.prepared.reference.series.date if case.prepared else ""
    if scan and day < _day(scan):
        raise CaseError(f"The outcome cannot be known since {given.known}, before the scan ({scan}); correct the date.")
    known = MappingProxyType({**case.outline.known, given.lesion: given})
    return case.with_same_outline(replace(case.outline, known=known))


def without_outcome(case: Case, lesion: int) -> Case:
    """The case as if that outcome had never been entered."""
    known = {number: one for number, one in case.outline.known.items() if number != lesion}
    return case.with_same_outline(replace(case.outline, known=MappingProxyType(known)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CaseError(f"Expected a date as 2026-11-27, but got {text!r}; correct it.") from error
