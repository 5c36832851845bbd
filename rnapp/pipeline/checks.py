"""Checks whose facts come together only here: what was entered against what the scans and the dose say."""

from rnapp.trust.checks.given import clinical_cautions
from rnapp.types import Caution, Clinical, Prepared


def entered_cautions(prepared: Prepared, clinical: Clinical) -> tuple[Caution, ...]:
    """What of the clinical values contradicts itself, or the days of the reference scan and of the dose."""
    scan = prepared.reference.series
    return clinical_cautions(clinical, scan.date, treated_day(prepared), scan.age)


def treated_day(prepared: Prepared) -> str:
    """The day of the dose, ISO 8601, "" where there is none or none is known."""
    return prepared.dose.dose.date if prepared.dose else ""
