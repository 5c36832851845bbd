"""A case that has been read, as plain values for result.json (docs/result_json.md); its schema: result_schema.py."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from rnapp.errors import RnappError
from rnapp.report.dose_json import dose_section
from rnapp.report.dose_words import inputs_seen
from rnapp.report.versions import software_versions
from rnapp.report.wording import (
    INTENDED_USE,
    cautions_of,
    demonstration,
    level_words,
    own_cautions,
    statement,
    verdict_code,
)
from rnapp.types import (
    STUDY,
    Answer,
    BoardOpinion,
    CaseResult,
    Caution,
    Channel,
    Contribution,
    Lesion,
    LesionSet,
    ModelCard,
    Prepared,
    Trust,
    sentences,
)

ALL = "all"  # of what was hidden
SCHEMA_VERSION = "2.0"


def result(case: CaseResult) -> dict[str, Any]:
    """result.json as dicts, lists, str, int, finite float, bool and None.

    Raises RnappError where a number is not finite or a probability is outside 0 to 1.
    """
    reading, question = case.reading, case.question
    board = {opinion.lesion: opinion for opinion in case.board}
    answers = [(one, {"board_opinion": _opinion(board.get(one.lesion)), **_answer(case, one)})
               for one in reading.answers]
    values = {
        "schema_version": SCHEMA_VERSION,
        "intended_use": INTENDED_USE,
        "question": question.id,
        "demonstration": reading.model.demonstration,
        "demonstration_statement": demonstration(question) if reading.model.demonstration else None,
        "created": reading.created,
        "pseudonym": case.pseudonym,
        "warnings": all_warnings(case),
        "cautions": [_caution(one, number) for one, number in all_cautions(case)],
        "software": dict(reading.software),
        "preparation": _preparation(case.prepared),
        "confirmed": [{"code": one.code, "lesion": one.lesion, "reason": one.reason} for one in reading.confirmed],
        "clinical": {field.name: reading.clinical.get(field.name) for field in question.fields},
        "model": _model(reading.model),
        "lesions": [{**_measures(case.lesions, one.lesion, sentences(own_cautions(case, one))), **values}
                    for one, values in answers if one.lesion != STUDY],
        "study": next((values for one, values in answers if one.lesion == STUDY), None),
        "outlines": [_measures(case.lesions, number, sentences(case.lesions.lesion(number).cautions))
                     for number in _only_drawn(case)],
        "dose": dose_section(case),
        "former_board_opinions": [asdict(one) for one in case.former_board],
        "timings_s": dict(reading.timings_s),
    }
    plain: dict[str, Any] = _plain(values, "result")
    return plain


def preparation_result(prepared: Prepared) -> dict[str, Any]:
    """preparation.json: the same values as in result.json, before any lesion is analysed. Raises as result()."""
    values = {
        "schema_version": SCHEMA_VERSION,
        "intended_use": INTENDED_USE,
        "warnings": sentences(_of_preparation(prepared)),
        "cautions": [_caution(one, None) for one in dict.fromkeys(_of_preparation(prepared))],
        "software": software_versions(),
        "preparation": _preparation(prepared),
    }
    plain: dict[str, Any] = _plain(values, "result")
    return plain


def all_warnings(case: CaseResult) -> list[str]:
    """What every caution says, once, in the order of the work; those of a lesion name it."""
    return list(dict.fromkeys(str(one) if number is None else f"Lesion {number}: {one}"
                              for one, number in all_cautions(case)))


def graded_warnings(case: CaseResult) -> list[tuple[str, str]]:
    """The same with what follows from each: ("Stop", "Lesion 1: ..."), or what the reader said of it."""
    return list(dict.fromkeys(
        (level_words(one, number, case.reading.confirmed), str(one) if number is None else f"Lesion {number}: {one}")
        for one, number in all_cautions(case)))


def all_cautions(case: CaseResult) -> list[tuple[Caution, int | None]]:
    """Every caution once, with the number of the lesion that it is about, None for the case as a whole."""
    about = [(one, None if answer.lesion == STUDY else answer.lesion)
             for answer in case.reading.answers for one in own_cautions(case, answer)]
    drawn = [(one, number) for number in _only_drawn(case) for one in case.lesions.lesion(number).cautions]
    whole = [(one, None) for one in (*case.prepared.cautions, *case.lesions.cautions)]
    return list(dict.fromkeys([*whole, *about, *drawn, *_of_dose(case)]))


def _of_preparation(prepared: Prepared) -> tuple[Caution, ...]:
    """The cautions of the scans and of the dose on them."""
    placed = prepared.dose
    return (*prepared.cautions, *(() if placed is None else (*placed.dose.cautions, *placed.cautions)))


def _only_drawn(case: CaseResult) -> list[int]:
    """Numbers of the lesions that were drawn and that no answer is about."""
    answered = {one.lesion for one in case.reading.answers}
    return [one.number for one in case.lesions.lesions if one.number not in answered]


def _of_dose(case: CaseResult) -> list[tuple[Caution, int | None]]:
    """The cautions of the preparation, of the dose on it and of its figures."""
    figures = case.reading.dose
    whole: list[tuple[Caution, int | None]] = [(one, None) for one in _of_preparation(case.prepared)]
    if figures is None:
        return whole
    own = [(one, each.lesion) for each in figures.lesions for one in each.cautions]
    return [*whole, *((one, None) for one in figures.cautions), *own]


def _caution(caution: Caution, lesion: int | None) -> dict[str, Any]:
    return {**asdict(caution), "lesion": lesion}


def _preparation(prepared: Prepared) -> dict[str, Any]:
    return {
        "atlas": "SRI24",
        "brain_mask": prepared.mask_source,
        "brain_volume_ml": prepared.brain_volume_ml,
        "quality": asdict(prepared.quality),
        "native_to_atlas_lps_mm": prepared.to_atlas.matrix,
        "scale": prepared.to_atlas.scale,
        "native_shape": prepared.native.shape,
        "native_spacing_mm": prepared.native.spacing,
        "channels": {role: _channel(channel) for role, channel in prepared.channels.items()},
        "timings_s": dict(prepared.timings_s),
        "warnings": sentences(prepared.cautions),
    }


def _channel(channel: Channel) -> dict[str, Any]:
    """How a scan was acquired and registered. Its UIDs and description are left out: they may identify a person."""
    acquired = {name: value if value not in ("", None) else None
                for name, value in asdict(channel.series.acquisition).items() if name != "instances"}
    return {"date": channel.series.date or None, "time": channel.series.time or None,
            "modality": channel.series.modality, **acquired,
            "match": None if channel.match is None else asdict(channel.match)}


def _model(card: ModelCard) -> dict[str, Any]:
    return {
        "name": card.name, "version": card.version, "demonstration": card.demonstration, "sha256": card.sha256,
        "licence": card.licence, "source": card.source, "trained_on": card.trained_on, "metrics": dict(card.metrics),
    }


def _opinion(board: BoardOpinion | None) -> dict[str, Any] | None:
    return None if board is None else {"leaning": board.leaning, "noted": board.noted, "informed": board.informed}


def occlusion_file(hidden: str) -> str:
    """The file name of the map of what was hidden ("all", or a role's name)."""
    return "occlusion.nii.gz" if hidden == ALL else f"occlusion_{hidden}.nii.gz"


def _answer(case: CaseResult, answer: Answer) -> dict[str, Any]:
    question, prediction = case.question, answer.prediction
    return {
        "verdict": verdict_code(question, answer) or None,
        "statement": statement(question, answer),
        "prediction": None if prediction is None else {
            question.probability_name: prediction.probability, "folds": prediction.folds,
            "imaging_folds": prediction.imaging_folds},
        **_trust(answer.trust or Trust("withheld")),
        "cautions": [{"code": one.code, "level": one.level, "sentence": str(one)} for one in cautions_of(case, answer)],
        "baseline_log_odds": None if prediction is None else answer.baseline_log_odds,
        "contributions": [_contribution(one) for one in answer.contributions],
        "unknown_clinical": [asdict(one) for one in answer.what_if],
        "inputs": None if prediction is None else inputs_seen(case.prepared, answer),
        "occlusion": {hidden: occlusion_file(hidden) for hidden in answer.occlusion},
    }


def _trust(trust: Trust) -> dict[str, Any]:
    """What the verdict rests on; all unknown in an answer that was never judged."""
    likeness = trust.likeness
    return {
        "interval": trust.interval, "steady": trust.steady, "unadjusted": trust.unadjusted, "prior": trust.prior,
        "trained_prior": trust.trained_prior, "limits": trust.limits, "level": trust.level,
        "variations": [asdict(one) for one in trust.variations],
        "likeness": None if likeness is None else {
            "like": likeness.like, "distance": likeness.distance, "limit": likeness.limit,
            "false_alarm": likeness.false_alarm},
    }


def _measures(lesions: LesionSet, number: int, warnings: tuple[str, ...]) -> dict[str, Any]:
    lesion: Lesion = lesions.lesion(number)
    return {
        "number": number, "name": lesions.names.get(number, ""), "side": lesion.side,
        "centre_sri24_lps_mm": lesion.centre_mm,
        "volume_ml": lesion.volume_ml, "longest_diameter_mm": lesion.longest_diameter_mm,
        "axial_diameter_mm": lesion.axial_diameter_mm, "axial_perpendicular_mm": lesion.axial_perpendicular_mm,
        "bright_share": lesion.bright_share, "edge_mm": lesion.edge_mm, "warnings": warnings,
    }


def _contribution(contribution: Contribution) -> dict[str, Any]:
    """A value that could not be computed is unknown, like one that was not given."""
    unknown = isinstance(contribution.value, float) and not math.isfinite(contribution.value)
    return {"feature": contribution.feature, "label": contribution.label, "group": contribution.group,
            "value": None if unknown else contribution.value, "effect": contribution.effect}


def _plain(value: Any, path: str) -> Any:
    """The value without NumPy types and tuples. Raises RnappError for a number that is not finite."""
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist(), path)
    if isinstance(value, Mapping):
        return {str(key): _plain(one, f"{path}.{key}") for key, one in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(one, f"{path}[{i}]") for i, one in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise RnappError(f"Expected a finite number at {path}, but got {value}; do not use this reading.")
    return value
