"""The self-test passes on what ships, and says in which step an installation is broken."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.pipeline import selftest
from rnapp.types import Prepared


def test_what_ships_passes_and_its_report_tells_versions(
        prepare_example: Callable[..., Prepared], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "prepare", prepare_example)
    stages: list[str] = []
    test = pipeline.SelfTest(default_settings(), tmp_path, lambda stage, _: stages.append(stage))
    assert test.run(), test.checks
    assert stages == ["Weights", "Brain mask networks", "Preparation", "Reading", "Export"]
    report = test.report()
    assert report["passed"]
    assert "torch" in report["versions"]
    assert str(tmp_path) not in str(report)


def test_altered_weights_are_told_and_nothing_more_is_tried(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "manifest.json").write_text("{}")
    test = pipeline.SelfTest(replace(default_settings(), weights=weights), tmp_path)
    assert not test.run()
    assert [(check.name, check.passed) for check in test.checks] == [("Weights", False), ("Brain mask networks", True)]
    assert not test.report()["passed"]


def test_what_fails_in_an_unforeseen_way_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ImportError("secret /home/doctor")

    monkeypatch.setattr(selftest, "load_resources", broken)
    test = pipeline.SelfTest(default_settings(), tmp_path)
    assert not test.run()
    assert test.checks[0].words == "Unexpected: ImportError."
