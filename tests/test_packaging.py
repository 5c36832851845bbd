"""The installer's specification and the lists of packages, checked without building or installing anything."""

import ast
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from rnapp import environment
from rnapp.report.versions import NUMERIC_PACKAGES

ROOT = Path(__file__).resolve().parents[1]
SPEC = (ROOT / "build" / "rnapp.spec").read_text()


def named(variable: str) -> list[str]:
    """The strings of a list or tuple in the specification."""
    for node in ast.parse(SPEC).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == variable:
            return [str(value) for value in ast.literal_eval(node.value)]
    raise AssertionError(f"{variable} is not in the specification")


def imported() -> set[str]:
    """Every module that the app imports, anywhere in its code."""
    found: set[str] = set()
    for file in (ROOT / "rnapp").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    return found


def test_nothing_that_the_app_imports_is_left_out() -> None:
    modules = imported()
    for unused in named("UNUSED"):
        assert not any(module == unused or module.startswith(f"{unused}.") for module in modules), unused
    assert "torch" in modules, "else the search for imports finds nothing"


WITHOUT_THE_UNUSED = """
import sys
from pathlib import Path

class LeftOut:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in {unused!r}):
            raise ModuleNotFoundError(f"{{name}} is not in the bundle")

sys.meta_path.insert(0, LeftOut())
import rnapp.cli, rnapp.desktop.start, rnapp.pipeline.batch, rnapp.pipeline.cluster, rnapp.ui.server, rnapp.ui.layout
from rnapp.compute import available
from rnapp.compute.openvino_backend import _convert
from rnapp.config import default_settings
from rnapp.pipeline import load_resources
from rnapp.models.radiomics import extract
from rnapp.preprocess.hd_bet_network import HDBET
from rnapp.compute import NetworkSource
load_resources(default_settings()).model.load()
_convert(NetworkSource("any", lambda: HDBET().eval()), (1, 1, 32, 32, 32))
import numpy as np
from rnapp.types import Volume
ball = (np.indices((24, 24, 24)) - 12.0)
mask = (ball**2).sum(axis=0) < 49
extract(Volume(np.random.default_rng(0).normal(size=mask.shape).astype(np.float32), np.eye(4)), Volume(mask, np.eye(4)))
print("works")
"""


def test_the_app_works_without_what_is_left_out() -> None:
    """Also what libraries import late, while they trace a network or extract features."""
    script = WITHOUT_THE_UNUSED.format(unused=[one for one in named("UNUSED") if one not in ("training", "tests")])
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.endswith("works\n"), done.stderr


