"""Lists as people save them."""

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
    with pytest.raises(InputError, match=r"none\.csv cannot be read"):
        read_csv(tmp_path / "none.csv")


def test_labels_in_both_spellings():
    assert parse_labels("1+3") == parse_labels("1, 3") == parse_labels(" 3 1 ") == {1, 3}
    assert parse_labels("") == parse_labels(" ") == frozenset()


@pytest.mark.parametrize("text", ["one", "1-3", "1++3", "+", "1.5"])
def test_other_labels_get_a_sentence(text):
    with pytest.raises(InputError, match="labels like 1\\+3"):
        parse_labels(text)


def test_names_may_hold_anything_but_the_semicolon_between_them():
    assert parse_names("GTV 1; Läsion, links + Rand ;") == ("GTV 1", "Läsion, links + Rand")
    assert parse_names("") == parse_names(" ; ") == ()
