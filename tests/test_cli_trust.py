"""On the command line: what is withheld is said with how to confirm it, and a centre's own share is kept."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.cli import run
from rnapp.trust.prior import read_prior
from rnapp.types import Caution, Prepared

DOUBT = Caution("registration_doubtful", "confirm", "The head is turned.")


@pytest.fixture
def analyse(example_folder: Path, prepare_example: Callable[..., Prepared], tmp_path: Path,
            monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """rnapp analyse on the example, whose registration is doubtful: no model runs before that is confirmed."""
    def doubtful(*given: object, **more: object) -> Prepared:
        prepared = prepare_example(*given, **more)
        return replace(prepared, cautions=(*prepared.cautions, DOUBT))

    monkeypatch.setattr("rnapp.pipeline.files.prepare", doubtful)
    return lambda *more: run(["analyse", str(example_folder / "study"), "--mask",
                              str(example_folder / "lesion_mask.nii.gz"), "--out", str(tmp_path / "out"), "--device",
                              "cpu", *more])


def test_what_is_withheld_is_said_with_how_to_confirm_it_and_is_no_failure(
        analyse: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert analyse() == 0
    (line,) = [one for one in capsys.readouterr().err.splitlines() if one.startswith("Lesion")]
    assert line.startswith("Lesion 1: No number is given. The head is turned.")
    assert line.endswith("--confirm registration_doubtful=REASON")
    (lesion,) = json.loads((tmp_path / "out" / "result.json").read_text())["lesions"]
    assert (lesion["verdict"], lesion["prediction"]) == ("withheld", None)
    assert not (tmp_path / "out" / "attention.nii.gz").exists()


def test_an_unknown_code_is_told_and_nothing_is_written(analyse: Callable[..., int], tmp_path: Path,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    assert analyse("--confirm", "registration_doubtfull=seen") == 2
    said = [one for one in capsys.readouterr().err.splitlines() if one.startswith("rnapp:")]
    assert said == ["rnapp: Expected the code of a caution of this case to confirm, but got 'registration_doubtfull'; "
                    "open are: registration_doubtful."]
    assert not (tmp_path / "out").exists()


def test_a_confirmed_caution_gives_way_to_the_next_and_then_to_the_number(
        analyse: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [text for code in ("registration_doubtful=the picture fits", "1:model_not_calibrated", "1:unlike_training")
             for text in ("--confirm", code)]
    assert analyse(*words, "--prior", "0.3") == 0
    assert [one for one in capsys.readouterr().err.splitlines() if one.startswith("Lesion")] == []
    said = json.loads((tmp_path / "out" / "result.json").read_text())
    (lesion,) = said["lesions"]
    assert 0 < lesion["prediction"]["probability_rn"] < 1
    assert lesion["verdict"] in ("necrosis", "progression", "indeterminate")
    assert {"code": "registration_doubtful", "lesion": None, "reason": "the picture fits"} in said["confirmed"]


@pytest.mark.parametrize(("given", "sentence"), [
    (("--confirm", "Odd code"), "expected the code of a caution"), (("--confirm", "odd=a\nb"), "expected a reason"),
    (("--prior", "half"), "expected a number between 0 and 1"), (("--prior", "0"), "Expected a share"),
    (("--prior", "nan"), "Expected a share")])
def test_what_cannot_be_meant_is_told_at_once(given: tuple[str, str], sentence: str, tmp_path: Path,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["analyse", str(tmp_path), "--out", str(tmp_path / "out"), *given])
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_centres_share_is_set_shown_and_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RNAPP_DATA", str(tmp_path))
    assert run(["prior"]) == 0
    assert "share of radiation necrosis among the cases of the model's calibration" in capsys.readouterr().out
    assert run(["prior", "0.25"]) == 0
    assert capsys.readouterr().out == (
        "Answers assume that 25 % of cases are radiation necrosis, as set for this centre.\n")
    assert read_prior(tmp_path, "metastasis") == 0.25
    assert run(["prior", "0.6", "--task", "rice"]) == 0
    assert "60 % of cases are radiation-induced contrast enhancement" in capsys.readouterr().out
    assert run(["prior", "model"]) == 0
    assert (read_prior(tmp_path, "metastasis"), read_prior(tmp_path, "rice")) == (None, 0.6)


@pytest.mark.parametrize("share", ["1", "0", "many", "-0.2"])
def test_an_impossible_share_gets_a_sentence(share: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RNAPP_DATA", str(tmp_path))
    assert run(["prior", "--", share]) == 2
    assert capsys.readouterr().err.startswith("rnapp: Expected a share")
    assert read_prior(tmp_path, "metastasis") is None
