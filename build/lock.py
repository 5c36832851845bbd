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

APP, CUDA = ROOT / "requirements.txt", ROOT / "requirements-cuda.txt"
TRAINING, TESTS, BUILD = (ROOT / folder / "requirements.txt" for folder in ("training", "tests", "build"))
# torch 2.13.0+cpu for Python 3.11 on Linux x86-64, which rnapp was tested with; the others were not at hand.
CPU_BUILDS = ("6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",)
WRITTEN = "Written by build/lock.py from requirements.in.\n"
HEADS = {
    APP: f"# {WRITTEN}# By hand, on Linux, it takes -r requirements-cuda.txt too, unless torch is there already.\n",
    CUDA: f"# What PyPI's build of torch needs on Linux. {WRITTEN}",
    TRAINING: f"# What training needs besides ../requirements.txt. {WRITTEN}",
    TESTS: f"# What the tests and checks need besides ../requirements.txt. {WRITTEN}-r ../training/requirements.txt\n",
    BUILD: f"# What build/make.py needs besides ../requirements.txt; nothing of it is in the bundle. {WRITTEN}",
}


def main() -> None:
    """Each list without what those before it have."""
    found = [with_cpu(one) for one in entries(locked(APP))]
    cuda = [one for one in found if one.startswith(("triton==", "cuda-", "nvidia-"))]
    CUDA.write_text(HEADS[CUDA] + "".join(cuda))
    app = [one for one in found if one not in cuda]
    APP.write_text(HEADS[APP] + in_parts(app))
    training = without(found, entries(locked(TRAINING, APP, CUDA)))
    TRAINING.write_text(HEADS[TRAINING] + "".join(training))
    tests = without(found + training, entries(locked(TESTS, APP, CUDA, TRAINING)))
    TESTS.write_text(HEADS[TESTS] + "".join(tests))
    BUILD.write_text(HEADS[BUILD] + "".join(without(found, entries(locked(BUILD, APP, CUDA)))))


def with_cpu(entry: str) -> str:
    """The files of PyTorch's own index are taken too, from where they lie on the disk (PIP_FIND_LINKS)."""
    more = [one for one in CPU_BUILDS if entry.startswith("torch==") and one not in entry]
    return entry.rstrip("\n") + "".join(f" \\\n    --hash=sha256:{one}" for one in more) + "\n"


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
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", str(output.with_suffix(".in")), "--universal",
               "--generate-hashes", "--python-version", ".".join(map(str, OLDEST_PYTHON)), "--no-header",
               "--no-annotate", "--no-emit-index-url", "--output-file", str(output)]
    before = output.read_text()
    try:
        subprocess.run([*command, *(word for file in constraints for word in ("-c", str(file)))], check=True, cwd=ROOT)
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
