"""What a card says of this architecture is what was written into it, and nothing that contradicts itself is taken."""

from dataclasses import replace

import pytest

from rnapp.errors import WeightsError
from rnapp.models.card_fields import BundleCard
from rnapp.models.resnet_ensemble import (
    FoldFile,
    ResnetConfig,
    ResnetEnsemble,
    read_resnet_ensemble,
    resnet_ensemble_entries,
)
from rnapp.types import ModelCard

PAIR, ALL = ("event", "dose"), ("event", "post_op", "dose")
FOLDS = (FoldFile("p1", PAIR, 1), FoldFile("p0", PAIR, 0), FoldFile("a0", ALL, 0), FoldFile("a1", ALL, 1))
MODEL = ResnetEnsemble(ALL, 112, 2000, 125, 2, FOLDS, 1.25)


def card():
    """As rnapp/models/card.py makes it of the entries."""
    entries = resnet_ensemble_entries("rice", MODEL)
    known = ModelCard("rice model", "1", True, "0" * 64, "", "", "", {}, entries["task"])
    return BundleCard(known, entries["architecture"], tuple(entries["channels"]), entries["sizes"],
                      entries["calibration"], entries["input"], tuple(entries["folds"]),
                      dict.fromkeys(("p0", "p1", "a0", "a1"), "0" * 64))


def test_what_is_written_is_read():
    assert read_resnet_ensemble(card()) == MODEL
    assert card().model.task == "rice"
    assert card().sizes == {"side": 112, "spacing_um": 2000, "width_thousandths": 125, "stride": 2}


def test_each_combination_has_its_folds_in_order():
    assert MODEL.combinations == (ALL, PAIR), "the one with the most inputs first"
    assert [one.file for one in MODEL.folds_of(PAIR)] == ["p0", "p1"]
    assert MODEL.folds_of(("event",)) == ()
    assert MODEL.folds_of(("dose", "event")) == ()
    assert MODEL.config(PAIR) == ResnetConfig(2, 125, 2)


def fold(**changes):
    return {"folds": ({"file": "p0", "inputs": ["event"], "fold": 0} | changes,)}


@pytest.mark.parametrize(("changes", "reason"), [
    ({"architecture": "vit_stacker"}, "'resnet18_ensemble', but the card of 'rice model' says 'vit_stacker'"),
    ({"input": {"grid": "SRI24 1 mm LPS"}}, "another kind of input"),
    ({"input": dict(card().input) | {"dose": "z-score"}}, "another kind of input"),
    ({"folds": ()}, "no folds"), ({"calibration": {"temperature": 0.9}}, "temperature below 1"),
    ({"calibration": {}}, "temperature below 1"), ({"files": {"p0": "0" * 64}}, "does not list"),
    ({"sizes": {"side": 112}}, "networks' side, spacing_um"),
    ({"sizes": dict(card().sizes) | {"depth": 18}}, "networks' side, spacing_um"),
    ({"sizes": dict(card().sizes) | {"side": 100}}, "fill 224 mm, but the card says 100 of 2 mm"),
    ({"sizes": dict(card().sizes) | {"side": 128, "spacing_um": 1750}}, "fill 224 mm"),
    ({"sizes": dict(card().sizes) | {"width_thousandths": 9}}, "cannot make a ResNet-18"),
    ({"sizes": dict(card().sizes) | {"stride": 0}}, "cannot make a ResNet-18"),
    ({"channels": (*ALL, "event")}, "a channel twice"),
    (fold(inputs=[]), "the inputs none"), (fold(inputs=["flair"]), "the inputs flair, which are not some"),
    (fold(inputs=["dose", "event"]), "in their order"), (fold(inputs=["event", "event"]), "in their order"),
    (fold(fold="0"), "needs 'fold' as int"),
    ({"folds": (*fold()["folds"], *fold(fold=1)["folds"])}, "a file or a fold twice"),
    ({"folds": (*fold()["folds"], *fold(file="p1")["folds"])}, "a file or a fold twice"),
])
def test_what_does_not_fit_is_refused(changes, reason):
    with pytest.raises(WeightsError, match=reason):
        read_resnet_ensemble(replace(card(), **changes))
