"""Which dose and which planning scan are proposed for a scan, for both questions."""

from dataclasses import replace

import pytest

from rnapp.io.rt_sum import ASKS_RELATIVE
from rnapp.tasks.dose_proposal import propose_dose, propose_planning
from rnapp.tasks.metastasis import METASTASIS
from rnapp.types import Caution, Series

FRAME = "1.2.826.1"


def made(uid, kind, date="", frame="", **facts):
    """A series as the readers list it."""
    modality = {"dose": "RTDOSE", "CT": "CT"}.get(kind, "MR")
    return Series(uid, "", modality, kind, (), (200, 200, 150), (1.0, 1.0, 1.0), date=date, frame_of_reference=frame,
                  **facts)


SCAN = made("scan", "T1CE", "2025-06-01", contrast=True)


def test_the_newest_dose_before_the_scan_is_proposed():
    doses = [made("old", "dose", "2023-01-05"), made("new", "dose", "2024-11-20", facts=("60 Gy in 30 fractions",)),
             made("later", "dose", "2025-07-01")]
    proposed = propose_dose([SCAN, *doses], SCAN)
    assert proposed.uid == "new"
    assert proposed.why == "Proposed: 60 Gy in 30 fractions, 2024-11-20; the newest dose before the scan."


def test_a_dose_after_the_scan_is_not_proposed():
    proposed = propose_dose([SCAN, made("later", "dose", "2025-07-01")], SCAN)
    assert proposed.uid is None
    assert "dated after the scan (2025-07-01)" in proposed.why


def test_of_one_day_that_is_proposed_of_which_nothing_is_asked():
    asked = made("asked", "dose", "2024-11-20", cautions=(Caution(ASKS_RELATIVE, "confirm", "Which?"),))
    plain, other = made("plain", "dose", "2024-11-20"), made("other", "dose", "2024-11-20")
    proposed = propose_dose([asked, plain, other], SCAN)
    assert proposed.uid == "plain"
    assert "one of 3 doses of that day, so check which was given" in proposed.why
    assert propose_dose([asked], SCAN).uid == "asked"


def test_a_dose_without_a_date_is_proposed_and_said_to_be():
    assert "its date is unknown" in propose_dose([made("file", "dose")], SCAN).why


def test_an_unusable_dose_says_why():
    broken = made("broken", "dose", "2024-11-20", unusable="It is a difference.")
    assert propose_dose([broken, SCAN], SCAN) == replace(propose_dose([], None), why="It is a difference.")


@pytest.mark.parametrize(("others", "uid"), [
    ([made("ct", "CT", frame=FRAME)], "ct"),
    ([made("ct", "CT", frame=FRAME), made("mr", "T1CE", frame=FRAME)], "mr"),
    ([made("t2", "T2", frame=FRAME), made("ct", "CT", frame=FRAME)], "ct"),
    ([made("ct", "CT", frame="1.2.3")], None),
    ([made("ct", "CT", frame=FRAME, unusable="Only 3 slices.")], None),
    ([made("dose2", "dose", frame=FRAME)], None),
])
def test_for_planning_a_scan_of_the_doses_frame_is_proposed(others, uid):
    proposed = propose_planning([SCAN, *others], made("dose", "dose", frame=FRAME), [SCAN])
    assert proposed.uid == uid
    assert "in the dose's frame of reference" in proposed.why


def test_no_planning_scan_is_needed_where_a_scan_is_in_the_doses_frame():
    scan = replace(SCAN, frame_of_reference=FRAME)
    proposed = propose_planning([scan, made("ct", "CT", frame=FRAME)], made("dose", "dose", frame=FRAME), [scan])
    assert proposed.uid is None
    assert proposed.why.startswith("Not needed")


def test_without_a_frame_nothing_can_be_recognised():
    assert "names no frame of reference" in propose_planning([made("ct", "CT")], made("dose", "dose"), []).why
    assert propose_planning([made("ct", "CT")], None, []).why == "Not needed without a dose."


def test_the_first_question_proposes_them_next_to_its_scan_which_stays():
    ct, dose = made("ct", "CT", "2024-11-19", FRAME), made("dose", "dose", "2024-11-20", FRAME)
    proposed = METASTASIS.propose([ct, dose, SCAN])
    assert {role: one.uid for role, one in proposed.items()} == {"t1ce": "scan", "dose": "dose", "planning": "ct"}
    assert proposed["t1ce"] == METASTASIS.propose([SCAN])["t1ce"]
