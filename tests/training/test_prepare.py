"""A cohort in a real worker process: from its table to cases, with a bad study among them."""

import json
from dataclasses import replace

import numpy as np
import pytest

from rnapp.errors import InputError
from rnapp.io.volumes import write_nifti
from rnapp.pipeline.cluster import BatchOptions
from rnapp.tasks.metastasis.question import QUESTION
from training import prepare as module
from training.cohort_table import read_cohort_table
from training.inclusion import UNLABELLED, UNPREPARED
from training.prepare import fingerprint, gather, main, prepare_rows
from training.records import crop_file, read_crop, read_measured

HEADER = "patient,lesion,centre,image,mask,months,outcome,age,mask_labels\n"


def enhancing(atlas):
    """The atlas' brain, brighter towards the middle of each lesion, so that a smaller outline enhances there too."""
    i, j, k = np.ogrid[:atlas.brain.shape[0], :atlas.brain.shape[1], :atlas.brain.shape[2]]
    near = sum(np.exp(-((i - x) ** 2 + (j - 146) ** 2 + (k - 95) ** 2) / 9.0 ** 2) for x in (157, 120, 90))
    bright = np.where(atlas.brain.array > 0, atlas.brain.array + 900 * near, 0)
    return atlas.brain.with_array(bright.astype(np.float32))


@pytest.fixture(scope="module")
def folder(atlas, tmp_path_factory):
    """A stripped brain (cheap: no HD-BET) with a lesion that grows from 10 to 18 mm, and a damaged scan."""
    place = tmp_path_factory.mktemp("cohort")
    write_nifti(enhancing(atlas), place / "brain.nii.gz")
    for name, half in (("small", 5), ("large", 9), ("other", 6)):
        mask = np.zeros(atlas.brain.shape, np.uint8)
        mask[157 - half:157 + half, 146 - half:146 + half, 95 - half:95 + half] = 1
        write_nifti(atlas.brain.with_array(mask), place / f"{name}.nii.gz")
    many = np.zeros(atlas.brain.shape, np.uint8)
    for x, half, label in ((157, 8, 1), (157, 3, 3), (90, 5, 3), (120, 4, 2)):
        many[x - half:x + half, 146 - half:146 + half, 95 - half:95 + half] = label
    write_nifti(atlas.brain.with_array(many), place / "many.nii.gz")
    empty = atlas.brain.with_array(np.zeros(atlas.brain.shape, np.uint8))
    write_nifti(empty, place / "empty.nii.gz")
    (place / "list.csv").write_text(
        HEADER + "a,1,X,brain.nii.gz,small.nii.gz,3,,61\na,1,X,brain.nii.gz,large.nii.gz,9,necrosis,61\n"
        "b,1,X,brain.nii.gz,other.nii.gz,,,\nc,1,X,brain.nii.gz,empty.nii.gz,,progression,\n"
        "d,1,X,damaged.nii.gz,other.nii.gz,,,\ne,*,Y,brain.nii.gz,many.nii.gz,,,,1+3\n"
        "f,*,Y,damaged.nii.gz,many.nii.gz,,,,1+3\nh,1,Y,brain.nii.gz,many.nii.gz,,,,1+3\n")
    (place / "damaged.nii.gz").write_bytes((place / "brain.nii.gz").read_bytes()[:4000])
    return place


@pytest.fixture(scope="module")
def out(folder):
    return folder / "out"


@pytest.fixture(scope="module")
def prepared(folder, out):
    rows = read_cohort_table(folder / "list.csv", QUESTION).rows
    return rows, prepare_rows(rows, out, BatchOptions(workers=1, device="cpu"), lambda line, one, left: None)


def test_a_bad_row_is_listed_with_the_reason_and_never_stops_the_rest(prepared):
    _, measured = prepared
    assert [bool(one.sentence) for one in measured] == [False, False, False, True, True, False, True, True]
    assert "The mask is empty" in measured[3].sentence
    assert measured[1].lesions[0].diameter_mm == pytest.approx(18 * 3 ** 0.5, abs=1.5)
    assert measured[1].lesions[0].volume_ml == pytest.approx(18 ** 3 / 1000)
    assert [len(one.lesions) for one in measured] == [1, 1, 1, 0, 0, 2, 0, 0]


def test_the_cases_are_those_of_the_inclusion_rules(prepared, out):
    rows, measured = prepared
    cohort = gather(rows, measured, out)
    member, = cohort.labelled
    assert (member.case.patient, member.case.necrosis, member.case.clinical["age"]) == ("a", 1, 61)
    assert member.case.clinical["months_since_radiosurgery"] == 9
    assert member.case.crop.mask.array.sum() == 18 ** 3
    assert member.case.crop.t1ce.shape == (64, 64, 64)
    assert (member.centre, member.split) == ("X", "")
    assert len(cohort.unlabelled) == 3, "a's first scan is not pre-trained on"
    assert cohort.flow.excluded == {
        UNLABELLED: (("b", "1"), ("e", "line 7, 1"), ("e", "line 7, 2")),
        UNPREPARED: (("c", "1"), ("d", "1"), ("f", "line 8, none"), ("h", "1"))}


