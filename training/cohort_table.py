"""The cohort table that a training run starts from: a CSV or Parquet file, one row per lesion and scan.

Columns: patient, lesion, centre, image (path), mask (path); optional: series, mask_labels ("1+3"), months (after
radiotherapy, of this scan), outcome (the code of one of the question's outcomes, or empty: unlabelled), split ("train",
"test" or empty), image_ROLE and series_ROLE for each further input of the question (image_post_op, image_dose), and the
fields of its clinical form. Rows with the same patient and lesion are follow-ups of it; the lesion "*", in a row
without an outcome, stands for every connected lesion of the mask. For a question about the whole study there is one row
per study, and lesion and mask may be left out. Paths are relative to the table's folder. A case that the app kept
(.rnapp) may stand as the image, and then as the mask too; mask_labels are the numbers of its lesions.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rnapp.errors import ClinicalError, InputError
from rnapp.io.dicom_header import Instance, read_instance
from rnapp.io.images import is_image_name, open_image
from rnapp.io.tables import parse_labels, read_csv
from rnapp.models.clinical import parse
from rnapp.store.case_file import read_label
from rnapp.store.library import SUFFIX
from rnapp.types import Clinical, Question
from training.cohort_check import contradictions
from training.cohort_row import EVERY, Problem, Row

OUTLINED = ("lesion", "mask")  # needed where an answer is about a lesion
ORDER = ("patient", "lesion", "centre", "image", "mask", "series", "mask_labels", "months", "outcome", "split")
OPTIONAL = frozenset({"series", "mask_labels", "months", "outcome", "split"})
# The field of a form that the column months fills in, where a question has it.
SINCE = ("months_since_radiosurgery", "months_since_radiotherapy")
SPLITS = ("train", "test", "")


@dataclass(frozen=True)
class CohortTable:
    """The rows that can be used, and what is wrong with the others or between them."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    question: Question


def columns(question: Question) -> tuple[str, ...]:
    """All columns that a cohort table for this question may have."""
    inputs = (f"{kind}_{role.name}" for role in question.roles[1:] for kind in ("image", "series"))
    return (*ORDER, *inputs, *clinical_columns(question))


def required(question: Question) -> tuple[str, ...]:
    """Those that a table cannot do without."""
    optional = OPTIONAL if question.unit == "lesion" else OPTIONAL.union(OUTLINED)
    return tuple(name for name in ORDER if name not in optional)


def clinical_columns(question: Question) -> tuple[str, ...]:
    """Those of the question's form."""
    return tuple(field.name for field in question.fields)


def read_cohort_table(path: Path, question: Question) -> CohortTable:
    """Every row is read; one that is wrong becomes a problem and is left out.

    Raises InputError if the file as a whole is not such a table.
    """
    table = _table(path)
    missing = [name for name in required(question) if table and name not in table[0]]
    if not table or missing:
        raise InputError(f"Expected rows with the columns {', '.join(required(question))} in {path.name}, but "
                         f"{'it is empty' if not table else 'it lacks ' + ', '.join(missing)}; add them.")
    if unexpected := sorted(set(table[0]) - {name.casefold() for name in columns(question)}):
        raise InputError(f"The table {path.name} has the unknown column {unexpected[0]!r}; the columns are "
                         f"{', '.join(columns(question))}.")
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, values in enumerate(table, start=2):
        try:
            rows.append(_row(line, values, path.parent, question))
        except (InputError, ValueError) as error:
            problems.append(Problem(line, str(error)))
    return CohortTable(tuple(rows), tuple(problems), question)


