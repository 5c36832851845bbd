"""try.py ARCHIVE [OLDER]: does the installer do what it says, on a Debian without Python, network or administrator?

Run by root on a Debian with debootstrap, iproute2 and chromium, in the tests' environment. Makes a root of Debian's own
packages, then goes on in a network that reaches nothing: as an ordinary user installs the OLDER version (or the same),
keeps a case in it and upgrades; runs the self-test, two studies at once and the browser test of the whole way; reads
the kept case, opens it in the OLDER version again, and uninstalls; then the package for all users, if it lies beside
the archive. Prints what it measured; exits with the first thing that is wrong.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "dist" / "work" / "try"
CLEAN = WORK / "debian"
SHARED = Path("/var/tmp/rnapp-try")  # noqa: S108 - the same folder inside and outside of the clean root
NAME, USER, HOME = "reader", 1000, "/home/reader"
SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"
WITHOUT_NETWORK = "RNAPP_TRY_WITHOUT_NETWORK"
PROGRAM = f"{HOME}/.local/bin/rnapp"
sys.path.insert(0, str(ROOT))


def main(archive: Path, older: Path) -> None:
    """The clean root first; then all over again where nothing but this computer can be reached."""
    if WITHOUT_NETWORK not in os.environ:
        _make_clean_root()
        os.environ[WITHOUT_NETWORK] = "1"
        apart = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        os.execvp("unshare", ["unshare", *apart, sys.executable, *sys.argv])  # noqa: S606
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    _mount()
    before, started = _home_files(), time.time()
    _refuses_damage(archive)
    _install(older)
    kept = _keep_a_case()
    with _timed("install, over an older one" if older != archive else "install again"):
        _install(archive)
    _names_its_commit()
    with _timed("self-test"):
        _self_test(PROGRAM)
    with _timed("tune"):
        _as_user(PROGRAM, "tune")
    with _timed("two studies at once"):
        _batch()
    with _timed("browser test of the whole way"):
        _browser_test()
    _first_page()
    _open_the_case(kept)
    if older != archive:
        _lie_side_by_side(older, kept)
    _as_user("sh", "-c", f"sh {HOME}/.local/opt/rnapp/*/setup/uninstall.sh --keep-cases")
    left = _home_files() - before
    print("left after uninstalling:", sorted(left))
    if outside := _written_outside(started):
        sys.exit(f"Expected nothing outside of the user's folders, but there are {outside}.")
    if [name for name in left if not re.fullmatch(r"\.local/share/rnapp/cases/[0-9a-f]+\.rnapp", name)] or not left:
        sys.exit("Expected the kept case and nothing else.")
    for package in archive.parent.glob(f"rnapp_*{_commit(archive)}*.deb"):
        _package(package)
    print("Everything is as it should be.")


def _make_clean_root() -> None:
    if not (CLEAN / "etc" / "debian_version").exists():
        shutil.rmtree(CLEAN, ignore_errors=True)
        CLEAN.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["debootstrap", "--variant=minbase", SUITE, CLEAN, MIRROR], check=True,
                       stdout=subprocess.DEVNULL)
    if list((CLEAN / "usr" / "bin").glob("python*")):
        sys.exit("There is a Python in the clean root.")
    subprocess.run(["chroot", CLEAN, "userdel", "--remove", NAME], capture_output=True)  # of a trial before
    subprocess.run(["chroot", CLEAN, "useradd", "--create-home", "--uid", str(USER), NAME], check=True)
    shutil.rmtree(SHARED, ignore_errors=True)
    for folder in (SHARED, CLEAN / SHARED.relative_to("/")):
        folder.mkdir(parents=True, exist_ok=True)


def _mount() -> None:
    """Seen in this namespace alone, and gone with it."""
    subprocess.run(["mount", "--bind", SHARED, CLEAN / SHARED.relative_to("/")], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", CLEAN / "proc"], check=True)
    for name in ("dev", "sys"):
        subprocess.run(["mount", "--rbind", f"/{name}", CLEAN / name], check=True)


def _inside(*command: str) -> list[str]:
    """A command of the ordinary user in the clean root."""
    return ["chroot", f"--userspec={USER}:{USER}", str(CLEAN), "env", "-i", f"HOME={HOME}", "PATH=/usr/bin:/bin",
            "LANG=C.UTF-8", *command]


def _as_user(*command: str) -> None:
    subprocess.run(_inside(*command), check=True)


def _install(archive: Path, *options: str) -> None:
    shutil.copyfile(archive, SHARED / archive.name)
    _as_user("sh", f"{SHARED}/{archive.name}", "--yes", *options)
    (SHARED / archive.name).unlink()


def _refuses_damage(archive: Path) -> None:
    """One other byte in the middle, and nothing is installed."""
    spoiled = SHARED / archive.name
    shutil.copyfile(archive, spoiled)
    with spoiled.open("r+b") as stream:
        stream.seek(spoiled.stat().st_size // 2)
        byte = stream.read(1)
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte[0] ^ 1]))
    refused = subprocess.run(_inside("sh", str(spoiled)), capture_output=True, text=True)
    spoiled.unlink()
    if refused.returncode == 0 or "damaged" not in refused.stderr or (CLEAN / PROGRAM[1:]).is_symlink():
        sys.exit("A damaged archive was not refused.")


def _self_test(program: str) -> None:
    _as_user(program, "selftest", "--out", f"{HOME}/selftest.json")
    _as_user("rm", f"{HOME}/selftest.json")


def _commit(archive: Path) -> str:
    """As the name of an archive or a package has it."""
    found = re.search(r"[+.]([0-9a-f]{12})", archive.name)
    return found[1] if found else sys.exit(f"{archive.name} names no commit.")


def _package(package: Path) -> None:
    """For all users: an administrator installs and removes it, an ordinary user runs it; nothing of it stays."""
    shutil.copyfile(package, SHARED / package.name)
    with _timed("package installed"):
        subprocess.run(["chroot", CLEAN, "dpkg", "-i", SHARED / package.name], check=True, stdout=subprocess.DEVNULL)
    (SHARED / package.name).unlink()
    with _timed("package's self-test"):
        _self_test("/usr/bin/rnapp")
    subprocess.run(["chroot", CLEAN, "dpkg", "-r", "rnapp"], check=True, stdout=subprocess.DEVNULL)
    left = [file for place in ("opt", "usr") for file in (CLEAN / place).rglob("*rnapp*")]
    if left:
        sys.exit(f"The package left {left}.")


def _lie_side_by_side(older: Path, said: str) -> None:
    """Both versions can be started, the older opens the case that the newer kept; removing the one leaves the other."""
    opt = CLEAN / HOME[1:] / ".local" / "opt" / "rnapp"
    newer = next(opt.iterdir()).name
    _install(older, "--beside")
    names = sorted(folder.name for folder in opt.iterdir())
    for name in names:
        _as_user(f"{HOME}/.local/opt/rnapp/{name}/rnapp", "--version")
    if len(names) != 2:
        sys.exit(f"Expected two versions side by side, but there are {names}.")
    other = next(name for name in names if name != newer)
    _open_the_case(said, f"{HOME}/.local/opt/rnapp/{other}/rnapp", read=False)
    _as_user("sh", f"{HOME}/.local/opt/rnapp/{other}/setup/uninstall.sh", "--keep-cases")
    _names_its_commit()


def _written_outside(since: float) -> list[str]:
    """Files of the clean root, outside of the home, that were written since then; temporary folders are empty again."""
    places = [folder for folder in CLEAN.iterdir() if folder.name not in ("proc", "sys", "dev", "home")]
    shared = CLEAN / SHARED.relative_to("/")
    return [str(file) for place in places for file in place.rglob("*")
            if not file.is_relative_to(shared) and not file.is_dir() and file.lstat().st_mtime > since]


def _names_its_commit() -> None:
    said = subprocess.run(_inside(PROGRAM, "--version"), capture_output=True, text=True, check=True).stdout
    print(said.strip())
    if not re.search(r"\+[0-9a-f]{12}", said):
        sys.exit("The version does not name a commit.")


def _batch() -> None:
    cases = f"{HOME}/try"
    _as_user(PROGRAM, "example", "--out", f"{cases}/example")
    (CLEAN / cases[1:] / "cases.csv").write_text(
        "case,study,mask\n" + "".join(f"{name},{cases}/example/study,{cases}/example/lesion_mask.nii.gz\n"
                                      for name in ("a", "b")))
    _as_user(PROGRAM, "batch", f"{cases}/cases.csv", "--out", f"{cases}/out")
    table = (CLEAN / cases[1:] / "out" / "cases.csv").read_text()
    if table.count(",True,") != 2:
        sys.exit(f"The batch did not do both studies:\n{table}")
    _as_user("rm", "-r", cases)


def _wrapper() -> Path:
    """The installed program as tests start it: their folders are handed to the user, their environment goes along."""
    file = SHARED / "rnapp"
    file.write_text(f"""#!/bin/sh
