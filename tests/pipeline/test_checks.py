"""What was entered is compared with the days of scan and dose."""

from rnapp.pipeline.checks import entered_cautions, treated_day
from tests.tasks.rice.prepared import placed, study


def test_entered_months_are_compared_with_the_days_of_scan_and_dose():
    prepared = study(event="2025-06-01", dose=placed(date="2024-12-01"))
    assert treated_day(prepared) == "2024-12-01"
    assert entered_cautions(prepared, {"months_since_radiotherapy": 6.0}) == ()
    (one,) = entered_cautions(prepared, {"months_since_radiotherapy": 16.0})
    assert (one.code, one.level) == ("clinical_contradiction", "confirm")
    assert "16 months" in one.sentence
    assert "2025-06-01" in one.sentence


def test_without_a_dose_nothing_is_compared():
    assert treated_day(study()) == ""
    assert entered_cautions(study(), {"months_since_radiotherapy": 16.0}) == ()
