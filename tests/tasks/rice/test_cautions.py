"""What is said of a study before it is answered, and only where there is a reason."""

from dataclasses import replace

import numpy as np
import pytest

from rnapp.tasks.rice.cautions import cautions
from rnapp.tasks.rice.sample import sample_of
from rnapp.types import STUDY, Lesion
from tests.tasks.rice.prepared import lesions, placed, study, with_same_series


def codes(prepared, outlined=None):
    return {one.code: one.level for one in cautions(prepared, outlined or lesions(), STUDY)}


def lesion(bright):
    return Lesion(1, 2.0, 15.0, 14.0, 12.0, bright, 10.0, (0.0, 0.0, 0.0), "left")


def test_nothing_is_said_of_a_complete_study():
    assert codes(study(dose=placed())) == {}
    assert codes(study(dose=placed()), lesions(lesion(0.6))) == {}


def test_nothing_is_said_of_a_lesion():
    assert cautions(study(post_op=None), lesions(lesion(0.0)), 1) == ()


def test_what_was_not_given_is_said():
    assert codes(study()) == {"no_dose": "note"}
    assert codes(study(post_op=None, dose=placed())) == {"no_post_op": "note"}
    assert codes(study(dose=placed(confirmed=False))) == {"no_dose": "note"}, "nobody accepted it"


def test_one_series_for_both_scans_stops_the_answer():
    assert codes(with_same_series(study(dose=placed())))["same_scan_twice"] == "stop"


@pytest.mark.parametrize(("dates", "words"), [
    ({"post_op": "2025-06-01", "dose": placed(date="")}, "is not earlier than the scan with the new enhancement"),
    ({"dose": placed(date="2025-06-01")}, "is not later than the dose"),
    ({"post_op": "2024-11-20", "dose": placed()}, "must have been made before radiotherapy"),
])
def test_dates_in_the_wrong_order_are_asked_about(dates, words):
    found = cautions(study(**{"dose": placed()} | dates), lesions(), STUDY)
    assert [(one.code, one.level) for one in found] == [("order_of_dates", "confirm")]
    assert words in str(found[0])


def test_unknown_dates_say_nothing():
    assert codes(study(post_op="", event="", dose=placed(date=""))) == {}


def test_where_the_dose_is_unknown_it_is_said_what_the_model_sees():
    found = cautions(study(dose=placed(known=0.5)), lesions(), STUDY)
    assert [one.code for one in found] == ["dose_taken_for_zero"]
    assert "unknown for 49 % of the brain" in str(found[0])
    assert codes(study(dose=placed(known=0.95))) == {}


@pytest.mark.parametrize(("gray", "unusual"), [(25.0, True), (49.0, True), (54.0, False), (60.0, False), (74.0, False),
                                               (90.0, True)])
def test_a_dose_that_is_not_that_of_a_glioblastoma_is_said(gray, unusual):
    assert ("dose_unusual" in codes(study(dose=placed(gray)))) == unusual


def test_an_outline_that_does_not_enhance_is_said():
    assert codes(study(dose=placed()), lesions(lesion(0.02), lesion(0.05))) == {"nothing_enhances": "note"}
    assert codes(study(dose=placed()), lesions(lesion(0.02), lesion(0.4))) == {}


def test_the_sample_holds_what_may_be_used():
    whole = sample_of(study(dose=placed()))
    assert list(whole.volumes) == ["event", "post_op", "dose"]
    assert whole.volumes["event"].array.max() == 1.0
    assert np.nanmax(whole.volumes["dose"].array) == 60.0
    assert whole.brain.array.dtype == np.bool_
    assert list(sample_of(study(post_op=None, dose=placed())).volumes) == ["event", "dose"]
    assert list(sample_of(study(dose=placed(confirmed=False))).volumes) == ["event", "post_op"]


def test_the_same_voxels_under_two_names_stop_the_answer_and_other_voxels_do_not():
    twice = study(dose=placed())
    event, post_op = twice.channels["event"], twice.channels["post_op"]
    copied = replace(twice, channels={"event": event, "post_op": replace(post_op, native=event.native)})
    assert codes(copied)["same_scan_twice"] == "stop"
    assert "same_scan_twice" not in codes(twice)