def check(table: CohortTable) -> tuple[Problem, ...]:
    """What is wrong in the table itself: rows that cannot be understood, and rows that contradict each other."""
    problems = [*table.problems, *contradictions(table.rows, table.question)]
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _table(path: Path) -> list[dict[str, str]]:
    """All cells as text."""
    try:
        if path.suffix.lower() == ".parquet":
            import pandas  # only for this format, and it needs pyarrow

            frame = pandas.read_parquet(path).astype(object)
            return [{name: _text(value) for name, value in row.items()} for row in frame.to_dict("records")]
        return read_csv(path)[1]
    except ImportError as error:
        raise InputError("Reading Parquet needs the package pyarrow; install it, or save the table as CSV.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"Expected a table as CSV or Parquet, but {path.name} cannot be read.") from error


def _text(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value).strip()


def _row(line: int, values: Mapping[str, str], folder: Path, question: Question) -> Row:
    if empty := [name for name in required(question) if not values.get(name)]:
        raise InputError(f"the column {empty[0]} is empty; fill it in.")
    split, outcome = values.get("split", "").lower(), values.get("outcome", "").lower()
    label = _label(outcome, question)
    if split not in SPLITS:
        raise InputError(f"expected train, test or nothing as the split, but got '{split}'; correct it.")
    lesion, mask = values.get("lesion", ""), values.get("mask", "")
    if lesion == EVERY and outcome:
        raise InputError(f"the lesion {EVERY} stands for all lesions of a mask, which share no outcome; give each "
                         "lesion with an outcome a row of its own.")
    months = _number("months", values.get("months", ""))
    places, uids = (_of_roles(values, kind, question) for kind in ("image", "series"))
    return Row(line, _key(values, places, uids), values["patient"], lesion, values["centre"], folder / values["image"],
               folder / mask if mask else None, _clinical(values, months, question), values.get("series", ""),
               parse_labels(values.get("mask_labels", "")), months, label, split,
               {role: folder / place for role, place in places.items()}, uids)


def _of_roles(values: Mapping[str, str], kind: str, question: Question) -> dict[str, str]:
    """Role → the value of its column of this kind, for the inputs after the first."""
    return {role.name: said for role in question.roles[1:]
            if (said := values.get(f"{kind}_{role.name}".casefold(), ""))}


def _label(outcome: str, question: Question) -> int | None:
    """1 for the question's first outcome, 0 for its second, None for an empty cell."""
    first, second = (one.code for one in question.outcomes)
    labels = {first: 1, second: 0, "": None}
    if outcome not in labels:
        raise InputError(f"expected {first}, {second} or nothing as the outcome, but got '{outcome}'; correct it.")
    return labels[outcome]


def _key(values: Mapping[str, str], places: Mapping[str, str], uids: Mapping[str, str]) -> str:
    parts = [values["image"], values.get("mask", ""), values.get("series", ""), values.get("mask_labels", ""),
             str(values.get("lesion") == EVERY), *(f"{role} {said}" for given in (places, uids)
                                                   for role, said in given.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def _number(name: str, text: str) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError as error:
        raise InputError(f"expected a number in the column {name}, but got '{text}'; correct it.") from error
    if value is not None and not math.isfinite(value):
        raise InputError(f"expected a number in the column {name}, but got '{text}'; leave it empty if unknown.")
    return value


def _clinical(values: Mapping[str, str], months: float | None, question: Question) -> Clinical:
    """months: of the row's scan; the form asks for the same number, so it need not be given twice."""
    given = {name: values.get(name, "") for name in clinical_columns(question)}
    for name in (one for one in SINCE if one in given):
        since = _number(name, given[name])
        if None not in (since, months) and since != months:
            raise InputError(f"{name} is {since:g}, but months is {months:g}; both count to this scan, so correct one, "
                             "or leave one empty.")
        given[name] = given[name] or values.get("months", "")
    numbers = {field.name for field in question.fields if field.kind == "number"}
    try:
        return dict(parse(question.fields, {name: _number(name, value) if name in numbers else value
                                            for name, value in given.items()}))
    except ClinicalError as error:
        raise InputError(str(error)) from error


def file_problems(rows: Sequence[Row]) -> Iterator[Problem]:
    """Files that are not there or damaged; reads headers, no voxels. One bad study need not stop the others."""
    for row in rows:
        named = (("image", row.image), ("mask", row.mask), *row.others.items())
        for name, path in ((name, path) for name, path in named if path):
            if not path.exists():
                yield Problem(row.line, f"the {name} {path.name} does not exist; correct the path.")
            elif path.is_file() and not readable(path):
                yield Problem(row.line, f"the {name} {path.name} cannot be read; it may be damaged.")


def is_kept_case(path: Path) -> bool:
    """Whether a path names a case that the app kept."""
    return path.suffix.lower() == SUFFIX


def readable(path: Path) -> bool:
    """Whether the header of a file can be read (folders of DICOM are looked at when they are prepared)."""
    if not is_image_name(path) and not is_kept_case(path):
        return isinstance(read_instance(path), Instance)
    try:
        if is_kept_case(path):
            read_label(path)
        else:
            open_image(path)
    except InputError:
        return False
    return True
