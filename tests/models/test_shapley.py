"""Shapley values: exact where they are known, and always complete."""

import numpy as np
import pytest

from rnapp.models.shapley import effects

ROW = np.array([1.0, -2.0, 0.5, 3.0])


def test_a_linear_models_effects_are_its_terms():
    weights = np.array([2.0, 1.0, -4.0, 0.0])
    found = effects(lambda rows: rows @ weights, ROW, [[0], [1], [2], [3]])
    assert found == pytest.approx(weights * ROW)


def test_a_product_is_shared_equally_and_columns_of_one_player_move_together():
    found = effects(lambda rows: rows[:, 0] * rows[:, 3], ROW, [[0], [1, 2], [3]])
    assert found == pytest.approx([1.5, 0.0, 1.5])
    together = effects(lambda rows: rows[:, 0] * rows[:, 3], ROW, [[0, 3], [1], [2]])
    assert together == pytest.approx([3.0, 0.0, 0.0])


def test_effects_add_up_to_the_output_minus_the_baseline_and_repeat():
    def model(rows):
        return np.tanh(rows @ np.array([0.7, -0.3, 1.1, 0.2])) + rows[:, 1] * rows[:, 2]

    found = effects(model, ROW, [[0], [1], [2], [3]])
    assert found.sum() == pytest.approx(model(ROW[None])[0] - model(np.zeros((1, 4)))[0], abs=1e-12)
    assert np.array_equal(found, effects(model, ROW, [[0], [1], [2], [3]]))
