"""What is written into a bundle: an entry, a file and a text; no weight changes, and the app reads all of it."""

import hashlib
import json
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from rnapp.models.card import SCHEMA_VERSION
from rnapp.models.weights import load_bundle
from tests.models.conftest import as_schema_1, card_of, make_bundle
from training.calibration.card import Found, raised, write_trust
from training.calibration.fit import calibration_of
from training.calibration.measure import Asked, with_cohorts
from training.calibration.novelty import Cases, fit_novelty
from training.calibration.tables import HEADING, document


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(5)
    odds = rng.normal(size=300)
    labels = (rng.random(300) < 1 / (1 + np.exp(-odds))).astype(int)
    cases = Cases(rng.normal(size=(60, 3, 12)), rng.normal(size=(60, 1)), ("original_firstorder_Mean",))
    fresh = {name: Asked(odds, labels, np.zeros(300, bool)) for name in ("fresh_first", "fresh_second")}
    return Found(with_cohorts(calibration_of(odds, labels, synthetic=True), fresh),
                 MappingProxyType({(): fit_novelty(cases, cases, np.zeros((60, 8, 8), np.uint8), averaged=True)}),
                 MappingProxyType({"Noise": {"share": 0.9, "low": 0.8, "high": 0.95, "n": 40.0}}),
                 MappingProxyType({"code": "abc"}))


@pytest.fixture
def source(tmp_path):
    made = make_bundle(tmp_path / "source").folder
    (made / "MODEL_CARD.md").write_text("# small, version 0.1\n\nWords.\n", encoding="utf-8")
    return made


def digests(folder, pattern):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob(pattern)}


def test_the_app_reads_what_was_written_and_no_weight_changed(source, found, tmp_path):
    before = digests(source, "*.safetensors")
    write_trust(source, tmp_path / "out", found, "0.2.0")
    bundle = load_bundle(tmp_path / "out")
    assert bundle.card.version == "0.2.0"
    assert bundle.card.calibration.limits == found.calibration.limits
    assert bundle.card.calibration.cohorts["fresh_second"]["n"] == 300
    assert bundle.novelty.averaged
    assert bundle.novelty.pictures.shape == (60, 8, 8)
    after = digests(tmp_path / "out", "*.safetensors")
    assert after.pop("novelty.safetensors")
    assert after == before == digests(source, "*.safetensors")
    assert load_bundle(source).card.calibration is None


def test_a_card_of_schema_1_becomes_one_of_today(source, found, tmp_path):
    as_schema_1(source)
    write_trust(source, tmp_path / "out", found)
    card = card_of(tmp_path / "out")
    assert card["schema_version"] == SCHEMA_VERSION
    assert not {"vit", "temperature"} & set(card)
    assert card["version"] == "0.1"
    assert load_bundle(tmp_path / "out").temperature == load_bundle(source).temperature


def test_written_twice_it_is_there_once(source, found):
    write_trust(source, source, found, "0.2.0")
    once = (source / "MODEL_CARD.md").read_text(encoding="utf-8")
    write_trust(source, source, found, "0.2.0")
    text = (source / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert text == once
    assert text.startswith("# small, version 0.2.0\n\nWords.\n")
    assert text.count(HEADING) == 1
    assert "Measured on synthetic cases" in text
    assert "| Noise | 90.0 % (80.0 % to 95.0 %) | 40 |" in text


def test_a_file_that_is_no_longer_needed_goes(source, found):
    write_trust(source, source, found)
    write_trust(source, source, replace(found, novelty=MappingProxyType({})))
    assert not (source / "novelty.safetensors").exists()
    assert load_bundle(source).novelty is None


def test_the_tables_hold_both_cohorts_and_every_combination(source, found, tmp_path):
    others = replace(found.calibration, combinations=MappingProxyType({"event+dose": found.calibration}))
    write_trust(source, tmp_path / "out", replace(found, calibration=others), "0.2.0")
    text = document([tmp_path / "out"])
    assert text.startswith("## small, version 0.2.0\n")
    assert "First centre, fresh (n = 300)" in text
    assert "### event + dose alone" in text
    assert json.dumps(card_of(tmp_path / "out"))  # plain numbers alone


@pytest.mark.parametrize(("before", "after"), [("3.1.0", "3.2.0"), ("1.0.0", "1.1.0"), ("0.1", "0.2.0"),
                                               ("9", "9.1.0")])
def test_the_next_minor_version(before, after):
    assert raised(before) == after
