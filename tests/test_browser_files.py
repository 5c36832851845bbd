"""What drives a browser is found, and a file that would be missed stops every run."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.browser_files import browser_files
from tests.conftest import check_browser_files


def test_only_files_with_the_mark_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "ui"
    folder.mkdir(parents=True)
    (folder / "test_marked.py").write_text("pytestmark = [pytest.mark.browser]\n")
    (folder / "test_skipping.py").write_text("pytestmark = NEEDS_CHROMIUM\n")
    (folder / "test_plain.py").write_text("def test_the_browser_keeps_nothing(): ...\n")
    (folder / "steps.py").write_text("NEEDS_CHROMIUM = pytest.mark.browser\n")
    assert browser_files(tmp_path) == ["tests/ui/test_marked.py", "tests/ui/test_skipping.py"]


def item(nodeid: str, browser: bool) -> Any:
    return SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda name: browser if name == "browser" else None)


def test_a_file_that_hides_its_mark_is_reported() -> None:
    check_browser_files([item("tests/ui/browser/test_page.py::test_one", True), item("tests/test_cli.py::two", False)])
    with pytest.raises(pytest.UsageError, match="tests/test_cli"):
        check_browser_files([item("tests/test_cli.py::test_two", True)])
