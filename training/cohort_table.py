"""The cohort table that a training run starts from: a CSV or Parquet file, one row per lesion and scan.

Columns: patient, lesion, centre, image (path), mask (path); if wanted series, mask_labels ("1+3"), months (after
radiosurgery, of this scan), outcome (the code of one of the question's outcomes, or empty: unlabelled), split ("train",
"test" or empty) and the fields of the question's clinical form. Rows with the same patient and lesion are follow-ups of
it; the lesion "*", in a row without an outcome, stands for every connected lesion of the mask. Paths are relative to
the table's folder. A case that the app kept (.rnapp) may stand as the image, and then as the mask too; mask_labels are
the numbers of its lesions.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

REQUIRED = ("patient", "lesion", "centre", "image", "mask")
OPTIONAL = ("series", "mask_labels", "months", "outcome", "split")
SINCE = "months_since_radiosurgery"  # the field of a form that the column months fills in, where a question has it
EVERY = "*"  # the lesion of a row that stands for all lesions of its mask
SPLITS = ("train", "test", "")


@dataclass(frozen=True)
class Row:
    """One lesion on one scan, or all of its mask (EVERY).

    line: of the table; key: of what the row points to, whatever its line; months: after radiosurgery, None if unknown;
    outcome: 1 the question's first, 0 its second, None unlabelled.
    """

    line: int
    key: str
    patient: str
    lesion: str
    centre: str
    image: Path
    mask: Path
    clinical: Clinical
    series: str = ""
    mask_labels: frozenset[int] = frozenset()
    months: float | None = None
    outcome: int | None = None
    split: str = ""


@dataclass(frozen=True)
class Problem:
    """One problem of a line (0: of the whole table), as a sentence."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}" if self.line else self.sentence


@dataclass(frozen=True)
class CohortTable:
    """The rows that can be used, and what is wrong with the others or between them."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    question: Question


def columns(question: Question) -> tuple[str, ...]:
    """All columns that a cohort table for this question may have."""
    return (*REQUIRED, *OPTIONAL, *clinical_columns(question))


def clinical_columns(question: Question) -> tuple[str, ...]:
    """Those of the question's form."""
    return tuple(field.name for field in question.fields)


def read_cohort_table(path: Path, question: Question) -> CohortTable:
    """Every row is read; one that is wrong becomes a problem and is left out.

    Raises InputError where the file as a whole is no such table.
    """
    table = _table(path)
    missing = [name for name in REQUIRED if table and name not in table[0]]
    if not table or missing:
        raise InputError(f"Expected rows with the columns {', '.join(REQUIRED)} in {path.name}, but "
                         f"{'it is empty' if not table else 'it lacks ' + ', '.join(missing)}; add them.")
    if unexpected := sorted(set(table[0]) - set(columns(question))):
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
    found = [*table.problems, *_twice(table.rows), *_shared(table.rows), *_contradictory(table), *_undated(table.rows),
             *_across(table.rows)]
    return tuple(sorted(found, key=lambda problem: problem.line))


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
    if empty := [name for name in REQUIRED if not values.get(name)]:
        raise InputError(f"the column {empty[0]} is empty; fill it in.")
    split, outcome = values.get("split", "").lower(), values.get("outcome", "").lower()
    label = _label(outcome, question)
    if split not in SPLITS:
        raise InputError(f"expected train, test or nothing as the split, but got '{split}'; correct it.")
    if values["lesion"] == EVERY and outcome:
        raise InputError(f"the lesion {EVERY} stands for all lesions of a mask, which share no outcome; give each "
                         "lesion with an outcome a row of its own.")
    months = _number("months", values.get("months", ""))
    return Row(line, _key(values), values["patient"], values["lesion"], values["centre"], folder / values["image"],
               folder / values["mask"], _clinical(values, months, question), values.get("series", ""),
               parse_labels(values.get("mask_labels", "")), months, label, split)


def _label(outcome: str, question: Question) -> int | None:
    """1 for the question's first outcome, 0 for its second, None for an empty cell."""
    first, second = (one.code for one in question.outcomes)
    labels = {first: 1, second: 0, "": None}
    if outcome not in labels:
        raise InputError(f"expected {first}, {second} or nothing as the outcome, but got '{outcome}'; correct it.")
    return labels[outcome]


