"""Writes the cohort table of a public set, and lists everything that was not found.

    python -m training.public_sets NAME FOLDER --out TABLE.csv
"""

import argparse
import csv
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rnapp.errors import InputError
from rnapp.types import Question
from training.cohort_table import columns
from training.public_sets import SETS, Found, Missing, find

EXAMPLES = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns 2 if nothing was recognised, no row could be made, or the table cannot be written."""
    parser = argparse.ArgumentParser(prog="python -m training.public_sets", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=tuple(SETS))
    parser.add_argument("folder", type=Path, help="where the set was unpacked")
    parser.add_argument("--out", type=Path, required=True, help="the table, CSV; one that is there is not overwritten")
    given = parser.parse_args(arguments)
    try:
        found = find(given.name, given.folder)
        print("\n".join(summary(found)))
        write_table(found, given.out, SETS[given.name].question)
    except InputError as error:
        print(f"training.public_sets: {error}", file=sys.stderr)
        return 2
    print(SETS[given.name].lacks)
    return 0


def summary(found: Found) -> Iterator[str]:
    """Lines on what was found and what was not, with equal findings of several studies combined."""
    patients, scans = ({row[name] for row in found.rows} for name in ("patient", "image"))
    yield f"{len(patients)} patients, {len(scans)} scans, {len(found.rows)} rows"
    if found.missing:
        yield "Not found, or left out:"
    yield from _grouped(found.missing)


def write_table(found: Found, out: Path, question: Question) -> None:
    """The rows as CSV with all columns of the question, paths relative to the table's folder where possible.

    Raises InputError where there are no rows, the table is there already, or it cannot be written.
    """
    if not found.rows:
        raise InputError(f"No study has all that a row needs, so {out.name} was not written; see what is missing.")
    lines = [{name: _seen_from(out.resolve().parent, value) if name == "mask" or name.startswith("image") else value
              for name, value in row.items()} for row in found.rows]
    try:
        with out.open("x", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns(question), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
    except FileExistsError as error:
        raise InputError(f"The table {out.name} is there already, perhaps with what was filled in by hand; give "
                         "another name.") from error
    except OSError as error:
        raise InputError(f"The table {out} cannot be written ({error.strerror}); give a place that can.") from error


def _seen_from(folder: Path, file: str) -> str:
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # another drive
        return file


def _grouped(missing: Sequence[Missing]) -> Iterator[str]:
    by_what: Mapping[str, list[Missing]] = defaultdict(list)
    for one in missing:
        by_what[one.what].append(one)
    for what, ones in by_what.items():
        names = ", ".join(one.study for one in ones[:EXAMPLES])
        more = ", …" if len(ones) > EXAMPLES else ""
        yield f"  {ones[0]}" if len(ones) == 1 else f"  {len(ones)} studies: {what}: {names}{more}"


if __name__ == "__main__":
    sys.exit(main())
