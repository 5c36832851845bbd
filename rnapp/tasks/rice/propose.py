"""Which series of a study are proposed for the inputs of this task, by date and kind. Values only, no files."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rnapp.io.proposal import propose as best_of
from rnapp.io.proposal import reason, why_none
from rnapp.tasks.dose_proposal import facts, propose_dose, propose_planning
from rnapp.tasks.rice.question import EVENT, POST_OP
from rnapp.tasks.roles import DOSE, PLANNING
from rnapp.types import Proposed, Series

_CHOOSE_BOTH = ("These scans have no dates, so it is not clear which shows the new enhancement and which was made "
                "after surgery; choose them yourself.")


def propose(series: Sequence[Series]) -> dict[str, Proposed]:
    """The newest T1 after contrast as the event; the newest dose before it; as post-operative the T1 after contrast in
    the dose's frame of reference, or the last one before its date; for planning what else is in that frame."""
    by_day = _by_day(series)
    event = _event(series, by_day)
    scan = _find(series, event)
    dose = propose_dose(series, scan)
    planned = _find(series, dose)
    post_op = _post_op([one for day, one in sorted(by_day.items()) if scan and day and day < scan.date], planned)
    scans = [one for one in (scan, _find(series, post_op)) if one]
    return {EVENT: event, POST_OP: post_op, DOSE: dose, PLANNING: propose_planning(series, planned, scans)}


def _by_day(series: Sequence[Series]) -> Mapping[str, Series]:
    """Day ("" for those without a date) → the T1 after contrast of that day that suits best."""
    days: dict[str, list[Series]] = defaultdict(list)
    for one in series:
        if one.kind == "T1CE":
            days[one.date].append(one)
    return {day: best for day, many in days.items() if (best := best_of(many))}


def _event(series: Sequence[Series], by_day: Mapping[str, Series]) -> Proposed:
    dated = {day: one for day, one in by_day.items() if day}
    if dated:
        best = dated[max(dated)]
        why = "the newest T1 with contrast" if len(dated) > 1 else "the only T1 with contrast"
        return Proposed(best.uid, f"Proposed: {facts(best)}; {why}.")
    if sum(one.kind == "T1CE" and not one.unusable for one in series) > 1:
        return Proposed(None, _CHOOSE_BOTH)
    best_left = best_of(series)
    return Proposed(None, why_none(series)) if best_left is None else Proposed(best_left.uid, reason(best_left, series))


def _post_op(earlier: Sequence[Series], dose: Series | None) -> Proposed:
    """earlier: the T1 after contrast of each day before the event, oldest first."""
    if not earlier:
        return Proposed(None, "There is no T1 after contrast from before the one with the new enhancement.")
    if dose is not None:
        framed = [one for one in earlier if dose.frame_of_reference
                  and one.frame_of_reference == dose.frame_of_reference]
        if framed:
            # Later ones may have been brought into the planning frame for comparison.
            planned_on = [one for one in framed if dose.date and one.date <= dose.date] or framed[:1]
            return _proposed(planned_on[-1], "in the dose's frame of reference")
        if dose.date:
            before = [one for one in earlier if one.date <= dose.date]
            if before:
                return _proposed(before[-1], "the last T1 with contrast before the dose was planned")
            return Proposed(None, "Every earlier T1 after contrast is dated after the dose was planned; choose one "
                                  "yourself if a date is wrong.")
    if len(earlier) == 1:
        return _proposed(earlier[0], "the only earlier T1 with contrast, so check that it was made after surgery and "
                                     "before radiotherapy")
    return Proposed(None, f"There are {len(earlier)} earlier scans and no date of a dose, so it is not clear which was "
                          "made after surgery and before radiotherapy; choose it yourself.")


def _proposed(series: Series, why: str) -> Proposed:
    return Proposed(series.uid, f"Proposed: {facts(series)}; {why}.")


def _find(series: Sequence[Series], proposed: Proposed) -> Series | None:
    return next((one for one in series if one.uid == proposed.uid), None)
