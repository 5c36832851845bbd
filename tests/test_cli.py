"""The command line end to end, and its one sentence for input that cannot be used."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp import files
from rnapp.cli import run
from rnapp.cli.cases import _series
from rnapp.compute import available
from rnapp.config import weights_folder
from rnapp.errors import InputError
from rnapp.geometry import from_sitk
from rnapp.io.volumes import write_nifti
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import Prepared, Role, Volume

OUTPUTS = ("result.json", "t1ce_sri24.nii.gz", "brain_mask.nii.gz", "lesions.nii.gz", "attention.nii.gz",
           "lesions_native.nii.gz", "brain_mask_native.nii.gz", "report.pdf")


@pytest.fixture(scope="module")
def analysed(example_folder: Path, prepare_example: Callable[..., Prepared],
             tmp_path_factory: pytest.TempPathFactory) -> Path:
    """python -m rnapp analyse on the example, once."""
    out = tmp_path_factory.mktemp("analysed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rnapp.pipeline.files.prepare", prepare_example)
        code = run(["analyse", str(example_folder / "study"), "--mask", str(example_folder / "lesion_mask.nii.gz"),
                    "--clinical", str(example_folder / "clinical.json"), "--out", str(out), "--report",
                    "--device", "cpu", "--confirm", "model_not_calibrated", "--confirm", "unlike_training"])
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
    backend = available("cpu")[-1]  # where there are several, one that takes a third of the time
    assert run(["prepare", str(_noise(tmp_path)), "--out", str(out), "--device", "cpu", "--backend", backend]) == 2
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


@pytest.fixture
def uncomputed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message comes before anything is read or computed."""
    def never(*_: object, **__: object) -> None:
        pytest.fail("this must be told before")

    for place in ("pipeline.files.read_case", "pipeline.files.prepare", "tasks.metastasis.example.phantom_head",
                  "pipeline.selftest.load_resources"):
        monkeypatch.setattr(f"rnapp.{place}", never)


@pytest.mark.usefixtures("uncomputed")
@pytest.mark.parametrize("command", ["prepare", "analyse", "example", "batch", "selftest"])
@pytest.mark.parametrize("place", ["file", "file/below", "n" * 300, "full"])
def test_a_folder_that_takes_no_results_is_reported_before_anything_is_computed(
        command: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "cases.csv").write_text("case,study\nA,b\n")
    out = tmp_path / place
    if command == "selftest":  # it writes a file, and that name is taken by a folder
        out = tmp_path if place == "file" else out / "result.json"
    if place == "full":
        monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=1000))
    given = {"prepare": [str(tmp_path)], "analyse": [str(tmp_path)], "batch": [str(tmp_path / "cases.csv")]}
    assert run([command, *given.get(command, []), "--out", str(out)]) == 2
    error, = capsys.readouterr().err.splitlines()
    assert error.startswith("rnapp: Expected to write to ")
    assert error.endswith("get permission to write.")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["cases.csv", "file"]


@pytest.mark.usefixtures("uncomputed")
@pytest.mark.parametrize(("flag", "name", "said"), [
    ("--mask", "nowhere.nii.gz", "does not exist"), ("--mask", ".", "is a folder"), ("--mask", "pipe", "is a pipe"),
    ("--clinical", "nowhere.json", "does not exist"), ("--clinical", "pipe", "is a pipe"),
    ("--clinical", "deep.json", "nested too deeply")])
