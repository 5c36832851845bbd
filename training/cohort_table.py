"""The one list that a training run starts from: a CSV or Parquet file, one row per lesion and scan.

Columns: patient, lesion, centre, image (path), mask (path); if wanted series, mask_labels ("1+3"), months (after
radiosurgery, of this scan), outcome ("necrosis", "progression" or empty: unlabelled), split ("train", "test" or empty)
and the six of the clinical form. Rows with the same patient and lesion are follow-ups of it; the lesion "*", in a row
without an outcome, stands for every connected lesion of the mask. Paths count from the list's folder.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from rnapp.errors import ClinicalError, InputError
from rnapp.io.dicom_header import Instance, read_instance
from rnapp.io.images import is_image_name, open_image
from rnapp.io.tables import parse_labels, read_csv
from rnapp.models.clinical import RANGES, parse_clinical
from rnapp.types import ClinicalData

REQUIRED = ("patient", "lesion", "centre", "image", "mask")
OPTIONAL = ("series", "mask_labels", "months", "outcome", "split")
CLINICAL = tuple(one.name for one in fields(ClinicalData))
COLUMNS = (*REQUIRED, *OPTIONAL, *CLINICAL)
SINCE = "months_since_radiosurgery"
EVERY = "*"  # the lesion of a row that stands for all lesions of its mask
OUTCOMES = {"necrosis": 1, "progression": 0, "": None}
SPLITS = ("train", "test", "")


@dataclass(frozen=True)
class Row:
    """One lesion on one scan, or all of its mask (EVERY). line: of the list; key: of what the row points to, whatever
    its line; outcome: 1 necrosis, 0 progression, None unlabelled; months: after radiosurgery, None if unknown."""

    line: int
    key: str
    patient: str
    lesion: str
    centre: str
    image: Path
    mask: Path
    series: str = ""
    mask_labels: frozenset[int] = frozenset()
    months: float | None = None
    outcome: int | None = None
    split: str = ""
    clinical: ClinicalData = field(default_factory=ClinicalData)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line (0: with the list as a whole), as a sentence."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}" if self.line else self.sentence


@dataclass(frozen=True)
class Manifest:
    """The rows that can be used, and what is wrong with the others or between them."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read_manifest(path: Path) -> Manifest:
    """Every row is read; one that is wrong becomes a problem and is left out.

    Raises InputError where the file as a whole is not such a list.
    """
    table = _table(path)
    missing = [name for name in REQUIRED if table and name not in table[0]]
    if not table or missing:
        raise InputError(f"Expected rows with the columns {', '.join(REQUIRED)} in {path.name}, but "
                         f"{'it is empty' if not table else 'it lacks ' + ', '.join(missing)}; add them.")
    if strangers := sorted(set(table[0]) - set(COLUMNS)):
        raise InputError(f"The list {path.name} has the unknown column {strangers[0]!r}; the columns are "
                         f"{', '.join(COLUMNS)}.")
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, values in enumerate(table, start=2):
        try:
            rows.append(_row(line, values, path.parent))
        except (InputError, ValueError) as error:
            problems.append(Problem(line, str(error)))
    return Manifest(tuple(rows), tuple(problems))


def check(manifest: Manifest) -> tuple[Problem, ...]:
    """What is wrong in the list itself: rows that cannot be understood, and rows that contradict each other."""
    found = [*manifest.problems, *_twice(manifest.rows), *_shared(manifest.rows), *_outcomes(manifest.rows),
             *_undated(manifest.rows), *_across(manifest.rows)]
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
        raise InputError("Reading Parquet needs the package pyarrow; install it, or save the list as CSV.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"Expected a list as CSV or Parquet, but {path.name} cannot be read.") from error


def _text(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value).strip()


def _row(line: int, values: Mapping[str, str], folder: Path) -> Row:
    if empty := [name for name in REQUIRED if not values.get(name)]:
        raise InputError(f"the column {empty[0]} is empty; fill it in.")
    outcome, split = values.get("outcome", "").lower(), values.get("split", "").lower()
    if outcome not in OUTCOMES:
        raise InputError(f"expected necrosis, progression or nothing as the outcome, but got '{outcome}'; correct it.")
    if split not in SPLITS:
        raise InputError(f"expected train, test or nothing as the split, but got '{split}'; correct it.")
    if values["lesion"] == EVERY and outcome:
        raise InputError(f"the lesion {EVERY} stands for all lesions of a mask, which share no outcome; give each "
                         "lesion with an outcome a row of its own.")
    months = _number("months", values.get("months", ""))
    return Row(line, _key(values), values["patient"], values["lesion"], values["centre"], folder / values["image"],
               folder / values["mask"], values.get("series", ""), parse_labels(values.get("mask_labels", "")), months,
               OUTCOMES[outcome], split, _clinical(values, months))


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


def _clinical(values: Mapping[str, str], months: float | None) -> ClinicalData:
    """months: of the row's scan; the form asks for the same, and it need not be said twice."""
    given = {name: values.get(name, "") for name in CLINICAL}
    since = _number(SINCE, given[SINCE])
    if None not in (since, months) and since != months:
        raise InputError(f"{SINCE} is {since:g}, but months is {months:g}; both count from radiosurgery to this scan, "
                         "so correct one, or leave one empty.")
    given[SINCE] = given[SINCE] or values.get("months", "")
    try:
        return parse_clinical({name: _number(name, value) if name in RANGES else value.lower()
                               for name, value in given.items()})
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


def readable(path: Path) -> bool:
    """Whether the header of a file can be read (folders of DICOM are looked at when they are prepared)."""
    if not is_image_name(path):
        return isinstance(read_instance(path), Instance)
    try:
        open_image(path)
    except InputError:
        return False
    return True


def _twice(rows: Sequence[Row]) -> Iterator[Problem]:
    """A lesion on one scan, or one mask for two lesions without labels that tell them apart, listed twice."""
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


def _outcomes(rows: Sequence[Row]) -> Iterator[Problem]:
    outcomes: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in rows:
        if row.outcome is not None:
            outcomes[row.patient, row.lesion].add(row.outcome)
    for row in rows:
        if len(outcomes[row.patient, row.lesion]) > 1:
            yield Problem(row.line, f"lesion {row.lesion} of patient {row.patient} is once necrosis and once "
                                    "progression; a lesion has one outcome.")


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
