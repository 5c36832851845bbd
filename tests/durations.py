"""How long tests take, as last measured (durations.csv): the longest files begin first, and slow tests are marked.

python3 -m tests --measure runs the whole suite and writes the list. It names every file of FILE_SECONDS or more and
every test of TEST_SECONDS or more. Slow are these tests, all of such a file (what its tests share takes long), and
those that ask for a slow fixture.
"""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("durations.csv")
FILE_SECONDS, TEST_SECONDS = 5.0, 0.25
# The first test that asks for one of these, or for what is made of it, waits for it, whichever that is.
SLOW_FIXTURES = frozenset({"browser", "example_folder", "rice_example"})


def read(file: Path = LIST) -> dict[str, float]:
    """Seconds by file or test, without a test's parameters."""
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["name"]: float(row["seconds"]) for row in csv.DictReader(stream)}


def sort_and_mark(items: list[pytest.Item], seconds: dict[str, float]) -> None:
    """In place: the files that take longest first, so that none is left for one core at the end; the mark "slow"."""
    items.sort(key=lambda item: -seconds.get(_file(item.nodeid), 0.0))
    for item in items:
        if ({_file(item.nodeid), _test(item.nodeid)} & seconds.keys()
                or SLOW_FIXTURES & set(getattr(item, "fixturenames", ()))):
            item.add_marker("slow")


class Measuring:
    """A plugin that adds up what every test took, setup and teardown with it, and writes the list at the end."""

    def __init__(self, file: Path = LIST) -> None:
        self._file = file
        self._files: dict[str, float] = defaultdict(float)
        self._runs: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._files[_file(report.nodeid)] += report.duration
        self._runs[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        tests: dict[str, float] = defaultdict(float)
        for run, seconds in self._runs.items():
            tests[_test(run)] = max(tests[_test(run)], seconds)
        found = {name: one for name, one in self._files.items() if one >= FILE_SECONDS}
        found |= {name: one for name, one in tests.items() if one >= TEST_SECONDS}
        with self._file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("seconds", "name"))
            writer.writerows((f"{one:.1f}", name) for name, one in sorted(found.items(), key=lambda pair: -pair[1]))


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _test(nodeid: str) -> str:
    """Without its parameters."""
    return nodeid.partition("[")[0]
