"""What was entered is compared with the days of scan and dose."""

from dataclasses import replace

import pytest

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


@pytest.mark.parametrize(("of_file", "entered", "asked"), [
    (63, 64, 0), (63, 62, 0), (63, 65, 1), (63, 61, 1), (63, None, 0), (None, 20, 0)])
def test_the_entered_age_is_compared_with_that_of_the_reference_scan(of_file, entered, asked):
    prepared = study()
    channels = {role: replace(one, series=replace(one.series, age=of_file)) for role, one in prepared.channels.items()}
    found = entered_cautions(replace(prepared, channels=channels), {"age": entered})
    assert [(one.code, one.level) for one in found] == [("clinical_contradiction", "confirm")] * asked


def test_without_a_dose_nothing_is_compared():
    assert treated_day(study()) == ""
    assert entered_cautions(study(), {"months_since_radiotherapy": 16.0}) == ()
