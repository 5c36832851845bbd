"""A cohort in real worker processes: from its list to cases, with a bad study among them."""

import json

import numpy as np
import pytest

from rnapp.io.volumes import write_nifti
from rnapp.pipeline.cluster import BatchOptions
from training import prepare as module
from training.inclusion import UNLABELLED, UNPREPARED
from training.manifest import read_manifest
from training.prepare import gather, main, prepare_rows, read_measured

HEADER = "patient,lesion,centre,image,mask,months,outcome,age\n"


@pytest.fixture(scope="module")
def folder(atlas, tmp_path_factory):
    """A stripped brain (cheap: no HD-BET) with a lesion that grows from 10 to 18 mm, and a damaged scan."""
    place = tmp_path_factory.mktemp("cohort")
    write_nifti(atlas.brain.with_array(atlas.brain.array.astype(np.float32)), place / "brain.nii.gz")
    for name, half in (("small", 5), ("large", 9), ("other", 6)):
        mask = np.zeros(atlas.brain.shape, np.uint8)
        mask[157 - half:157 + half, 146 - half:146 + half, 95 - half:95 + half] = 1
        write_nifti(atlas.brain.with_array(mask), place / f"{name}.nii.gz")
    empty = atlas.brain.with_array(np.zeros(atlas.brain.shape, np.uint8))
    write_nifti(empty, place / "empty.nii.gz")
    (place / "list.csv").write_text(
        HEADER + "a,1,X,brain.nii.gz,small.nii.gz,3,,61\na,1,X,brain.nii.gz,large.nii.gz,9,necrosis,61\n"
        "b,1,X,brain.nii.gz,other.nii.gz,,,\nc,1,X,brain.nii.gz,empty.nii.gz,,progression,\n"
        "d,1,X,damaged.nii.gz,other.nii.gz,,,\n")
    (place / "damaged.nii.gz").write_bytes((place / "brain.nii.gz").read_bytes()[:4000])
    return place


@pytest.fixture(scope="module")
def out(folder):
    return folder / "out"


@pytest.fixture(scope="module")
def prepared(folder, out):
    rows = read_manifest(folder / "list.csv").rows
    return rows, prepare_rows(rows, out, BatchOptions(workers=2, device="cpu"), lambda one, left: None)


def test_a_bad_row_is_listed_with_the_reason_and_never_stops_the_rest(prepared):
    _, measured = prepared
    assert [bool(one.sentence) for one in measured] == [False, False, False, True, True]
    assert "The mask is empty" in measured[3].sentence
    assert measured[1].diameter_mm == pytest.approx(18 * 3 ** 0.5, abs=1.5)
    assert measured[1].volume_ml == pytest.approx(18 ** 3 / 1000)


def test_the_cases_are_those_of_the_inclusion_rules(prepared, out):
    rows, measured = prepared
    cohort = gather(rows, measured, out)
    assert [(case.patient, case.necrosis, case.clinical.age) for case in cohort.labelled] == [("a", 1, 61)]
    assert cohort.labelled[0].crop.mask.array.sum() == 18 ** 3
    assert cohort.labelled[0].crop.t1ce.shape == (64, 64, 64)
    assert len(cohort.unlabelled) == 2
    assert cohort.flow.excluded == {UNLABELLED: (("b", "1"),), UNPREPARED: (("c", "1"), ("d", "1"))}
    assert (cohort.centres, cohort.splits) == (("X",), ("",))


def test_every_row_leaves_its_record_also_those_of_a_scan_that_cannot_be_read(prepared, out):
    rows, measured = prepared
    assert read_measured(rows, out) == measured


def test_what_is_done_is_not_done_again_but_what_went_wrong_is(prepared, out, monkeypatch):
    rows, measured = prepared
    monkeypatch.setattr(module, "workers", None)
    assert prepare_rows(rows[:3], out, BatchOptions(device="cpu"), print) == measured[:3]
    with pytest.raises(TypeError):
        prepare_rows(rows, out, BatchOptions(device="cpu"), print)
    (out / "line-000003.npz").write_bytes(b"cut off by a kill")
    with pytest.raises(TypeError):
        prepare_rows(rows[:2], out, BatchOptions(device="cpu"), print)


def test_a_list_with_contradictions_is_not_begun(folder, tmp_path, capsys):
    (folder / "leak.csv").write_text("patient,lesion,centre,image,mask,split\na,1,X,brain.nii.gz,small.nii.gz,train\n"
                                     "a,2,X,brain.nii.gz,large.nii.gz,test\n")
    assert main([str(folder / "leak.csv"), "--out", str(tmp_path)]) == 2
    assert "patient a has test and train as the split" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_records_are_plain(out, prepared):
    assert json.loads((out / "line-000003.json").read_text())["sentence"] == ""
