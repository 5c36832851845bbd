"""Which radiotherapy dose and planning scan of a study are proposed for a scan, and why. Values only, no files."""

from collections.abc import Sequence

from rnapp.io.proposal import DERIVED
from rnapp.io.rt_sum import QUESTIONS
from rnapp.io.suitability import role_problem
from rnapp.tasks.roles import DOSE_ROLE, PLANNING_ROLE
from rnapp.types import Proposed, Series

# Best first: what resembles the scans of the models is registered to them most surely.
_PLANNING_KINDS = ("T1CE", "T1", "CT", "FLAIR", "T2", "unknown", "other")


def propose_dose(series: Sequence[Series], scan: Series | None) -> Proposed:
    """The newest dose that is not dated after the scan, one of which nothing has to be asked before others."""
    doses = [one for one in series if one.kind == "dose"]
    usable = [one for one in doses if role_problem(one, DOSE_ROLE) is None]
    if not usable:
        return Proposed(None, next((one.unusable for one in doses if one.unusable), "No radiotherapy dose was found."))
    day = scan.date if scan else ""
    earlier = [one for one in usable if not (day and one.date > day)]
    if not earlier:
        return Proposed(None, f"Every dose is dated after the scan ({usable[0].date}); choose one yourself if a date "
                              "is wrong.")
    best = max(earlier, key=lambda one: (one.date, not _asks(one)))
    return Proposed(best.uid, f"Proposed: {facts(best)}; {_why_dose(best, earlier, len(usable))}.")


def propose_planning(series: Sequence[Series], dose: Series | None, scans: Sequence[Series]) -> Proposed:
    """A CT or MRI in the dose's frame of reference. scans: those that the models see; where one of them is in that
    frame, no other is needed."""
    if dose is None:
        return Proposed(None, "Not needed without a dose.")
    frame = dose.frame_of_reference
    if not frame:
        return Proposed(None, "The dose names no frame of reference, so its planning scan cannot be recognised; choose "
                              "it yourself.")
    if any(one.frame_of_reference == frame for one in scans):
        return Proposed(None, "Not needed: one of the scans is in the dose's frame of reference.")
    found = [one for one in series if one.frame_of_reference == frame and role_problem(one, PLANNING_ROLE) is None]
    if not found:
        return Proposed(None, "No CT or MRI here is in the dose's frame of reference.")
    best = min(found, key=lambda one: (_PLANNING_KINDS.index(one.kind), -one.shape[0] * one.shape[1] * one.shape[2]))
    return Proposed(best.uid, f"Proposed: {facts(best)}; in the dose's frame of reference.")


def facts(series: Series) -> str:
    """What a series is and when it was made, in a few words."""
    # Derived is what many an export calls everything.
    said = [fact for fact in series.facts if fact != DERIVED] or [series.kind]
    return ", ".join([*said, *([series.date] if series.date else [])])


def _asks(series: Series) -> bool:
    """Whether something has to be said before this dose can be read."""
    return any(one.code in QUESTIONS for one in series.cautions)


def _why_dose(best: Series, earlier: Sequence[Series], usable: int) -> str:
    same_day = [one for one in earlier if one.date == best.date]
    if len(same_day) > 1:
        return f"one of {len(same_day)} doses of that day, so check which was given"
    if usable == 1:
        return "the only dose" if best.date else "the only dose, its date is unknown"
    return "the newest dose before the scan"