def _key(values: Mapping[str, str]) -> str:
    parts = [values["image"], values["mask"], values.get("series", ""), values.get("mask_labels", ""),
             str(values["lesion"] == EVERY)]
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
    since = _number(SINCE, given.get(SINCE, ""))
    if None not in (since, months) and since != months:
        raise InputError(f"{SINCE} is {since:g}, but months is {months:g}; both count from radiosurgery to this scan, "
                         "so correct one, or leave one empty.")
    if SINCE in given:
        given[SINCE] = given[SINCE] or values.get("months", "")
    numbers = {field.name for field in question.fields if field.kind == "number"}
    try:
        return dict(parse(question.fields, {name: _number(name, value) if name in numbers else value
                                            for name, value in given.items()}))
    except ClinicalError as error:
        raise InputError(str(error)) from error


def file_problems(rows: Sequence[Row]) -> Iterator[Problem]:
    """Files that are not there or damaged; reads headers, no voxels. One bad study need not stop the others."""
    for row in rows:
        for name, path in (("image", row.image), ("mask", row.mask)):
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


def _twice(rows: Sequence[Row]) -> Iterator[Problem]:
    """A lesion listed twice on one scan, or one mask for two lesions without labels to tell them apart."""
    scans = Counter((row.patient, row.lesion, row.image, row.series) for row in rows)
    masks = Counter((row.mask, row.mask_labels) for row in rows)
    for row in rows:
        if scans[row.patient, row.lesion, row.image, row.series] > 1:
            yield Problem(row.line, f"lesion {row.lesion} of patient {row.patient} is listed more than once on this "
                                    "scan; keep one row.")
        elif masks[row.mask, row.mask_labels] > 1:
            yield Problem(row.line, f"the mask {row.mask.name} stands for more than one lesion; give each its own "
                                    "mask or mask_labels.")


def _shared(rows: Sequence[Row]) -> Iterator[Problem]:
    """A scan under two names would be on both sides of a split."""
    patients: dict[tuple[Path, str], set[str]] = defaultdict(set)
    for row in rows:
        patients[row.image, row.series].add(row.patient)
    for row in rows:
        if len(names := patients[row.image, row.series]) > 1:
            yield Problem(row.line, f"the image {row.image.name} is listed for the patients "
                                    f"{' and '.join(sorted(names))}; a scan is of one patient.")


def _contradictory(table: CohortTable) -> Iterator[Problem]:
    """A lesion with both outcomes."""
    first, second = (one.code for one in table.question.outcomes)
    outcomes: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in table.rows:
        if row.outcome is not None:
            outcomes[row.patient, row.lesion].add(row.outcome)
    for row in table.rows:
        if len(outcomes[row.patient, row.lesion]) > 1:
            yield Problem(row.line, f"lesion {row.lesion} of patient {row.patient} is once {first} and once {second}; "
                                    "a lesion has one outcome.")


def _undated(rows: Sequence[Row]) -> Iterator[Problem]:
    """Growth is counted from the smallest earlier scan, so the order of a lesion's scans must be known."""
    scans = Counter((row.patient, row.lesion) for row in rows)
    labelled = {(row.patient, row.lesion) for row in rows if row.outcome is not None}
    for row in rows:
        if row.months is None and (row.patient, row.lesion) in labelled and scans[row.patient, row.lesion] > 1:
            yield Problem(row.line, f"lesion {row.lesion} of patient {row.patient} has an outcome and several scans, "
                                    "but the months of this one are missing; fill them in.")


def _across(rows: Sequence[Row]) -> Iterator[Problem]:
    """A patient on both sides of the split, or in two centres, would be trained on and tested on."""
    for name in ("split", "centre"):
        sides: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            sides[row.patient].add(getattr(row, name))
        for row in _first_of(row for row in rows if len(sides[row.patient]) > 1):
            found = " and ".join(sorted(side or "nothing" for side in sides[row.patient]))
            yield Problem(row.line, f"patient {row.patient} has {found} as the {name}; all rows of a patient must "
                                    "have the same.")


def _first_of(rows: Iterable[Row]) -> Iterator[Row]:
    seen: set[str] = set()
    for row in rows:
        if row.patient not in seen:
            seen.add(row.patient)
            yield row
