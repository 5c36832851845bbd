"""Hiding places of a network that reads one known place: what is measured of a map is what it is worth."""

import numpy as np
import pytest
import torch

from rnapp.models.relevance import relevance, together
from tests.models.made_vits import lit, reading
from training.map_candidates import attention_rollout, gradient_attention, gradient_times_place, rolled
from training.map_measures import agreement, curves, occluded, probe, rank_correlation

READ, AGAINST = (2, 1, 3), (0, 3, 0)


@pytest.fixture(scope="module")
def vit():
    return reading(READ, AGAINST)


@pytest.fixture(scope="module")
def crop():
    """Bright at the place that is read, and something everywhere."""
    return lit(READ, 4.0) + 0.01


def one_place(place):
    cube = np.zeros((4, 4, 4))
    cube[place] = 1.0
    return cube


def test_hiding_the_place_that_is_read_takes_the_most(vit, crop):
    asked = probe([vit], crop, 1)
    right, wrong = curves(asked, one_place(READ)), curves(asked, one_place((1, 1, 1)))
    assert right.deletion > 5 * abs(wrong.deletion)
    assert right.insertion > wrong.insertion + 0.3
    drops, cubes = occluded(asked)
    assert cubes[drops.argmax()].reshape(4, 4, 4)[READ]
    assert agreement(one_place(READ), drops, cubes) > agreement(one_place((1, 1, 1)), drops, cubes)
    assert agreement(np.ones((4, 4, 4)), drops, cubes) == 0.0


def test_the_apps_map_is_better_than_a_random_order(vit, crop):
    asked = probe([vit], crop, 1)
    mine = curves(asked, together([relevance(vit, crop)]))
    rng = np.random.default_rng(2)
    others = [curves(asked, rng.random((4, 4, 4))) for _ in range(5)]
    assert mine.deletion > max(other.deletion for other in others)
    assert mine.insertion > max(other.insertion for other in others)


def test_all_hidden_is_an_empty_crop_and_none_hidden_the_crop(vit, crop):
    asked = probe([vit, vit], crop, -1)
    shown, empty = asked.answers(np.array([np.zeros(64, bool), np.ones(64, bool)]))
    with torch.inference_mode():
        assert shown == pytest.approx(-float(vit(crop)[0]), abs=1e-6)
        assert empty == pytest.approx(-float(vit(torch.zeros_like(crop))[0]), abs=1e-6)


def test_empty_places_are_not_asked_about(vit):
    asked = probe([vit], lit(READ, 4.0), 1)
    assert np.argwhere(asked.places).tolist() == [list(READ)]
    _, cubes = occluded(asked)
    assert cubes.shape == (1, 64)


def test_candidates_see_what_they_are_said_to_see(vit, crop):
    rollout = attention_rollout(vit, crop)
    assert rollout[READ] > 10 * rollout[1, 1, 1]
    assert rollout[AGAINST] > 10 * rollout[1, 1, 1]
    assert gradient_attention(vit, crop, 1)[READ] > 10 * gradient_attention(vit, crop, -1)[READ]
    assert np.unravel_index(np.abs(gradient_times_place(vit, crop)).argmax(), (4, 4, 4)) == READ


def test_rollout_follows_the_path_through_the_layers():
    first, second = torch.eye(3).view(1, 1, 3, 3).clone(), torch.eye(3).view(1, 1, 3, 3).clone()
    first[0, 0, 1] = torch.tensor([0.0, 0.0, 1.0])  # token 1 looks at token 2
    second[0, 0, 0] = torch.tensor([0.0, 1.0, 0.0])  # then the class token looks at token 1
    assert rolled([first, second])[0].tolist() == pytest.approx([0.25, 0.25])


def test_rank_correlation_of_a_constant_is_none():
    assert rank_correlation(np.zeros(4), np.arange(4.0)) == 0.0
    assert rank_correlation(np.arange(4.0), np.arange(4.0) ** 3) == pytest.approx(1.0)
