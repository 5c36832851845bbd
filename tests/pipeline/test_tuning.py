"""The fastest backend that is right is taken, and only then."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnapp.compute import REFERENCE
from rnapp.config import Settings, default_settings
from rnapp.measured import read_chosen_backend
from rnapp.pipeline import tuning
from rnapp.pipeline.resources import pick_backend

TRUTH = np.zeros((40, 40, 40), bool)
TRUTH[8:32, 8:32, 8:32] = True
ALMOST = TRUTH.copy()
ALMOST[8, 8, 8:12] = False
WRONG = TRUTH.copy()
WRONG[8:10] = False
MEASURED = {REFERENCE: (TRUTH, 9.0), "torch-bfloat16": (ALMOST, 5.0), "openvino-float32": (TRUTH, 7.0),
            "openvino-bfloat16": (WRONG, 1.0)}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(tuning, "available", lambda device: tuple(MEASURED))
    monkeypatch.setattr(tuning, "make_backend", lambda name, folder: name)
    monkeypatch.setattr(tuning, "_measure", lambda name, head, cancel: MEASURED[name])
    return replace(default_settings(), state=tmp_path, device="cpu")


def test_the_fastest_right_one_is_chosen(settings: Settings) -> None:
    chosen = tuning.tune(settings)
    assert chosen.backend == "torch-bfloat16"
    assert chosen.trials["openvino-bfloat16"].dice < tuning.LEAST_DICE < chosen.trials["torch-bfloat16"].dice < 1


def test_it_is_remembered_and_used(settings: Settings) -> None:
    assert settings.state
    assert read_chosen_backend(settings.state) is None
    chosen = tuning.tune(settings)
    assert read_chosen_backend(settings.state) == chosen


def test_the_modes_say_how_long_they_take_here(settings: Settings) -> None:
    assert tuning.brain_mask_seconds(settings, "balanced") is None
    tuning.tune(settings)
    seconds = [tuning.brain_mask_seconds(settings, mode) for mode in ("fast", "balanced", "accurate")]
    assert seconds == [5.0, 25.0, 200.0]


def test_without_a_choice_the_reference_is_used(tmp_path: Path) -> None:
    assert pick_backend(replace(default_settings(), state=tmp_path), "cpu") == REFERENCE
    named = replace(default_settings(), state=tmp_path, backend="torch-bfloat16")
    assert pick_backend(named, "cpu") == "torch-bfloat16"
