"""The list of a batch: a CSV with one case per line."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rnapp.errors import InputError
from rnapp.io.tables import parse_labels, parse_names, read_csv
from rnapp.io.texts import shown
from rnapp.pipeline.files import CaseFiles

COLUMNS = ("case", "study", "series", "mask", "labels", "structures", "clinical")
SAFE_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@dataclass(frozen=True)
class BatchCase:
    """One line. name: also the folder of its results."""

    name: str
    files: CaseFiles


def read_manifest(path: Path, report: bool = False) -> tuple[BatchCase, ...]:
    """The cases of a CSV with the columns case and study, and if wanted series, mask, labels ("1+3"), structures
    ("GTV 1; GTV 2") and clinical.

    Paths count from the manifest's folder. Whether the files can be used is found out case by case. Raises InputError
    where the list itself is wrong.
    """
    columns, rows = read_csv(path)
    if not {"case", "study"} <= set(columns):
        raise InputError(f"Expected at least the columns case and study in {path.name}, but got "
                         f"{', '.join(map(shown, columns[:len(COLUMNS)])) or 'none'}.")
    cases = tuple(_case(row, path, number, report) for number, row in enumerate(rows, start=2))
    if not cases:
        raise InputError(f"Expected at least one case in {path.name}, but it lists none below its columns.")
    twice = [name for name, count in Counter(case.name.casefold() for case in cases).items() if count > 1]
    if twice:
        raise InputError(f"Expected each case once in {path.name}, but {shown(twice[0])} is there more than once; "
                         "give each its own name.")
    return cases


def _case(row: dict[str, str], manifest: Path, number: int, report: bool) -> BatchCase:
    name = row["case"]
    if not name or name.startswith(".") or not set(name) <= SAFE_NAME:
        raise InputError(f"Expected a case name of letters, digits, -, _ and . in line {number} of {manifest.name}, "
                         f"but got '{shown(name)}'; it names the folder of the results.")
    if not row["study"]:
        raise InputError(f"Expected a study in line {number} of {manifest.name}; give a folder or a file.")
    folder = manifest.parent
    try:
        labels = parse_labels(row.get("labels", ""))
    except InputError as error:
        raise InputError(f"Line {number} of {manifest.name}: {error}") from error
    return BatchCase(name, CaseFiles(
        study=(folder / row["study"],), series=row.get("series") or None,
        mask=folder / row["mask"] if row.get("mask") else None, labels=labels or None,
        structures=parse_names(row.get("structures", "")),
        clinical=folder / row["clinical"] if row.get("clinical") else None, report=report))
