"""Lists as people save them."""

import subprocess
import sys

import pytest

from rnapp.errors import InputError
from rnapp.io.tables import parse_labels, parse_names, read_csv


def test_a_csv_from_excel_loses_its_mark_and_spaces(tmp_path):
    file = tmp_path / "list.csv"
    file.write_bytes("\ufeffcase,study\r\nMüller , head\r\nB\r\n".encode())
    assert read_csv(file) == (("case", "study"), [{"case": "Müller", "study": "head"}, {"case": "B", "study": ""}])


@pytest.mark.parametrize("content", [b"\xff\xfe\x00case", b"case\n\"" + b"x" * 140_000])
def test_what_is_no_csv_gets_a_sentence(content, tmp_path):
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"list\.csv cannot be read"):
        read_csv(file)
    with pytest.raises(InputError, match=r"none\.csv, but it does not exist"):
        read_csv(tmp_path / "none.csv")


ROWS = (("case", "study", "structures"), [{"case": "Müller", "study": "D:\\köpfe", "structures": "GTV 1; GTV 2"},
                                          {"case": "B", "study": "", "structures": ""}])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize(("separator", "first"), [(",", ""), (";", ""), ("\t", ""), (";", "sep=;\r\n")])
def test_a_list_is_read_as_excel_saves_it(encoding, separator, first, tmp_path):
    lines = (" Case", "STUDY ", "Structures"), ("Müller", "D:\\köpfe ", '"GTV 1; GTV 2"'), ("", "", ""), ("B",)
    file = tmp_path / "list.csv"
    file.write_bytes((first + "".join(f"{separator.join(line)}\r\n" for line in lines)).encode(encoding))
    assert read_csv(file) == ROWS


def test_spaces_after_commas_are_no_part_of_names_and_values(tmp_path):
    (tmp_path / "list.csv").write_text('Case, Study\nA, "one, two"\n')
    assert read_csv(tmp_path / "list.csv") == (("case", "study"), [{"case": "A", "study": "one, two"}])


@pytest.mark.parametrize(("text", "sentence"), [
    ("case;study;structures\nA;b;GTV 1; GTV 2\n", "at most 3 values in row 2"),  # else the columns would shift
    ("case,study\nA,b,,\nB,c,,d\n", "at most 2 values in row 3"),
    ("case,Study,study\nA,b,c\n", "study is there more than once"),
    ('case,study\nA,"b\nB,c\n', "cannot be read"),  # the quotation never ends: cases would be swallowed
])
def test_a_list_that_could_be_read_wrongly_gets_a_sentence(text, sentence, tmp_path):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(InputError, match=sentence):
        read_csv(tmp_path / "list.csv")


def test_labels_in_both_spellings():
    assert parse_labels("1+3") == parse_labels("1, 3") == parse_labels(" 3 1 ") == {1, 3}
    assert parse_labels("") == parse_labels(" ") == frozenset()


@pytest.mark.parametrize("text", ["one", "1-3", "1++3", "+", "1.5", "9" * 5000])
def test_other_labels_get_a_sentence(text):
    with pytest.raises(InputError, match="labels like 1\\+3"):
        parse_labels(text)


def test_names_may_hold_anything_but_the_semicolon_between_them():
    assert parse_names("GTV 1; Läsion, links + Rand ;") == ("GTV 1", "Läsion, links + Rand")
    assert parse_names("") == parse_names(" ; ") == ()


def test_no_list_of_labels_takes_for_ever() -> None:
    code = ("from rnapp.errors import InputError\nfrom rnapp.io.tables import parse_labels\n"
            "try: parse_labels('1   ' * 60 + 'x')\nexcept InputError: print('InputError')")
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout.strip() == "InputError"
    assert parse_labels(" 1  2 + 3,4 ") == {1, 2, 3, 4}
