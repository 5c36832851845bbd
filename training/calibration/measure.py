"""What a calibrated model's numbers are worth on fresh cases: measures with intervals, before and after calibration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy.special import expit

from rnapp.trust.measures import (
    auc,
    auc_interval,
    brier,
    decision_curve,
    expected_calibration_error,
    reliability,
    wilson,
)
from rnapp.types import Array, Calibration, FloatArray
from training.calibration.fit import platt

RESAMPLES = 400
INTERVAL = (2.5, 97.5)  # percentiles
THRESHOLDS = np.round(np.arange(0.05, 0.96, 0.05), 2)
_LEAST_ODDS = 1e-9


@dataclass(frozen=True, eq=False)
class Asked:
    """Cases with a known outcome. log_odds: as the model gave them; labels: 1 for the first outcome; unlike: whether
    they lie beyond the limit of what the model knows; shape (N,) each."""

    log_odds: FloatArray
    labels: Array
    unlike: Array


def with_cohorts(calibration: Calibration, cohorts: Mapping[str, Asked], seed: int = 0) -> Calibration:
    """The calibration with what it is worth on each cohort."""
    numbers = {name: calibrated(one.log_odds, calibration) for name, one in cohorts.items()}
    return replace(
        calibration,
        cohorts=MappingProxyType({name: MappingProxyType(measures(one, calibration, seed))
                                  for name, one in cohorts.items()}),
        reliability=MappingProxyType({name: reliability(numbers[name], one.labels) for name, one in cohorts.items()}),
        benefit=MappingProxyType({name: decision_curve(numbers[name], one.labels, THRESHOLDS)
                                  for name, one in cohorts.items()}))


def calibrated(log_odds: FloatArray, calibration: Calibration) -> FloatArray:
    """Probabilities at the calibration's own prior."""
    return np.asarray(expit(calibration.slope * log_odds + calibration.intercept))


def measures(cases: Asked, calibration: Calibration, seed: int = 0) -> dict[str, float]:
    """By name; "raw_…": before calibration; "…_low", "…_high": the 95 % interval (DeLong, Wilson, or bootstrap over
    cases); "…_first", "…_second": among cases of that outcome; "ece_perfect": the error that perfectly calibrated
    numbers would have on so many cases.
    """
    shown, raw = calibrated(cases.log_odds, calibration), np.asarray(expit(cases.log_odds))
    low, high = auc_interval(shown, cases.labels)
    found = {"n": float(len(cases.labels)), "share": float(np.mean(cases.labels)), "auc": auc(shown, cases.labels),
             "auc_low": low, "auc_high": high, "unlike": float(np.mean(cases.unlike))}
    found |= _with_intervals(shown, cases.labels, seed)
    found |= {f"raw_{name}": value for name, value in _with_intervals(raw, cases.labels, seed).items()}
    found["ece_perfect"] = _ece_of_perfect(shown, seed)
    return found | _coverage(shown, cases, calibration.limits)


def _coverage(shown: FloatArray, cases: Asked, limits: tuple[float, float]) -> dict[str, float]:
    """A case is covered unless the other outcome is named. What is unlike counts here like any other."""
    truth = np.asarray(cases.labels, bool)
    first, second = shown >= limits[1], (shown <= limits[0]) & (shown < limits[1])
    wrong = np.where(truth, second, first)
    found = {"indeterminate": float((~first & ~second).mean())}
    for name, rows in {"coverage": np.ones_like(truth), "coverage_first": truth, "coverage_second": ~truth,
                       "coverage_like": ~np.asarray(cases.unlike, bool)}.items():
        hits, count = int((~wrong & rows).sum()), int(rows.sum())
        low, high = wilson(hits, count)
        found |= {name: hits / max(count, 1), f"{name}_low": low, f"{name}_high": high}
    return found


def _with_intervals(probabilities: FloatArray, labels: Array, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(0, len(labels), len(labels)) for _ in range(RESAMPLES)]
    usable = [rows for rows in drawn if 0 < labels[rows].sum() < len(rows)]
    found: dict[str, float] = {}
    for name, measure in _MEASURES.items():
        low, high = np.percentile([measure(probabilities[rows], labels[rows]) for rows in usable], INTERVAL)
        found |= {name: measure(probabilities, labels), f"{name}_low": float(low), f"{name}_high": float(high)}
    return found


def _ece_of_perfect(probabilities: FloatArray, seed: int) -> float:
    """Mean over outcomes drawn with these very probabilities."""
    rng = np.random.default_rng(seed)
    drawn = [rng.random(len(probabilities)) < probabilities for _ in range(RESAMPLES)]
    return float(np.mean([expected_calibration_error(probabilities, labels) for labels in drawn]))


def _logistic(probabilities: FloatArray, labels: Array) -> tuple[float, float]:
    certain = np.clip(probabilities, _LEAST_ODDS, 1 - _LEAST_ODDS)
    return platt(np.log(certain / (1 - certain)), labels)


_MEASURES: Mapping[str, Callable[[FloatArray, Array], float]] = MappingProxyType({
    "brier": brier, "ece": expected_calibration_error, "slope": lambda p, y: _logistic(p, y)[0],
    "intercept": lambda p, y: _logistic(p, y)[1]})
