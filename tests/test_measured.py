"""The chosen backend is remembered, for this machine only."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.measured import FILE, BackendTiming, ChosenBackend, machine, read_chosen_backend, write_chosen_backend

TIMINGS = {"torch-float32": BackendTiming(16.3, 1.0), "openvino-bfloat16": BackendTiming(4.7, 0.9998)}
CHOSEN = ChosenBackend("openvino-bfloat16", TIMINGS, machine())


def test_it_is_remembered(tmp_path: Path) -> None:
    write_chosen_backend(tmp_path / "new" / "folder", CHOSEN)
    assert read_chosen_backend(tmp_path / "new" / "folder") == CHOSEN


def test_another_machine_forgets_it(tmp_path: Path) -> None:
    write_chosen_backend(tmp_path, replace(CHOSEN, machine="a Cray-1"))
    assert read_chosen_backend(tmp_path) is None


@pytest.mark.parametrize("content", [
    "", "{", "[]", "{}", json.dumps({"backend": "x", "trials": {"x": 3}, "machine": ""})])
def test_a_damaged_file_is_not_a_choice(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(content)
    assert read_chosen_backend(tmp_path) is None


def test_nothing_was_chosen_yet(tmp_path: Path) -> None:
    assert read_chosen_backend(tmp_path) is None
