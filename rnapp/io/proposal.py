"""Which series of a study is proposed for the analysis, and why. Values only, no files."""

from collections.abc import Sequence
from itertools import takewhile

import numpy as np

from rnapp.io.suitability import IS_CT, IS_DOSE
from rnapp.io.words import says_contrast, words
from rnapp.types import Series

# Facts that count against a series.
REFORMATTED, DERIVED = "reformatted from another series", "marked as derived"
OTHER_REGION = "another region mentioned"
FAR_REGION = "scan of another region"
_AFTER_AGENT = 5  # evidence from which a series is taken for T1 after contrast
_NUMBERS = ("", "", "two", "three", "four", "five", "six")


def propose(series: Sequence[Series]) -> Series | None:
    """The series to analyse: by evidence of contrast, then the newest, originals before copies; if no words distinguish
    before from after the agent, the later one; else the thinnest. Never by UID."""
    return max(_candidates(series), key=_preference, default=None)


def reason(series: Series, candidates: Sequence[Series]) -> str:
    """Why this series of a study is proposed, one line: what it is, and what set it apart from others as likely."""
    # Derived is what many an export calls everything; it only matters beside an original.
    facts = ", ".join(fact for fact in series.facts if fact != DERIVED) or series.kind
    others = [one for one in _candidates(candidates) if one.uid != series.uid]
    return f"Proposed: {facts}{_set_apart(series, others)}."


def why_none(series: Sequence[Series]) -> str:
    """Why no series of a study, at least one, is proposed: the reasons, of each kind once."""
    reasons = list(dict.fromkeys(map(_why_not, series)))
    if len(reasons) == 1:
        return reasons[0]
    return (f"None of the {len(series)} series can be proposed as a T1CE of the head. {' '.join(reasons[:5])}"
            f"{' …' if len(reasons) > 5 else ''}")


def _why_not(series: Series) -> str:
    if series.kind in ("CT", "dose"):
        return IS_CT if series.kind == "CT" else IS_DOSE
    if series.unusable:
        return series.unusable
    # Neither description nor file name: both may hold a patient's name.
    if series.kind in ("T1CE", "T1", "unknown"):
        what = next((fact for fact in series.facts if fact.startswith(FAR_REGION)), FAR_REGION)
        return f"This series is described as a {what}; choose it yourself if it shows the head."
    what = next((fact for fact in series.facts[1:] if fact.startswith(("a subtraction", "a fat", "an opposed"))), "")
    kind = what or {"other": "another kind of image"}.get(series.kind, f"a {series.kind}")
    return f"This series is {kind}, not a T1 after contrast; choose it yourself if that is wrong."


def _candidates(series: Sequence[Series]) -> list[Series]:
    return [one for one in series if not one.unusable and one.kind in ("T1CE", "T1", "unknown")
            and not _has(one, FAR_REGION)]


def _has(series: Series, fact: str) -> bool:
    return any(one.startswith(fact) for one in series.facts)


def _copied(series: Series) -> int:
    """How surely it is a copy. Many an export calls everything derived, but its originals never reformatted."""
    return 2 if _has(series, REFORMATTED) else int(_has(series, DERIVED))


def _described(series: Series) -> bool:
    return says_contrast(words(series.description)) is True


def _evidence(series: Series) -> int:
    """The evidence for T1 after contrast: 6 described, 5 recorded, 4 described against the record, 3 contrast but no
    sequence, 2 T1, 1 nothing known, 0 without contrast."""
    if series.kind == "T1CE":
        return 4 if series.contrast is False else 6 if _described(series) else 5
    if series.contrast is False:
        return 0
    if series.kind == "unknown":
        return 3 if series.contrast else 1
    return 2


def _preference(series: Series) -> tuple[tuple[str, float | int | str], ...]:
    """Criteria in their order, each with its name."""
    evidence = _evidence(series)
    time = ("the later", series.time)
    # In a study without times the series numbers give the order.
    number = ("the later", series.number)
    thin = ("the thinnest slices", -round(max(series.spacing), 1))
    voxels = ("the most voxels", int(np.prod(series.shape)))
    # An agent that is only recorded may have been recorded before it was given.
    told = evidence in (6, 4, 3)
    # "MPR" is also short for MPRAGE: it only decides between slices of the same thickness.
    mpr = ("an original, not a copy", -int("mpr" in words(series.description)))
    numbered = () if series.time else (number,)
    order = (thin, mpr, voxels, time, number) if told else (time, *numbered, thin, mpr, voxels, number)
    return (("", evidence), ("no other region mentioned", -int(_has(series, OTHER_REGION))),
            ("the newest", series.date), ("an original, not a copy", -_copied(series)), *order)


def _set_apart(series: Series, others: Sequence[Series]) -> str:
    """The first criterion that none of the others as likely meets."""
    own = _preference(series)
    alike = [one for one in others if _preference(one)[0] == own[0]]
    if not alike:
        return "; the only T1 with contrast" if others and _evidence(series) >= _AFTER_AGENT - 1 else ""
    rival = max(map(_preference, alike))
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(own, rival, strict=False))))
    if same >= min(len(own), len(rival)):
        return f"; the first of {_count(len(alike) + 1)} that look the same"
    name = own[same][0]
    return f"; {name} of {_count(len(alike) + 1)}" if name.startswith("the ") else f"; {name}"


def _count(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)
