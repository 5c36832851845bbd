"""A cohort table with every kind of mistake gets a precise list of what is wrong, and the good rows are kept."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import InputError
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.rice.question import QUESTION as RICE
from rnapp.types import Field, Outcome, Question, Role
from training.cohort_table import check, columns, file_problems, read_cohort_table, required

HEADER = "patient,lesion,centre,image,mask,mask_labels,months,outcome,split,age,sex\n"


@pytest.fixture
def folder(tmp_path):
    image = sitk.GetImageFromArray(np.zeros((4, 4, 4), np.uint8))
    for name in ("a.nii.gz", "b.nii.gz", "m.nii.gz", "n.nii.gz"):
        sitk.WriteImage(image, str(tmp_path / name))
    (tmp_path / "broken.nii.gz").write_bytes(b"no image")
    return tmp_path


def problems(folder, *rows):
    (folder / "list.csv").write_text(HEADER + "\n".join(rows) + "\n")
    table = read_cohort_table(folder / "list.csv", QUESTION)
    return [str(problem) for problem in (*check(table), *file_problems(table.rows))]


def test_a_good_table_has_no_problems_and_all_its_values(folder):
    assert problems(folder, "p1,1,X,a.nii.gz,m.nii.gz,1+3,9.5,Necrosis,train,64,male",
                    "p2,1,X,b.nii.gz,n.nii.gz,,,,test,,") == []
    first, second = read_cohort_table(folder / "list.csv", QUESTION).rows
    assert (first.mask_labels, first.months, first.outcome, first.split) == (frozenset({1, 3}), 9.5, 1, "train")
    assert (first.clinical["age"], first.clinical["sex"]) == (64, "male")
    assert (second.months, second.outcome, second.clinical["age"]) == (None, None, None)
    assert first.clinical["months_since_radiosurgery"] == 9.5, "the form asks for the same months"
    assert first.image == folder / "a.nii.gz"


@pytest.mark.parametrize(("row", "words"), [
    ("p1,1,X,none.nii.gz,m.nii.gz,,,,,,", "line 3: the image none.nii.gz does not exist"),
    ("p1,1,X,a.nii.gz,none.nii.gz,,,,,,", "line 3: the mask none.nii.gz does not exist"),
    ("p1,1,X,broken.nii.gz,m.nii.gz,,,,,,", "line 3: the image broken.nii.gz cannot be read"),
    ("p1,1,X,a.nii.gz,broken.nii.gz,,,,,,", "line 3: the mask broken.nii.gz cannot be read"),
    ("p1,1,X,a.nii.gz,m.nii.gz,,,maybe,,,", "line 3: expected necrosis, progression"),
    ("p1,1,X,a.nii.gz,m.nii.gz,,,,validation,,", "line 3: expected train, test"),
    ("p1,1,X,a.nii.gz,m.nii.gz,x,,,,,", "line 3: expected mask labels"),
    ("p1,1,X,a.nii.gz,m.nii.gz,,soon,,,,", "line 3: expected a number in the column months"),
    ("p1,1,X,a.nii.gz,m.nii.gz,,nan,,,,", "line 3: expected a number in the column months"),
    ("p1,1,X,a.nii.gz,m.nii.gz,,,,,640,", "line 3: Age must lie between"),
    ("p1,,X,a.nii.gz,m.nii.gz,,,,,,", "line 3: the column lesion is empty"),
])
def test_a_wrong_row_is_named(folder, row, words):
    found = problems(folder, "p9,1,X,b.nii.gz,n.nii.gz,,,,,,", row)
    assert len(found) == 1
    assert found[0].startswith(words)


def test_one_scan_under_two_names_would_be_on_both_sides(folder):
    found = problems(folder, "p1,1,X,a.nii.gz,m.nii.gz,,,,,,", "P1,1,X,a.nii.gz,n.nii.gz,,,,,,")
    assert [line[:60] for line in found] == [f"line {n}: the image a.nii.gz is listed for the patients P1 and p1"[:60]
                                             for n in (2, 3)]


def test_two_series_of_one_folder_are_two_scans(folder):
    (folder / "list.csv").write_text("patient,lesion,centre,image,mask,series\np1,1,X,a.nii.gz,m.nii.gz,1\n"
                                     "p1,1,X,a.nii.gz,n.nii.gz,2\n")
    assert not check(read_cohort_table(folder / "list.csv", QUESTION))


def test_two_columns_that_mean_the_same_must_agree(folder):
    header, row = "patient,lesion,centre,image,mask,months,months_since_radiosurgery\n", "p1,1,X,a.nii.gz,m.nii.gz,9,"
    for value, good in (("9.0", True), ("12", False)):
        (folder / "list.csv").write_text(f"{header}{row}{value}\n")
        table = read_cohort_table(folder / "list.csv", QUESTION)
        assert (not table.problems) is good
    assert "months_since_radiosurgery is 12, but months is 9" in str(table.problems[0])


def test_rows_that_contradict_each_other_are_named(folder):
    assert "listed more than once" in problems(folder, *["p1,1,X,a.nii.gz,m.nii.gz,,,,,,"] * 2)[0]
    assert "more than one lesion" in problems(folder, "p1,1,X,a.nii.gz,m.nii.gz,,,,,,",
                                              "p1,2,X,a.nii.gz,m.nii.gz,,,,,,")[0]
    assert "more than one lesion" in problems(folder, "p1,*,X,a.nii.gz,m.nii.gz,,,,,,",
                                              "p1,2,X,a.nii.gz,m.nii.gz,,,,,,")[0]
    assert problems(folder, "p1,1,X,a.nii.gz,m.nii.gz,1,,,,,", "p1,2,X,a.nii.gz,m.nii.gz,2,,,,,") == []
    both = problems(folder, "p1,1,X,a.nii.gz,m.nii.gz,,,necrosis,,,", "p1,1,X,b.nii.gz,n.nii.gz,,,progression,,,")
    assert "a lesion has one outcome" in both[0]
    split = problems(folder, "p1,1,X,a.nii.gz,m.nii.gz,,,,train,,", "p1,2,X,a.nii.gz,n.nii.gz,,,,test,,")
    assert split == ["line 2: patient p1 has test and train as the split; all rows of a patient must have the same."]
    centres = problems(folder, "p1,1,X,a.nii.gz,m.nii.gz,,,,,,", "p1,2,Y,a.nii.gz,n.nii.gz,,,,,,")
    assert "X and Y as the centre" in centres[0]


def test_a_row_may_stand_for_every_lesion_of_its_mask_but_then_it_has_no_outcome(folder):
    assert problems(folder, "p1,*,X,a.nii.gz,m.nii.gz,1+3,,,,,", "p1,*,X,b.nii.gz,n.nii.gz,1+3,,,,,") == []
    found = problems(folder, "p1,*,X,a.nii.gz,m.nii.gz,,9,necrosis,,,")
    assert found == ["line 2: the lesion * stands for all lesions of a mask, which share no outcome; give each lesion "
                     "with an outcome a row of its own."]


@pytest.mark.parametrize(("first", "second", "lines"), [
    ("3,", "9,necrosis", []), (",", ",", []),  # all dated; nothing to judge
    (",", "9,necrosis", [2]), ("3,necrosis", ",necrosis", [3]), (",progression", ",", [2, 3]),
])
def test_a_lesion_with_an_outcome_on_several_scans_needs_the_months_of_each(folder, first, second, lines):
    found = problems(folder, f"p1,1,X,a.nii.gz,m.nii.gz,,{first},,,", f"p1,1,X,b.nii.gz,n.nii.gz,,{second},,,",
                     "p1,2,X,b.nii.gz,m.nii.gz,2,,necrosis,,,")
    assert [problem.split(":")[0] for problem in found] == [f"line {line}" for line in lines]
    assert all("the months of this one are missing" in problem for problem in found)


@pytest.mark.parametrize(("content", "words"), [
    ("", "it is empty"), ("patient,lesion\na,b\n", "lacks centre"), (HEADER.strip() + ",colour\na,b\n", "'colour'"),
])
def test_what_is_no_such_table_is_refused(tmp_path, content, words):
    (tmp_path / "list.csv").write_text(content)
    with pytest.raises(InputError, match=words):
        read_cohort_table(tmp_path / "list.csv", QUESTION)
    with pytest.raises(InputError, match="does not exist"):
        read_cohort_table(tmp_path / "absent.csv", QUESTION)


OTHER = Question("glioblastoma", "Pseudoprogression or progression?",
                 (Outcome("pseudo", "pp", "pseudoprogression", "pseudo"),
                  Outcome("true", "tp", "true progression", "progression")),
                 (Role("t1ce", "T1 after contrast"),), (Field("dose", "Dose", "number", "Gy", 0, 80),), "lesion")


def test_outcomes_and_form_are_those_of_the_question(folder):
    (folder / "list.csv").write_text("patient,lesion,centre,image,mask,months,outcome,dose\n"
                                     "p1,1,X,a.nii.gz,m.nii.gz,3,pseudo,60\np2,1,X,b.nii.gz,n.nii.gz,,TRUE,\n"
                                     "p3,1,X,a.nii.gz,o.nii.gz,,necrosis,\np4,1,X,b.nii.gz,p.nii.gz,,,99\n")
    table = read_cohort_table(folder / "list.csv", OTHER)
    assert [(row.outcome, row.clinical) for row in table.rows] == [(1, {"dose": 60.0}), (0, {"dose": None})]
    assert [str(problem)[:55] for problem in table.problems] == [
        "line 4: expected pseudo, true or nothing as the outcome"[:55],
        "line 5: Dose must lie between 0 and 80 Gy, but got 99.0"[:55]]
    both = replace(table, rows=tuple(replace(row, patient="p1") for row in table.rows))
    assert "is once pseudo and once true" in str(check(both)[0])


def test_a_column_of_another_questions_form_is_refused(folder):
    (folder / "list.csv").write_text("patient,lesion,centre,image,mask,age\np1,1,X,a.nii.gz,m.nii.gz,60\n")
    with pytest.raises(InputError, match=r"unknown column 'age'.*dose"):
        read_cohort_table(folder / "list.csv", OTHER)
    assert read_cohort_table(folder / "list.csv", QUESTION).rows[0].clinical["age"] == 60


STUDIES = "patient,centre,image,image_post_op,image_dose,series_planning,months,outcome,technique\n"


def studies(folder, *rows):
    (folder / "list.csv").write_text(STUDIES + "\n".join(rows) + "\n")
    table = read_cohort_table(folder / "list.csv", RICE)
    return table, [str(problem) for problem in (*check(table), *file_problems(table.rows))]


def test_a_question_about_the_study_needs_neither_lesion_nor_mask_and_has_columns_for_its_inputs(folder):
    table, found = studies(folder, "p1,X,a.nii.gz,b.nii.gz,m.nii.gz,1.2,14,rice,proton",
                           "p2,X,n.nii.gz,,,,,Recurrence,")
    assert found == []
    first, second = table.rows
    assert (first.lesion, first.mask, first.outcome, second.outcome) == ("", None, 1, 0)
    assert first.others == {"post_op": folder / "b.nii.gz", "dose": folder / "m.nii.gz"}
    assert (dict(first.other_series), dict(second.others)) == ({"planning": "1.2"}, {})
    assert (first.clinical["months_since_radiotherapy"], first.clinical["technique"]) == (14, "proton")
    assert first.places == (folder / "a.nii.gz", folder / "b.nii.gz", folder / "m.nii.gz")
    assert first.key != second.key
    assert required(RICE) == ("patient", "centre", "image")
    assert required(QUESTION) == ("patient", "lesion", "centre", "image", "mask")
    assert {"image_post_op", "series_dose"} <= set(columns(RICE))


def test_studies_of_a_patient_may_differ_in_outcome_and_share_the_dose_but_not_with_another(folder):
    later = ("p1,X,a.nii.gz,b.nii.gz,m.nii.gz,,6,rice,", "p1,X,n.nii.gz,b.nii.gz,m.nii.gz,,20,recurrence,")
    assert studies(folder, *later)[1] == []
    twice = studies(folder, later[0], later[0])[1]
    assert twice[0] == ("line 2: the study of patient p1 is listed more than once on this scan; keep one row.")
    shared = studies(folder, later[0], later[1].replace("p1", "p2"))[1]
    assert "the image b.nii.gz is listed for the patients p1 and p2" in shared[0]


def test_the_files_of_every_input_are_looked_at(folder):
    found = studies(folder, "p1,X,a.nii.gz,none.nii.gz,broken.nii.gz,,,,")[1]
    assert [line.split(";")[0] for line in found] == [
        "line 2: the post_op none.nii.gz does not exist",
        "line 2: the dose broken.nii.gz cannot be read"]
    assert "expected rice, recurrence or nothing" in studies(folder, "p1,X,a.nii.gz,,,,,necrosis,")[1][0]
