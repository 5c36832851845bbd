"""A centre's audit in sentences, for the page and the command line."""

import math
from collections.abc import Iterator

from rnapp.report.wording import percent
from rnapp.trust.audit import LEAST_CASES, LEAST_EACH, Audit, Quarter
from rnapp.trust.measures import wilson
from rnapp.types import Question


def lines(audit: Audit, question: Question, unreadable: int = 0) -> Iterator[str]:
    """What was found, one fact each."""
    withheld = sum(one.probability is None for one in audit.rows)
    yield (f"{len(audit.rows)} answers in kept cases; {withheld} of them without a number; "
           f"{audit.measured} with a number and a known outcome.")
    if unreadable:
        yield f"{unreadable} kept cases cannot be read and are left out."
    yield from _called(audit)
    yield from _measures(audit, question)
    yield from map(quarter, audit.quarters)


def quarter(one: Quarter) -> str:
    """The inputs of three months."""
    seen = "" if math.isnan(one.distance) else f"; median distance from what the model has seen {one.distance:.1f}"
    mean = "" if math.isnan(one.probability) else f"; mean number {percent(one.probability)}"
    return f"{one.name}: {one.cases} answers, {one.withheld} without a number{mean}{seen}."


def _called(audit: Audit) -> Iterator[str]:
    if audit.called:
        low, high = wilson(audit.right, audit.called)
        yield (f"{audit.right} of {audit.called} answers that named an outcome were right "
               f"({percent(audit.right / audit.called)}, 95 % interval {percent(low)} to {percent(high)}).")


def _measures(audit: Audit, question: Question) -> Iterator[str]:
    if not audit.enough:
        yield (f"Calibration and AUC are shown from {LEAST_CASES} known outcomes on, {LEAST_EACH} of either kind; "
               "fewer would say nothing.")
        return
    low, high = audit.auc_interval
    yield f"AUC {audit.auc:.2f} (95 % interval {low:.2f} to {high:.2f})."
    yield f"Brier score {audit.brier:.3f}; expected calibration error {audit.error:.3f}."
    for one in audit.reliability:
        yield (f"Of {one.count} given {percent(one.mean)} on average, {percent(one.share)} were "
               f"{question.outcomes[0].short} (95 % interval {percent(one.low)} to {percent(one.high)}).")
