"""What a card says of the architecture is what was written into it."""

from dataclasses import replace

import pytest

from rnapp.errors import WeightsError
from rnapp.models.card_fields import BundleCard
from rnapp.models.vit_config import VitConfig
from rnapp.models.vit_stacker import FoldFiles, VitStacker, read_vit_stacker, vit_stacker_entries
from rnapp.types import ModelCard

MODEL = VitStacker(VitConfig(side=48, channels=3, patch=8, hidden=12, layers=2, heads=2, mlp=16),
                   (FoldFiles("a.safetensors", "b.safetensors", ("vit_probability", "dose")),), 1.25)


def card():
    """As rnapp/models/card.py makes it of the entries."""
    entries = vit_stacker_entries("toy", ("post", "event", "dose"), MODEL)
    known = ModelCard("toy model", "1", True, "0" * 64, "", "", "", {}, entries["task"])
    return BundleCard(known, entries["architecture"], tuple(entries["channels"]), entries["sizes"],
                      entries["calibration"], entries["input"], tuple(entries["folds"]),
                      {"a.safetensors": "0" * 64, "b.safetensors": "1" * 64})


def test_what_is_written_is_read():
    assert read_vit_stacker(card()) == MODEL
    assert card().model.task == "toy"
    assert card().sizes["crop"] == 48


@pytest.mark.parametrize(("changes", "reason"), [
    ({"architecture": "resnet"}, "'vit_stacker', but the card of 'toy model' says 'resnet'"),
    ({"input": {"grid": "SRI24 1 mm LPS"}}, "another kind of input"), ({"folds": ()}, "no folds"),
    ({"calibration": {"temperature": 0.9}}, "temperature below 1"), ({"calibration": {}}, "temperature below 1"),
    ({"files": {"a.safetensors": "0" * 64}}, "does not list"), ({"sizes": {"crop": 48}}, "network's crop"),
    ({"channels": ()}, "cannot make a Vision Transformer"),
])
def test_what_does_not_fit_is_refused(changes, reason):
    with pytest.raises(WeightsError, match=reason):
        read_vit_stacker(replace(card(), **changes))
