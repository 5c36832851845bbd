"""Lists that people write: CSV files and labels of masks."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from rnapp.errors import InputError
from rnapp.io.texts import read_text, shown

_SEPARATORS = ";\t,"  # Excel writes the first where a comma stands between the digits of a number
_NAMED = re.compile(r"sep=([;,\t|])\r?\n", re.IGNORECASE)  # a first line by which Excel knows the separator


def read_csv(path: Path) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Names of the columns in small letters, and each row's values without spaces around them.

    As people's programs save it: separated by commas, semicolons or tabs, in Unicode or the code page of Windows. Rows
    without any value are left out. Raises InputError if the file is not such a table, names a column twice, or a row
    has more values than there are columns.
    """
    text = read_text(path, "a CSV", windows=True)
    if named := _NAMED.match(text):
        text = text[named.end():]
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=named[1] if named else _separator(text),
                               skipinitialspace=True, strict=True))
    except (csv.Error, ValueError) as error:
        raise InputError(f"Expected a CSV, but {path.name} cannot be read ({error}); save the list as CSV "
                         "(UTF-8).") from error
    columns = tuple(name.strip().casefold() for name in (rows[0] if rows else ()))
    named_columns = [name for name in columns if name]
    if twice := [name for name in named_columns if named_columns.count(name) > 1]:
        raise InputError(f"Expected each column once in {path.name}, but {shown(twice[0])} is there more than once.")
    return columns, [_row(path, number, columns, values) for number, values in enumerate(rows[1:], 2)
                     if any(value.strip() for value in values)]


def _separator(text: str) -> str:
    """The separator of the first line, which has the names of the columns."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return max(reversed(_SEPARATORS), key=first.count)


def _row(path: Path, number: int, columns: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    stripped = [value.strip() for value in values]
    if any(stripped[len(columns):]):
        raise InputError(f"Expected at most {len(columns)} values in row {number} of {path.name}, but got "
                         f"{len(values)}; put quotation marks around values that hold a separator.")
    filled = (*stripped, *[""] * (len(columns) - len(stripped)))
    return {name: value for name, value in zip(columns, filled, strict=False) if name}


def parse_names(text: str) -> tuple[str, ...]:
    """Names of structures, "GTV 1; GTV 2"; none for an empty text."""
    return tuple(name for part in text.split(";") if (name := part.strip()))


def parse_labels(text: str) -> frozenset[int]:
    """Labels of a mask, "1+3" or "1,3"; none for an empty text. Raises InputError for anything else."""
    if not re.fullmatch(r"\s*(?:\d{1,9}(?:\s*[+,]\s*\d{1,9}|\s+\d{1,9})*\s*)?", text):
        raise InputError(f"expected mask labels like 1+3, but got '{shown(text)}'; correct them.")
    return frozenset(int(part) for part in re.findall(r"\d+", text))
