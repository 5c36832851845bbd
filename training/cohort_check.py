"""Rows of a cohort table that contradict each other, or would put one patient on both sides of a split."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rnapp.types import Question
from training.cohort_row import Problem, Row


def contradictions(rows: Sequence[Row], question: Question) -> Iterator[Problem]:
    """In no particular order. A lesion has one outcome; a study of a patient may have another than a later one."""
    yield from _twice(rows)
    yield from _shared(rows)
    if question.unit == "lesion":
        yield from _contradictory(rows, question)
        yield from _undated(rows)
    yield from _across(rows)


def _twice(rows: Sequence[Row]) -> Iterator[Problem]:
    """A lesion on one scan, or one mask for two lesions without labels that tell them apart, listed twice."""
    scans = Counter((row.patient, row.lesion, row.image, row.series) for row in rows)
    masks = Counter((row.mask, row.mask_labels) for row in rows)
    for row in rows:
        if scans[row.patient, row.lesion, row.image, row.series] > 1:
            what = f"lesion {row.lesion}" if row.lesion else "the study"
            yield Problem(row.line, f"{what} of patient {row.patient} is listed more than once on this scan; keep one "
                                    "row.")
        elif row.mask and masks[row.mask, row.mask_labels] > 1:
            yield Problem(row.line, f"the mask {row.mask.name} stands for more than one lesion; give each its own "
                                    "mask or mask_labels.")


def _shared(rows: Sequence[Row]) -> Iterator[Problem]:
    """A scan under two names would be on both sides of a split."""
    patients: dict[tuple[Path, str], set[str]] = defaultdict(set)
    for row in rows:
        for one in _inputs(row):
            patients[one].add(row.patient)
    for row in rows:
        for image, names in ((one[0], patients[one]) for one in _inputs(row) if len(patients[one]) > 1):
            yield Problem(row.line, f"the image {image.name} is listed for the patients "
                                    f"{' and '.join(sorted(names))}; a scan is of one patient.")


def _inputs(row: Row) -> tuple[tuple[Path, str], ...]:
    """Path and series of each, once."""
    others = ((place, row.other_series.get(role, "")) for role, place in row.others.items())
    return tuple(dict.fromkeys(((row.image, row.series), *others)))


def _contradictory(rows: Sequence[Row], question: Question) -> Iterator[Problem]:
    """A lesion with both outcomes."""
    first, second = (one.code for one in question.outcomes)
    outcomes: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in rows:
        if row.outcome is not None:
            outcomes[row.patient, row.lesion].add(row.outcome)
    for row in rows:
        if len(outcomes[row.patient, row.lesion]) > 1:
            yield Problem(row.line, f"lesion {row.lesion} of patient {row.patient} is once {first} and once {second}; "
                                    "a lesion has one outcome.")


def _undated(rows: Sequence[Row]) -> Iterator[Problem]:
    """Growth is counted from the smallest earlier scan, so the order of a lesion's scans must be known."""
    scans = Counter((row.patient, row.lesion) for row in rows)
    labelled = {(row.patient, row.lesion) for row in rows if row.outcome is not None}
    for row in rows:
        if row.months is None and (row.patient, row.lesion) in labelled and scans[row.patient, row.lesion] > 1:
            yield Problem(row.line, f"lesion {row.lesion} of patient {row.patient} has an outcome and several scans, "
                                    "but the months of this one are missing; fill them in.")


def _across(rows: Sequence[Row]) -> Iterator[Problem]:
    """A patient on both sides of the split, or in two centres, would be trained on and tested on."""
    for name in ("split", "centre"):
        sides: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            sides[row.patient].add(getattr(row, name))
        for row in _first_of(row for row in rows if len(sides[row.patient]) > 1):
            found = " and ".join(sorted(side or "nothing" for side in sides[row.patient]))
            yield Problem(row.line, f"patient {row.patient} has {found} as the {name}; all rows of a patient must "
                                    "have the same.")


def _first_of(rows: Iterable[Row]) -> Iterator[Row]:
    seen: set[str] = set()
    for row in rows:
        if row.patient not in seen:
            seen.add(row.patient)
            yield row
