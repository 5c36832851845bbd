"""The results of a kept case, written by the command line."""

import json
from pathlib import Path

import pytest

from rnapp.cli import run

BEFORE = Path(__file__).resolve().parent / "fixtures" / "before_tasks"


def test_a_kept_case_gives_its_results(tmp_path: Path) -> None:
    assert run(["open-case", str(BEFORE / "case.rnapp"), "--out", str(tmp_path / "out")]) == 0
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    expected = json.loads((BEFORE / "expected.json").read_text())["case"]
    answers = expected["reading"]["lesions"]
    assert [one["prediction"]["probability_rn"] for one in result["lesions"]] == pytest.approx(
        [one["probability_rn"] for one in answers], abs=1e-6)
    assert {"lesions.nii.gz", "t1ce_sri24.nii.gz", "brain_mask.nii.gz"} <= {path.name for path in (
        tmp_path / "out").iterdir()}


@pytest.mark.parametrize(("name", "sentence"), [("case_not_read.rnapp", "whose answer was shown"),
                                                ("README.md", "")])
def test_what_has_no_answer_to_show_gets_one_sentence(name: str, sentence: str, tmp_path: Path,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["open-case", str(BEFORE / name), "--out", str(tmp_path / "out")]) == 2
    error, = capsys.readouterr().err.splitlines()
    assert error.startswith("rnapp: ")
    assert sentence in error
    assert not (tmp_path / "out").exists()
