"""Fits what tells the unlike from the like: a Mahalanobis distance and the limit that few held-out cases exceed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.covariance import LedoitWolf

from rnapp.models.novelty import MOST, NoveltyModel, joined
from rnapp.types import Array, FloatArray

FALSE_ALARM = 0.05
# Intensities inside the outline, which cost nothing: chosen with the seeds for choosing (docs/trust_numbers.md).
FIRST_ORDER = tuple(f"original_firstorder_{name}" for name in (
    "10Percentile", "90Percentile", "Energy", "Entropy", "InterquartileRange", "Kurtosis", "Maximum",
    "MeanAbsoluteDeviation", "Mean", "Median", "Minimum", "Range", "RobustMeanAbsoluteDeviation", "RootMeanSquared",
    "Skewness", "TotalEnergy", "Uniformity", "Variance"))
PICTURES = 60
_LEAST_DEVIATION = 1e-9


@dataclass(frozen=True, eq=False)
class Cases:
    """N cases. embeddings: of the networks, shape (N, folds, width); features: radiomics, (N, names), NaN where
    undefined."""

    embeddings: FloatArray
    features: FloatArray
    names: Sequence[str]


def fit_novelty(near: Cases, apart: Cases, pictures: Array, averaged: bool,
                false_alarm: float = FALSE_ALARM) -> NoveltyModel:
    """near: what a distance is measured from; apart: held-out cases for the limit; pictures: of the first cases near,
    uint8, which are then the ones that are named as nearest; averaged, false_alarm: as in NoveltyModel."""
    rows = _rows(near, averaged)
    mean, deviation = np.nanmean(rows, axis=0), np.maximum(np.nanstd(rows, axis=0), _LEAST_DEVIATION)
    scaled = _scaled(rows, mean, deviation)
    shrunk = LedoitWolf(assume_centered=True).fit(scaled).covariance_
    values, vectors = np.linalg.eigh(shrunk)
    projection = (vectors / np.sqrt(values)).T  # its length squared is x' Σ⁻¹ x
    shown = len(pictures) or min(PICTURES, len(rows))
    model = NoveltyModel(tuple(near.names), mean, deviation, projection, scaled[:shown] @ projection.T, pictures, 1.0,
                         false_alarm, averaged)
    return replace(model, limit=limit_of(distances(model, apart), false_alarm))


def distances(model: NoveltyModel, cases: Cases) -> FloatArray:
    """Of N cases, shape (N,), as the app measures them."""
    scaled = _scaled(_rows(cases, model.averaged), model.mean, model.deviation)
    return np.asarray(np.linalg.norm(scaled @ model.projection.T, axis=1))


def limit_of(apart: FloatArray, false_alarm: float) -> float:
    """The distance that a new case of the same kind exceeds with at most this probability (split-conformal)."""
    rank = math.ceil((len(apart) + 1) * (1 - false_alarm))
    return float(np.sort(apart)[min(rank, len(apart)) - 1])


def _rows(cases: Cases, averaged: bool) -> FloatArray:
    return np.concatenate([joined(cases.embeddings, averaged), cases.features], axis=1).astype(np.float64)


def _scaled(rows: FloatArray, mean: FloatArray, deviation: FloatArray) -> FloatArray:
    return np.nan_to_num(np.clip((rows - mean) / deviation, -MOST, MOST), nan=0.0)
