"""Which series are proposed for the event, the scan after surgery, the dose and planning, and why."""

import pytest

from rnapp.tasks.rice.propose import propose
from tests.tasks.test_dose_proposal import FRAME, made

EVENT = made("event", "T1CE", "2025-06-01", "1.9", contrast=True, facts=("T1", "3D"))
POST_OP = made("post", "T1CE", "2024-10-10", "1.8", contrast=True)
PRE_OP = made("pre", "T1CE", "2024-09-01", "1.7", contrast=True)
FIRST_FOLLOW_UP = made("follow", "T1CE", "2025-02-01", "1.6", contrast=True)
DOSE = made("dose", "dose", "2024-11-01", FRAME, facts=("60 Gy in 30 fractions", "photon"))
CT = made("ct", "CT", "2024-10-30", FRAME)
FLAIR = made("flair", "FLAIR", "2025-06-01")


def uids(*series):
    return {role: one.uid for role, one in propose(series).items()}


def test_a_whole_course_is_distinguished_by_date_and_kind():
    proposed = propose([FLAIR, CT, PRE_OP, DOSE, FIRST_FOLLOW_UP, EVENT, POST_OP])
    assert {role: one.uid for role, one in proposed.items()} == {
        "event": "event", "post_op": "post", "dose": "dose", "planning": "ct"}
    assert list(proposed) == ["event", "post_op", "dose", "planning"]
    assert proposed["event"].why == "Proposed: T1, 3D, 2025-06-01; the newest T1 with contrast."
    assert "the last T1 with contrast before the dose was planned" in proposed["post_op"].why
    assert "60 Gy in 30 fractions, photon, 2024-11-01" in proposed["dose"].why


def test_the_newest_scan_is_the_event_even_where_an_older_one_says_more_of_contrast():
    older = made("older", "T1CE", "2025-05-01", contrast=True, facts=("T1",), acquisition=POST_OP.acquisition)
    assert uids(older, EVENT)["event"] == "event"


def test_the_scan_in_the_doses_frame_is_the_one_after_surgery():
    planned_on = made("planned", "T1CE", "2024-09-15", FRAME, contrast=True)
    proposed = propose([EVENT, POST_OP, planned_on, DOSE, CT])
    assert proposed["post_op"].uid == "planned"
    assert "in the dose's frame" in proposed["post_op"].why
    assert proposed["planning"].uid is None, "nothing else is needed to find the way"


def test_a_follow_up_brought_into_the_planning_frame_is_not_the_one_after_surgery():
    planned_on = made("planned", "T1CE", "2024-10-20", FRAME, contrast=True)
    brought = made("brought", "T1CE", "2025-03-01", FRAME, contrast=True)
    assert uids(EVENT, planned_on, brought, DOSE)["post_op"] == "planned"


def test_never_the_same_series_or_day_for_both_scans():
    same_day = made("sagittal", "T1CE", "2025-06-01", contrast=True)
    assert uids(EVENT, same_day, DOSE)["post_op"] is None
    alone = made("alone", "T1CE", "2025-06-01", FRAME, contrast=True)
    assert uids(alone, DOSE) == {"event": "alone", "post_op": None, "dose": "dose", "planning": None}


def test_scans_after_the_dose_are_not_taken_for_the_one_after_surgery():
    proposed = propose([EVENT, FIRST_FOLLOW_UP, DOSE])
    assert proposed["post_op"].uid is None
    assert "dated after the dose was planned" in proposed["post_op"].why


def test_without_a_dose_one_earlier_scan_is_proposed_and_several_are_not():
    assert uids(EVENT, POST_OP) == {"event": "event", "post_op": "post", "dose": None, "planning": None}
    several = propose([EVENT, POST_OP, PRE_OP])["post_op"]
    assert several.uid is None
    assert "choose it yourself" in several.why


def test_scans_without_dates_are_left_to_the_reader():
    first, second = made("a", "T1CE", contrast=True), made("b", "T1CE", contrast=True)
    proposed = propose([first, second])
    assert proposed["event"].uid is None
    assert "no dates" in proposed["event"].why
    assert uids(first) == {"event": "a", "post_op": None, "dose": None, "planning": None}


@pytest.mark.parametrize("series", [(FLAIR,), (CT, DOSE)])
def test_where_no_scan_suits_the_reason_is_given(series):
    proposed = propose(series)
    assert proposed["event"].uid is None
    assert proposed["event"].why.endswith(".")


def test_an_unusable_scan_is_not_the_event():
    broken = made("broken", "T1CE", "2025-07-01", contrast=True, unusable="Slices are missing.")
    assert uids(broken, EVENT)["event"] == "event"
