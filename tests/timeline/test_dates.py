"""Days and months after radiosurgery, never both at once."""

from datetime import date

import pytest

from rnapp.errors import ClinicalError
from rnapp.timeline.dates import in_words, months_after, months_between

DAY = date(2024, 3, 2)


def test_months_between_days_and_between_months() -> None:
    assert months_between(DAY, date(2025, 3, 2)) == pytest.approx(12, abs=0.03)
    assert months_between(date(2025, 3, 2), DAY) == pytest.approx(-12, abs=0.03)
    assert months_between(2, 5.5) == 3.5


def test_a_day_and_a_number_of_months_cannot_be_compared() -> None:
    for one, other in ((DAY, 3.0), (3.0, DAY)):
        with pytest.raises(ClinicalError, match="both"):
            months_between(one, other)


def test_months_after_radiosurgery_whichever_way_a_time_was_given() -> None:
    assert months_after(DAY, date(2023, 3, 2)) == pytest.approx(12, abs=0.03)
    assert months_after(7, None) == 7
    with pytest.raises(ClinicalError, match="day of radiosurgery"):
        months_after(DAY, None)


def test_a_time_in_words() -> None:
    assert (in_words(DAY), in_words(6.0), in_words(6.5)) == ("2024-03-02", "month 6", "month 6.5")
