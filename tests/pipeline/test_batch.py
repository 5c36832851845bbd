"""A batch in real worker processes: a bad study does not stop the rest, and finished cases are not repeated."""

import csv
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import distributed
import numpy as np
import pytest
import torch

from rnapp import files
from rnapp.cli import run
from rnapp.config import default_settings
from rnapp.errors import InputError, WeightsError
from rnapp.io.rt_read import Answers
from rnapp.io.volumes import write_nifti
from rnapp.models.installed import bundle_sha256
from rnapp.pipeline import batch, cluster
from rnapp.pipeline.batch import (
    RECORD,
    AnswerRecord,
    CaseRecord,
    fingerprint,
    run_batch,
)
from rnapp.pipeline.batch_list import BatchCase, read_batch_list
from rnapp.pipeline.cluster import BatchOptions, workers
from rnapp.pipeline.resources import load_resources
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import Atlas
from tests.models.resnets import PAIR, make_resnets

# A box in the atlas' own brain, which has no contrast: nothing of it would get a number unasked.
LOOKED_AT = ("picture_without_contrast=a test", "lesion_hardly_enhances=a test", "model_not_calibrated",
             "unlike_training=a test")


@pytest.fixture(scope="module")
def case_list(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stripped brain with a lesion (cheap: no HD-BET), a damaged one, and a study that does not exist; and a stripped
    brain with a dose, of which the second question is asked."""
    folder = tmp_path_factory.mktemp("cases")
    write_nifti(atlas.brain.with_array(atlas.brain.array.astype(np.float32)), folder / "brain.nii.gz")
    mask = np.zeros(atlas.brain.shape, np.uint8)
    mask[150:164, 140:152, 90:100] = 1
    write_nifti(atlas.brain.with_array(mask), folder / "mask.nii.gz")
    (folder / "damaged.nii.gz").write_bytes((folder / "brain.nii.gz").read_bytes()[:4000])
    (folder / "clinical.json").write_text('{"age": 61}')
    i, j, k = np.ogrid[:240, :240, :155]
    dose = 60 * np.exp(-((i - 157) ** 2 + (j - 146) ** 2 + (k - 95) ** 2) / (2 * 30**2))
    write_nifti(atlas.brain.with_array(dose.astype(np.float32)), folder / "rtdose.nii.gz")
    (folder / "cases.csv").write_text(
        "case,task,study,dose,mask,clinical,confirm\n"
        f"brain,,brain.nii.gz,,mask.nii.gz,clinical.json,{'; '.join(LOOKED_AT)}\n"
        "damaged,,damaged.nii.gz,,,,\nmissing,,nothing.nii.gz,,,,\n"
        "glioma,rice,brain.nii.gz,rtdose.nii.gz,,,picture_without_contrast=a test\n"
        "unsaid,,brain.nii.gz,,mask.nii.gz,clinical.json,\n")
    return folder / "cases.csv"


@pytest.fixture(scope="module")
def out(case_list: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The batch, done once by the command line in two processes, with a model of the user's for the second question."""
    folder, data = tmp_path_factory.mktemp("results"), tmp_path_factory.mktemp("data")
    make_resnets(data / "bundles" / "glioma", (PAIR,), folds=2, demonstration=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNAPP_DATA", str(data))
        assert run(["batch", str(case_list), "--out", str(folder), "--workers", "2", "--device", "cpu",
                    "--dose-fits"]) == 0
    return folder


def test_a_bad_study_does_not_stop_the_rest(out: Path) -> None:
    with (out / "cases.csv").open() as file:
        rows = {row["case"]: row for row in csv.DictReader(file)}
    assert [rows[name]["done"] for name in ("brain", "damaged", "missing")] == ["True", "False", "False"]
    assert 0 < float(rows["brain"]["probability_rn"]) < 1
    assert rows["brain"]["side"] == "left"
    assert all(rows[name]["sentence"].endswith(".") for name in ("damaged", "missing"))
    assert all(not rows[name]["probability_rn"] for name in ("damaged", "missing"))


def test_a_batch_gives_no_number_that_nobody_confirmed(out: Path) -> None:
    with (out / "cases.csv").open() as file:
        (row,) = [one for one in csv.DictReader(file) if one["case"] == "unsaid"]
    assert (row["done"], row["verdict"]) == ("True", "withheld")
    assert all(not row[name] for name in ("probability_rn", "interval_low", "interval_high", "unadjusted"))
    assert row["sentence"].startswith("No number is given.")
    (lesion,) = json.loads((out / "unsaid" / "result.json").read_text())["lesions"]
    assert (lesion["verdict"], lesion["prediction"]) == ("withheld", None)


def test_one_batch_asks_both_questions(out: Path) -> None:
    with (out / "cases.csv").open() as file:
        rows = {row["case"]: row for row in csv.DictReader(file)}
    assert {name: row["task"] for name, row in rows.items()} == {
        "brain": "metastasis", "damaged": "metastasis", "missing": "metastasis", "glioma": "rice",
        "unsaid": "metastasis"}
    assert 0 < float(rows["glioma"]["probability_rice"]) < 1
    assert (rows["glioma"]["probability_rn"], rows["brain"]["probability_rice"]) == ("", "")
    said = json.loads((out / "glioma" / "result.json").read_text())
    assert (said["question"], said["study"]["inputs"]) == ("rice", ["event", "dose"])
    assert json.loads((out / "brain" / "result.json").read_text())["question"] == "metastasis"


def test_a_case_has_the_same_results_as_alone(out: Path, case_list: Path, tmp_path: Path) -> None:
    folder = case_list.parent
    assert run(["analyse", str(folder / "brain.nii.gz"), "--mask", str(folder / "mask.nii.gz"), "--clinical",
                str(folder / "clinical.json"), "--out", str(tmp_path), "--device", "cpu",
                *(text for one in LOOKED_AT for text in ("--confirm", one))]) == 0
    alone, together = (json.loads((place / "result.json").read_text()) for place in (tmp_path, out / "brain"))
    assert alone["lesions"][0]["prediction"]["probability_rn"] == pytest.approx(
        together["lesions"][0]["prediction"]["probability_rn"], abs=1e-4)
    assert not (out / "damaged" / "result.json").exists()


def test_what_is_done_is_not_done_again(out: Path, case_list: Path) -> None:
    case = read_batch_list(case_list, QUESTION)[0]
    done = [replace(case, files=replace(case.files, dose_fits=True))]  # as the batch was told
    seen = []
    records = run_batch(done, out, BatchOptions(), lambda record, tally: seen.append(record))
    assert records[0].done
    assert seen == []


def test_a_changed_mask_mode_or_bundle_is_done_again(out: Path, case_list: Path, tmp_path: Path) -> None:
    case = read_batch_list(case_list, QUESTION)[0]
    before = fingerprint(case, BatchOptions(), "one bundle")
    assert fingerprint(case, BatchOptions(mode="balanced"), "one bundle") != before
    assert fingerprint(case, BatchOptions(), "another bundle") != before
    named = replace(case, files=replace(case.files, structures=("GTV",)))
    assert fingerprint(named, BatchOptions(), "one bundle") != before
    for said in ({"dose_fits": True}, {"dose": Answers(relative_gy=60.0)}):
        other = replace(case, files=replace(case.files, **said))
        assert fingerprint(other, BatchOptions(), "one bundle") != before
    assert case.files.mask
    changed = tmp_path / "mask.nii.gz"
    changed.write_bytes(case.files.mask.read_bytes())
    os.utime(changed, (1, 1))
    assert fingerprint(replace(case, files=replace(case.files, mask=changed)), BatchOptions(), "one bundle") != before
    assert fingerprint(case, BatchOptions(), "one bundle") == before


def test_a_running_cluster_can_be_used(case_list: Path, tmp_path: Path) -> None:
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None,
                                  protocol="tcp", host="127.0.0.1") as cluster:
        options = BatchOptions(scheduler=cluster.scheduler_address)
        records = run_batch(read_batch_list(case_list, QUESTION)[1:3], tmp_path, options, lambda record, tally: None)
    assert [record.done for record in records] == [False, False]
    assert all((tmp_path / record.name / RECORD).is_file() for record in records)


def test_a_worker_with_another_bundle_gets_no_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on another computer of a cluster, where another model was chosen."""
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    settings = default_settings()
    same = cluster.Loaded(BatchOptions(device="cpu", bundle=bundle_sha256(settings.weights, settings.data)),
                          load_resources)
    same.setup(None)
    assert same.resources
    other = cluster.Loaded(BatchOptions(device="cpu", bundle="0" * 64), load_resources)
    with pytest.raises(WeightsError, match="choose the same one"):
        other.setup(None)
    assert other.resources is None


def test_nothing_stays_in_the_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))  # of the workers
    with workers(BatchOptions(workers=1), load_resources, 1) as client:
        assert list(temporary.iterdir()), "else it is not the folder that is used"
        assert client.submit(len, "abc").result() == 3
    assert list(temporary.iterdir()) == []


def test_no_cluster_gets_a_sentence(case_list: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="check the address"):
        run_batch(read_batch_list(case_list, QUESTION)[:1], tmp_path, BatchOptions(scheduler="tcp://127.0.0.1:9"),
                  lambda record, tally: None)


def made_up(options: BatchOptions, load: object, work: object, jobs: Sequence[tuple[BatchCase, Path, str]]
            ) -> Iterator[tuple[int, CaseRecord]]:
    """What the workers would send."""
    for number, (case, _, made_from) in enumerate(jobs):
        yield number, CaseRecord(case.name, True, "", 1.0, made_from, (AnswerRecord(1, "left", 2.5, 0.5),))


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[BatchCase, ...]:
    """Three cases whose work is done at once."""
    monkeypatch.setattr(batch, "run_each", made_up)
    (tmp_path / "list.csv").write_text("case,study\nA,a\nB,b\nC,c\n")
    return read_batch_list(tmp_path / "list.csv", QUESTION)


def test_a_case_whose_folder_cannot_be_written_does_not_stop_the_others(
        three: tuple[BatchCase, ...], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "B").write_text("in the way")
    records = run_batch(three, out, BatchOptions(), lambda record, tally: None)
    assert [record.done for record in records] == [True, False, True]
    assert "Expected to write to" in records[1].sentence
    assert records[1].answers == ()
    again: list[str] = []
    run_batch(three, out, BatchOptions(), lambda record, tally: again.append(record.name))
    assert again == ["B"]


def test_a_disk_that_fills_ends_a_batch_with_a_sentence(
        three: tuple[BatchCase, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    write, written = files._write, []

    def full(path: Path, data: bytes) -> None:
        written.append(path.name)
        if len(written) > 2:  # the trial before, and the first record
            path.write_bytes(data[:1])
            raise OSError(28, "No space left on device")
        write(path, data)

    monkeypatch.setattr(files, "_write", full)
    out = tmp_path / "out"
    assert run(["batch", str(tmp_path / "list.csv"), "--out", str(out)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.split("] ")[1].split(" ")[:2] for line in said[:3]] == [["A", "done"], ["B", "failed:"],
                                                                        ["C", "failed:"]]
    assert said[3].startswith(f"rnapp: Expected to write to {out / 'cases.csv'}")
    assert len(said) == 4
    assert [path.relative_to(out) for path in out.rglob("*") if path.is_file()] == [Path("A") / RECORD]


def test_what_the_workers_load_can_be_given(three: tuple[BatchCase, ...], tmp_path: Path,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def seen(options: BatchOptions, load: object, work: object, jobs: Sequence[tuple[BatchCase, Path, str]]
             ) -> Iterator[tuple[int, CaseRecord]]:
        given.extend((options.bundle, load))
        return made_up(options, load, work, jobs)

    monkeypatch.setattr(batch, "run_each", seen)
    run_batch(three, tmp_path / "out", BatchOptions(bundle="a" * 64), lambda record, tally: None, len)
    assert given == ["a" * 64, len]


def test_a_damaged_record_is_done_again(three: tuple[BatchCase, ...], tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_batch(three, out, BatchOptions(), lambda record, tally: None)
    (out / "A" / RECORD).write_text("[" * 100_000)
    (out / "B" / RECORD).write_text('{"answers": [3]}')
    again: list[str] = []
    run_batch(three, out, BatchOptions(), lambda record, tally: again.append(record.name))
    assert again == ["A", "B"]