def test_files_next_to_the_study_are_looked_at_first(flag: str, name: str, said: str, tmp_path: Path,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    out = tmp_path / "out"
    assert run(["analyse", str(tmp_path), flag, str(tmp_path / name), "--out", str(out)]) == 2
    error, = capsys.readouterr().err.splitlines()
    assert said in error
    assert not out.exists()


def test_a_disk_that_fills_while_the_results_are_written_leaves_none(
        example_folder: Path, turned: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    """The disk takes the trial before, and the first files of the results."""
    monkeypatch.setattr("rnapp.pipeline.files.prepare", lambda *_: turned)
    write, written = files._write, []

    def full(path: Path, data: bytes) -> None:
        written.append(path)
        if len(written) > 3:
            path.write_bytes(data[:10])
            raise OSError(28, "No space left on device", str(path))
        write(path, data)

    monkeypatch.setattr(files, "_write", full)
    out = tmp_path / "out"
    assert run(["prepare", str(example_folder / "study"), "--out", str(out)]) == 2
    assert len(written) == 4
    assert "(No space left on device)" in capsys.readouterr().err.splitlines()[-1]
    assert not out.exists()


def test_impossible_clinical_values_get_a_sentence(example_folder: Path, tmp_path: Path,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    clinical = tmp_path / "clinical.json"
    clinical.write_text(json.dumps({"age": 580}))
    assert run(["analyse", str(example_folder / "study"), "--clinical", str(clinical), "--out", str(tmp_path)]) == 2
    assert "between 0 and 120" in capsys.readouterr().err


def test_analyse_without_a_mask_only_prepares(
        example_folder: Path, turned: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnapp.pipeline.files.prepare", lambda *_: turned)
    assert run(["analyse", str(example_folder / "study"), "--out", str(tmp_path), "--device", "cpu"]) == 0
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["lesions"] == []
    assert [one["code"] for one in result["cautions"]] == ["no_mask"]
    assert "No lesion mask" in result["warnings"][0]
    assert not (tmp_path / "attention.nii.gz").exists()
    assert (tmp_path / "lesions.nii.gz").exists()


def test_a_series_is_named_for_the_first_scan_or_for_a_role() -> None:
    two = replace(QUESTION, roles=(*QUESTION.roles, Role("before", "Before")))
    assert _series(["1.2"], two) == {"t1ce": "1.2"}
    assert _series(["before=3.4", "1.2"], two) == {"before": "3.4", "t1ce": "1.2"}
    assert _series(["t1ce=1.2"], two) == {"t1ce": "1.2"}
    assert _series([], two) == {}
    assert _series(["other=1"], two) == {"t1ce": "other=1"}, "a uid that is not in the study, which is said"
    with pytest.raises(InputError, match="got several"):
        _series(["1.2", "3.4"], two)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing installed, nothing named."""
    monkeypatch.setenv("RNAPP_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("RNAPP_BUNDLE", raising=False)
    return tmp_path / "data"


@pytest.fixture
def packed(data: Path, tmp_path: Path) -> Path:
    """The demonstration bundle as a file, packed by the command line."""
    assert run(["weights", "pack", str(weights_folder() / "bundles" / "demo"), "--out", str(tmp_path / "d.zip")]) == 0
    return tmp_path / "d.zip"


def test_weights_are_installed_listed_used_and_removed(packed: Path, data: Path,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    sha256 = hashlib.sha256((weights_folder() / "bundles" / "demo" / "card.json").read_bytes()).hexdigest()
    assert run(["weights", "install", str(packed), "--sha256", sha256]) == 0
    own, = [path for path in (data / "bundles").iterdir() if path.is_dir()]
    assert f"rnapp uses {own}" in capsys.readouterr().out
    assert run(["weights", "install", str(packed)]) == 0
    assert "already installed" in capsys.readouterr().out
    assert run(["weights"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[0] for line in lines if "for metastasis" in line] == ["-", "*", "I"]
    listed = [line for line in lines if line[0] in "-*"]
    assert all("demonstration, its numbers mean nothing" in line for line in listed)
    assert lines.count(f"  card SHA-256 {sha256}") == 2
    assert f"In use for metastasis: {own}" in lines
    assert run(["weights", "use", sha256[:10]]) == 0
    assert run(["weights", "remove", sha256[:10]]) == 0
    assert f"rnapp uses {weights_folder() / 'bundles' / 'demo'} for metastasis" in capsys.readouterr().out
    assert not own.exists()


def test_weights_that_cannot_be_used_get_a_sentence(packed: Path, data: Path, tmp_path: Path,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.rnbundle").write_bytes(packed.read_bytes()[:1000])
    for given in (["install", str(tmp_path / "broken.rnbundle")], ["install", str(packed), "--sha256", "0" * 64],
                  ["install", str(tmp_path / "nothing")], ["use", "0123abcd"], ["remove", "demo"],
                  ["pack", str(tmp_path), "--out", str(tmp_path / "out")]):
        capsys.readouterr()
        assert run(["weights", *given]) == 2, given
        error, = capsys.readouterr().err.splitlines()
        assert error.startswith("rnapp: ")
        assert error.endswith(".")
    assert not list((data / "bundles").iterdir())


def test_a_choice_that_is_gone_is_reported_below_the_list(packed: Path, data: Path,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["weights", "install", str(packed)]) == 0
    chosen = data / "bundles" / "chosen.json"
    chosen.write_text(json.dumps(json.loads(chosen.read_text()) | {"sha256": "0" * 64}))
    capsys.readouterr()
    assert run(["weights"]) == 2
    said = capsys.readouterr()
    assert said.out.count(" for metastasis, ") == 2
    assert "* " not in "".join(line for line in said.out.splitlines() if " for metastasis, " in line)
    assert "choose another" in said.err


def test_schema_prints_what_result_json_of_this_question_looks_like(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["properties"]["question"] == {"const": "metastasis"}
    assert "probability_rn" in printed["$defs"]["prediction"]["required"]


def test_a_question_is_named_and_one_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "--task", "metastasis"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["question"] == {"const": "metastasis"}
    with pytest.raises(SystemExit, match=r"^2$"):
        run(["schema", "--task", "glioma"])
    assert "metastasis" in capsys.readouterr().err
