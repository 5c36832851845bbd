"""The choice is remembered, for this machine only."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.measured import FILE, Choice, Trial, machine, read_choice, write_choice

CHOICE = Choice("openvino-bfloat16", {"torch-float32": Trial(16.3, 1.0), "openvino-bfloat16": Trial(4.7, 0.9998)},
                machine())


def test_it_is_remembered(tmp_path: Path) -> None:
    write_choice(tmp_path / "new" / "folder", CHOICE)
    assert read_choice(tmp_path / "new" / "folder") == CHOICE


def test_another_machine_forgets_it(tmp_path: Path) -> None:
    write_choice(tmp_path, replace(CHOICE, machine="a Cray-1"))
    assert read_choice(tmp_path) is None


@pytest.mark.parametrize("content", [
    "", "{", "[]", "{}", json.dumps({"backend": "x", "trials": {"x": 3}, "machine": ""})])
def test_a_damaged_file_is_no_choice(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(content)
    assert read_choice(tmp_path) is None


def test_nothing_was_chosen_yet(tmp_path: Path) -> None:
    assert read_choice(tmp_path) is None
