"""python build/lock.py: writes the lists of pinned packages with a hash of every file that may be installed.

Each requirements.in says what is wanted; its requirements.txt, which is written here, also what that needs, for every
system and every Python from 3.11 on. Versions stay as they are unless requirements.in says otherwise. Run it in rnapp's
own environment, which has uv.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rnapp.environment import BEGINNINGS, OLDEST_PYTHON, PARTS  # noqa: E402

APP = ROOT / "requirements.txt"
TRAINING, TESTS, BUILD = (ROOT / folder / "requirements.txt" for folder in ("training", "tests", "build"))
WRITTEN = "Written by build/lock.py from requirements.in.\n"
HEADS = {
    APP: f"# {WRITTEN}",
    TRAINING: f"# What training needs besides ../requirements.txt. {WRITTEN}",
    TESTS: f"# What the tests and checks need besides ../requirements.txt. {WRITTEN}-r ../training/requirements.txt\n",
    BUILD: f"# What build/make.py needs besides ../requirements.txt; nothing of it is in the bundle. {WRITTEN}",
}


def main() -> None:
    """Each list without what those before it have."""
    app = entries(locked(APP))
    APP.write_text(HEADS[APP] + in_parts(app))
    training = without(app, entries(locked(TRAINING, APP)))
    TRAINING.write_text(HEADS[TRAINING] + "".join(training))
    tests = without(app + training, entries(locked(TESTS, APP, TRAINING)))
    TESTS.write_text(HEADS[TESTS] + "".join(tests))
    BUILD.write_text(HEADS[BUILD] + "".join(without(app, entries(locked(BUILD, APP)))))


def in_parts(found: list[str]) -> str:
    """As rnapp/environment.py installs them."""
    text = ""
    for heading, beginnings in zip(PARTS, BEGINNINGS, strict=True):
        part = [one for one in found if one.startswith(beginnings)]
        found = [one for one in found if one not in part]
        text += f"{heading}\n{''.join(part)}"
    return text


def locked(output: Path, *constraints: Path) -> str:
    """What uv makes of the .in file beside it."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", output.with_suffix(".in"), "--universal",
               "--generate-hashes", "--python-version", ".".join(map(str, OLDEST_PYTHON)), "--no-header",
               "--no-annotate", "--no-emit-index-url", "--output-file", output]
    before = output.read_text()
    try:
        subprocess.run([*command, *(word for file in constraints for word in ("-c", file))], check=True, cwd=ROOT)
        return output.read_text()
    finally:
        output.write_text(before)


def entries(text: str) -> list[str]:
    """One for each package, with its hashes; none for Python in a browser."""
    found = re.findall(r"^[A-Za-z0-9].*\n(?: +--hash.*\n)*", text, re.MULTILINE)
    return [one for one in found if "sys_platform == 'emscripten'" not in one]


def without(base: list[str], found: list[str]) -> list[str]:
    """What the base does not have, or only for some systems."""
    known = {_line(one) for one in base}
    return [one for one in found if not {_line(one), _line(one).partition(" ;")[0]} & known]


def _line(entry: str) -> str:
    """Package, version and systems."""
    return entry.splitlines()[0].removesuffix("\\").strip()


if __name__ == "__main__":
    main()
