"""The command line end to end, and its one sentence for input that cannot be used."""

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.cli import run
from rnapp.geometry import from_sitk
from rnapp.io.volumes import write_nifti
from rnapp.types import Volume

OUTPUTS = ("result.json", "t1ce_sri24.nii.gz", "brain_mask.nii.gz", "lesions.nii.gz", "attention.nii.gz",
           "lesions_native.nii.gz", "brain_mask_native.nii.gz", "report.pdf")


@pytest.fixture(scope="module")
def analysed(example_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """python -m rnapp analyse on the example, once."""
    out = tmp_path_factory.mktemp("analysed")
    code = run(["analyse", str(example_folder / "study"), "--mask", str(example_folder / "lesion_mask.nii.gz"),
                "--clinical", str(example_folder / "clinical.json"), "--out", str(out), "--report", "--device", "cpu"])
    assert code == 0
    return out


def test_analyse_writes_everything(analysed: Path) -> None:
    assert all((analysed / name).stat().st_size > 0 for name in OUTPUTS)


def test_result_json_holds_the_answer(analysed: Path) -> None:
    result = json.loads((analysed / "result.json").read_text())
    lesion = result["lesions"][0]
    assert len(result["lesions"]) == 1
    assert lesion["side"] == "left"
    assert 4 < lesion["volume_ml"] < 12
    assert 20 < lesion["longest_diameter_mm"] < 34
    assert 0 < lesion["prediction"]["probability_rn"] < 1
    assert len(lesion["prediction"]["folds"]) == 5
    assert len(set(lesion["prediction"]["folds"])) > 1
    assert 1000 < result["preparation"]["brain_volume_ml"] < 2200
    assert result["preparation"]["timings_s"]
    assert result["model"]["demonstration"] is True
    assert len(result["model"]["sha256"]) == 64
    assert result["schema_version"]
    logit = lesion["baseline_log_odds"] + sum(one["effect"] for one in lesion["contributions"])
    assert 1 / (1 + np.exp(-logit)) == pytest.approx(lesion["prediction"]["probability_rn"], abs=1e-3)


def test_native_outputs_lie_on_the_scans_own_grid(analysed: Path, example_folder: Path) -> None:
    mask = from_sitk(sitk.ReadImage(str(example_folder / "lesion_mask.nii.gz")))
    for name in ("lesions_native.nii.gz", "brain_mask_native.nii.gz"):
        assert from_sitk(sitk.ReadImage(str(analysed / name))).same_grid(mask)
    lesions = from_sitk(sitk.ReadImage(str(analysed / "lesions_native.nii.gz")))
    assert np.array_equal(lesions.array > 0, mask.array > 0)


def test_attention_and_lesion_lie_in_the_same_place(analysed: Path) -> None:
    attention = from_sitk(sitk.ReadImage(str(analysed / "attention.nii.gz")))
    lesions = from_sitk(sitk.ReadImage(str(analysed / "lesions.nii.gz")))
    assert attention.same_grid(lesions)
    assert attention.array.max() <= 1
    middle = np.argwhere(lesions.array).mean(axis=0)
    reach = np.abs(np.argwhere(attention.array > 0) - middle).max()
    assert reach <= 34


def test_report_says_what_it_is(analysed: Path) -> None:
    from pypdf import PdfReader
    pages = PdfReader(analysed / "report.pdf").pages
    assert len(pages) == 2
    text = " ".join(page.extract_text() for page in pages)
    assert "not a medical device" in text.lower()
    assert "synthetic" in text.lower()
    assert "1158 features" in text


def _noise(folder: Path) -> Path:
    array = np.random.default_rng(0).normal(500, 100, (128, 128, 60)).astype(np.float32)
    write_nifti(Volume(array, np.diag([1.8, 1.8, 3, 1])), folder / "t1ce.nii.gz")
    return folder / "t1ce.nii.gz"


def test_noise_gets_a_sentence_and_no_probability(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["prepare", str(_noise(tmp_path)), "--out", str(out), "--device", "cpu"]) == 2
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("rnapp:")]
    assert len(error) == 1
    assert error[0].endswith(".")
    assert not out.exists()


@pytest.mark.parametrize("case", ["missing", "text", "truncated"])
def test_unreadable_input_gets_one_sentence(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "study.nii.gz"
    if case == "text":
        path.write_text("not an image")
    elif case == "truncated":
        path.write_bytes(_noise(tmp_path).read_bytes()[:4000])
    assert run(["analyse", str(path), "--out", str(tmp_path / "out")]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len([line for line in lines if line.startswith("rnapp:")]) == 1
    assert "Traceback" not in "".join(lines)


def test_impossible_clinical_values_get_a_sentence(example_folder: Path, tmp_path: Path,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    clinical = tmp_path / "clinical.json"
    clinical.write_text(json.dumps({"age": 580}))
    assert run(["analyse", str(example_folder / "study"), "--clinical", str(clinical), "--out", str(tmp_path)]) == 2
    assert "between 0 and 120" in capsys.readouterr().err


def test_analyse_without_a_mask_only_prepares(turned: object, tmp_path: Path) -> None:
    from rnapp import pipeline
    from rnapp.types import Prepared
    assert isinstance(turned, Prepared)
    empty = pipeline.no_lesions(turned)
    assert empty.lesions == ()
    assert "No lesion mask" in empty.warnings[0]
