"""What became known of a lesion later is entered once, can be corrected, and makes sense."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rnapp.case.case import Case
from rnapp.case.outcome import with_outcome, without_outcome
from rnapp.errors import CaseError
from rnapp.types import KnownOutcome
from tests.case.test_case import grid, head, lesions, read  # noqa: F401 - fixtures

KNOWN = KnownOutcome(1, 1, "histology", "2026-03-01")


def scanned(case: Case, day: str) -> Case:
    """The case with a date of its scan."""
    assert case.preparation is not None
    prepared = case.preparation.prepared
    channels = {role: replace(one, series=replace(one.series, acquisition=replace(one.series.acquisition), date=day))
                for role, one in prepared.channels.items()}
    return replace(case, preparation=replace(case.preparation, prepared=replace(prepared, channels=channels)))


def test_an_outcome_is_kept_beside_the_answer(read: Case) -> None:  # noqa: F811
    found = with_outcome(scanned(read, "2026-01-01"), KNOWN)
    assert found.outline.known == {1: KNOWN}
    assert found.reading is read.reading


def test_a_correction_takes_its_place_and_it_can_be_taken_back(read: Case) -> None:  # noqa: F811
    corrected = replace(KNOWN, outcome=0, proof="follow_up")
    found = with_outcome(with_outcome(read, KNOWN), corrected)
    assert found.outline.known == {1: corrected}
    assert without_outcome(found, 1).outline.known == {}


def test_another_drawing_has_no_known_outcome(read: Case) -> None:  # noqa: F811
    found = with_outcome(read, KNOWN)
    other = lesions(head())
    assert found.with_outline(found.outline.redrawn(other.all_mask)).outline.known == {}


@pytest.mark.parametrize(("given", "word"), [
    (replace(KNOWN, lesion=2), "answer was shown"), (replace(KNOWN, known="yesterday"), "date"),
    (replace(KNOWN, known=(date.today() + timedelta(days=2)).isoformat()), "still to come"),
    (replace(KNOWN, proof="guess"), "proof")])
def test_what_makes_no_sense_is_refused(read: Case, given: KnownOutcome, word: str) -> None:  # noqa: F811
    with pytest.raises(CaseError, match=word):
        with_outcome(read, given)


def test_an_outcome_before_the_scan_is_refused_and_one_of_its_day_is_not(read: Case) -> None:  # noqa: F811
    with pytest.raises(CaseError, match="before the scan"):
        with_outcome(scanned(read, "2026-03-02"), KNOWN)
    assert with_outcome(scanned(read, "2026-03-01"), KNOWN).outline.known == {1: KNOWN}


def test_an_answer_that_was_not_shown_has_no_outcome(read: Case) -> None:  # noqa: F811
    hidden = read.with_same_outline(replace(read.outline, revealed=False))
    with pytest.raises(CaseError, match="shown"):
        with_outcome(hidden, KNOWN)
