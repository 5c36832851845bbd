"""Fits what tells the unlike from the like: a Mahalanobis distance and the limit that few held-out cases exceed."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sklearn.covariance import LedoitWolf

from rnapp.models.novelty import MOST, NoveltyModel
from rnapp.types import Array, FloatArray

FALSE_ALARM = 0.05
PICTURES = 60
_LEAST_DEVIATION = 1e-9


def fit_novelty(embeddings: FloatArray, features: FloatArray, names: Sequence[str], pictures: Array,
                held_out: tuple[FloatArray, FloatArray] | None = None) -> NoveltyModel:
    """embeddings: of the N reference cases, shape (N, folds, hidden); features: radiomics, (N, names), NaN where
    undefined; pictures: of the first references, uint8, which are then the ones that are named as nearest; held_out:
    embeddings and features of the cases for the limit, by default the references themselves, whose distances are too
    short."""
    rows = _rows(embeddings, features)
    mean, deviation = np.nanmean(rows, axis=0), np.maximum(np.nanstd(rows, axis=0), _LEAST_DEVIATION)
    scaled = _scaled(rows, mean, deviation)
    shrunk = LedoitWolf(assume_centered=True).fit(scaled).covariance_
    values, vectors = np.linalg.eigh(shrunk)
    projection = (vectors / np.sqrt(values)).T  # its length squared is x' Σ⁻¹ x
    shown = len(pictures) or min(PICTURES, len(rows))
    model = NoveltyModel(tuple(names), mean, deviation, projection, scaled[:shown] @ projection.T, pictures, 1.0,
                         FALSE_ALARM)
    apart = distances(model, *(held_out or (embeddings, features)))
    return replace(model, limit=limit_of(apart, FALSE_ALARM))


def distances(model: NoveltyModel, embeddings: FloatArray, features: FloatArray) -> FloatArray:
    """Of N cases, shape (N,), as the app measures them."""
    scaled = _scaled(_rows(embeddings, features), model.mean, model.deviation)
    return np.asarray(np.linalg.norm(scaled @ model.projection.T, axis=1))


def limit_of(apart: FloatArray, false_alarm: float) -> float:
    """The distance that a new case of the same kind exceeds with at most this probability (split-conformal)."""
    rank = math.ceil((len(apart) + 1) * (1 - false_alarm))
    return float(np.sort(apart)[min(rank, len(apart)) - 1])


def _rows(embeddings: FloatArray, features: FloatArray) -> FloatArray:
    return np.concatenate([embeddings.reshape(len(embeddings), -1), features], axis=1).astype(np.float64)


def _scaled(rows: FloatArray, mean: FloatArray, deviation: FloatArray) -> FloatArray:
    return np.nan_to_num(np.clip((rows - mean) / deviation, -MOST, MOST), nan=0.0)