def test_every_data_file_of_the_app_is_in_the_bundle() -> None:
    folders = [parts for parts in re.findall(r'ROOT((?: / "[^"]+")+)', SPEC) if "dist" not in parts]
    taken = [ROOT.joinpath(*re.findall(r'"([^"]+)"', parts)) for parts in folders]
    assert all(path.exists() for path in taken), taken
    data = [file for file in (ROOT / "rnapp").rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc")]
    assert data
    for file in data:
        assert any(file == path or path in file.parents for path in taken), file


def test_the_versions_that_results_name_are_known_in_the_bundle() -> None:
    assert set(NUMERIC_PACKAGES) <= set(named("NAMED"))


LISTS = {name: ROOT / name for name in ("requirements.txt", "requirements-cuda.txt", "training/requirements.txt",
                                        "tests/requirements.txt", "build/requirements.txt")}
# Systems that the app runs on, as packages name them.
SYSTEMS = [{"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0", "sys_platform": system,
            "platform_system": {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}[system],
            "os_name": "nt" if system == "win32" else "posix", "platform_machine": machine}
           for minor in (11, 12, 13, 14)
           for system, machine in (("linux", "x86_64"), ("win32", "AMD64"), ("darwin", "arm64"))]


def locked(text: str) -> list[tuple[Requirement, list[str]]]:
    """The packages of a list, each with its hashes. Anything that is no package with hashes, no comment and no other
    list of ours is an error."""
    found: list[tuple[Requirement, list[str]]] = []
    for entry in text.replace("\\\n", " ").splitlines():
        if entry.strip() and not entry.startswith(("#", "-r ")):
            requirement, *hashes = re.split(r"\s+--hash=", entry)
            found.append((Requirement(requirement), hashes))
    return found


def unhashed(text: str) -> list[str]:
    """What could be installed from any file, or in any version."""
    return [str(one) for one, hashes in locked(text)
            if not re.fullmatch(r"==[\w.]+", str(one.specifier))
            or not hashes or not all(re.fullmatch("sha256:[0-9a-f]{64}", given) for given in hashes)]


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_pinned_with_the_hashes_of_its_files(name: str) -> None:
    text = LISTS[name].read_text()
    assert len(locked(text)) > 5
    assert unhashed(text) == []
    assert "://" not in text, "where packages come from is whoever installs them to say"


@pytest.mark.parametrize("line", ["numpy==2.4.6", "numpy", "numpy>=2 --hash=sha256:" + 64 * "0",
                                  "numpy==2.4.6 --hash=md5:" + 32 * "0", "numpy==2.* --hash=sha256:" + 64 * "0"])
def test_a_line_without_a_hash_is_found(line: str) -> None:
    assert unhashed(line) == [str(Requirement(line.split(" --hash")[0]))]
    assert unhashed("numpy==2.4.6 \\\n    --hash=sha256:" + 64 * "0") == []


def applies(requirement: Requirement, system: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({**system, "extra": ""})


def needed(requirement: Requirement, extras: set[str], system: dict[str, str]) -> bool:
    return any(requirement.marker is None or requirement.marker.evaluate({**system, "extra": extra})
               for extra in ("", *extras))


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: f"{system['sys_platform']}-{system['python_version']}")
def test_the_lists_leave_out_nothing_that_a_package_needs(system: dict[str, str]) -> None:
    """They are installed without looking further. Judged by what the packages that are installed here say."""
    app, tests = ({canonicalize_name(one.name): one for name in names for one, _ in locked(LISTS[name].read_text())
                   if applies(one, system)} for names in (list(LISTS)[:2], list(LISTS)[:4]))
    for listed in (app, tests):
        extras = {name: set[str]() for name in listed}
        for name in sorted(listed) * 2:  # the second time with what the first one asked for beyond the usual
            for one in wants(name):
                if needed(one, extras[name], system):
                    other = canonicalize_name(one.name)
                    assert other in listed, f"{name} needs {one}"
                    assert str(listed[other].specifier).removeprefix("==") in one.specifier, f"{name} needs {one}"
                    extras[other] |= one.extras


def wants(name: str) -> list[Requirement]:
    """What an installed package says it needs; nothing of one that this system does not have. torch's build for CUDA
    is one of those, where its build for the CPU is installed."""
    try:
        return [Requirement(one) for one in metadata.requires(name) or []]
    except metadata.PackageNotFoundError:
        return []


def test_what_the_lists_are_made_of_is_in_them() -> None:
    for name, file in LISTS.items():
        if name == "requirements-cuda.txt":
            continue  # torch alone wants it
        wanted = [Requirement(line) for line in file.with_suffix(".in").read_text().splitlines()
                  if line and not line.startswith("#")]
        found = {canonicalize_name(one.name): one.specifier for one, _ in locked(file.read_text())}
        assert wanted
        assert [one for one in wanted if found.get(canonicalize_name(one.name)) != one.specifier] == [], name


def test_torch_is_installed_apart_and_what_is_built_here_with_nothing_else() -> None:
    text = LISTS["requirements.txt"].read_text()
    torch, built, rest = [[one.name for one, _ in locked(part)] for part in environment.parts(text)]
    cuda = {one.name for one, _ in locked(LISTS["requirements-cuda.txt"].read_text())}
    assert torch == ["torch"]
    assert built == ["docopt", "pyradiomics-bhklab"]
    assert {"setuptools", "versioneer", "numpy", "uv"} <= set(rest)
    assert "nvidia-cublas" in cuda
    assert not cuda & {*torch, *built, *rest}
    assert len({*torch, *built, *rest}) == len(locked(text))


@pytest.mark.parametrize(("on_disk", "of_cuda"), [(True, False), (False, True), (False, False)])
def test_what_is_installed_is_checked_and_nothing_else_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                                  on_disk: bool, of_cuda: bool) -> None:
    """Where the index that has every build of torch is out of reach."""
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> CompletedProcess[str]:
        ran.append(command)
        said = "nvidia-cublas==13.1.1.3; platform_system == 'Linux'" if of_cuda else "sympy>=1.13.3"
        failed = "--torch-backend" in command or any("assert" in word for word in command)
        return CompletedProcess(command, int(failed or ("--no-index" in command and not on_disk)), said)

    monkeypatch.setattr(environment.subprocess, "run", run)
    environment._install(tmp_path, tests=True)
    pip = [command for command in ran if "pip" in command and "uv" not in command]
    assert all({"--require-hashes", "--no-deps", "-r"} <= set(command) for command in pip)
    lists = [Path(command[number + 1]) for command in pip for number, word in enumerate(command) if word == "-r"]
    assert [file.name for file in lists] == ["rnapp-rest.txt", "requirements.txt", "rnapp-built.txt", "rnapp-torch.txt",
                                             *([] if on_disk else ["rnapp-torch.txt"]),
                                             *(["requirements-cuda.txt"] if of_cuda else [])]
    assert not any(unhashed(file.read_text()) for file in lists)
    assert ["--no-build-isolation" in command for command in pip][:3] == [False, True, False]
    assert ["--no-index" in command for command in pip][:3] == [False, False, True]
