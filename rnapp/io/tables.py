"""Lists that people write: CSV files and labels of masks."""

import csv
import re
from pathlib import Path

from rnapp.errors import InputError


def read_csv(path: Path) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Names of the columns, and each row's values without spaces around them; with Excel's mark or without.

    Raises InputError where the file is no such table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = tuple(reader.fieldnames or ())
            return columns, [{name: (value or "").strip() for name, value in row.items() if name} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"Expected a CSV, but {path.name} cannot be read; save the list as CSV (UTF-8).") from error


def parse_names(text: str) -> tuple[str, ...]:
    """Names of structures, "GTV 1; GTV 2"; none for an empty text."""
    return tuple(name for part in text.split(";") if (name := part.strip()))


def parse_labels(text: str) -> frozenset[int]:
    """Labels of a mask, "1+3" or "1,3"; none for an empty text. Raises InputError for anything else."""
    if not re.fullmatch(r"\s*(\d+\s*([+,\s]\s*\d+\s*)*)?", text):
        raise InputError(f"expected mask labels like 1+3, but got '{text}'; correct them.")
    return frozenset(int(part) for part in re.findall(r"\d+", text))
