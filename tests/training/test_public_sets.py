"""Made-up folders of each public set's layout become cohort tables that can be prepared; what is not there is named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp import pipeline
from rnapp.errors import InputError
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.metastasis.task import METASTASIS
from training.cohort_table import check, read_cohort_table
from training.public_sets import SETS, Missing, find
from training.public_sets.__main__ import main

# Name → (files of a study that is whole, patient, lesion and labels of its rows).
WHOLE = {
    "brainmetshare": (("train/Mets_005/bravo", "train/Mets_005/seg"), "Stanford Mets_005", [("*", frozenset())]),
    "nyumets": (("patientId/123/studyId/9/RTSTRUCT_MRI", "patientId/123/studyId/9/RTSTRUCT_segmentation"), "NYU 123",
                [("*", frozenset())]),
    "ucsf-bmsr": (("TRAIN/100101A/100101A_T1post", "TRAIN/100101A/100101A_seg"), "UCSF 100101", [("*", frozenset())]),
    "brats-mets-2023": (("Training/BraTS-MET-00002-000/BraTS-MET-00002-000-t1c",
                         "Training/BraTS-MET-00002-000/BraTS-MET-00002-000-seg"),
                        "BraTS-METS BraTS-MET-00002", [("*", frozenset({1, 3}))]),
    "pretreat-metstobrain-masks": (("BraTS-MET-00086-000/BraTS-MET-00086-000-t1c",
                                    "BraTS-MET-00086-000/BraTS-MET-00086-000-seg"),
                                   "Yale BraTS-MET-00086", [("*", frozenset({1, 3}))]),
    "yale-longitudinal": (("YG_1/2014-01-13/YG_1_2014-01-13_POST", "YG_1/2014-01-13/YG_1_2014-01-13_POST_seg"),
                          "Yale YG_1", [("*", frozenset())]),
    "molab": (("000101/000101/NIFTI/000101_02_img", "000101/000101/NIFTI/000101_02_msk"), "MOLAB 000101",
              [("1", frozenset({11, 12})), ("2", frozenset({21}))]),
}


def put(file: Path, labels: tuple[int, ...] = (), ending: str = ".nii.gz") -> None:
    """A scan of 90 mm, or a mask with a voxel of each label."""
    array = np.random.default_rng(1).integers(0, 900, (30, 30, 30)).astype(np.int16)
    if labels:
        array[:] = 0
        array.flat[:len(labels)] = labels
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((3.0, 3.0, 3.0))
    file.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(file.with_name(file.name + ending)))


def whole(folder: Path, name: str, ending: str = ".nii.gz") -> None:
    image, mask = WHOLE[name][0]
    put(folder / image, ending=ending)
    put(folder / mask, (11, 12, 21) if name == "molab" else (1, 2, 3) if "brats" in name else (1,), ending)


@pytest.mark.parametrize("name", tuple(WHOLE))
@pytest.mark.parametrize("ending", [".nii.gz", ".nii"])
def test_the_list_of_each_set_can_be_read_and_prepared(name, ending, tmp_path, capsys):
    whole(tmp_path / "set", name, ending)
    assert main([name, str(tmp_path / "set"), "--out", str(tmp_path / "list.csv")]) == 0
    table = read_cohort_table(tmp_path / "list.csv", QUESTION)
    assert check(table) == ()
    _, patient, lesions = WHOLE[name]
    assert [(row.patient, row.lesion, row.mask_labels) for row in table.rows] == [
        (patient, lesion, labels) for lesion, labels in lesions]
    assert {row.outcome for row in table.rows} == {row.months for row in table.rows} == {None}
    study = pipeline.open_study([table.rows[0].image], tmp_path, METASTASIS)
    assert pipeline.proposed_series(study)
    shown = capsys.readouterr().out
    assert shown.startswith(f"1 patients, 1 scans, {len(lesions)} rows")
    assert "Not found" not in shown
    assert "pre-training" in shown


@pytest.mark.parametrize("name", tuple(WHOLE))
def test_a_study_without_a_mask_or_a_scan_is_named_and_gives_no_row(name, tmp_path):
    for lacking in (0, 1):
        folder = tmp_path / str(lacking)
        whole(folder, name)
        file = folder / WHOLE[name][0][lacking]
        file.with_name(file.name + ".nii.gz").unlink()
        if (name, lacking) == ("yale-longitudinal", 0):  # its masks are the user's own, and nothing without the scans
            with pytest.raises(InputError, match="nothing there is named so"):
                find(name, folder)
            continue
        found = find(name, folder)
        assert found.rows == ()
        assert len(found.missing) == 1
        words = "no lesion mask" if lacking else "no scan" if name == "molab" else "no T1 after"
        assert words in str(found.missing[0])


@pytest.mark.parametrize("name", tuple(WHOLE))
def test_damaged_files_give_no_row(name, tmp_path):
    whole(tmp_path, name)
    image, _ = WHOLE[name][0]
    (tmp_path / f"{image}.nii.gz").write_bytes(b"no image")
    found = find(name, tmp_path)
    assert found.rows == ()
    assert [one.what for one in found.missing] == ["the image cannot be read, perhaps damaged"]


@pytest.mark.parametrize("name", tuple(WHOLE))
def test_a_folder_of_another_set_gets_one_sentence(name, tmp_path, capsys):
    whole(tmp_path, "brainmetshare" if name != "brainmetshare" else "ucsf-bmsr")
    assert main([name, str(tmp_path), "--out", str(tmp_path / "list.csv")]) == 2
    assert main([name, str(tmp_path / "absent"), "--out", str(tmp_path / "list.csv")]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "nothing there is named so; unpack" in first
    assert "is no folder" in second
    assert not (tmp_path / "list.csv").exists()


def test_an_unknown_set_is_refused(tmp_path):
    with pytest.raises(InputError, match="brainmetshare, nyumets"):
        find("figshare", tmp_path)


def test_a_folder_that_may_not_be_read_gets_a_sentence(tmp_path, monkeypatch):
    def forbidden(folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setitem(SETS, "molab", replace(SETS["molab"], scan=forbidden))
    with pytest.raises(InputError, match="Permission denied; check who may read it"):
        find("molab", tmp_path)


def test_pictures_of_slices_are_not_taken_for_a_scan(tmp_path):
    whole(tmp_path, "brainmetshare")
    for part in ("0", "1", "seg"):
        (tmp_path / "train" / "Mets_007" / part).mkdir(parents=True)
        (tmp_path / "train" / "Mets_007" / part / "000.png").write_bytes(b"a slice")
    found = find("brainmetshare", tmp_path)
    assert [row["patient"] for row in found.rows] == ["Stanford Mets_005"]
    assert [one.study for one in found.missing] == ["Mets_007"]
    assert "take the release in NIfTI" in found.missing[0].what


@pytest.mark.parametrize(("name", "better", "other"), [
    ("brainmetshare", "train/Mets_005/bravo", "train/Mets_005/t1_gd"),
    ("nyumets", "patientId/123/studyId/9/RTSTRUCT_MRI", "patientId/123/studyId/9/CT1"),
])
def test_the_better_of_two_scans_is_taken(name, better, other, tmp_path):
    whole(tmp_path, name)
    put(tmp_path / other)
    assert [Path(row["image"]).name for row in find(name, tmp_path).rows] == [f"{Path(better).name}.nii.gz"]
    (tmp_path / f"{better}.nii.gz").unlink()
    assert [Path(row["image"]).name for row in find(name, tmp_path).rows] == [f"{Path(other).name}.nii.gz"]


def test_scans_of_a_patient_are_rows_of_one_patient_and_a_second_copy_is_left_out(tmp_path):
    for study in ("TRAIN/100101A", "TRAIN/100101B", "copy/100101A"):
        put(tmp_path / study / f"{study[-7:]}_T1post")
        put(tmp_path / study / f"{study[-7:]}_seg", (1,))
    found = find("ucsf-bmsr", tmp_path)
    assert {row["patient"] for row in found.rows} == {"UCSF 100101"}
    assert len(found.rows) == 2
    assert found.missing == (Missing("100101A", "a second folder of this name"),)


def test_a_mask_whose_labels_are_not_molabs_says_which_were_left_out(tmp_path):
    put(tmp_path / "NIFTI" / "000101_02_img")
    put(tmp_path / "NIFTI" / "000101_02_msk", (3, 11, 13, 102))
    found = find("molab", tmp_path)
    assert [(row["lesion"], row["mask_labels"]) for row in found.rows] == [("1", "11"), ("10", "102")]
    assert [one.what.split(" is")[0] for one in found.missing] == ["the mask's label 3", "the mask's label 13"]
    put(tmp_path / "NIFTI" / "000101_03_img")
    put(tmp_path / "NIFTI" / "000101_03_msk", (0,))
    assert "The mask is empty" in find("molab", tmp_path).missing[-1].what


def test_many_of_a_kind_are_counted_with_ten_examples(tmp_path, capsys):
    whole(tmp_path, "ucsf-bmsr")
    for number in range(12):
        put(tmp_path / f"1002{number:02d}A" / f"1002{number:02d}A_T1post")
    put(tmp_path / "100300A" / "100300A_seg", (1,))
    assert main(["ucsf-bmsr", str(tmp_path), "--out", str(tmp_path / "list.csv")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("  12 studies: no lesion mask (…_seg.nii.gz): 100200A, ")
    assert lines[2].count("1002") == 10
    assert lines[2].endswith("100209A, …")
    assert lines[3] == "  100300A: no T1 after contrast (…_T1post.nii.gz)."


def test_a_set_of_which_no_study_is_whole_gives_no_list(tmp_path, capsys):
    put(tmp_path / "YG_1" / "2014-01-13" / "YG_1_2014-01-13_POST")
    assert main(["yale-longitudinal", str(tmp_path), "--out", str(tmp_path / "list.csv")]) == 2
    shown = capsys.readouterr()
    assert "YG_1_2014-01-13_POST: no lesion mask (the set has none" in shown.out
    assert "list.csv was not written" in shown.err
    assert not (tmp_path / "list.csv").exists()


def test_paths_are_seen_from_the_list_and_a_list_filled_in_by_hand_is_never_overwritten(tmp_path, capsys):
    whole(tmp_path / "set", "ucsf-bmsr")
    (tmp_path / "lists").mkdir()
    given = ["ucsf-bmsr", str(tmp_path / "set"), "--out", str(tmp_path / "lists" / "ucsf.csv")]
    assert main(given) == 0
    text = (tmp_path / "lists" / "ucsf.csv").read_bytes().decode()
    assert "../set/TRAIN/100101A/100101A_T1post.nii.gz" in text
    assert "\r" not in text
    assert text.splitlines()[0].startswith("patient,lesion,centre,image,mask,")
    assert main(given) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "lists" / "ucsf.csv").read_bytes().decode() == text
    assert main([*given[:3], str(tmp_path / "nowhere" / "list.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_second_copy_of_a_molab_scan_is_left_out_and_never_mixed_with_the_first(tmp_path):
    for folder, kinds in (("a", ("img",)), ("b", ("img", "msk")), ("c", ("img", "msk"))):
        for kind in kinds:
            put(tmp_path / folder / f"000101_02_{kind}", (11, 12), ".nii")
    found = find("molab", tmp_path)
    assert [(Path(row["image"]).parent.name, Path(row["mask"]).parent.name) for row in found.rows] == [("b", "b")]
    assert found.missing == (Missing("000101_02", "no lesion mask (…_msk.nii)"),
                             Missing("000101_02", "a second copy of this scan"))
