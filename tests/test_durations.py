"""Slow tests are marked by what was measured, and the longest files begin first."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.durations import LIST, Measuring, read, sort_and_mark

ROOT = Path(__file__).resolve().parents[1]


def item(nodeid: str, *fixtures: str) -> Any:
    marks: list[str] = []
    return SimpleNamespace(nodeid=nodeid, fixturenames=fixtures, marks=marks, add_marker=marks.append)


def measured(folder: Path, *reports: tuple[str, float]) -> dict[str, float]:
    """What the list says after these."""
    plugin: Any = Measuring(folder / "durations.csv")
    for nodeid, duration in reports:
        plugin.pytest_runtest_logreport(SimpleNamespace(nodeid=nodeid, duration=duration))
    plugin.pytest_sessionfinish()
    return read(folder / "durations.csv")


def test_the_list_names_slow_files_and_slow_tests(tmp_path: Path) -> None:
    found = measured(tmp_path, ("a.py::one", 6.0), ("a.py::two", 5.0), ("b.py::three[x]", 0.4), ("b.py::three[x]", 0.8),
                     ("b.py::three[y]", 0.9), ("b.py::four", 0.2))
    assert found == {"a.py": 11.0, "a.py::one": 6.0, "a.py::two": 5.0, "b.py::three": 1.2}


def test_longest_files_come_first_and_slow_tests_are_marked() -> None:
    seconds = {"long.py": 90.0, "longer.py": 100.0, "quick.py::slow": 2.0}
    items = [item("quick.py::slow[1]"), item("quick.py::quick"), item("long.py::a"), item("long.py::b"),
             item("longer.py::c"),
             item("quick.py::asks", "prepared_example", "example_folder")]
    sort_and_mark(items, seconds)
    assert [one.nodeid for one in items] == ["longer.py::c", "long.py::a", "long.py::b",
                                             "quick.py::slow[1]", "quick.py::quick", "quick.py::asks"]
    assert [one.nodeid for one in items if one.marks == ["slow"]] == [
        "longer.py::c", "long.py::a", "long.py::b", "quick.py::slow[1]", "quick.py::asks"]


def is_there(name: str) -> bool:
    file, _, test = name.partition("::")
    return (ROOT / file).is_file() and f"def {test}" in (ROOT / file).read_text(encoding="utf-8")


def test_what_the_list_names_is_there() -> None:
    """A test that is renamed or moved is so in the list too, or all are measured again: python3 -m tests --measure."""
    assert [name for name in read(LIST) if not is_there(name)] == []
    assert not is_there("tests/test_durations.py::test_that_was_renamed")
    assert not is_there("tests/test_that_was_moved.py")
