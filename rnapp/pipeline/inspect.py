"""What was given, before anything is prepared: series, proposals, mask and form, in seconds."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rnapp.errors import InputError
from rnapp.io.patients import patients
from rnapp.io.study import read_volume
from rnapp.io.suitability import with_cautions
from rnapp.pipeline.files import CaseFiles, read_clinical
from rnapp.pipeline.mask_check import CheckedMask, check_confirmed, check_mask_on
from rnapp.pipeline.study import chosen_series, open_study
from rnapp.preprocess.cut_off import cut_off_cautions
from rnapp.tasks.task import Task
from rnapp.types import Caution, Clinical, LoadedSeries, Proposed, RtObject, Series, Study, Volume, sentences

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Inspection:
    """chosen: the series that would be read, the one for the reference first, none where nothing can be chosen; scan:
    the voxels of the first, None where it cannot be read; mask, clinical: None where none was given or what was given
    cannot be used; trouble: one sentence for each thing that cannot be used; mask_trouble: that of the mask."""

    study: Study
    chosen: tuple[Series, ...]
    scan: Volume | None
    mask: CheckedMask | None
    mask_given: bool
    clinical: Clinical | None
    trouble: tuple[str, ...]
    mask_trouble: str = ""

    @property
    def proposed(self) -> Proposed:
        """For the reference."""
        return next(iter(self.study.proposed.values()), Proposed(None, ""))

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """Of the study and the chosen series, each once."""
        return tuple(dict.fromkeys((*self.study.cautions, *(one for series in self.chosen for one in series.cautions))))


@dataclass(frozen=True)
class _Trouble:
    """Collects what cannot be used."""

    said: list[str] = field(default_factory=list)

    def tried(self, work: Callable[[], T]) -> T | None:
        """Its value, or None and one more sentence."""
        try:
            return work()
        except InputError as error:
            self.said.append(str(error))
            return None


def inspect(files: CaseFiles, task: Task) -> Inspection:
    """Read the headers, the chosen series, the mask and the form. Raises StudyError where there is no series at all."""
    trouble = _Trouble()
    clinical = trouble.tried(lambda: read_clinical(files.clinical, task.question)) if files.clinical else None
    study, chosen, scan = _looked_at(files, task, trouble)
    before = len(trouble.said)
    mask = _mask(files, LoadedSeries(chosen[0], scan), trouble) if files.mask and scan else None
    mask_trouble = trouble.said[-1] if len(trouble.said) > before else ""
    return Inspection(study, chosen, scan, mask, files.mask is not None, clinical, tuple(trouble.said), mask_trouble)


def _looked_at(files: CaseFiles, task: Task, trouble: _Trouble) -> tuple[Study, tuple[Series, ...], Volume | None]:
    """The study, the chosen series with what their pictures show (in the study too), and the voxels of the first. The
    dose and its planning scan are read when the scans are prepared."""
    with tempfile.TemporaryDirectory(prefix="rnapp-") as workspace:
        study = open_study(files.study, Path(workspace), task)
        found = trouble.tried(lambda: chosen_series(study, task, files.series, files.patient))
        if found is None:
            return study, (), None
        study, chosen = found
        scans = [trouble.tried(partial(read_volume, one)) if task.question.role(role).kind == "scan" else None
                 for role, one in chosen.items()]
    looked = tuple(with_cautions(one, *cut_off_cautions(scan)) if scan else one
                   for one, scan in zip(chosen.values(), scans, strict=True))
    known = {one.uid: one for one in looked}
    return replace(study, series=tuple(known.get(one.uid, one) for one in study.series)), looked, scans[0]


def _mask(files: CaseFiles, scan: LoadedSeries, trouble: _Trouble) -> CheckedMask | None:
    path = files.mask
    assert path is not None
    of = scan.series
    mask = trouble.tried(lambda: check_mask_on(path, scan.volume, of.frame_of_reference, of.patient, of.date))
    if mask is not None:
        trouble.tried(lambda: check_confirmed(mask, files.atlas_mask))
    return mask


def as_json(inspection: Inspection) -> dict[str, Any]:
    """The object that rnapp inspect --json prints: docs/inspect_json.md."""
    study, scan, proposed = inspection.study, inspection.scan, inspection.proposed
    return {
        "series": [_series(one) for one in (*study.series, *study.others)],
        "patients": [{"id": patient, "series": count} for patient, count in patients(study)],
        "proposed": proposed.uid,
        "why": proposed.why if proposed.uid else "",
        "proposals": {role: {"uid": one.uid, "why": one.why} for role, one in study.proposed.items()},
        "radiotherapy": [_treatment(one) for one in (*study.radiotherapy, *study.other_radiotherapy)],
        "left_out": [{"files": one.files, "reason": one.reason} for one in study.left_out],
        "warnings": list(dict.fromkeys((*sentences(inspection.cautions), *inspection.trouble))),
        "cautions": _cautions(inspection.cautions),
        "mask": _mask_json(inspection),
        "clinical": None if inspection.clinical is None else dict(inspection.clinical),
        "scan": None if scan is None else {
            "uid": inspection.chosen[0].uid, "shape": list(scan.shape),
            "spacing": [float(side) for side in scan.spacing],
            "min": float(scan.array.min()), "max": float(scan.array.max())},
    }


def as_lines(inspection: Inspection) -> Iterator[str]:
    """The same for people; what a header or a file name holds besides letters does nothing to the terminal."""
    for line in _lines(inspection):
        yield "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


def _lines(inspection: Inspection) -> Iterator[str]:
    study = inspection.study
    chosen = {one.uid for one in inspection.chosen}
    for one in (*study.series, *study.others):
        mark = "→" if one.uid in chosen else "-"
        grid = f"{'×'.join(map(str, one.shape))}, {' × '.join(f'{side:.2f}' for side in one.spacing)} mm"
        yield f"{mark} {one.description or 'without description'}: {one.kind}, {grid}, {len(one.files)} file(s)"
        yield f"    uid {one.uid}"
        yield from (f"    {text}" for text in ((one.unusable,) if one.unusable else sentences(one.cautions)))
    for thing in (*study.radiotherapy, *study.other_radiotherapy):
        if thing.kind != "dose":
            yield f"- {thing.description or 'without description'}: radiotherapy {thing.kind}"
            yield from (f"    {text}" for text in (thing.unusable,) if text)
    if study.others:
        yield from (f"Patient {patient}: {count} series" for patient, count in patients(study))
    yield from _proposals(study.proposed)
    yield from (f"Left out: {one.files} file(s). {one.reason}" for one in study.left_out)
    yield from sentences(study.cautions)
    if inspection.mask:
        yield inspection.mask.said
    if inspection.clinical:
        yield "Clinical data: " + ", ".join(f"{name} {value}" for name, value in inspection.clinical.items()
                                            if value is not None)


def _proposals(proposed: Mapping[str, Proposed]) -> Iterator[str]:
    """Why each is proposed; why none is, is among the cautions."""
    found = {role: one.why for role, one in proposed.items() if one.uid}
    yield from (why if len(found) == 1 else f"{role}: {why}" for role, why in found.items())


def _series(series: Series) -> dict[str, Any]:
    return {"uid": series.uid, "description": series.description, "kind": series.kind, "contrast": series.contrast,
            "usable": series.unusable is None, "reason": series.unusable, "files": len(series.files),
            "patient": series.patient, "facts": list(series.facts), "warnings": list(sentences(series.cautions)),
            "cautions": _cautions(series.cautions)}


def _treatment(one: RtObject) -> dict[str, Any]:
    return {"kind": one.kind, "uid": one.uid, "description": one.description, "date": one.date, "patient": one.patient,
            "usable": one.unusable is None, "reason": one.unusable}


def _mask_json(inspection: Inspection) -> dict[str, Any] | None:
    if not inspection.mask_given:
        return None
    trouble = [inspection.mask_trouble] if inspection.mask_trouble else []
    structures, cautions = (inspection.mask.structures, inspection.mask.cautions) if inspection.mask else ((), ())
    return {"fits": inspection.mask is not None and not trouble, "structures": [asdict(one) for one in structures],
            "warnings": [*trouble, *sentences(cautions)], "cautions": _cautions(cautions)}


def _cautions(cautions: Sequence[Caution]) -> list[dict[str, str]]:
    return [asdict(one) for one in cautions]
