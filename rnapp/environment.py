"""Makes the app's own Python environment on the first start. Standard library only: nothing else is there yet.

The packages go to .venv beside the source, so the system's Python stays as it is. Every file is checked against a hash
in requirements.txt before it is installed, also those that others are built with here; only the build of torch that uv
chooses by what the machine has (CPU, or the CUDA version of the driver) comes from another index, without one. Where
that is out of reach, pip's own serves.
"""

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements.txt"
TEST_REQUIREMENTS = ROOT / "tests" / "requirements.txt"
CUDA_REQUIREMENTS = ROOT / "requirements-cuda.txt"  # of torch, where PyPI's build is installed on Linux
TRAINING_REQUIREMENTS = ROOT / "training" / "requirements.txt"  # which those of the tests include
OLDEST_PYTHON = (3, 11)
STAMP = "rnapp-requirements.sha256"
# REQUIREMENTS has three parts, installed in the opposite order: torch; what is built here from its source; the rest,
# which holds what that takes.
PARTS = ("# torch, in the build that fits the machine.", "# Built here from source, with what is below.",
         "# Everything else.")
BEGINNINGS = (("torch==",), ("docopt==", "pyradiomics-bhklab=="), ("",))


def parts(text: str) -> list[str]:
    """The three parts of REQUIREMENTS, each without the line that begins it."""
    found = [text]
    for heading in PARTS:
        found += found.pop().split(f"{heading}\n")
    return found[1:]


def ensure(tests: bool = False) -> None:
    """Return inside an environment that has every requirement; if this is not it, make it and run there instead.

    tests: also what the tests need. Exits with one sentence where the environment cannot be made.
    """
    if getattr(sys, "frozen", False):
        return
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"rnapp needs Python 3.11 or newer, but this is {sys.version.split()[0]}; install a newer Python.")
    folder = ROOT / ".venv"
    if Path(sys.prefix).resolve() == folder.resolve():
        if not _complete(folder, tests):
            _install(folder, tests)
        return
    if not os.environ.get("RNAPP_OWN_VENV") and find_spec("gradio") and find_spec("torch") and find_spec("radiomics"):
        return  # someone prepared this interpreter by hand
    if not _complete(folder, tests):
        _create(folder)
        _install(folder, tests)
    _run_again(_python(folder))


def make(folder: Path, torch_backend: str, more: Path) -> Path:
    """An environment elsewhere, for building the installer; its Python.

    torch_backend: "cpu" or a CUDA version as uv names it ("cu128"); more: a requirement file besides the app's own.
    """
    _create(folder)
    _install(folder, False, torch_backend, (more,))
    return _python(folder)


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _wanted(tests: bool) -> str:
    """What the environment was made from: the hash of the requirement files."""
    files = [REQUIREMENTS, CUDA_REQUIREMENTS, *([TEST_REQUIREMENTS, TRAINING_REQUIREMENTS] if tests else [])]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _complete(folder: Path, tests: bool) -> bool:
    stamp = folder / STAMP
    made = stamp.read_text().split() if stamp.is_file() else []
    return (_wanted(tests) in made) or (not tests and _wanted(True) in made)


def _create(folder: Path) -> None:
    if find_spec("ensurepip") is None:
        sys.exit("Python's venv module is not complete; on Debian and Ubuntu run "
                 "'sudo apt-get install -y python3-venv python3-dev gcc', then start again.")
    if not _python(folder).exists():
        print("Making rnapp's own environment (once; about 2 GB, some minutes) …", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True)


def _install(folder: Path, tests: bool, torch_backend: str = "auto", more: Sequence[Path] = ()) -> None:
    python = str(_python(folder))
    torch, built, rest = (_part(folder, name, lines) for name, lines in zip(
        ("torch", "built", "rest"), parts(REQUIREMENTS.read_text()), strict=True))
    print("Installing the packages …", file=sys.stderr, flush=True)
    _pip(python, rest, *((TEST_REQUIREMENTS,) if tests else ()), *more)
    _pip(python, built, isolated=False)
    print("Installing torch …", file=sys.stderr, flush=True)
    _install_torch(python, torch, torch_backend)
    (folder / STAMP).write_text(_wanted(tests))


def _install_torch(python: str, hashed: Path, backend: str) -> None:
    wanted = next(line.split()[0] for line in hashed.read_text().splitlines() if line.startswith("torch=="))
    there = subprocess.run([python, "-c", f"import importlib.metadata as m; assert m.version('torch')"
                                          f".split('+')[0] == '{wanted.removeprefix('torch==')}'"],
                           stderr=subprocess.DEVNULL)
    if there.returncode == 0:
        return
    chosen = subprocess.run([python, "-m", "uv", "pip", "install", "--quiet", "--python", python, "--torch-backend",
                             backend, wanted], stderr=subprocess.DEVNULL)
    # The index is out of reach: a local build (PIP_FIND_LINKS) is preferred to PyPI's, which is for CUDA.
    if chosen.returncode and subprocess.run([*_pip_command(python, hashed), "--no-index"], stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL).returncode:
        _pip(python, hashed)
        needs = subprocess.run([python, "-c", "import importlib.metadata as m; print(*m.requires('torch'))"],
                               capture_output=True, text=True)
        if "nvidia-" in needs.stdout:
            _pip(python, CUDA_REQUIREMENTS)


def _part(folder: Path, name: str, lines: str) -> Path:
    """A list of packages of its own."""
    file = folder / f"rnapp-{name}.txt"
    file.write_text(lines)
    return file


def _pip(python: str, *lists: Path, isolated: bool = True) -> None:
    """Exactly what the lists name, each file checked against its hash.

    isolated: what has to be built is built with what pip fetches for it, else with what is there.
    """
    if subprocess.run([*_pip_command(python, *lists), *([] if isolated else ["--no-build-isolation"])]).returncode:
        sys.exit("A package could not be installed (see above). Without a C compiler PyRadiomics cannot be built: "
                 "on Debian and Ubuntu 'sudo apt-get install -y gcc python3-dev', on macOS 'xcode-select --install', "
                 "on Windows the Microsoft C++ Build Tools; then start again.")


def _pip_command(python: str, *lists: Path) -> list[str]:
    return [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
            *(word for file in lists for word in ("-r", str(file)))]


def _run_again(python: Path) -> None:
    """The same command in the environment that is now complete."""
    original = sys.orig_argv[1:]
    if os.name == "nt":
        sys.exit(subprocess.run([str(python), *original]).returncode)
    os.execv(python, [str(python), *original])  # noqa: S606
