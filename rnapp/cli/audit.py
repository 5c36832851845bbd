"""rnapp audit: how this centre's own answers turned out."""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path

from rnapp.cli.progress import progress_printer
from rnapp.config import data_folder, default_settings
from rnapp.files import write_whole, writing
from rnapp.pipeline import task_in_use
from rnapp.pipeline.audit import cohort_table, read_cases
from rnapp.report.audit_words import lines
from rnapp.store.library import Library
from rnapp.tasks import TASKS

CASES = "cases"  # in the data folder (rnapp/ui/server.py)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Of rnapp audit."""
    parser.add_argument("--cases", type=Path, help="folder of kept cases (default: this user's)")
    parser.add_argument("--task", choices=tuple(TASKS), help="the question (default: that of the bundle in use)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--cohort", type=Path, metavar="CSV",
                        help="also write the answers with a known outcome as a cohort table for training; keep it "
                             "beside the kept cases")
    parser.add_argument("--centre", default="this centre", help="its name in the cohort table")
    parser.set_defaults(command=audit)


def audit(options: argparse.Namespace) -> None:
    """Print it. Raises CaseError where the cases cannot be listed, OSError."""
    question = task_in_use(default_settings(), options.task).question
    cases = read_cases(Library(options.cases or data_folder() / CASES), question, progress_printer())
    found = cases.audit
    if options.cohort:
        with writing(options.cohort.parent):
            write_whole(options.cohort, cohort_table(cases, question, options.centre).encode())
    if options.json:
        print(json.dumps(_plain(asdict(found) | {"unreadable": cases.unreadable}), indent=1))
    else:
        print(*lines(found, question, cases.unreadable), sep="\n")


def _plain(value: object) -> object:
    """NaN, which JSON does not know, as null."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
