"""Takes a cohort from its table to crops through the app's own preparation, on all cores or a Dask cluster.

    python -m training.prepare TABLE --out DIR [--workers N] [--scheduler ADDRESS]

Each row leaves a record in DIR, and each of its lesions a crop; after an interruption the same command continues, and
repeats only what changed or failed. A row that cannot be used is listed with the reason and never stops the rest.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rnapp import __version__
from rnapp.errors import InputError
from rnapp.pipeline.batch import stamps
from rnapp.pipeline.cluster import BatchOptions, run_each
from rnapp.pipeline.resources import load_resources
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Prepared
from training.cohort import Case
from training.cohort_row import EVERY, Row
from training.cohort_table import check, file_problems, read_cohort_table
from training.inclusion import Flow, Scanned, include
from training.records import Measured, Measures, crop_file, earlier, keep, read_crop, write_crop
from training.row_scans import prepared_scan, row_lesions

UNEXPECTED = "something unexpected happened ({kind}); try it alone with rnapp analyse"


@dataclass(frozen=True, eq=False)
class Member:
    """A lesion that meets the inclusion rules, with its values in the cohort table."""

    case: Case
    centre: str
    split: str


@dataclass(frozen=True)
class Unlabelled:
    """file: of a crop (all of them are too many for the memory); made_from: changes with the crop."""

    file: Path
    centre: str
    made_from: str


@dataclass(frozen=True, eq=False)
class Cohort:
    """labelled: all that meet the inclusion rules; flow: who was excluded and why.

    unlabelled: crops of patients of whom no lesion has an outcome and whom the table does not hold out: so that no
    patient is both pre-trained and tested on.
    """

    labelled: tuple[Member, ...]
    unlabelled: tuple[Unlabelled, ...]
    flow: Flow

    @property
    def centres(self) -> frozenset[str]:
        """Of the labelled lesions."""
        return frozenset(one.centre for one in self.labelled)


def prepare_rows(rows: Sequence[Row], out: Path, options: BatchOptions,
                 watch: Callable[[int, Measured, int], None]) -> tuple[Measured, ...]:
    """Crops and measures of all rows, in order. watch: called after each row with its line and the number of rows left.

    Raises InputError where the cluster cannot be reached.
    """
    out.mkdir(parents=True, exist_ok=True)
    prints = {row.key: fingerprint(row, options) for row in rows}
    finished = {row.key: one for row in rows if (one := earlier(out, row.key, prints[row.key])) is not None}
    waiting = [row for row in rows if row.key not in finished]
    lines, left = {row.key: row.line for row in waiting}, len(waiting)
    scans = _by_scan(waiting)
    jobs = [(scan, out.resolve(), [prints[row.key] for row in scan]) for scan in scans]
    for number, results in run_each(options, load_resources, _scan, jobs):
        for one in results if isinstance(results, list) else _died(scans[number], results, prints):
            keep(out, one)
            finished[one.key], left = one, left - 1
            watch(lines[one.key], one, left)
    return tuple(finished[row.key] for row in rows)


def gather(rows: Sequence[Row], measured: Sequence[Measured], out: Path) -> Cohort:
    """The rows that were prepared, through the inclusion rules."""
    rows = _with_outcomes(rows)
    usable = [(row, one, lesion) for row, one in zip(rows, measured, strict=True) for lesion in one.lesions]
    scans = [Scanned(row.patient, _name(row, lesion.number), row.months, lesion.diameter_mm, lesion.centre_mm,
                     row.outcome) for row, _, lesion in usable]
    gone = {(row.patient, _name(row)) for row, one in zip(rows, measured, strict=True) if one.sentence}
    flow = include(scans, sorted(gone))
    known = {row.patient for row in rows if row.outcome is not None or row.split == "test"}
    return Cohort(
        tuple(_member(*usable[number], out) for number in flow.included),
        tuple(Unlabelled(crop_file(out, one.key, lesion.number), row.centre, f"{one.fingerprint} {lesion.number}")
              for row, one, lesion in usable if row.patient not in known), flow)


def _with_outcomes(rows: Sequence[Row]) -> list[Row]:
    """A table may give a lesion's outcome with only one of its scans; it applies to all of them."""
    outcomes = {(row.patient, row.lesion): row.outcome for row in rows if row.outcome is not None}
    return [replace(row, outcome=outcomes.get((row.patient, row.lesion))) for row in rows]