folder=$(dirname "$TMPDIR")
chmod a+x "$folder" "$(dirname "$folder")" "$(dirname "$(dirname "$folder")")"
mkdir -p "$XDG_STATE_HOME" "$RNAPP_DATA"
chown -R {USER}:{USER} "$TMPDIR" "$XDG_STATE_HOME" "$RNAPP_DATA"
exec {' '.join(_inside())} TMPDIR="$TMPDIR" XDG_STATE_HOME="$XDG_STATE_HOME" RNAPP_DATA="$RNAPP_DATA" {PROGRAM} "$@"
""")
    file.chmod(0o755)
    return file


def _browser_test() -> None:
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", SHARED / "pytest",
                    "tests/ui/browser/test_whole_way.py::test_from_the_example_to_the_report"], check=True, cwd=ROOT,
                   env=os.environ | {"RNAPP_PROGRAM": str(_wrapper()), "CI": "true"})


@contextmanager
def _app(program: str = PROGRAM) -> Iterator[str]:
    """The installed app; its one-time address."""
    process = subprocess.Popen(_inside(program, "app", "--no-browser"), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    found = re.search(r"http://\S+", process.stdout.readline())
    if not found:
        sys.exit("The installed app did not print its address.")
    yield found[0]
    if process.wait(60):
        sys.exit("The app did not end well.")


def _first_page() -> None:
    """Seconds from the start to the page, with everything read from the disk before."""
    from tests.ui.browsing import tab

    start = time.monotonic()
    with _app() as address, tab(address) as page:
        print(f"first page without a window of its own: {time.monotonic() - start:.1f} s", flush=True)
        page.page.click("#quit")
        page.see("#ended")


def _keep_a_case() -> str:
    """The example with its lesion, read; kept while the app quits. What the table of lesions says."""
    from tests.ui.browsing import tab

    with _app() as address, tab(address) as page:
        page.page.click("#load-example")
        page.see("#prepare:not([disabled])", 120)
        page.page.click("#prepare")
        page.see("#accept", 300)
        page.page.click("#accept")
        page.see("#draw-viewer[data-shown*=head]")
        page.page.click("#example-mask")
        page.see("table.lesions tbody tr")
        said = page.page.inner_text("table.lesions")
        page.page.click("#quit")
        page.page.click("#keep-and-quit")
        page.see("#ended")
    return said


def _open_the_case(said: str, program: str = PROGRAM, read: bool = True) -> None:
    """said: what its table of lesions must say; read: start the reading; else its answer must be there already."""
    from tests.ui.browsing import tab

    with _app(program) as address, tab(address) as page:
        page.page.click("#kept-cases [data-open]")
        if not read:
            page.see("#probability-rn", 120)
            page.page.click("#step-lesions-button")
        page.see("table.lesions tbody tr")
        if page.page.inner_text("table.lesions") != said:
            sys.exit("The kept case shows other lesions in another version.")
        if read:
            page.page.click("#to-clinical")
            page.page.click("#analyse")
            page.see("#opinions fieldset", 300)
            page.page.click("#skip-opinion")
            page.see("#probability-rn", 120)
        page.page.click("#quit")
        page.see("#ended")


def _home_files() -> set[str]:
    home = CLEAN / HOME[1:]
    return {str(file.relative_to(home)) for file in home.rglob("*") if not file.is_dir() or file.is_symlink()}


@contextmanager
def _timed(what: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    given = [Path(word).resolve() for word in sys.argv[1:]]
    main(given[0], given[-1])
