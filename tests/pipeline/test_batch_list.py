"""The case list of a batch, and what is wrong with one."""

from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.errors import InputError
from rnapp.io.rt_read import UNASKED
from rnapp.pipeline.batch_list import columns_of, read_batch_list
from rnapp.tasks import TASKS
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.rice.question import QUESTION as RICE
from rnapp.types import Confirmed, Role


def write(folder: Path, text: str) -> Path:
    path = folder / "cases.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_line_is_a_case(tmp_path: Path) -> None:
    path = write(tmp_path, "case,study,mask,labels,clinical,structures\n"
                           "A-1,scans/a,a.nii.gz,1+3,a.json,\nB_2,b.zip,,,,GTV 1; GTV 2\n")
    cases = read_batch_list(path, QUESTION, report=True)
    first, second = (case.files for case in cases)
    assert [case.name for case in cases] == ["A-1", "B_2"]
    assert first.study == (tmp_path / "scans" / "a",)
    assert (first.mask, first.clinical) == (tmp_path / "a.nii.gz", tmp_path / "a.json")
    assert first.labels == {1, 3}
    assert (second.mask, second.labels, second.clinical, second.series) == (None, None, None, {})
    assert first.report
    assert (first.structures, second.structures) == ((), ("GTV 1", "GTV 2"))


def test_a_line_says_what_was_confirmed_and_which_share_to_assume(tmp_path: Path) -> None:
    path = write(tmp_path, "case,study,confirm,prior\nA,a,1:odd=old blood; far,0.3\nB,b,,\n")
    first, second = (case.files for case in read_batch_list(path, QUESTION))
    assert first.confirmed == (Confirmed("odd", 1, "old blood"), Confirmed("far"))
    assert (first.prior, second.confirmed, second.prior) == (0.3, (), None)


@pytest.mark.parametrize(("text", "sentence"), [
    ("name,path\nA,b\n", "columns case and study"),
    ("", "columns case and study"),
    ("case,study\n../up,b\n", "letters, digits"),
    ("case,study\n..,b\n", "letters, digits"),
    ("case,study\n,b\n", "letters, digits"),
    ("case,study\nA,\n", "Expected a study in line 2"),
    ("case,study\nA,b\na,c\n", "more than once"),
    ("case,study,labels\nA,b,one\n", "Line 2 of cases.csv: expected mask labels like 1\\+3"),
    ("case,study,relative_gy\nA,b,sixty\n", "Line 2 of cases.csv: Expected a number above 0 .* 'sixty'"),
    ("case,study,fractions\nA,b,1.5\n", "Line 2 of cases.csv: Expected a whole number"),
    ("case,study,fractions\nA,b,-3\n", "Line 2 of cases.csv: Expected a number above 0"),
    ("case,study,all_beams\nA,b,perhaps\n", "Line 2 of cases.csv: Expected yes, no or nothing"),
    ("case,study,confirm\nA,b,Odd code\n", "Line 2 of cases.csv: expected the code of a caution"),
    ("case,study,prior\nA,b,1.5\n", "Line 2 of cases.csv: Expected a share"),
    ("case,study,prior\nA,b,half\n", "Line 2 of cases.csv: Expected a number above 0"),
    ("case,study,task\nA,b,\nB,b,glioma\n", r"Line 3 of cases.csv: Expected a question \(metastasis.*got 'glioma'"),
])
def test_a_wrong_list_gets_a_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=sentence):
        read_batch_list(write(tmp_path, text), QUESTION)


@pytest.mark.parametrize(("content", "sentence"), [(None, "does not exist"),
                                                   (b"case,study\n\xff\xfe\x00", "cannot be read")])
def test_an_unreadable_list_gets_a_sentence(content: bytes | None, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    if content:
        path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_batch_list(path, QUESTION)


def test_a_list_from_a_german_excel_is_read(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_bytes('Case; Study ;Mask;Structures\r\nA-1;Köpfe/a;;"GTV 1; Rand"\r\n;;;\r\n'
                                         .encode("cp1252"))
    one, = read_batch_list(tmp_path / "cases.csv", QUESTION)
    assert (one.name, one.files.study) == ("A-1", (tmp_path / "Köpfe" / "a",))
    assert one.files.structures == ("GTV 1", "Rand")


@pytest.mark.parametrize("text", ["ca\x1b[2Jse," + "x" * 9000 + ",y" * 5000,
                                  "case,study\n\x1b[2J" + "x" * 9000 + ",b\n",
                                  "case,study,labels\nA,b,\x1b[2J" + "x" * 9000 + "\n"])
def test_a_sentence_is_short_and_holds_nothing_that_a_terminal_obeys(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_batch_list(write(tmp_path, text), QUESTION)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_a_list_without_any_case_is_refused(tmp_path):
    (tmp_path / "cases.csv").write_text("case,study\n")
    with pytest.raises(InputError, match="lists none"):
        read_batch_list(tmp_path / "cases.csv", QUESTION)


def test_each_scan_of_a_question_has_a_column(tmp_path: Path) -> None:
    two = replace(QUESTION, roles=(*QUESTION.roles, Role("Before", "Before")))
    assert "series_Before" in columns_of(two)
    case, = read_batch_list(write(tmp_path, "case,study,Series,series_before\nA,b,1.2,3.4\n"), two)
    assert case.files.series == {"t1ce": "1.2", "Before": "3.4"}
    case, = read_batch_list(write(tmp_path, "case,study,series,series_before\nA,b,,3.4\n"), two)
    assert case.files.series == {"Before": "3.4"}


def test_each_line_can_name_its_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its inputs are those of its question, not of the list's."""
    monkeypatch.setattr("rnapp.tasks.TASKS", {**TASKS, RICE.id: replace(TASKS[QUESTION.id], question=RICE)})
    path = write(tmp_path, "case,task,study,dose,series,series_post_op,series_dose\n"
                           "A,rice,a,rt/plan,1.2,3.4,none\nB,,b,,5.6,,\nC,metastasis,c,,,7.8,\n")
    a, b, c = read_batch_list(path, QUESTION)
    assert [case.task for case in (a, b, c)] == ["rice", "metastasis", "metastasis"]
    assert a.files.series == {"event": "1.2", "post_op": "3.4", "dose": "none"}
    assert a.files.study == (tmp_path / "a", tmp_path / "rt" / "plan")
    assert (b.files.series, c.files.series) == ({"t1ce": "5.6"}, {}), "another question's input"
    assert b.files.study == (tmp_path / "b",)


def test_the_columns_of_a_question_with_a_dose() -> None:
    assert columns_of(RICE) == ("case", "task", "study", "dose", "relative_gy", "fractions", "all_beams", "series",
                                "series_post_op", "series_dose", "series_planning", "mask", "labels", "structures",
                                "clinical", "confirm", "prior")


def test_what_is_said_of_a_dose_stands_in_the_list(tmp_path: Path) -> None:
    path = write(tmp_path, "case,study,relative_gy,fractions,all_beams\nA,a,59.4,33,Yes\nB,b,,,\n")
    a, b = read_batch_list(path, RICE)
    assert (a.files.dose.relative_gy, a.files.dose.fractions, a.files.dose.complete) == (59.4, 33, True)
    assert b.files.dose == UNASKED
