"""What a model's card says of its own numbers, in sentences: for the page and the PDF."""

import math
from collections.abc import Iterator, Mapping

from rnapp.report.wording import COHORTS, percent
from rnapp.types import Calibration, Question


def cohort_name(cohort: str) -> str:
    """Of the card's cohort, in words."""
    return COHORTS.get(cohort, cohort.replace("_", " "))


def shortfalls(calibration: Calibration, question: Question) -> Iterator[str]:
    """One sentence for each cohort in which the limits were wrong more often than they promise, beyond chance: the
    interval's upper end lies below the level, of all cases or of one outcome. The card's first cohort comes from where
    the model was calibrated, so that only for the others is this a reason. Raises RnappError for a share outside 0 to
    1."""
    first, second = question.outcomes
    cases = "lesions" if question.unit == "lesion" else "studies"
    kinds = {"coverage": cases, "coverage_first": f"those with {first.name}",
             "coverage_second": f"those with {second.name}"}
    reason = f" The limits hold only for {cases} from where the model was calibrated."
    for place, (cohort, measures) in enumerate(calibration.cohorts.items()):
        wrong = [f"{percent(1 - measures[name])} of {words}" for name, words in kinds.items()
                 if _falls_short(measures, name, calibration.level)]
        if wrong:
            yield (f"{_begun(cohort_name(cohort))}: the answer named the wrong outcome in {_listed(wrong)}, not in at "
                   f"most {percent(1 - calibration.level)} as promised.{reason if place else ''}")


def _falls_short(measures: Mapping[str, float], name: str, level: float) -> bool:
    return name in measures and measures.get(f"{name}_high", math.nan) < level


def _listed(parts: list[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _begun(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
