"""The card's calibrations by combination of inputs, and the files that tell the unlike from the like."""

import json
from dataclasses import replace

import numpy as np
import pytest

from rnapp.errors import WeightsError
from rnapp.models.card import read_bundle, read_card
from rnapp.models.card_fields import NoveltyFile
from rnapp.models.novelty import NoveltyModel, novelty_bytes
from rnapp.models.resnet_bundle import open_bundle as open_resnets
from rnapp.models.trust_card import COMBINATIONS, ENTRY, NOVELTY, calibration_entry, novelty_entry, read_calibration
from rnapp.models.weights import load_bundle
from rnapp.trust.judge import judged
from rnapp.types import Answer, Evidence, Prediction
from tests.models.conftest import card_of, edit
from tests.models.resnets import ALL, PAIR, make_resnets
from tests.trusted import PLAIN
from training.calibration.card import listed

OTHER = replace(PLAIN, slope=2.0, limits=(0.1, 0.9))
FILE = NoveltyFile("novelty.safetensors", ("age",), 4.0, 0.05)


def model(wide):
    """For a bundle whose embeddings are so wide, all together."""
    rng = np.random.default_rng(1)
    return NoveltyModel(FILE.columns, rng.normal(size=wide + 1), np.ones(wide + 1), rng.normal(size=(4, wide + 1)),
                        rng.normal(size=(6, 4)), np.zeros((6, 8, 8), np.uint8), FILE.limit, FILE.false_alarm)


def with_novelty(folder, files, wide=36):
    for one in files:
        (folder / one.file).write_bytes(novelty_bytes(model(wide)))
    edit(folder, files=listed(folder), **{ENTRY: calibration_entry(PLAIN) | {NOVELTY: novelty_entry(files)}})


def test_each_combination_of_inputs_has_its_own_calibration():
    entry = json.loads(json.dumps(calibration_entry(replace(PLAIN, combinations={"event+dose": OTHER}))))
    found = read_calibration({ENTRY: entry})
    assert found.of(("event", "dose")).slope == 2.0
    assert found.of(("event", "post_op", "dose")) is found
    assert found.of(()) is found
    assert calibration_entry(found) == entry


@pytest.mark.parametrize("combinations", [[], {"event": 3}, {"event": {}}, None])
def test_combinations_that_make_no_sense_are_refused(combinations):
    with pytest.raises(WeightsError):
        read_calibration({ENTRY: calibration_entry(PLAIN) | {COMBINATIONS: combinations}})


def test_an_answer_is_judged_with_the_calibration_of_its_own_inputs():
    calibration = replace(PLAIN, combinations={"event+dose": OTHER})
    given = Answer(0, Prediction(0.7, (0.7,), (0.7,)), (), 0.0, inputs=("event", "dose"))
    assert judged(given, Evidence(), calibration, None).trust.limits == pytest.approx((0.1, 0.9))
    everything = replace(given, inputs=("event", "post_op", "dose"))
    assert judged(everything, Evidence(), calibration, None).trust.limits == pytest.approx((0.4, 0.6))


def test_a_bundle_without_the_file_still_loads(bundle):
    assert load_bundle(bundle.folder).novelty is None
    edit(bundle.folder, **{ENTRY: calibration_entry(PLAIN)})
    assert load_bundle(bundle.folder).novelty is None


def test_a_bundle_with_it_can_tell(bundle):
    with_novelty(bundle.folder, [FILE])
    found = load_bundle(bundle.folder).novelty
    assert found.limit == 4.0
    assert found.pictures.shape == (6, 8, 8)
    assert found.likeness([np.zeros(12)] * 3, {"age": 3.0}).distance > 0


def test_resnets_have_one_for_each_combination_that_the_card_lists(tmp_path):
    folder = make_resnets(tmp_path / "resnets")
    with_novelty(folder, [replace(FILE, inputs=ALL)])
    opened = open_resnets(read_bundle(folder))
    opened.load()
    assert opened.novelty(ALL).limit == 4.0
    assert opened.novelty(PAIR) is None


@pytest.mark.parametrize("change", [
    lambda entry: entry[NOVELTY].append(entry[NOVELTY][0]),
    lambda entry: entry[NOVELTY][0].update(file="other.safetensors"),
    lambda entry: entry[NOVELTY][0].update(limit="far"),
    lambda entry: entry[NOVELTY][0].pop("columns"),
    lambda entry: entry.update({NOVELTY: {}}),
])
def test_an_entry_that_makes_no_sense_is_refused(bundle, change):
    with_novelty(bundle.folder, [FILE])
    read_card(bundle.folder)
    card = card_of(bundle.folder)
    change(card[ENTRY])
    edit(bundle.folder, **{ENTRY: card[ENTRY]})
    with pytest.raises(WeightsError):
        read_card(bundle.folder)


def test_a_limit_below_zero_and_a_damaged_file_are_refused(bundle):
    with_novelty(bundle.folder, [replace(FILE, limit=-1.0)])
    with pytest.raises(WeightsError, match="do not fit"):
        load_bundle(bundle.folder)
    (bundle.folder / FILE.file).write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="altered"):
        load_bundle(bundle.folder)
