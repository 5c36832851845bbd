"""make.py: dist/rnapp as a .deb and as an archive that installs itself for one user. Called by build/make.py."""

import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
DIST = HERE.parents[1] / "dist"
BUNDLE = DIST / "rnapp"
WORK = DIST / "work"
NEWEST_GLIBC = (2, 35)  # of Ubuntu 22.04, the oldest supported LTS; Debian 12 has 2.36
SETUP = ("install.sh", "uninstall.sh", "rnapp.desktop")
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600"))
XZ = ("xz", "-6", "-T0", "--block-size=64MiB", "--check=sha256")


def main() -> None:
    """Both installers, with their hashes."""
    glibc = _needed_glibc()
    commit = (BUNDLE / "_internal" / "rnapp" / "COMMIT").read_text()
    release = subprocess.run([BUNDLE / "rnapp", "--version"], capture_output=True, text=True, check=True)
    version = release.stdout.split()[-1]
    made = [_archive(version, glibc), _deb(version.partition("+")[0], commit, glibc)]
    for file in made:
        print(f"{file.name}: {file.stat().st_size / 1e6:.0f} MB, {hashlib.sha256(file.read_bytes()).hexdigest()}")


def _needed_glibc() -> str:
    """The newest symbol version of glibc that any file asks for. Exits where an older system would refuse it."""
    newest, culprit = (0, 0), Path()
    for file in [BUNDLE / "rnapp", *sorted(BUNDLE.rglob("*.so*"))]:
        symbols = subprocess.run(["objdump", "-T", file], capture_output=True, text=True).stdout
        found = max((tuple(map(int, one)) for one in re.findall(r"GLIBC_(\d+)\.(\d+)", symbols)), default=(0, 0))
        if found > newest:
            newest, culprit = (found[0], found[1]), file
    print(f"glibc {newest[0]}.{newest[1]} is needed (by {culprit.name})")
    if newest > NEWEST_GLIBC:
        sys.exit(f"That is newer than {NEWEST_GLIBC[0]}.{NEWEST_GLIBC[1]}; build on an older system.")
    return f"{newest[0]}.{newest[1]}"


def _archive(version: str, glibc: str) -> Path:
    """A shell script, then xz itself, then the program."""
    tools, payload = _tools(), _payload()
    target = DIST / f"rnapp-{version}-linux-x86_64.run"
    needed = sum(file.stat().st_size for file in BUNDLE.rglob("*") if file.is_file()) // 1_000_000 + 100
    values = {"VERSION": version, "FILE": target.name, "GLIBC": glibc, "NEEDED_MB": str(needed),
              "SUM": hashlib.sha256(payload.read_bytes()).hexdigest(), "TOOLS_SIZE": str(len(tools)),
              "PAYLOAD_SIZE": str(payload.stat().st_size)}
    header = _filled(HERE / "header.sh", values | {"TOOLS_AT": "0" * 9, "PAYLOAD_AT": "0" * 9})
    start = len(header.encode()) + 1  # tail counts from one
    header = _filled(HERE / "header.sh", values | {"TOOLS_AT": f"{start:<9}", "PAYLOAD_AT": f"{start + len(tools):<9}"})
    with target.open("wb") as stream, payload.open("rb") as packed:
        stream.write(header.encode() + tools)
        shutil.copyfileobj(packed, stream)
    target.chmod(0o755)
    return target


def _filled(template: Path, values: dict[str, str]) -> str:
    text = template.read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _tools() -> bytes:
    """xz with its library, for systems without it (both in the public domain)."""
    library = next(line.split()[2] for line in subprocess.run(["ldd", shutil.which("xz") or "xz"], capture_output=True,
                                                              text=True).stdout.splitlines() if "liblzma" in line)
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=EPOCH) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for source, name in ((shutil.which("xz") or "xz", "xz"), (library, "liblzma.so.5")):
            tar.add(Path(source).resolve(), f"tools/{name}", filter=_plain)
    return buffer.getvalue()


def _payload() -> Path:
    """dist/rnapp with what installs and removes it."""
    target = WORK / "payload.tar.xz"
    with target.open("wb") as stream, subprocess.Popen(XZ, stdin=subprocess.PIPE, stdout=stream) as xz:
        assert xz.stdin
        with tarfile.open(fileobj=xz.stdin, mode="w|") as tar:
            for file in sorted(BUNDLE.rglob("*")):
                tar.add(file, f"rnapp/{file.relative_to(BUNDLE)}", recursive=False, filter=_plain)
            for name in SETUP:
                tar.add(HERE / name, f"rnapp/setup/{name}", filter=_plain)
            tar.add(WORK / "staged" / "rnapp.png", "rnapp/setup/rnapp.png", filter=_plain)
        xz.stdin.close()
        if xz.wait():
            sys.exit("xz failed (see above).")
    return target


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The same whoever packs it, and when."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mtime = EPOCH
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


def _deb(release: str, commit: str, glibc: str) -> Path:
    """For all users of a Debian or Ubuntu; the commit's time makes a later one an upgrade."""
    version = f"{release}+{time.strftime('%Y%m%d%H%M%S', time.gmtime(EPOCH))}.{commit}"
    root = WORK / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(BUNDLE, root / "opt" / "rnapp", symlinks=True, copy_function=os.link)
    for folder in ("usr/bin", "usr/share/applications", "usr/share/icons/hicolor/256x256/apps", "usr/share/doc/rnapp",
                   "DEBIAN"):
        (root / folder).mkdir(parents=True)
    (root / "usr/bin/rnapp").symlink_to("/opt/rnapp/rnapp")
    (root / "usr/share/applications/rnapp.desktop").write_text(
        _filled(HERE / "rnapp.desktop", {"PROGRAM": "/opt/rnapp/rnapp", "VERSION": version}))
    shutil.copyfile(WORK / "staged" / "rnapp.png", root / "usr/share/icons/hicolor/256x256/apps/rnapp.png")
    (root / "usr/share/doc/rnapp/copyright").write_text(
        (BUNDLE / "_internal" / "THIRD_PARTY_NOTICES.md").read_text() + "\nTexts: /opt/rnapp/LICENCES\n")
    size = sum(file.stat().st_size for file in BUNDLE.rglob("*") if file.is_file()) // 1024
    (root / "DEBIAN" / "control").write_text(
        _filled(HERE / "control", {"VERSION": version, "SIZE": str(size), "GLIBC": glibc}))
    target = DIST / f"rnapp_{version}_amd64.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build", root, target], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.rmtree(root)
    return target


if __name__ == "__main__":
    main()
