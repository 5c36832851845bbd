"""What of the case on the desk is kept, and the desk as it was left."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rnapp.errors import CaseError
from rnapp.io.patients import hidden
from rnapp.types import (
    BoardOpinion,
    Candidate,
    LesionSet,
    ModelCard,
    Prepared,
    Reading,
    Series,
    Study,
    Treatment,
    Volume,
)
from rnapp.ui.pending import Earlier
from rnapp.ui.workspace import Case, Form, Message, Step

NOTHING_TO_KEEP = "There is nothing to keep yet: prepare the scan first; until then everything is in its files."


@dataclass(frozen=True, eq=False)
class KeptCase:
    """A case without what can be made again, is of this start of the program only, or names the patient's files.

    The fields that Case has too mean the same. series: the prepared one.
    """

    series: Series
    study_warnings: tuple[str, ...]
    prepared: Prepared
    quality_png: bytes
    accepted: bool
    mask: Volume | None
    lesions: LesionSet | None
    known: LesionSet | None
    given: LesionSet | None
    taken: tuple[Candidate, ...]
    form: Form
    reading: Reading | None
    reader_first: bool
    opinions: Mapping[int, BoardOpinion]
    revealed: bool
    informed: bool
    former_opinions: tuple[BoardOpinion, ...]
    earlier: tuple[Earlier, ...]
    present_day: str
    all_drawn: bool
    treatments: tuple[Treatment, ...]
    shown_lesion: int


# What Case and KeptCase have in common.
SHARED = tuple(field.name for field in fields(KeptCase) if field.name in {field.name for field in fields(Case)})


def to_keep(case: Case) -> KeptCase:
    """Raises CaseError where nothing is prepared yet."""
    if case.prepared is None or case.prepared_series is None or case.study is None:
        raise CaseError(NOTHING_TO_KEEP)
    shared = {name: getattr(case, name) for name in SHARED}
    # A file that waits for a choice is still where it came from.
    shared["earlier"] = tuple(replace(one, waiting=None) for one in case.earlier)
    # A kept case names nobody, but an earlier scan of another patient must be noticed in it too.
    series = replace(case.prepared_series, files=(), patient=hidden(case.prepared_series.patient))
    return KeptCase(series=series, study_warnings=case.study.warnings, **shared)


def as_left(kept: KeptCase, native: Path) -> dict[str, Any]:
    """Fields of the case on the desk. native: a file with the voxels of the prepared series, in case it is to be
    prepared again."""
    series = replace(kept.series, files=(native,))
    study = Study(kept.form.pseudonym, (series,), series.uid, kept.study_warnings)
    shared = {name: getattr(kept, name) for name in SHARED}
    return shared | {"study": study, "chosen": series.uid, "prepared_uid": series.uid, "step": _step(kept),
                     "opinions": MappingProxyType(dict(kept.opinions))}


def same(one: Case, other: Case) -> bool:
    """Whether keeping both would keep the same."""
    return all(getattr(one, name) is getattr(other, name) for name in ("prepared_uid", *SHARED))


def summary(case: Case) -> str:
    """A line for the list of kept cases."""
    count = len(case.lesions.lesions) if case.lesions else 0
    lesions = {0: "no lesion drawn", 1: "1 lesion"}.get(count, f"{count} lesions")
    state = ("answer shown" if case.revealed else "read, answer not shown" if case.reading else "not read")
    return f"{lesions}, {state}" + (f", {len(case.earlier) + 1} scans" if case.earlier else "")


def other_model(reading: Reading | None, present: ModelCard) -> Message | None:
    """That a kept answer is not the present model's."""
    if reading is None or reading.model.sha256 == present.sha256:
        return None
    return Message("warning", f"This answer was given on {reading.created[:10]} by {reading.model.name} "
                              f"{reading.model.version}; the model in use is {present.name} {present.version}. Read "
                              "the lesions again to ask it.")


def _step(kept: KeptCase) -> Step:
    """Where the work goes on."""
    if kept.reading is not None:
        return Step.READING
    return Step.LESIONS if kept.accepted else Step.PREPARATION
