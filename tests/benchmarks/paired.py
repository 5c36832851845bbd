"""This checkout against another one, alternately, as ratios of the same run.

    python -m tests.benchmarks.paired OTHER [--repeats 3] [--only first-page|example]

OTHER: another checkout of the project, such as the commit before a change; it runs with the Python of its own .venv,
or with this one where it has none. Measured: from the start to the first page (as first_page.py does); of the example
(one_run.py), its preparation, itself followed as an earlier scan, and the reading of its lesion. Each repeat runs both,
the other one first in every second; printed are medians, and ours divided by theirs: below 1 is faster.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from rnapp import pipeline
from rnapp.config import default_settings
from tests.benchmarks.first_page import app_once
from tests.ui.running import ROOT

OURS, THEIRS = "ours", "theirs"
FIRST_PAGE = "first page"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.paired", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=("first-page", "example"))
    given = parser.parse_args()
    checkouts = {OURS: ROOT, THEIRS: given.other.resolve()}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place)
        if given.only != "example":
            first_pages(checkouts, given.repeats, folder)
        if given.only != "first-page":
            examples(checkouts, given.repeats, folder)


def first_pages(checkouts: dict[str, Path], repeats: int, folder: Path) -> None:
    """One start of each before the others is not counted."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for repeat in range(repeats + 1):
        for who in _order(repeat):
            own = folder / who
            own.mkdir(exist_ok=True)
            took = app_once([str(python_of(checkouts[who])), str(checkouts[who] / "app.py")], own)
            if repeat:
                seconds[who].append(took)
    _table({who: {FIRST_PAGE: values} for who, values in seconds.items()})


def examples(checkouts: dict[str, Path], repeats: int, folder: Path) -> None:
    """Both read the same files, which this checkout writes."""
    example = folder / "example"
    pipeline.example_study(pipeline.load_resources(default_settings()), example)
    seconds: dict[str, dict[str, list[float]]] = {who: defaultdict(list) for who in checkouts}
    answers: dict[str, float] = {}
    for repeat in range(repeats):
        for who in _order(repeat):
            found = _one_run(checkouts[who], example, folder / f"state-{who}")
            answers[who] = found["probability"]
            for what, took in found["seconds"].items():
                seconds[who][what].append(took)
    _table(seconds)
    print(f"\nprobability: ours {answers[OURS]:.9f}, theirs {answers[THEIRS]:.9f}, "
          f"difference {abs(answers[OURS] - answers[THEIRS]):.1e}", flush=True)


def python_of(checkout: Path) -> Path:
    """The Python that runs a checkout."""
    own = checkout / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return own if own.exists() else Path(sys.executable)


def _order(repeat: int) -> tuple[str, str]:
    return (THEIRS, OURS) if repeat % 2 else (OURS, THEIRS)


def _one_run(checkout: Path, example: Path, state: Path) -> dict[str, Any]:
    environment = os.environ | {"PYTHONPATH": str(checkout), "XDG_STATE_HOME": str(state), "RNAPP_DATA": str(state)}
    program = Path(__file__).with_name("one_run.py")
    done = subprocess.run([python_of(checkout), program, example], cwd=checkout, env=environment, text=True,
                          stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _table(seconds: dict[str, dict[str, list[float]]]) -> None:
    """A row for each thing measured, its repeats in brackets."""
    print("\n| s | ours | theirs | ratio |\n|---|---|---|---|")
    for what in seconds[OURS]:
        ours, theirs = (statistics.median(seconds[who][what]) for who in (OURS, THEIRS))
        runs = {who: ", ".join(f"{one:.2f}" for one in seconds[who][what]) for who in (OURS, THEIRS)}
        print(f"| {what} | {ours:.2f} ({runs[OURS]}) | {theirs:.2f} ({runs[THEIRS]}) | {ours / theirs:.2f} |",
              flush=True)


if __name__ == "__main__":
    main()
