"""The two demonstrations as they are shipped: their networks as they were, with calibration, limits and likeness."""

import hashlib
import json
from pathlib import Path

import pytest

from rnapp.models.card import SCHEMA_VERSION, read_bundle
from rnapp.models.resnet_bundle import open_bundle as open_resnets
from rnapp.models.weights import open_bundle
from training.calibration.novelty import FIRST_ORDER, PICTURES

BUNDLES = Path(__file__).resolve().parents[3] / "weights" / "bundles"
# Of the names and SHA-256 of every network and stacker, as they were before there was a calibration.
WEIGHTS = {"demo": "a7a7d8ca2bd7f3b4ab1dec3ab8624cf5341e5ab11fa0a05930dab62ee45683b9",
           "rice_demo": "0c6f8bc64afeac1d6e112f74314e94e8e6c9f854752190fa216ecc82edc222e8"}
MOST_BYTES, MOST_PICTURES = 25 * 1024**2, 300 * 1024


@pytest.fixture(scope="module")
def demo():
    return open_bundle(read_bundle(BUNDLES / "demo"))


@pytest.fixture(scope="module")
def rice():
    return open_resnets(read_bundle(BUNDLES / "rice_demo"))


@pytest.mark.parametrize("name", list(WEIGHTS))
def test_no_weight_changed_when_the_card_was_written(name):
    card = json.loads((BUNDLES / name / "card.json").read_text(encoding="utf-8"))
    assert card["schema_version"] == SCHEMA_VERSION
    listed = sorted(f"{one['file']} {one['sha256']}\n" for one in card["files"]
                    if not one["file"].startswith("novelty"))
    assert hashlib.sha256("".join(listed).encode()).hexdigest() == WEIGHTS[name]


def test_both_are_marked_as_synthetic_and_fit_into_the_repository(demo, rice):
    for model in (demo, rice):
        assert model.card.demonstration
        assert model.card.calibration.synthetic
        assert model.card.about is not None
    assert sum(path.stat().st_size for name in WEIGHTS for path in (BUNDLES / name).iterdir()) < MOST_BYTES


def test_the_lesions_model_tells_like_from_unlike(demo):
    novelty = demo.novelty
    assert novelty.averaged
    assert set(FIRST_ORDER) <= set(novelty.columns)
    assert novelty.pictures.shape == (PICTURES, 64, 64)
    assert novelty.pictures.nbytes < MOST_PICTURES
    assert novelty.false_alarm == 0.05


def test_the_patients_model_has_calibration_and_likeness_for_every_combination(rice):
    whole, *others = rice.ensemble.combinations
    assert rice.card.calibration.of(whole) is rice.card.calibration
    assert {rice.card.calibration.of(one).slope for one in others}.isdisjoint({rice.card.calibration.slope})
    for inputs in rice.ensemble.combinations:
        assert rice.novelty(inputs).limit > 0
        assert len(rice.novelty(inputs).pictures) == (PICTURES if inputs == whole else 0)


def test_the_other_patients_too(rice):
    for inputs in rice.ensemble.combinations:
        found = rice.card.calibration.of(inputs).cohorts["test"]
        assert found["coverage_high"] >= rice.card.calibration.level
        assert found["ece"] < found["raw_ece"]


def test_at_the_first_centre_nine_of_ten_are_named_rightly_or_left_open(demo):
    first = demo.card.calibration.cohorts["fresh_first"]
    assert first["coverage_high"] >= demo.card.calibration.level
    assert first["ece"] <= 0.05
    assert first["brier"] < first["raw_brier"] + 0.002
