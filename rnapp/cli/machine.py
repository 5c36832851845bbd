"""rnapp tune and rnapp selftest: this computer and this installation."""

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from rnapp import pipeline
from rnapp.cli.progress import progress_printer
from rnapp.config import default_settings
from rnapp.errors import WeightsError
from rnapp.files import try_file, write_whole, writing

REPORT_BYTES = 64 * 1024  # what the result of the self-test takes at most


def tune(options: argparse.Namespace) -> None:
    """Measure which way of computing is the fastest. Raises WeightsError."""
    best = pipeline.tune(replace(default_settings(), device=options.device), progress_printer())
    for name, timing in best.trials.items():
        chosen = "  ← from now on" if name == best.backend else ""
        print(f"{name:18s} {timing.seconds:6.2f} s   Dice {timing.dice:.5f}{chosen}")


def selftest(options: argparse.Namespace) -> None:
    """The example from its files to its report. Raises WeightsError where it fails."""
    if options.out:
        try_file(options.out, REPORT_BYTES)
    task = pipeline.task_in_use(default_settings(), options.task) if options.task else None
    with tempfile.TemporaryDirectory(prefix="rnapp-selftest-") as folder:
        test = pipeline.SelfTest(default_settings(), Path(folder), progress_printer(), task)
        passed = test.run()
    for check in test.checks:
        print(f"{'ok    ' if check.passed else 'FAILED'} {check.name} ({check.seconds:.1f} s): {check.words}")
    if options.out:
        with writing(options.out):
            write_whole(options.out, json.dumps(test.report(), indent=1).encode())
    if not passed:
        raise WeightsError("The self-test failed; send its result (--out FILE) to whoever supports rnapp.")
    print("Everything works.")
