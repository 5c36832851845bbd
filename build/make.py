"""python3 build/make.py [--gpu cu128]: makes dist/rnapp, one folder with the app and all it needs (docs/packaging.md).

Standard library only: it makes the environment it builds in, from the same pinned packages that the app runs on.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
WORK = DIST / "work"
BUNDLE = DIST / "rnapp"
# What PyInstaller would else take from the clock and from chance.
SAME_EVERY_TIME = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "1767225600"}
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Environment, freezing, list of files; then the bundle's own self-test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gpu", metavar="CUDA", default="cpu", help="build with this CUDA's torch, for example cu128")
    parser.add_argument("--python", type=Path, help="an environment that is there already")
    options = parser.parse_args()
    start = time.monotonic()
    python = options.python or _environment(options.gpu)
    shutil.rmtree(BUNDLE, ignore_errors=True)
    subprocess.run([python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "--distpath", DIST,
                    "--workpath", WORK, ROOT / "build" / "rnapp.spec"], check=True, env=os.environ | SAME_EVERY_TIME)
    files = _list_files()
    size = sum(file.stat().st_size for file in files)
    print(f"{BUNDLE}: {len(files)} files, {size / 1e6:.0f} MB, made in {time.monotonic() - start:.0f} s", flush=True)
    subprocess.run([_program(), "selftest"], check=True)


def _environment(torch_backend: str) -> Path:
    from rnapp.environment import make

    return make(WORK / f"venv-{torch_backend}", torch_backend, ROOT / "build" / "requirements.txt")


def _program() -> Path:
    return BUNDLE / ("rnapp.exe" if sys.platform == "win32" else "rnapp")


def _list_files() -> list[Path]:
    """FILES.sha256 in the bundle: every file with its hash, in order, so that two builds can be compared."""
    files = sorted(file for file in BUNDLE.rglob("*") if file.is_file() and not file.is_symlink())
    hashes = (hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
    lines = [f"{found}  {file.relative_to(BUNDLE).as_posix()}\n" for found, file in zip(hashes, files, strict=True)]
    (BUNDLE / "FILES.sha256").write_text("".join(lines))
    return files


if __name__ == "__main__":
    main()
