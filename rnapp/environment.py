"""Makes the app's own Python environment on the first start. Standard library only: nothing else is there yet.

The packages go to .venv beside the source, so the system's Python stays as it is. uv chooses the build of torch
(CPU or the CUDA version of the driver) by what the machine has; where its index is out of reach, pip's own serves.
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
TRAINING_REQUIREMENTS = ROOT / "training" / "requirements.txt"  # which those of the tests include
OLDEST_PYTHON = (3, 11)
STAMP = "rnapp-requirements.sha256"


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
    _install(folder, False, torch_backend, ("-r", str(more)))
    return _python(folder)


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _wanted(tests: bool) -> str:
    """What the environment was made from: the hash of the requirement files."""
    files = [REQUIREMENTS, TEST_REQUIREMENTS, TRAINING_REQUIREMENTS] if tests else [REQUIREMENTS]
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


def _install(folder: Path, tests: bool, torch_backend: str = "auto", more: Sequence[str] = ()) -> None:
    python = str(_python(folder))
    torch = next(line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("torch=="))
    uv = next(line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("uv=="))
    _pip(python, uv)
    if subprocess.run([python, "-c", f"import importlib.metadata as m; assert m.version('torch')"
                                     f".split('+')[0] == '{torch.removeprefix('torch==')}'"],
                      stderr=subprocess.DEVNULL).returncode:
        print("Installing torch …", file=sys.stderr, flush=True)
        chosen = subprocess.run([python, "-m", "uv", "pip", "install", "--quiet", "--python", python,
                                 "--torch-backend", torch_backend, torch], stderr=subprocess.DEVNULL)
        if chosen.returncode:
            _pip(python, torch)
    print("Installing the other packages …", file=sys.stderr, flush=True)
    _pip(python, "-r", str(REQUIREMENTS), *(("-r", str(TEST_REQUIREMENTS)) if tests else ()), *more)
    (folder / STAMP).write_text(_wanted(tests))


def _pip(python: str, *arguments: str) -> None:
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(command).returncode:
        sys.exit("A package could not be installed (see above). Without a C compiler PyRadiomics cannot be built: "
                 "on Debian and Ubuntu 'sudo apt-get install -y gcc python3-dev', on macOS 'xcode-select --install', "
                 "on Windows the Microsoft C++ Build Tools; then start again.")


def _run_again(python: Path) -> None:
    """The same command in the environment that is now complete."""
    original = sys.orig_argv[1:]
    if os.name == "nt":
        sys.exit(subprocess.run([str(python), *original]).returncode)
    os.execv(python, [str(python), *original])  # noqa: S606
