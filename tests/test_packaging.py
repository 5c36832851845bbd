"""The installer's specification, checked without building it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

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
    for unused in named("UNUSED"):
        assert not any(module == unused or module.startswith(f"{unused}.") for module in imported()), unused
    assert "torch" in imported(), "else the search for imports finds nothing"


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
assert load_resources(default_settings()).bundle.vits
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


def test_what_builds_it_is_pinned() -> None:
    lines = (ROOT / "build" / "requirements.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines if line and not line.startswith("#"))
