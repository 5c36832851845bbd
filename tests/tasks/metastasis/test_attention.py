"""The shipped networks' map on synthetic lesions: inside the brain, of what they use, and gone with their weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rnapp.config import weights_folder
from rnapp.io.atlas import read_atlas
from rnapp.models.relevance import relevance, together
from rnapp.models.vit import build_vit, to_input
from rnapp.models.weights import load_bundle
from rnapp.tasks.metastasis.answer import answer
from rnapp.tasks.metastasis.attention import OUTSIDE_NOTED, attention
from rnapp.tasks.metastasis.crop import Crop
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.trust.calibrate import calibrated, log_odds
from rnapp.types import CancelToken
from tests.models.conftest import make_bundle
from tests.trusted import PLAIN
from training.map_measures import curves, probe, rank_correlation
from training.synthetic_crops import FIRST_CENTRE, make_crop, make_template

# Of the map's places with those of the same networks with random weights, the mean of three lesions.
MOST_ALIKE_RANDOMISED = 0.3


@pytest.fixture(scope="module")
def crops():
    template = make_template(read_atlas(weights_folder()))
    return [make_crop(template, kind, FIRST_CENTRE, np.random.default_rng((61, n)))
            for n, kind in enumerate(("progression", "necrosis", "progression"))]


@pytest.fixture(scope="module")
def shipped():
    return load_bundle(weights_folder() / "bundles" / "demo")


@pytest.mark.slow
def test_the_map_is_in_the_brain_only_and_says_what_was_removed(shipped, crops):
    whole = attention(shipped, crops[0], CancelToken())[0].array
    outside = crops[0].t1ce.array == 0
    assert not whole[outside].any()
    assert 0.0 <= whole.min() < whole.max() <= 1.0
    hot = np.unravel_index(whole.argmax(), whole.shape)
    cut = crops[0].t1ce.array.copy()
    cut[tuple(slice(max(0, at - 12), at + 12) for at in hot)] = 0.0
    removed, said = attention(shipped, Crop(crops[0].t1ce.with_array(cut), crops[0].mask), CancelToken())
    assert not removed.array[cut == 0].any()
    assert [(one.code, one.level) for one in said] == [("map_outside_brain", "note")]
    assert "lay outside the brain" in said[0].sentence
    assert 0 < OUTSIDE_NOTED < 0.5


@pytest.mark.slow
def test_a_crop_inside_the_brain_has_nothing_removed(shipped, crops):
    filled = np.where(crops[0].t1ce.array == 0, 0.01, crops[0].t1ce.array)
    assert attention(shipped, Crop(crops[0].t1ce.with_array(filled), crops[0].mask), CancelToken())[1] == ()


@pytest.mark.slow
def test_random_weights_give_another_map(shipped, crops):
    torch.manual_seed(4)
    untrained = [build_vit(shipped.config).eval() for _ in shipped.vits[:2]]
    alike, again = [], []
    for crop in crops:
        inputs = to_input(crop.channels, 64)
        mine = together([relevance(vit, inputs) for vit in shipped.vits[:2]])
        alike.append(rank_correlation(mine, together([relevance(vit, inputs) for vit in untrained])))
        again.append(rank_correlation(mine, together([relevance(vit, inputs) for vit in shipped.vits[2:4]])))
    assert np.mean(alike) < MOST_ALIKE_RANDOMISED
    assert np.mean(again) > np.mean(alike) + 0.1  # networks that were trained alike have more alike maps


@pytest.mark.slow
def test_hiding_what_the_map_shows_takes_more_than_hiding_at_random(shipped, crops):
    rng = np.random.default_rng(8)
    taken, given = [], []
    for crop in crops:
        inputs = to_input(crop.channels, 64)
        found = relevance(shipped.vits[0], inputs)
        asked = probe(shipped.vits[:1], inputs, 1 if found.moved >= 0 else -1)
        mine, random = curves(asked, together([found])), curves(asked, rng.random((8, 8, 8)))
        taken.append(mine.deletion - random.deletion)
        given.append(mine.insertion - random.insertion)
    assert np.mean(taken) > 0.2
    assert np.mean(given) > 0.0


def sum_of(one):
    return one.baseline_log_odds + sum(part.effect for part in one.contributions)


@pytest.mark.slow
def test_the_shipped_contributions_add_up_before_and_after_calibration(shipped, crops):
    raw = answer(shipped, crops[1], 1, QUESTION.unknown | {"age": 61.0, "sex": "female"}, CancelToken())
    assert sum_of(raw) == pytest.approx(log_odds(raw.given.probability), abs=1e-3)
    for calibration, prior in ((PLAIN, 0.5), (replace(PLAIN, slope=1.7, intercept=-0.6, prior=0.3), 0.12)):
        shown = calibrated(raw, calibration, prior)
        assert sum_of(shown) == pytest.approx(log_odds(shown.given.probability), abs=1e-3)


@pytest.mark.parametrize("factor", [1.0, 6.0])
def test_a_very_sure_models_contributions_add_up_too(tmp_path, crop, factor):
    loaded = load_bundle(make_bundle(tmp_path / "made", folds=2).folder)
    sure = replace(loaded, stackers=tuple(
        replace(one, weights=(*one.weights[:-1], factor * one.weights[-1])) for one in loaded.stackers))
    raw = answer(sure, crop, 1, QUESTION.unknown | {"age": 20.0, "sex": "male"}, CancelToken())
    for shown in (raw, calibrated(raw, replace(PLAIN, slope=0.7, intercept=0.4), 0.2)):
        assert sum_of(shown) == pytest.approx(log_odds(shown.given.probability), abs=1e-3)
