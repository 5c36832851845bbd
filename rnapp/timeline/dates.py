"""Days or months after radiosurgery: the time between scans, and a time in words."""

from datetime import date

from rnapp.errors import ClinicalError
from rnapp.types import When

DAYS_PER_MONTH = 365.25 / 12


def months_between(first: When, second: When) -> float:
    """Months from the first to the second, negative where the second is earlier. Raises ClinicalError for a day and a
    number of months."""
    if isinstance(first, date) and isinstance(second, date):
        return (second - first).days / DAYS_PER_MONTH
    if isinstance(first, date) or isinstance(second, date):
        raise ClinicalError("Expected days for all scans and treatments or months after radiosurgery for all, but got "
                            "both; give the same for all.")
    return float(second) - float(first)


def months_after(when: When, radiosurgery: date | None) -> float:
    """Months after radiosurgery, whichever way the time was given. Raises ClinicalError for a day where the day of
    radiosurgery is not known."""
    if not isinstance(when, date):
        return float(when)
    if radiosurgery is None:
        raise ClinicalError(f"Expected the day of radiosurgery to tell how long after it {when.isoformat()} was, but "
                            "got none; give it.")
    return months_between(radiosurgery, when)


def in_words(when: When) -> str:
    """2024-03-02, or month 6.5 (after radiosurgery)."""
    return when.isoformat() if isinstance(when, date) else f"month {when:g}"
