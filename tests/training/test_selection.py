"""Feature selection: variance, correlation, LASSO; on made-up features whose worth is known."""

import numpy as np
import pytest

from training.config import SelectionConfig
from training.selection import select, table

RNG = np.random.default_rng(4)
LABELS = [0, 1] * 40
NAMES = ["flat", "good", "copy", "noise", "weaker"]


@pytest.fixture
def values():
    truth = np.array(LABELS)
    good = truth + RNG.normal(0, 0.4, 80)
    return np.column_stack([np.full(80, 3.0) + RNG.normal(0, 1e-3, 80), good, 2 * good + RNG.normal(0, 0.01, 80),
                            RNG.normal(size=80), truth + RNG.normal(0, 1.5, 80)])


def test_the_informative_feature_comes_first_and_flat_and_doubled_ones_are_dropped(values):
    chosen = select(NAMES, values, LABELS, SelectionConfig(), 0)
    assert chosen[0] == "good"
    assert "flat" not in chosen
    assert "copy" not in chosen


def test_no_more_than_the_most_and_the_same_every_time(values):
    config = SelectionConfig(most=1)
    assert select(NAMES, values, LABELS, config, 0) == ["good"]
    assert select(NAMES, values, LABELS, config, 0) == select(NAMES, values, LABELS, config, 0)


def test_unknown_values_and_an_entirely_unknown_feature_are_survived(values):
    values[::7, 1] = np.nan
    values[:, 3] = np.nan
    chosen = select(NAMES, values, LABELS, SelectionConfig(), 0)
    assert "noise" not in chosen
    assert set(chosen) & {"good", "copy"}


def test_a_table_keeps_names_and_rows_in_order():
    names, numbers = table([{"a": 1.0, "b": 2.0}, {"b": 4.0, "a": 3.0}])
    assert names == ["a", "b"]
    assert numbers.tolist() == [[1.0, 2.0], [3.0, 4.0]]
