"""Feature selection (Gomaa et al. 2025, Feature Extraction and Selection), fitted on training rows only."""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LassoCV

from rnapp.types import FloatArray
from training.config import SelectionConfig


def table(rows: Sequence[Mapping[str, float]]) -> tuple[list[str], FloatArray]:
    """Column names and values, shape (rows, columns), of rows that all have the same columns."""
    names = list(rows[0])
    return names, np.array([[row[name] for name in names] for row in rows], dtype=np.float64)


def select(names: Sequence[str], values: FloatArray, labels: Sequence[int], config: SelectionConfig,
           seed: int) -> list[str]:
    """Names of the features to keep, strongest first.

    values: shape (rows, features), NaN where unknown. In order: variance below the least dropped, of pairs with
    |r| above the highest the later dropped, z-score, LASSO with cross-validated strength, at most `most` kept.
    """
    filled = np.where(np.isnan(values), np.nanmean(np.where(np.isnan(values).all(0), 0.0, values), axis=0), values)
    kept = np.flatnonzero(filled.var(axis=0) >= config.least_variance)
    kept = kept[_uncorrelated(filled[:, kept], config.highest_correlation)]
    weights = np.abs(_lasso(filled[:, kept], labels, config, seed))
    order = np.argsort(-weights, kind="stable")[:config.most]
    return [names[kept[place]] for place in order if weights[place] > 0]


def _uncorrelated(values: FloatArray, highest: float) -> list[int]:
    """Columns in order, without those that correlate too much with one kept before."""
    correlation = np.abs(np.corrcoef(values, rowvar=False)) if values.shape[1] > 1 else np.ones((1, 1))
    kept: list[int] = []
    for column in range(values.shape[1]):
        if not kept or correlation[column, kept].max() <= highest:
            kept.append(column)
    return kept


def _lasso(values: FloatArray, labels: Sequence[int], config: SelectionConfig, seed: int) -> FloatArray:
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    order = np.random.default_rng(seed).permutation(len(scaled))  # LassoCV's folds are consecutive rows
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # only at strengths too weak to be chosen
        model = LassoCV(cv=config.lasso_folds, alphas=40, max_iter=3000)
        model.fit(scaled[order], np.asarray(labels, dtype=np.float64)[order])
    return np.asarray(model.coef_)
