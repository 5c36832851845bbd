"""What a bundle of RICE-NET says of fresh patients: as the app would have it, kept, and strange where it should be."""

import numpy as np
import pytest

from rnapp.models.card import read_bundle
from rnapp.models.resnet_bundle import open_bundle, run
from rnapp.tasks.rice.sample import CHANNELS, DOSE, EVENT, POST_OP
from rnapp.trust.calibrate import log_odds
from rnapp.types import CancelToken
from tests.models.resnets import ALL, PAIR, make_resnets
from training.trust import rice_raw
from training.trust.rice_raw import STRANGE, STRANGE_WORDS, asked, rice_values


@pytest.fixture(scope="module")
def of(tmp_path_factory):
    return asked(open_bundle(read_bundle(make_resnets(tmp_path_factory.mktemp("rice") / "bundle"))))


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(rice_raw, "PART", 2)


@pytest.mark.usefixtures("small")
def test_every_combination_is_asked_as_the_app_asks_and_kept(of, tmp_path, monkeypatch):
    found = rice_values(of, "choosing", range(2), tmp_path, str)
    assert set(found) == {ALL, PAIR}
    values = of.heads("choosing").test(1)
    volumes = values[[CHANNELS.index(one) for one in PAIR]]
    folds = [of.bundle.probability(run(network, volumes, CancelToken())) for network in of.bundle.networks(PAIR)]
    assert found[PAIR].log_odds[1] == pytest.approx(log_odds(float(np.mean(folds))))
    assert found[PAIR].embeddings.shape[:2] == (2, 2)
    assert found[ALL].pictures.shape == (2, 28, 28)
    monkeypatch.setattr(rice_raw, "_one", None)
    again = rice_values(of, "choosing", range(2), tmp_path, str)
    assert np.array_equal(again[ALL].log_odds, found[ALL].log_odds)


def test_what_is_strange_differs_where_it_says():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(3, 8, 8, 8)).astype(np.float32)
    event, post_op, dose = (CHANNELS.index(one) for one in (EVENT, POST_OP, DOSE))
    changed = {kind: change(values, np.random.default_rng(2)) for kind, change in STRANGE.items()}
    assert set(changed) == set(STRANGE_WORDS)
    assert np.array_equal(changed["swapped"][[event, post_op]], values[[post_op, event]])
    assert np.array_equal(changed["twice"][post_op], values[event])
    assert np.array_equal(changed["inverted"][event], -values[event])
    assert np.array_equal(changed["mirrored"][dose][::-1], values[dose])
    assert np.array_equal(changed["noise"][dose], values[dose])
    assert not np.allclose(changed["noise"][event], values[event])
    assert all(not np.array_equal(one, values) for one in changed.values())
