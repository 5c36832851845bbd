"""A bundle file that rnapp wrote before there were tasks is installed, opened and described as it was then."""

import json
from dataclasses import asdict
from pathlib import Path

from rnapp.models.bundle_file import install_bundle
from rnapp.models.card import read_bundle
from rnapp.tasks import load_model

BEFORE = Path(__file__).resolve().parents[1] / "fixtures" / "before_tasks"


def test_a_bundle_of_then_is_the_same_model_now(tmp_path):
    expected = json.loads((BEFORE / "expected.json").read_text(encoding="utf-8"))
    done = install_bundle(BEFORE / expected["bundle"]["file"], tmp_path, load_model)
    model = load_model(read_bundle(done.folder))
    assert asdict(model.card) == expected["bundle"]["card"] | {
        "task": "metastasis", "calibration": None, "about": None}
    assert model.temperature == expected["bundle"]["temperature"]
    assert [list(one.columns) for one in model.stackers] == expected["bundle"]["folds"]
