"""Only features that survive a slightly different preparation are offered to the selection."""

import numpy as np
import pytest

from rnapp.tasks.metastasis.crop import Crop
from rnapp.types import Volume
from training.stability import intraclass_correlation, perturb, stable_features

RNG = np.random.default_rng(11)


def test_the_icc_is_that_of_the_textbook():
    # Shrout and Fleiss 1979, Table 2, judges 1 and 3: a one-way analysis of variance by hand.
    first, second = np.array([[9.0], [6], [8], [7], [10], [6]]), np.array([[5.0], [3], [6], [2], [6], [4]])
    rows = np.hstack([first, second])
    between = 2 * ((rows.mean(axis=1) - rows.mean()) ** 2).sum() / 5
    within = ((rows - rows.mean(axis=1, keepdims=True)) ** 2).sum() / 6
    assert intraclass_correlation(first, second)[0] == pytest.approx((between - within) / (between + within))


def test_a_steady_feature_is_kept_and_a_shaky_flat_or_unknown_one_is_not():
    truth = RNG.normal(size=60)
    first = [{"steady": t, "shaky": RNG.normal(), "flat": 3.0, "unknown": np.nan} for t in truth]
    second = [{"steady": t + RNG.normal(0, 0.1), "shaky": RNG.normal(), "flat": 3.0, "unknown": np.nan} for t in truth]
    assert stable_features(first, second) == ["steady"]


def test_a_perturbed_crop_is_almost_the_same():
    image = RNG.normal(size=(64, 64, 64)).astype(np.float32)
    mask = np.zeros((64, 64, 64), bool)
    mask[22:42, 24:40, 26:38] = True
    crop = Crop(Volume(image, np.eye(4)), Volume(mask, np.eye(4)))
    moved = perturb(crop, np.random.default_rng(1))
    assert 0.9 < moved.mask.array.sum() / mask.sum() < 1.1
    assert (moved.mask.array & mask).sum() / mask.sum() > 0.9
    assert not np.array_equal(moved.t1ce.array, image)
    same = perturb(crop, np.random.default_rng(1))
    assert np.array_equal(same.t1ce.array, moved.t1ce.array)
