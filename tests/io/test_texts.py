"""JSON as people's programs save it, and what is no JSON."""

import json
import math
import os
from pathlib import Path

import pytest

from rnapp import limits
from rnapp.errors import ClinicalError, InputError
from rnapp.io.texts import read_json, read_text

VALUE = {"age": 58, "name": "Müller", "nested": [1.5, None, True]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_every_encoding_of_unicode_is_read(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(VALUE, ensure_ascii=False), encoding)
    assert read_json(tmp_path / "a.json", "clinical data") == VALUE


@pytest.mark.parametrize(("data", "sentence"), [
    (b"", "not JSON at line 1, character 1"),
    (b'{"age": 1,\n}', "not JSON at line 2, character 1"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"a":' * 100_000, "nested too deeply"),
    (b'{"age": NaN}', "holds NaN, which is not a number"),
    (b'{"age": -Infinity}', "holds -Infinity, which is not a number"),
    (b'{"age": 1, "sex": "male", "age": 2}', "names an entry twice"),
    (b'{"name": "M\xfcller"}', "cannot be read as text"),
    (b"\xff\xfe{", "cannot be read as text"),
    (b"\xef\xbb\xbf\xff", "cannot be read as text"),
    (b'{"a": "\x00"}', "cannot be read as text"),
    (os.urandom(1000) + b"\xff", "cannot be read as text"),
])
def test_what_is_no_json_gets_one_sentence(data: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(ClinicalError, match=sentence) as caught:
        read_json(tmp_path / "a.json", "clinical data", ClinicalError)
    assert str(caught.value).startswith("Expected clinical data")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("digits", [400, 5_000])
def test_whole_numbers_beyond_a_float_are_infinite(digits: int, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(f'[{"9" * digits}, -{"9" * digits}, {"9" * 30}]')
    assert read_json(tmp_path / "a.json", "numbers") == [math.inf, -math.inf, int("9" * 30)]


def test_the_code_page_of_windows_is_read_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("Müller €".encode("cp1252"))
    assert read_text(tmp_path / "a.csv", "a CSV", windows=True) == "Müller €"
    (tmp_path / "a.csv").write_bytes(b"\x81\x8d")  # no characters there either
    with pytest.raises(InputError, match="cannot be read as text"):
        read_text(tmp_path / "a.csv", "a CSV", windows=True)


def test_no_more_is_read_than_a_text_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TEXT_BYTES", 2_000_000)
    (tmp_path / "a.json").write_text(f'"{"x" * 1_999_998}"')
    assert read_json(tmp_path / "a.json", "clinical data") == "x" * 1_999_998
    (tmp_path / "a.json").write_text(f'"{"x" * 1_999_999}"')
    with pytest.raises(InputError, match=r"at most 2 MB, but a\.json is larger"):
        read_json(tmp_path / "a.json", "clinical data")


def test_an_unreadable_file_is_reported_by_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("nowhere")
    for name, sentence in (("nothing", "does not exist"), ("link", "does not exist"), ("file/below", "does not exist"),
                           ("", "is a folder"), ("pipe", "is a pipe"), ("x" * 5_000, "cannot be opened")):
        with pytest.raises(InputError, match=sentence):
            read_text(tmp_path / name, "the mask")
    assert read_text(tmp_path / "file", "the mask") == "x"
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # whoever runs the tests may be allowed everything
    with pytest.raises(InputError, match="get permission"):
        read_text(tmp_path / "file", "the mask")
