"""Text files that people write, as their programs save them: JSON and the characters of a CSV."""

import codecs
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rnapp import limits
from rnapp.errors import InputError
from rnapp.files import check_file

# The longer marks first: that of UTF-16 is the beginning of that of UTF-32.
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
          (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WINDOWS = "cp1252"  # what Excel writes where it is not told "CSV UTF-8"
_SHOWN = 40  # characters of a wrong value quoted in a sentence
_LONGEST_INT = 300  # digits; a float has room for 308


def read_text(path: Path, what: str, kind: type[InputError] = InputError, windows: bool = False) -> str:
    """The characters of a file in UTF-8, UTF-16 or UTF-32, with a byte order mark or without.

    what: "a CSV", for the sentences; windows: text that is not UTF-8 is read in the Western European code page of
    Windows. Raises kind where there is no such file, it is too long or no text.
    """
    check_file(path, what, kind)
    try:
        with path.open("rb") as file:
            data = file.read(limits.MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise kind(f"Expected {what}, but {path.name} cannot be read ({error.strerror or error}).") from error
    if len(data) > limits.MAX_TEXT_BYTES:
        raise kind(f"Expected {what} of at most {limits.in_words(limits.MAX_TEXT_BYTES)}, but {path.name} is larger; "
                   "choose the right file.")
    text = _decoded(data, windows)
    if text is None:
        raise kind(f"Expected {what}, but {path.name} cannot be read as text; save it as text in UTF-8.")
    return text


def read_json(path: Path, what: str, kind: type[InputError] = InputError) -> object:
    """The value in a JSON file, in any encoding of Unicode. Whole numbers beyond those of a float become infinite.

    Raises kind as read_text does, and where it is no JSON, nested too deeply, or names an entry twice.
    """
    text = read_text(path, what, kind)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise kind(f"Expected {what} as JSON, but {path.name} is not JSON at line {error.lineno}, character "
                   f"{error.colno}; correct it.") from error
    except RecursionError as error:
        raise kind(f"Expected {what} as JSON, but the brackets in {path.name} are nested too deeply.") from error
    except ValueError as error:
        raise kind(f"Expected {what} as JSON, but {path.name} {error}; correct it.") from error


def shown(text: str) -> str:
    """Text from a file, made safe to quote in a sentence: short, and without terminal control codes."""
    plain = "".join(character if character.isprintable() else "?" for character in text[:_SHOWN])
    return plain if len(text) <= _SHOWN else f"{plain}…"


def _decoded(data: bytes, windows: bool) -> str | None:
    """None if it is not text."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _tried(data[len(mark):], name)
    text = _tried(data, json.detect_encoding(data))  # knows Unicode by its zeros
    return _tried(data, _WINDOWS) if text is None and windows else text


def _tried(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("names an entry twice")
    return entries


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"holds {name}, which is not a number")


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INT else float(digits)
