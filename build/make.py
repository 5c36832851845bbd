"""python3 build/make.py [--gpu cu128]: makes dist/rnapp and this system's installers (docs/packaging.md).

Standard library only: it makes the environment it builds in, from the same pinned packages that the app runs on.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
DIST = ROOT / "dist"
WORK = DIST / "work"
BUNDLE = DIST / "rnapp"
# Symbols that only a debugger reads; libraries that were patched after linking ("*.libs") do not survive it.
STRIPPED_FROM_BYTES = 300_000
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Environment, freezing, inventory, list of files, the bundle's own self-test, installers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gpu", metavar="CUDA", default="cpu", help="build with this CUDA's torch, for example cu128")
    parser.add_argument("--python", type=Path, help="an environment that is there already")
    parser.add_argument("--no-installers", action="store_true", help="the folder alone")
    options = parser.parse_args()
    environment = os.environ | _same_every_time()
    with timed("environment"):
        python = options.python or _environment(options.gpu)
    with timed("freezing"):
        _freeze(python, environment)
    with timed("stripping"):
        _strip()
    with timed("inventory"):
        subprocess.run([python, BUILD / "inventory.py", WORK / "collected.json", BUNDLE], check=True, env=environment)
        files = _list_files()
    print(f"{BUNDLE}: {len(files)} files, {sum(file.stat().st_size for file in files) / 1e6:.0f} MB", flush=True)
    with timed("self-test"):
        _self_test()
    if not options.no_installers:
        with timed("installers"):
            subprocess.run(_installer(), check=True, env=environment)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Says how long it took."""
    start = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - start:.0f} s", flush=True)


def _same_every_time() -> dict[str, str]:
    """What would else come from the clock and from chance: the commit's own time."""
    stamp = _git("log", "-1", "--format=%ct")
    return {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": stamp or "1767225600"}


def _git(*arguments: str) -> str:
    found = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    return found.stdout.strip() if found.returncode == 0 else ""


def _environment(torch_backend: str) -> Path:
    from rnapp.environment import make

    return make(WORK / f"venv-{torch_backend}", torch_backend, BUILD / "requirements.txt")


def _freeze(python: Path, environment: dict[str, str]) -> None:
    staged = WORK / "staged"
    shutil.rmtree(BUNDLE, ignore_errors=True)
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    changed = _git("status", "--porcelain", "--untracked-files=no")
    commit = _git("rev-parse", "--short=12", "HEAD") or "unknown"
    (staged / "COMMIT").write_text(commit + (".changed" if changed else ""))
    subprocess.run([python, BUILD / "stage.py", staged], check=True, env=environment, cwd=ROOT)
    subprocess.run([python, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "ERROR", "--distpath", DIST,
                    "--workpath", WORK / "pyinstaller", BUILD / "rnapp.spec"], check=True, env=environment)


def _strip() -> None:
    if sys.platform != "linux":
        return
    libraries = [file for file in sorted(BUNDLE.rglob("*.so*")) if file.is_file() and not file.is_symlink()
                 and file.stat().st_size >= STRIPPED_FROM_BYTES and not file.parent.name.endswith(".libs")]
    for file in libraries:
        subprocess.run(["strip", "--strip-unneeded", file], check=True)


def _list_files() -> list[Path]:
    """FILES.sha256 in the bundle: every file with its hash, in order, so that two builds can be compared."""
    listing = BUNDLE / "FILES.sha256"
    listing.unlink(missing_ok=True)
    files = sorted(file for file in BUNDLE.rglob("*") if file.is_file() and not file.is_symlink())
    hashes = (hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
    lines = [f"{found}  {file.relative_to(BUNDLE).as_posix()}\n" for found, file in zip(hashes, files, strict=True)]
    listing.write_text("".join(lines))
    return [*files, listing]


def _self_test() -> None:
    """As on a computer that has never seen rnapp: nothing remembered."""
    state = WORK / "state"
    shutil.rmtree(state, ignore_errors=True)
    fresh = os.environ | {"XDG_STATE_HOME": str(state), "LOCALAPPDATA": str(state)}
    for command in ("selftest", "tune", "selftest"):  # before and after the fastest way of computing is known
        subprocess.run([_program(), command], check=True, env=fresh)


def _installer() -> list[str | Path]:
    """What makes this system's installer of dist/rnapp."""
    if sys.platform == "linux":
        return [sys.executable, BUILD / "linux" / "make.py"]
    said = subprocess.run([_program(), "--version"], capture_output=True, text=True, check=True)
    version = said.stdout.split()[-1]
    if sys.platform == "darwin":
        return ["sh", BUILD / "macos" / "make_dmg.sh", version]
    return ["makensis", f"/DVERSION={version}", f"/DFOLDER={BUNDLE}", f"/DOUT={DIST}", BUILD / "windows" / "rnapp.nsi"]


def _program() -> Path:
    return BUNDLE / ("rnapp.exe" if sys.platform == "win32" else "rnapp")


if __name__ == "__main__":
    main()