def test_the_outcome_is_the_lesions_whichever_of_its_rows_has_it(prepared, out):
    rows, measured = prepared
    first, last = replace(rows[0], outcome=1), replace(rows[1], outcome=None)
    cohort = gather([first, last, *rows[2:]], measured, out)
    assert [member.case.necrosis for member in cohort.labelled] == [1]


def test_without_one_of_its_scans_nobody_knows_a_lesions_nadir(prepared, out):
    rows, measured = prepared
    cohort = gather(rows, [replace(measured[0], sentence="gone", lesions=()), *measured[1:]], out)
    assert not cohort.labelled
    assert ("a", "1") in cohort.flow.excluded[UNPREPARED]


def test_held_out_patients_are_not_pre_trained_on(prepared, out):
    rows, measured = prepared
    assert {one.centre for one in gather(rows, measured, out).unlabelled} == {"X", "Y"}
    kept = gather([replace(row, split="test" if row.patient == "e" else "") for row in rows], measured, out)
    assert {one.centre for one in kept.unlabelled} == {"X"}


def test_a_table_that_was_cut_and_sorted_keeps_its_own_crops(prepared, folder, out):
    _, measured = prepared
    lines = (folder / "list.csv").read_text().splitlines()
    (folder / "shorter.csv").write_text("\n".join([lines[0], lines[6], *lines[3:1:-1]]) + "\n")
    again = read_cohort_table(folder / "shorter.csv", QUESTION).rows
    assert read_measured(again, out) == (measured[5], measured[2], measured[1])
    (folder / "longer.csv").write_text("\n".join([*lines, "g,1,X,brain.nii.gz,small.nii.gz,,,,"]) + "\n")
    assert read_measured(read_cohort_table(folder / "longer.csv", QUESTION).rows[-1:], out) == measured[:1]
    (folder / "other.csv").write_text("\n".join([*lines, "g,1,X,brain.nii.gz,small.nii.gz,,,,7"]) + "\n")
    with pytest.raises(InputError, match="line 10 is not; run"):
        read_measured(read_cohort_table(folder / "other.csv", QUESTION).rows, out)


def test_a_row_of_one_lesion_whose_mask_has_several_parts_is_refused(prepared):
    rows, measured = prepared
    assert (rows[7].lesion, rows[7].mask) == ("1", rows[5].mask)
    assert "2 separate parts" in measured[7].sentence


def test_a_row_for_every_lesion_gives_a_crop_and_measures_of_each(prepared, out):
    rows, measured = prepared
    lesions = measured[5].lesions
    assert [one.number for one in lesions] == [1, 2]
    assert [one.volume_ml for one in lesions] == pytest.approx([16 ** 3 / 1000, 10 ** 3 / 1000])
    crops = [read_crop(one.file) for one in gather(rows, measured, out).unlabelled[1:]]
    assert [int(crop.mask.array.sum()) for crop in crops] == [16 ** 3, 10 ** 3]
    assert abs(lesions[0].centre_mm[0] - lesions[1].centre_mm[0]) == pytest.approx(67)


def test_every_row_leaves_its_record_also_those_of_a_scan_that_cannot_be_read(prepared, out):
    rows, measured = prepared
    assert read_measured(rows, out) == measured


def test_what_is_done_is_not_done_again_but_what_went_wrong_is(prepared, out, monkeypatch):
    def refuse(_options, _load, _work, jobs):
        if jobs:
            raise TypeError(jobs)
        return ()

    rows, measured = prepared
    monkeypatch.setattr(module, "run_each", refuse)
    assert prepare_rows(rows[:3], out, BatchOptions(device="cpu"), print) == measured[:3]
    with pytest.raises(TypeError):
        prepare_rows(rows, out, BatchOptions(device="cpu"), print)
    assert prepare_rows(rows[5:6], out, BatchOptions(device="cpu"), print) == measured[5:6]
    crop_file(out, rows[5].key, 2).write_bytes(b"cut off by a kill")
    with pytest.raises(TypeError):
        prepare_rows(rows[5:6], out, BatchOptions(device="cpu"), print)
    crop_file(out, rows[0].key, 1).unlink()
    with pytest.raises(TypeError):
        prepare_rows(rows[:1], out, BatchOptions(device="cpu"), print)


def test_one_lesion_instead_of_every_lesion_is_another_thing(prepared):
    rows, _ = prepared
    options = BatchOptions(device="cpu")
    assert fingerprint(rows[5], options) == fingerprint(replace(rows[5], patient="g"), options)
    assert fingerprint(rows[5], options) != fingerprint(replace(rows[5], lesion="1"), options)


def test_a_table_with_contradictions_is_not_begun(folder, tmp_path, capsys):
    (folder / "leak.csv").write_text("patient,lesion,centre,image,mask,split\na,1,X,brain.nii.gz,small.nii.gz,train\n"
                                     "a,2,X,brain.nii.gz,large.nii.gz,test\n")
    assert main([str(folder / "leak.csv"), "--out", str(tmp_path)]) == 2
    assert "patient a has test and train as the split" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_records_are_plain(out, prepared):
    assert json.loads((out / f"{prepared[0][1].key}.json").read_text())["sentence"] == ""
