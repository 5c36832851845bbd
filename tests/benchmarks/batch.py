"""What a case costs in a batch: python -m tests.benchmarks.batch [--cheap 200] [--whole 4].

Cheap cases are the atlas' own brain with a lesion (no skull to strip): does the last of 200 cost what the first does,
in time and memory? Whole ones are the example with its skull: how much faster are two workers of one thread than one?
Every batch runs in a process of its own; the start of Python and of the workers is counted in wall, not in "per case".
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.io.atlas import read_atlas
from rnapp.io.volumes import write_nifti


@dataclass(frozen=True)
class Measured:
    """seconds: of each case, in the order of the list; peak_gb: of the largest process."""

    wall: float
    seconds: tuple[float, ...]
    peak_gb: float


def cheap_case(folder: Path) -> tuple[Path, Path]:
    """A stripped brain on the SRI24 grid and a lesion mask."""
    brain = read_atlas(default_settings().weights).brain
    mask = np.zeros(brain.shape, np.uint8)
    mask[150:164, 140:152, 90:100] = 1
    write_nifti(brain.with_array(brain.array.astype(np.float32)), folder / "brain.nii.gz")
    write_nifti(brain.with_array(mask), folder / "mask.nii.gz")
    return folder / "brain.nii.gz", folder / "mask.nii.gz"


def whole_case(folder: Path) -> tuple[Path, Path]:
    """The example, with its skull."""
    pipeline.example_study(pipeline.load_resources(default_settings()), folder)
    return folder / "study", folder / "lesion_mask.nii.gz"


def measure(case: tuple[Path, Path], count: int, workers: int, threads: int) -> Measured:
    """One batch of the same case under different names."""
    with tempfile.TemporaryDirectory() as place:
        case_list, out = Path(place) / "cases.csv", Path(place) / "out"
        lines = [f"case{number:04d},{case[0]},{case[1]}" for number in range(count)]
        case_list.write_text("\n".join(["case,study,mask", *lines]) + "\n")
        command = [sys.executable, "-m", "tests.benchmarks.batch", "--one", str(case_list), str(out), str(workers),
                   str(threads)]
        start = time.perf_counter()
        peak = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        wall = time.perf_counter() - start
        with (out / "cases.csv").open() as file:
            rows = list(csv.DictReader(file))
        assert all(row["done"] == "True" for row in rows), rows
        return Measured(wall, tuple(float(row["seconds"]) for row in rows), peak)


def run_one(case_list: str, out: str, workers: str, threads: str) -> None:
    """The command itself, in this process; prints the largest memory of it and its workers, GB."""
    import resource  # not on Windows

    subprocess.run([sys.executable, "-m", "rnapp", "batch", case_list, "--out", out, "--workers", workers, "--threads",
                    threads], check=True, capture_output=True)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if os.uname().sysname == "Linux" else 1e9))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.batch", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cheap", type=int, default=200)
    parser.add_argument("--whole", type=int, default=4)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run_one(*given.one)
        return
    folder = Path(tempfile.mkdtemp())
    try:
        _cheap(cheap_case(folder), given.cheap)
        _whole(whole_case(folder), given.whole)
    finally:
        shutil.rmtree(folder)


def _cheap(case: tuple[Path, Path], most: int) -> None:
    print("| cheap cases | workers | wall, s | per case, first tenth, s | last tenth, s | peak GB of a process |\n"
          "|---|---|---|---|---|---|")
    for count in sorted({1, min(20, most), most}):
        found = measure(case, count, 2, 1)
        tenth = max(1, count // 10)
        print(f"| {count} | 2 | {found.wall:.1f} | {np.mean(found.seconds[:tenth]):.2f} | "
              f"{np.mean(found.seconds[-tenth:]):.2f} | {found.peak_gb:.2f} |", flush=True)


def _whole(case: tuple[Path, Path], count: int) -> None:
    print("\n| whole cases | workers × threads | wall, s | per case, s | peak GB of a process | times as fast |\n"
          "|---|---|---|---|---|---|")
    first = None
    for workers, threads in ((1, 1), (1, 2), (2, 1)):
        found = measure(case, count, workers, threads)
        first = first or found.wall
        print(f"| {count} | {workers} × {threads} | {found.wall:.1f} | {np.mean(found.seconds):.1f} | "
              f"{found.peak_gb:.2f} | {first / found.wall:.2f} |", flush=True)


if __name__ == "__main__":
    main()
