"""python3 -m tests: makes the environment if need be, then runs the whole test suite, or what its arguments ask for."""

import os
import subprocess
import sys

from rnapp.environment import ensure

MOST_WORKERS = 4  # each holds an atlas, networks and prepared heads of its own, some 2 GB


def main(arguments: list[str]) -> int:
    """The exit status. The whole suite runs in two parts: side by side, then, alone, what drives the browser, which
    draws in software and wants all cores."""
    if arguments:
        return _pytest(arguments)
    cores = os.cpu_count() or 1
    workers = min(cores, MOST_WORKERS)
    threads = {"OMP_NUM_THREADS": str(cores // workers)}
    first = _pytest(["-m", "not browser", "-n", str(workers), "--dist", "loadfile"], threads)
    return _pytest(["-m", "browser"]) or first


def _pytest(arguments: list[str], variables: dict[str, str] | None = None) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=os.environ | (variables or {})).returncode


if __name__ == "__main__":
    ensure(tests=True)
    raise SystemExit(main(sys.argv[1:]))
