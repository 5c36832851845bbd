"""Synthetic lesions: seeded, where they are put, and of two kinds that overlap."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from scipy.ndimage import label
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rnapp.errors import GeometryError
from rnapp.phantom.lesion import LesionParameters, apply_lesion, render_lesion, sample_parameters

SHAPE = (50, 60, 56)
CENTRE = (20.0, 33.0, 27.0)
RING = LesionParameters(radius_mm=9.0, irregularity=0.05, rim_mm=3.0, gap_fraction=0.0, nodules=0, bubbles=0,
                        enhancement=0.9, core_darkening=0.4, oedema_mm=6.0, oedema_darkening=0.15)


def rendered(parameters=RING, seed=1):
    return render_lesion(SHAPE, CENTRE, parameters, np.random.default_rng(seed))


def test_the_same_seed_gives_the_same_lesion_and_another_seed_another():
    assert np.array_equal(rendered().enhancement, rendered().enhancement)
    assert not np.array_equal(rendered(seed=1).enhancement, rendered(seed=2).enhancement)


def test_the_lesion_is_one_piece_of_the_right_size_at_its_centre():
    mask = rendered(replace(RING, nodules=3)).mask
    assert label(mask)[1] == 1
    plain = rendered().mask
    assert np.allclose(np.argwhere(plain).mean(axis=0), CENTRE, atol=1.0)
    assert plain.sum() == pytest.approx(4 / 3 * np.pi * 9.0 ** 3, rel=0.2)


def test_a_ring_is_bright_at_its_rim_dark_in_its_core_and_oedema_and_unchanged_far_away():
    patch = rendered()
    image = apply_lesion(np.full(SHAPE, 100.0, np.float32), patch, white_matter=100.0)
    i, j, k = (int(c) for c in CENTRE)
    assert image.dtype == np.float32
    assert image[i + 5:i + 10, j, k].max() > 160
    assert image[i, j, k] < 75
    assert image[i + 12, j, k] < 95
    assert image[i + 28, j, k] == pytest.approx(100, abs=1e-3)


def test_gaps_take_away_their_share_of_the_rim():
    closed, half = rendered().enhancement.sum(), rendered(replace(RING, gap_fraction=0.5)).enhancement.sum()
    assert half / closed == pytest.approx(0.5, abs=0.12)


def test_bubbles_put_walls_into_the_core():
    def core(parameters):
        return rendered(parameters).enhancement[17:24, 30:37, 24:31].sum()

    assert core(replace(RING, bubbles=5)) > 5 * core(RING) + 1


def test_a_lesion_at_the_border_is_cut_off_and_one_outside_refused():
    assert render_lesion(SHAPE, (1.0, 30.0, 30.0), RING, np.random.default_rng(0)).mask[0].any()
    with pytest.raises(GeometryError, match="outside a grid"):
        render_lesion(SHAPE, (50.0, 30.0, 30.0), RING, np.random.default_rng(0))


def test_a_reader_who_knows_every_parameter_is_good_but_not_perfect():
    rng = np.random.default_rng(5)
    rows = np.array([astuple(sample_parameters(kind, rng)) for kind in ("progression", "necrosis") * 1500])
    truth = np.tile([0, 1], 1500)
    scaled = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    reader = LogisticRegression().fit(scaled[:2000], truth[:2000])
    assert 0.90 < roc_auc_score(truth[2000:], reader.decision_function(scaled[2000:])) < 0.98


def test_sampled_parameters_stay_in_their_ranges():
    rng = np.random.default_rng(3)
    drawn = [sample_parameters(kind, rng) for kind in ("progression", "necrosis") * 200]
    assert all(5.0 <= p.radius_mm <= 15.0 and 0.0 <= p.gap_fraction <= 0.6 and p.bubbles <= 8 for p in drawn)
