"""The page's own JavaScript: linted where Node.js is there, in short files, NiiVue's internals used in one of them."""

import re
import shutil
import subprocess
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace

import pytest

from rnapp.ui import scripts
from rnapp.ui.routes import STATIC
from rnapp.ui.scripts import on_load
from tests.javascript import CONFIGURATION, ESLINT, FILES, ROOT, SCRIPTS
from tests.javascript.__main__ import NO_NODE, main

INTERNALS = STATIC / "viewer" / "internals.js"
LONGEST_FILE, LONGEST_LINE = 200, 120
# What the viewers may use of a Niivue outside of INTERNALS: it is described for users, in its declarations.
DOCUMENTED = frozenset((
    "addColormap", "addVolumesFromUrl", "attachToCanvas", "broadcastTo", "clearCustomLayout", "clearMeasurements",
    "closeDrawing", "createEmptyDrawing", "drawUndo", "loadDrawingFromUrl", "loadVolumes", "onDrawingChanged",
    "onLocationChange", "onMeasurementCompleted", "opts", "refreshDrawing", "removeVolume", "saveImage",
    "setCrosshairWidth", "setCustomLayout", "setDrawColormap", "setDrawOpacity", "setDrawingEnabled", "setOpacity",
    "setPenValue", "setRadiologicalConvention", "setSliceType", "updateGLVolume", "volumes"))
# Whatever the Niivue or its part is called: taken apart with braces, or held under another name.
INTERNAL_NAMES = re.compile(
    r"\b(drawPt|drawPenLine|drawPenAxCorSag|drawBitmap|drawUndoBitmaps|currentDrawUndoBitmap|drawAddUndoBitmap|"
    r"drawRimOpacity|drawingEnabled|img2RAS|canvasPos2frac|frac2vox|frac2mm|mm2frac|createOnLocationChange|drawScene|"
    r"crosshairPos|pan2Dxyzmm)\b")

linter = pytest.mark.skipif(not (shutil.which("node") and ESLINT.is_file()),
                            reason="no Node.js, or no linter: npm ci --ignore-scripts in tests/javascript")


def internal_uses(source: str) -> set[str]:
    """What a script uses of NiiVue beyond its documented interface."""
    return (set(re.findall(r"\bnv\.(\w+)", source)) - DOCUMENTED) | set(INTERNAL_NAMES.findall(source))


def lint_text(folder: str, source: str) -> CompletedProcess[str]:
    """The linter's answer on a script that would be in this folder."""
    return subprocess.run(["node", str(ESLINT), "--config", str(CONFIGURATION), "--stdin", "--stdin-filename",
                           str(STATIC / folder / "made_up.js")], cwd=ROOT, input=source, capture_output=True, text=True)


def test_every_script_of_ours_is_found() -> None:
    names = {file.relative_to(STATIC).as_posix() for file in FILES}
    assert {"viewer.js", "room.js", "viewer/internals.js", "on_load/bridge.js"} <= names
    assert "niivue.umd.js" not in names


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_scripts_are_short_and_use_niivue_by_its_documented_interface(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) <= LONGEST_FILE
    assert max(map(len, lines)) <= LONGEST_LINE
    if file != INTERNALS:
        assert internal_uses(file.read_text("utf-8")) == set()


@pytest.mark.parametrize(("source", "found"), [
    ("this.nv.drawScene();", {"drawScene"}),
    ("const nv = viewer.nv;\nnv.drawBitmap.fill(0);", {"drawBitmap"}),
    ("const {scene} = nv.scene, place = scene.crosshairPos;", {"scene", "crosshairPos"}),
    ("const {drawUndoBitmaps} = this.nv;", {"drawUndoBitmaps"}),
    ("this.nv.opts.drawingEnabled = false;", {"drawingEnabled"}),
    ("this.nv.setDrawOpacity(1); this.nv.opts.penSize = 3;", set()),
])
def test_a_use_of_niivues_internals_is_seen(source: str, found: set[str]) -> None:
    assert internal_uses(source) == found


def test_each_internal_that_is_used_is_explained_in_its_file() -> None:
    source = INTERNALS.read_text("utf-8")
    explained = " ".join(re.findall(r"/\*.*?\*/", source, re.DOTALL))
    used = internal_uses(re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL))
    assert {name for name in used if name not in explained} == set()
    assert len(used) > 10, "else the search finds nothing"


def test_python_holds_no_scripts_but_the_few_lines_of_the_head() -> None:
    holding = {file.name for file in Path(scripts.__file__).parent.rglob("*.py")
               if re.search(r"addEventListener|trigger\(|dispatchEvent", file.read_text("utf-8"))}
    assert holding == {"server.py"}


def test_every_script_for_gradio_is_run_by_a_screen() -> None:
    screens = "".join(file.read_text("utf-8") for file in Path(scripts.__file__).parent.rglob("*.py"))
    assert {file.stem for file in scripts.FOLDER.glob("*.js") if f'"{file.stem}"' not in screens} == set()


def test_scripts_for_gradio_are_joined_in_order_and_packed_with_the_others() -> None:
    assert scripts.FOLDER.parent == STATIC
    both = on_load("lesion_rows", "proposals")
    assert both.index("goTo") < both.index("dismiss")
    with pytest.raises(FileNotFoundError):
        on_load("missing")


def test_the_linter_names_versions_and_hashes_but_no_registry() -> None:
    lock = (CONFIGURATION.parent / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
    assert not re.search(r'"[\^~]', (CONFIGURATION.parent / "package.json").read_text("utf-8"))


def test_without_node_the_linter_says_so_in_one_line(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.delenv("RNAPP_LINT_JAVASCRIPT", raising=False)
    assert main() == 0
    assert capsys.readouterr().out == f"{NO_NODE}\n"
    monkeypatch.setenv("RNAPP_LINT_JAVASCRIPT", "1")
    assert main() == 1, "where it is asked for"


@linter
@pytest.mark.parametrize(("source", "status"), [("const f = 1;\nexport {f};\n", 0), ("var f = 1;\n", 1)])
def test_the_linters_status_is_that_of_the_command(
        monkeypatch: pytest.MonkeyPatch, source: str, status: int) -> None:
    answers: list[CompletedProcess[str]] = []

    def run(command: list[str], **_: object) -> CompletedProcess[str]:
        assert command[-1] == str(SCRIPTS)
        answers.append(lint_text("viewer", source))
        return answers[-1]

    monkeypatch.setattr("tests.javascript.__main__.subprocess", SimpleNamespace(run=run))
    assert main() == status
    assert len(answers) == 1


@linter
def test_the_linter_has_nothing_to_say() -> None:
    answer = subprocess.run(
        ["node", str(ESLINT), "--config", str(CONFIGURATION), "--max-warnings", "0", str(SCRIPTS)],
        cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@linter
@pytest.mark.parametrize(("folder", "source", "rule"), [
    ("viewer", "export function f(a) { var b = a == 1; return b; }\n", "no-var"),
    ("viewer", "const unused = 1;\n", "no-unused-vars"),
    ("viewer", "export const f = a => a == 1;\n", "eqeqeq"),
    ("on_load", "let never = 1;\ntrigger('x', {never});\n", "prefer-const"),
    ("on_load", "console.log(exports);\n", "no-undef"),
])
def test_the_linter_refuses_what_its_rules_forbid(folder: str, source: str, rule: str) -> None:
    answer = lint_text(folder, source)
    assert answer.returncode == 1
    assert rule in answer.stdout
