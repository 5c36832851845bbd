"""No outcome is named without distance to one half and models that agree."""

import math

import pytest

from rnapp.errors import RnappError
from rnapp.trust.verdict import Verdict, models_disagree, verdict
from rnapp.types import Prediction


def made(probability: float, *folds: float) -> Prediction:
    return Prediction(probability, folds, folds)


@pytest.mark.parametrize(("prediction", "expected"), [
    (made(0.8, 0.7, 0.75, 0.8, 0.85, 0.9), Verdict(0)),
    (made(0.2, 0.1, 0.15, 0.2, 0.25, 0.3), Verdict(1)),
    (made(0.58, 0.55, 0.57, 0.6), Verdict(0, weakly=True)),  # near one half
    (made(0.7, 0.45, 0.7, 0.9), Verdict(0, weakly=True)),  # one model disagrees, but the mean is clear
    (made(0.9), Verdict(0, weakly=True)),  # no spread known
    (made(0.6, 0.4, 0.6, 0.8), Verdict(None)),  # they disagree, and the mean is not clear
    (made(0.66, 0.19, 0.28, 0.34, 0.85, 0.99), Verdict(None)),  # most models are on the other side
    (made(0.52, 0.51, 0.52, 0.53), Verdict(None)),
    (made(0.5, 0.5, 0.5), Verdict(None)),
])
def test_verdict(prediction, expected):
    assert verdict(prediction) == expected


def test_models_disagree_only_across_one_half():
    assert models_disagree(made(0.6, 0.4, 0.7))
    assert not models_disagree(made(0.6, 0.55, 0.7))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.01, 1.01])
def test_what_is_no_probability_is_refused(bad):
    for prediction in (made(bad, 0.5, 0.6), made(0.5, 0.4, bad)):
        with pytest.raises(RnappError, match="do not use this reading"):
            verdict(prediction)
