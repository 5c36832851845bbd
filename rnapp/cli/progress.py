"""How far the work is, on stderr; where nobody reads on, the work goes on."""

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnapp.pipeline.batch import CaseRecord, Tally
    from rnapp.types import ProgressCallback


def progress_printer() -> "ProgressCallback":
    """Prints a line when the stage or the whole per cent changes; stages may report thousands of times."""
    last = ""

    def show(stage: str, fraction: float) -> None:
        nonlocal last
        line = f"{fraction:4.0%}  {stage}"
        if line != last:
            last = line
            with suppress(OSError):
                print(line, file=sys.stderr)

    return show


def show_case(record: "CaseRecord", tally: "Tally") -> None:
    """One line for each case of a batch."""
    left = "" if not tally.seconds_left else f", about {_duration(tally.seconds_left)} left"
    withheld = sum(one.probability is None for one in record.answers)
    without = f", {withheld} of {len(record.answers)} answer(s) without a number" if withheld else ""
    outcome = f"done{without}" if record.done else f"failed: {record.sentence}"
    with suppress(OSError):
        print(f"[{tally.total - tally.left}/{tally.total}{left}] {record.name} {outcome}", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 90 else f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
