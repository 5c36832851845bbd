"""Files and functions stay small enough to be read at once."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("rnapp", "training", "build", "tests")
OTHERS_CODE = ("niivue", "node_modules")  # as it came
FILE_LINES, FUNCTION_LINES = 300, 60


def ours() -> list[Path]:
    """Every Python file and script that is ours."""
    return sorted(path for folder in FOLDERS for kind in ("*.py", "*.js") for path in (ROOT / folder).rglob(kind)
                  if not any(name in str(path.relative_to(ROOT)) for name in OTHERS_CODE))


def too_long(path: Path) -> Iterator[str]:
    """What of a file is too long, and how long it is. A function is counted with what it holds, without decorators."""
    text = path.read_text(encoding="utf-8")
    if (lines := len(text.splitlines())) > FILE_LINES:
        yield f"{path.name} has {lines} lines, more than {FILE_LINES}"
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{path.name}: {node.name}() has {lines} lines, more than {FUNCTION_LINES}"


def test_no_file_and_no_function_is_too_long() -> None:
    files = ours()
    assert {path.relative_to(ROOT).parts[0] for path in files} == set(FOLDERS)
    assert {path.suffix for path in files} == {".py", ".js"}
    assert [said for path in files for said in too_long(path)] == []


@pytest.mark.parametrize(("name", "text", "said"), [
    ("a.py", "x = 1\n" * 300, []),
    ("a.py", "x = 1\n" * 301, ["a.py has 301 lines, more than 300"]),
    ("a.js", "let x;\n" * 301, ["a.js has 301 lines, more than 300"]),
    ("a.py", "def short():\n" + "    x = 1\n" * 59, []),
    ("a.py", "def long():\n" + "    x = 1\n" * 60, ["a.py: long() has 61 lines, more than 60"]),
    ("a.py", "class A:\n    async def long(self):\n" + "        x = 1\n" * 60,
     ["a.py: long() has 61 lines, more than 60"]),
    ("a.py", "@decorator\n" * 9 + "def short():\n" + "    x = 1\n" * 59, [])])
def test_what_is_too_long_is_named(name: str, text: str, said: list[str], tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert list(too_long(tmp_path / name)) == said
