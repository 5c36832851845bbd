"""Which test files drive a browser: the others need not be imported where only those run."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The mark itself, or the marks that skip where there is no browser.
MARK = re.compile(r"\bmark\.browser\b|\bNEEDS_(BROWSER|CHROMIUM)\b")


def browser_files(root: Path = ROOT) -> list[str]:
    """Their paths below root, with slashes. conftest.py makes sure that none is missing."""
    files = (path for path in (root / "tests").rglob("test_*.py") if "node_modules" not in path.parts)
    return sorted(path.relative_to(root).as_posix() for path in files if MARK.search(path.read_text(encoding="utf-8")))
