"""One lesion's answer: five ViTs, radiomics and clinical data through five stackers, and what each input did to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from rnapp.models import clinical as form
from rnapp.models import shapley
from rnapp.models.features_in_words import words_of
from rnapp.models.radiomics_wanted import filtered, measured
from rnapp.models.stacker import VIT_COLUMN, Stacker
from rnapp.models.vit import VitReading, read_crop, to_input
from rnapp.models.weights import Bundle
from rnapp.models.what_if import what_ifs
from rnapp.tasks.metastasis.attention import attention
from rnapp.tasks.metastasis.crop import Crop
from rnapp.tasks.metastasis.question import FIELDS
from rnapp.types import Answer, CancelToken, Caution, Clinical, Contribution, FloatArray, Prediction, note

_BY_NAME = {field.name: field for field in FIELDS}


def answer(bundle: Bundle, crop: Crop, lesion: int, clinical: Clinical, cancel: CancelToken) -> Answer:
    """The bundle's answer on a lesion; attention is on the crop's grid. lesion: its number.

    Raises ClinicalError for impossible values, MaskError for a lesion too small for radiomics, WeightsError
    where the bundle needs a feature that does not exist, Cancelled.
    """
    seen = look(bundle, crop, clinical, cancel)
    readings, features, rows = seen.readings, seen.features, seen.rows
    rows_with = partial(_rows, bundle, readings, features)
    described = {VIT_COLUMN: float(np.mean([reading.probability for reading in readings]))} | features
    where, removed = attention(bundle, crop, cancel)
    return Answer(
        lesion, _prediction(seen), _contributions(bundle, rows, described, clinical),
        float(mean_log_odds(bundle, np.zeros((1, sum(map(len, rows)))))[0]), where,
        what_ifs(lambda assumed: _together(bundle, rows_with(assumed)), bundle.stackers, FIELDS, clinical),
        (*_cautions(clinical), *removed))


@dataclass(frozen=True, eq=False)
class Seen:
    """What the models say of one lesion, without the reasons. readings: of each fold's ViT; features: the radiomics
    that the stackers use; rows: each stacker's standardised columns; log_odds: of the first outcome, all folds
    together, not calibrated on lesions apart; folds: the same of each fold, shape (folds,)."""

    readings: tuple[VitReading, ...]
    features: dict[str, float]
    rows: list[FloatArray]
    log_odds: float
    folds: FloatArray


def look(bundle: Bundle, crop: Crop, clinical: Clinical, cancel: CancelToken, more: Sequence[str] = ()) -> Seen:
    """The numbers of an answer alone, for whoever asks many times. more: names of further radiomics to measure. Raises
    what answer raises."""
    form.validate(FIELDS, clinical)
    readings = _read_folds(bundle, crop, cancel)
    wanted = {name for one in bundle.stackers for name in one.columns} | set(more)
    features = measured(filtered(crop.t1ce, wanted), crop.mask)
    cancel.check()
    rows = _rows(bundle, readings, features, clinical)
    folds = [float(stacker.log_odds(row[None])[0]) / bundle.temperature
             for stacker, row in zip(bundle.stackers, rows, strict=True)]
    return Seen(readings, features, rows, float(mean_log_odds(bundle, np.concatenate(rows)[None])[0]), np.array(folds))


def _cautions(clinical: Clinical) -> tuple[Caution, ...]:
    if not form.all_unknown(clinical):
        return ()
    return (note("clinical_unknown", "All clinical values are unknown; the answer rests on the image alone."),)


def _rows(bundle: Bundle, readings: tuple[VitReading, ...], features: Mapping[str, float],
          clinical: Clinical) -> list[FloatArray]:
    """The standardised columns of each stacker."""
    columns = {**features, **form.encode(FIELDS, clinical)}
    return [stacker.standardise({VIT_COLUMN: reading.probability} | columns)
            for stacker, reading in zip(bundle.stackers, readings, strict=True)]


def mean_log_odds(bundle: Bundle, rows: FloatArray) -> FloatArray:
    """Calibrated log-odds, the mean over the folds, shape (N,).

    rows: shape (N, sum of columns), the standardised columns of all stackers side by side.
    """
    ends = np.cumsum([len(stacker.columns) for stacker in bundle.stackers])
    parts = np.split(rows, ends[:-1], axis=1)
    logits = [stacker.log_odds(part) for stacker, part in zip(bundle.stackers, parts, strict=True)]
    return np.asarray(np.mean(logits, axis=0) / bundle.temperature)


def _read_folds(bundle: Bundle, crop: Crop, cancel: CancelToken) -> tuple[VitReading, ...]:
    inputs = to_input(crop.channels, bundle.config.side)
    readings = []
    for vit in bundle.vits:
        cancel.check()
        readings.append(read_crop(vit, inputs))
    return tuple(readings)


def _prediction(seen: Seen) -> Prediction:
    return Prediction(_sigmoid(seen.log_odds), tuple(_sigmoid(float(one)) for one in seen.folds),
                      tuple(reading.probability for reading in seen.readings))


def _together(bundle: Bundle, rows: list[FloatArray]) -> float:
    """Probability of the first outcome from all folds."""
    return _sigmoid(float(mean_log_odds(bundle, np.concatenate(rows)[None])[0]))


def _contributions(bundle: Bundle, rows: list[FloatArray], described: Mapping[str, float],
                   clinical: Clinical) -> tuple[Contribution, ...]:
    players = _players(bundle.stackers)
    found = shapley.effects(lambda many: mean_log_odds(bundle, many), np.concatenate(rows), list(players.values()))
    named = [_name(feature, float(effect), described, clinical)
             for feature, effect in zip(players, found, strict=True)]
    return tuple(sorted(named, key=lambda contribution: (-abs(contribution.effect), contribution.feature)))


def _players(stackers: tuple[Stacker, ...]) -> dict[str, list[int]]:
    """Feature → its columns in all stackers side by side; a category's one-hot columns move together."""
    players: dict[str, list[int]] = {}
    for place, column in enumerate(column for stacker in stackers for column in stacker.columns):
        players.setdefault(form.variable_of(column), []).append(place)
    return players


def _name(feature: str, effect: float, described: Mapping[str, float], clinical: Clinical) -> Contribution:
    if feature == VIT_COLUMN:
        return Contribution(feature, words_of(feature).label, "imaging", described[feature], effect)
    if field := _BY_NAME.get(feature):
        return Contribution(feature, field.label, "clinical", form.shown_value(field, clinical.get(feature)), effect)
    known = not np.isnan(described[feature])
    return Contribution(feature, words_of(feature).label, "radiomics", described[feature] if known else None, effect)


def _sigmoid(log_odds: float) -> float:
    return float(1.0 / (1.0 + np.exp(-log_odds)))
