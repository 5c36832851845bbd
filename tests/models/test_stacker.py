"""The stacker at inference: standardisation, unknown values, limits, and its layers."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from rnapp.errors import WeightsError
from rnapp.models.stacker import LIMIT, read_stacker, stacker_arrays
from tests.models.conftest import COLUMNS, make_stacker


def values(stacker, **changed):
    return dict(zip(COLUMNS, stacker.mean + stacker.deviation, strict=True)) | changed


def test_known_values_are_standardised_unknown_ones_are_the_training_mean_and_extremes_are_limited():
    stacker = make_stacker(1)
    row = stacker.standardise(values(stacker, age=math.nan, **{"sex=male": 1e9, "sex=female": -1e9}))
    assert row == pytest.approx([1.0, 1.0, 1.0, 0.0, -LIMIT, LIMIT])


def test_a_missing_feature_is_refused():
    stacker = make_stacker(1)
    with pytest.raises(WeightsError, match="original_firstorder_Mean"):
        stacker.standardise({name: 0.0 for name in COLUMNS if name != "original_firstorder_Mean"})


def test_the_layers_agree_with_torch():
    stacker = make_stacker(2)
    rows = np.random.default_rng(0).normal(size=(7, len(COLUMNS)))
    hidden = torch.relu(torch.nn.functional.linear(*map(torch.from_numpy, (rows, stacker.weights[0],
                                                                           stacker.biases[0]))))
    expected = torch.nn.functional.linear(hidden, *map(torch.from_numpy, (stacker.weights[1], stacker.biases[1])))
    assert stacker.log_odds(rows) == pytest.approx(expected[:, 0].numpy())


def test_arrays_go_out_and_come_back():
    stacker = make_stacker(3)
    again = read_stacker(stacker_arrays(stacker), stacker.columns)
    rows = np.random.default_rng(0).normal(size=(4, len(COLUMNS)))
    assert np.array_equal(again.log_odds(rows), stacker.log_odds(rows))


@pytest.mark.parametrize("damage", [
    {"columns": COLUMNS[:-1]}, {"columns": COLUMNS[1:] + COLUMNS[:1]}, {"deviation": np.zeros(len(COLUMNS))},
    {"mean": np.full(len(COLUMNS), np.nan)}, {"weights": (np.ones((5, 6)), np.ones((2, 5)))},
])
def test_arrays_that_do_not_fit_are_refused(damage):
    with pytest.raises(WeightsError, match="do not fit"):
        replace(make_stacker(1), **damage)


def test_foreign_arrays_are_refused():
    arrays = stacker_arrays(make_stacker(1))
    for wrong in ({**arrays, "extra": arrays["mean"]}, {n: a for n, a in arrays.items() if n != "mean"}, {}):
        with pytest.raises(WeightsError, match="does not hold the arrays"):
            read_stacker(wrong, COLUMNS)
