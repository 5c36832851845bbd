"""The card's entry "trust": read as it was written, or refused with a sentence."""

import json
from dataclasses import replace

import pytest

from rnapp.errors import WeightsError
from rnapp.models.card import read_card
from rnapp.models.trust_card import ENTRY, calibration_entry, read_calibration
from rnapp.types import Benefit, Bin
from tests.models.conftest import card_of, edit
from tests.trusted import PLAIN

WHOLE = replace(
    PLAIN, cohorts={"held_out": {"auc": 0.81, "ece": 0.03, "n": 40.0}},
    reliability={"after": (Bin(0.25, 0.3, 0.1, 0.5, 10), Bin(0.75, 0.7, 0.5, 0.9, 12))},
    benefit={"held_out": (Benefit(0.2, 0.1, 0.05),)})


def test_a_card_without_it_has_no_calibration():
    assert read_calibration({}) is None


@pytest.mark.parametrize("calibration", [PLAIN, WHOLE])
def test_it_comes_back_as_it_was(calibration):
    entry = json.loads(json.dumps(calibration_entry(calibration)))
    found = read_calibration({ENTRY: entry})
    assert found is not None
    assert calibration_entry(found) == calibration_entry(calibration)
    assert found.limits == calibration.limits
    assert all(type(one.count) is int for curve in found.reliability.values() for one in curve)


def test_the_models_card_carries_it(bundle):
    assert read_card(bundle.folder).model.calibration is None
    edit(bundle.folder, **{ENTRY: calibration_entry(WHOLE)})
    found = read_card(bundle.folder).model.calibration
    assert found is not None
    assert found.cohorts["held_out"]["auc"] == 0.81
    edit(bundle.folder, **{ENTRY: calibration_entry(WHOLE) | {"slope": -1.0}})
    with pytest.raises(WeightsError, match="'trust'"):
        read_card(bundle.folder)
    assert card_of(bundle.folder)["name"] == "small"


@pytest.mark.parametrize("changed", [
    {"prior": 0.0}, {"prior": 1.0}, {"prior": "0.5"}, {"prior": None}, {"prior": True}, {"slope": 0.0},
    {"slope": float("nan")}, {"intercept": float("inf")}, {"limits": [0.6, 0.4]}, {"limits": [0.4]}, {"limits": []},
    {"limits": [0.1, 0.5, 0.9]}, {"limits": [-0.1, 0.5]}, {"limits": [0.5, 1.1]}, {"limits": "0.4"}, {"level": 0.4},
    {"level": 1.0}, {"cases": 0}, {"cases": "100"}, {"synthetic": 1}, {"cohorts": []}, {"reliability": []},
    {"cohorts": {"a": 3}}, {"reliability": {"a": 3}},
    {"cohorts": {"a": {"auc": "high"}}}, {"reliability": {"a": [3]}}, {"reliability": {"a": [{"mean": 0.5}]}},
    {"benefit": {"a": [{"threshold": 0.1, "model": "x", "all_": 0.0}]}}, {"benefit": None}])
def test_one_that_makes_no_sense_is_refused(changed):
    with pytest.raises(WeightsError, match=r"\.$"):
        read_calibration({ENTRY: calibration_entry(WHOLE) | changed})


@pytest.mark.parametrize("missing", ["prior", "slope", "intercept", "limits", "level", "cases", "synthetic", "cohorts",
                                     "reliability", "benefit"])
def test_one_that_lacks_a_part_is_refused(missing):
    entry = calibration_entry(WHOLE)
    del entry[missing]
    with pytest.raises(WeightsError):
        read_calibration({ENTRY: entry})


@pytest.mark.parametrize("entry", [[], "yes", 3, None])
def test_one_that_is_no_entry_is_refused(entry):
    with pytest.raises(WeightsError):
        read_calibration({ENTRY: entry})
