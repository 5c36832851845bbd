"""The reading as plain values for result.json; the schema is result.schema.json, explained in docs/result_json.md."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from rnapp.errors import RnappError
from rnapp.report.versions import software_versions
from rnapp.report.wording import DEMONSTRATION, INTENDED_USE, statement, verdict
from rnapp.types import BoardOpinion, Contribution, Lesion, LesionReading, ModelCard, Prepared, Reading

SCHEMA_VERSION = "1.3"


def result(reading: Reading) -> dict[str, Any]:
    """result.json as dicts, lists, str, int, finite float, bool and None.

    Raises RnappError where a number is not finite or a probability is outside 0 to 1.
    """
    demonstration = reading.model.demonstration
    board = {opinion.lesion: opinion for opinion in reading.board}
    values = {
        "schema_version": SCHEMA_VERSION,
        "intended_use": INTENDED_USE,
        "demonstration": demonstration,
        "demonstration_statement": DEMONSTRATION if demonstration else None,
        "created": reading.created,
        "pseudonym": reading.pseudonym,
        "warnings": all_warnings(reading),
        "software": dict(reading.software),
        "preparation": _preparation(reading.prepared),
        "clinical": asdict(reading.clinical),
        "model": _model(reading.model),
        "lesions": [_lesion(one, board.get(one.lesion.number)) for one in reading.lesions],
        "former_board_opinions": [asdict(one) for one in reading.former_board],
        "timings_s": dict(reading.timings_s),
    }
    plain: dict[str, Any] = _plain(values, "result")
    return plain


def preparation_result(prepared: Prepared) -> dict[str, Any]:
    """preparation.json: the same values as in result.json, before any lesion is analysed. Raises as result()."""
    values = {
        "schema_version": SCHEMA_VERSION,
        "intended_use": INTENDED_USE,
        "warnings": prepared.warnings,
        "software": software_versions(),
        "preparation": _preparation(prepared),
    }
    plain: dict[str, Any] = _plain(values, "result")
    return plain


def all_warnings(reading: Reading) -> list[str]:
    """Every warning once, in the order of the work; those of a lesion name it."""
    lesions = [f"Lesion {one.lesion.number}: {warning}" for one in reading.lesions for warning in one.lesion.warnings]
    return list(dict.fromkeys([*reading.warnings, *reading.prepared.warnings, *reading.lesion_set.warnings, *lesions]))


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
        "timings_s": dict(prepared.timings_s),
        "warnings": prepared.warnings,
    }


def _model(card: ModelCard) -> dict[str, Any]:
    return {
        "name": card.name, "version": card.version, "demonstration": card.demonstration, "sha256": card.sha256,
        "licence": card.licence, "source": card.source, "trained_on": card.trained_on, "metrics": dict(card.metrics),
    }


def _lesion(reading: LesionReading, board: BoardOpinion | None) -> dict[str, Any]:
    return {
        **_measures(reading.lesion),
        "board_opinion": None if board is None else {
            "leaning": board.leaning, "noted": board.noted, "informed": board.informed},
        "prediction": asdict(reading.prediction),
        "verdict": verdict(reading.prediction),
        "statement": statement(reading.prediction),
        "baseline_log_odds": reading.baseline_log_odds,
        "contributions": [_contribution(one) for one in reading.contributions],
        "unknown_clinical": [asdict(one) for one in reading.what_if],
    }


def _measures(lesion: Lesion) -> dict[str, Any]:
    return {
        "number": lesion.number, "name": lesion.name, "side": lesion.side, "centre_sri24_lps_mm": lesion.centre_mm,
        "volume_ml": lesion.volume_ml, "longest_diameter_mm": lesion.longest_diameter_mm,
        "axial_diameter_mm": lesion.axial_diameter_mm, "axial_perpendicular_mm": lesion.axial_perpendicular_mm,
        "bright_share": lesion.bright_share, "edge_mm": lesion.edge_mm, "warnings": lesion.warnings,
    }


def _contribution(one: Contribution) -> dict[str, Any]:
    """A value that could not be computed is unknown, as one that was not given."""
    unknown = isinstance(one.value, float) and not math.isfinite(one.value)
    return {"feature": one.feature, "label": one.label, "group": one.group, "value": None if unknown else one.value,
            "effect": one.effect}


def _plain(value: Any, place: str) -> Any:
    """The value without NumPy types and tuples. Raises RnappError for a number that is not finite."""
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist(), place)
    if isinstance(value, Mapping):
        return {str(key): _plain(one, f"{place}.{key}") for key, one in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(one, f"{place}[{i}]") for i, one in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise RnappError(f"Expected a finite number at {place}, but got {value}; do not use this reading.")
    return value
