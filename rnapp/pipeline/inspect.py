"""What was given, before anything is prepared: series, proposal, mask and form, in seconds."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from rnapp.errors import InputError
from rnapp.io.patients import patients
from rnapp.io.study import read_study, read_volume
from rnapp.io.suitability import with_warnings
from rnapp.pipeline.files import CaseFiles, read_clinical
from rnapp.pipeline.mask_check import CheckedMask, check_confirmed, check_mask_on
from rnapp.pipeline.study import chosen_series
from rnapp.preprocess.cut_off import cut_off_cautions
from rnapp.types import ClinicalData, Series, Study, Volume

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Inspection:
    """chosen: the series that would be read, None if there is none; scan: its voxels; mask, clinical: None where none
    was given or what was given cannot be used; trouble: one sentence for each thing that cannot be used; mask_trouble:
    that of the mask."""

    study: Study
    chosen: Series | None
    scan: Volume | None
    mask: CheckedMask | None
    mask_given: bool
    clinical: ClinicalData | None
    trouble: tuple[str, ...]
    mask_trouble: str = ""


def inspect(case: CaseFiles) -> Inspection:
    """Read the headers, the chosen series, the mask and the form. Raises StudyError where there is no series at all."""
    trouble: list[str] = []
    clinical = _tried(lambda: read_clinical(case.clinical), trouble) if case.clinical else None
    with tempfile.TemporaryDirectory(prefix="rnapp-") as workspace:
        study = read_study(case.study, Path(workspace))
        found = _tried(lambda: chosen_series(study, case.series, case.patient), trouble)
        study, chosen = found or (study, None)
        scan = _tried(lambda: read_volume(chosen), trouble) if chosen else None
    study, seen = _looked_at(study, chosen, scan)
    path, mask, mask_trouble, before = case.mask, None, "", len(trouble)
    if path and chosen and scan:
        mask = _tried(lambda: check_mask_on(path, scan, chosen.frame_of_reference), trouble)
        if mask:
            found_mask = mask
            _tried(lambda: check_confirmed(found_mask, case.atlas_mask), trouble)
        mask_trouble = trouble[-1] if len(trouble) > before else ""
    return Inspection(study, seen, scan, mask, path is not None, clinical, tuple(trouble), mask_trouble)


def _looked_at(study: Study, chosen: Series | None, scan: Volume | None) -> tuple[Study, Series | None]:
    """The chosen series with what its picture shows, in the study too."""
    if chosen is None or scan is None:
        return study, chosen
    looked = with_warnings(chosen, *cut_off_cautions(scan))
    return replace(study, series=tuple(looked if one.uid == looked.uid else one for one in study.series)), looked


def _tried(work: Callable[[], T], trouble: list[str]) -> T | None:
    """Its value, or None and one more sentence."""
    try:
        return work()
    except InputError as error:
        trouble.append(str(error))
        return None


def as_json(found: Inspection) -> dict[str, Any]:
    """The object that rnapp inspect --json prints: docs/inspect_json.md."""
    study, scan = found.study, found.scan
    return {
        "series": [_series(one) for one in (*study.series, *study.others)],
        "patients": [{"id": patient, "series": count} for patient, count in patients(study)],
        "proposed": study.proposed,
        "why": study.why,
        "left_out": [{"files": one.files, "reason": one.reason} for one in study.left_out],
        "warnings": list(dict.fromkeys((*study.warnings, *(found.chosen.warnings if found.chosen else ()),
                                        *found.trouble))),
        "mask": _mask(found),
        "clinical": asdict(found.clinical) if found.clinical else None,
        "scan": None if scan is None else {
            "uid": found.chosen.uid if found.chosen else None, "shape": list(scan.shape),
            "spacing": [float(side) for side in scan.spacing], "min": float(scan.array.min()),
            "max": float(scan.array.max())},
    }


def as_lines(found: Inspection) -> Iterator[str]:
    """The same for people; what a header or a file name holds besides letters does nothing to the terminal."""
    for line in _lines(found):
        yield "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


def _lines(found: Inspection) -> Iterator[str]:
    study = found.study
    for one in (*study.series, *study.others):
        mark = "→" if found.chosen and one.uid == found.chosen.uid else "-"
        grid = f"{'×'.join(map(str, one.shape))}, {' × '.join(f'{side:.2f}' for side in one.spacing)} mm"
        yield f"{mark} {one.description or 'without description'}: {one.kind}, {grid}, {len(one.files)} file(s)"
        yield f"    uid {one.uid}"
        yield from (f"    {text}" for text in ((one.unusable,) if one.unusable else one.warnings))
    if study.others:
        yield from (f"Patient {patient}: {count} series" for patient, count in patients(study))
    if study.why:
        yield study.why
    yield from (f"Left out: {one.files} file(s). {one.reason}" for one in study.left_out)
    yield from study.warnings
    if found.mask:
        yield found.mask.said
    if found.clinical:
        yield "Clinical data: " + ", ".join(f"{name} {value}" for name, value in asdict(found.clinical).items()
                                            if value is not None)


def _series(one: Series) -> dict[str, Any]:
    return {"uid": one.uid, "description": one.description, "kind": one.kind, "contrast": one.contrast,
            "usable": one.unusable is None, "reason": one.unusable, "files": len(one.files), "patient": one.patient,
            "facts": list(one.facts), "warnings": list(one.warnings)}


def _mask(found: Inspection) -> dict[str, Any] | None:
    if not found.mask_given:
        return None
    trouble = [found.mask_trouble] if found.mask_trouble else []
    structures, warnings = (found.mask.structures, found.mask.warnings) if found.mask else ((), ())
    return {"fits": found.mask is not None and not trouble, "structures": [asdict(one) for one in structures],
            "warnings": [*trouble, *warnings]}
