"""python3 -m tests: makes the environment if need be, then runs the whole test suite, or what its arguments ask for.

--fast: what one runs before a commit: the linters, and the tests that take no time. --measure: the whole suite, and
writes down how long each test takes (durations.py). Anything else goes to pytest.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rnapp.environment import ensure
from tests.browser_files import browser_files

ROOT = Path(__file__).resolve().parents[1]
MOST_WORKERS = 4  # each holds an atlas, networks and prepared heads of its own, some 2 GB
LINTERS = (("ruff", "check", "."), ("mypy",), ("lint-imports",))


def main(arguments: list[str]) -> int:
    """The exit status. The whole suite runs in two parts, so that what drives the browser, which draws in software,
    has the cores to itself."""
    if arguments == ["--fast"]:
        return _fast()
    if arguments == ["--measure"]:
        return _side_by_side("not browser", "-p", "tests.measure")
    if arguments:
        return _pytest(arguments)
    first = _side_by_side("not browser")
    return _side_by_side("browser", "--dist", "worksteal", *browser_files()) or first


def _fast() -> int:
    """The linters run in parallel with the tests, and are reported last."""
    with ThreadPoolExecutor(1) as pool:
        linted = pool.submit(_linters)
        tested = _side_by_side("not browser and not slow")
        status, said = linted.result()
    print(said)
    return tested or status


def _linters() -> tuple[int, str]:
    """0, or the status of the first that finds something; and what they say."""
    programs = Path(sys.executable).parent
    done = [subprocess.run([programs / program, *arguments], cwd=ROOT, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True) for program, *arguments in LINTERS]
    return next((one.returncode for one in done if one.returncode), 0), "".join(one.stdout for one in done)


def _side_by_side(marks: str, *more: str) -> int:
    """On all cores, file by file in the order of the collection, the longest first, unless more says otherwise."""
    cores = os.cpu_count() or 1
    workers = min(cores, MOST_WORKERS)
    threads = {"OMP_NUM_THREADS": str(cores // workers)}
    return _pytest(["-m", marks, "-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder", *more], threads)


def _pytest(arguments: Sequence[str], variables: dict[str, str] | None = None) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=os.environ | (variables or {})).returncode


if __name__ == "__main__":
    ensure(tests=True)
    raise SystemExit(main(sys.argv[1:]))