def _member(row: Row, one: Measured, lesion: Measures, out: Path) -> Member:
    assert row.outcome is not None  # the inclusion rules ask for it
    crop = read_crop(crop_file(out, one.key, lesion.number))
    return Member(Case(crop, row.clinical, row.outcome, row.patient), row.centre, row.split)


def fingerprint(row: Row, options: BatchOptions) -> str:
    """Changes when a file of the row, how it is read, HD-BET's mode or the program changes."""
    content = [__version__, options.mode, row.series, str(sorted(row.mask_labels)), str(row.lesion == EVERY),
               *(stamp for place in row.places for stamp in stamps(place))]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def _name(row: Row, number: int = 0) -> str:
    """The row's lesion. Lesions of a mask that stands for every lesion were not followed, so each counts separately."""
    return row.lesion if row.lesion != EVERY else f"line {row.line}, {number or 'none'}"


def _by_scan(rows: Sequence[Row]) -> list[list[Row]]:
    """A scan is prepared once, however many lesions it shows."""
    scans: dict[tuple[Path, str], list[Row]] = {}
    for row in rows:
        scans.setdefault((row.image, row.series), []).append(row)
    return list(scans.values())


def _died(scan: Sequence[Row], error: BaseException, prints: Mapping[str, str]) -> list[Measured]:
    return [Measured(row.key, UNEXPECTED.format(kind=type(error).__name__), prints[row.key]) for row in scan]


def _scan(rows: Sequence[Row], out: Path, prints: Sequence[str]) -> list[Measured]:
    """On a worker: all lesions of one scan."""
    try:
        prepared = prepared_scan(rows[0])
    except InputError as error:
        return [Measured(row.key, str(error), made_from) for row, made_from in zip(rows, prints, strict=True)]
    return [_one(prepared, row, out, made_from) for row, made_from in zip(rows, prints, strict=True)]


def _one(prepared: Prepared, row: Row, out: Path, made_from: str) -> Measured:
    """One row of a prepared scan; its crops are kept."""
    try:
        lesions = row_lesions(prepared, row)
    except InputError as error:
        return Measured(row.key, str(error), made_from)
    for lesion in lesions.lesions:
        write_crop(crop_file(out, row.key, lesion.number), METASTASIS.sample(prepared, lesions, lesion.number))
    return Measured(row.key, "", made_from, tuple(
        Measures(one.number, one.longest_diameter_mm, one.volume_ml, one.centre_mm) for one in lesions.lesions))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns 2 if the table has mistakes or contradicts itself, which would make every number wrong."""
    parser = argparse.ArgumentParser(prog="python -m training.prepare", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="CSV or Parquet, see training/cohort_table.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--scheduler")
    parser.add_argument("--brain-mask", choices=("fast", "balanced", "accurate"), default="fast")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    given = parser.parse_args(arguments)
    try:
        table = read_cohort_table(given.table, METASTASIS.question)
        if problems := check(table):
            print("\n".join(map(str, problems)), file=sys.stderr)
            return 2
        for problem in file_problems(table.rows):
            print(f"{problem} The rest goes on.", file=sys.stderr)
        options = BatchOptions(given.workers, given.threads, given.brain_mask, given.device,
                               scheduler=given.scheduler)
        rows = [row.resolved() for row in table.rows]
        measured = prepare_rows(rows, given.out, options, _say)
        cohort = gather(rows, measured, given.out)
    except InputError as error:
        print(f"training.prepare: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"training.prepare: {given.out} cannot be written ({error.strerror}); name another folder.",
              file=sys.stderr)
        return 2
    for row, one in zip(rows, measured, strict=True):
        if one.sentence:
            print(f"line {row.line}: {one.sentence}")
    print(cohort.flow.text())
    return 0


def _say(line: int, one: Measured, left: int) -> None:
    print(f"line {line} {'done' if not one.sentence else 'not used: ' + one.sentence} ({left} left)",
          file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
