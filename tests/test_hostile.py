"""Inputs as other programs, broken copies and other countries make them: each does what its table says.

The script that makes them lies beside the checkout, with the other shared data.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnapp import cli, pipeline
from rnapp.io.masks import chosen_mask, read_mask_file
from rnapp.io.study import read_volume
from rnapp.tasks.metastasis.task import METASTASIS

MAKER = Path(__file__).resolve().parents[2] / "shared" / "data" / "hostile" / "make.py"
NAMES = () if not MAKER.is_file() else tuple(
    line.split("|")[1].strip() for line in (MAKER.parent / "README.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| name "))
pytestmark = [pytest.mark.realdata,
              pytest.mark.skipif(not MAKER.is_file(), reason="needs the shared data beside the checkout")]


@dataclass(frozen=True)
class Looked:
    """What rnapp inspect did: its exit code, its sentence, and its object."""

    code: int
    sentence: str
    found: dict[str, Any] | None


@pytest.fixture(scope="module")
def cases(example_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Name → what was made and what must come of it, with absolute paths."""
    out = tmp_path_factory.mktemp("hostile")
    subprocess.run([sys.executable, str(MAKER), str(example_folder), str(out)], check=True)
    listed = json.loads((out / "cases.json").read_text(encoding="utf-8"))
    return {one["name"]: one | {part: str(out / one[part]) for part in ("study", "mask", "clinical") if one[part]}
            for one in listed}


@pytest.mark.parametrize("name", NAMES)
def test_each_is_read_right_or_refused_in_one_sentence(
        name: str, cases: dict[str, dict[str, Any]], example_folder: Path, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    case = cases[name]
    options = [f"--{part}={case[part]}" for part in ("mask", "clinical") if case[part]]
    code = cli.run(["inspect", case["study"], *options, "--json"])
    said = capsys.readouterr()
    found = json.loads(said.out) if said.out.strip() else None
    looked = Looked(code, said.err.strip(), found)
    expected = case["expect"]
    faults = _faults(expected, case, looked, example_folder, tmp_path)
    if faults and "or" in expected:
        faults = _faults(expected["or"], case, looked, example_folder, tmp_path)
    assert not faults, (faults, looked.sentence)


def _faults(expected: dict[str, Any], case: dict[str, Any], looked: Looked, example: Path, scratch: Path) -> list[str]:
    """What is not as the table has it."""
    kind, words, found = expected["kind"], expected.get("any", []), looked.found
    if kind in ("refuse", "mask_refuse"):
        return _refusal_faults(words, looked)
    if looked.code or found is None:
        return [f"refused: {looked.sentence}"]
    if kind == "warns":
        said = " ".join(_said(found)).lower()
        return [] if any(word in said for word in words) else [f"none of {words} in {said}"]
    if kind == "proposes":
        return _proposal_faults(expected, found)
    if kind == "clinical_same":
        given = json.loads((example / "clinical.json").read_text(encoding="utf-8"))
        return [] if found["clinical"] == given else [f"{found['clinical']} instead of {given}"]
    return _lesion_faults(expected, case, found, scratch)


def _refusal_faults(words: list[str], looked: Looked) -> list[str]:
    sentence = looked.sentence
    if looked.code != 2 or not sentence or "\n" in sentence:
        return [f"exit code {looked.code} with {sentence!r}"]
    return [] if not words or any(word in sentence.lower() for word in words) else [f"none of {words} in {sentence}"]


def _said(found: dict[str, Any]) -> list[str]:
    of_series = [warning for one in found["series"] for warning in one["warnings"]]
    of_mask = found["mask"]["warnings"] if found["mask"] else []
    return [*found["warnings"], *of_series, *of_mask, *(one["reason"] for one in found["left_out"])]


def _proposal_faults(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    if expected["uid"] is not None:
        right = found["proposed"] == expected["uid"]
    else:
        named = [one["description"] for one in found["series"] if one["uid"] == found["proposed"]]
        right = len(named) == 1 and expected["series"].startswith(named[0])
    return [] if right else [f"proposes {found['proposed']}: {found['why']}"]


def _lesion_faults(expected: dict[str, Any], case: dict[str, Any], found: dict[str, Any], scratch: Path) -> list[str]:
    """Volume, side and place of the lesion, the scan's values, and its mean in the lesion."""
    wanted = expected.get("structure")
    lesions = [one for one in found["mask"]["structures"] if wanted in (None, one["name"])]
    if len(lesions) != 1:
        return [f"{len(lesions)} structures named {wanted} in {found['mask']}"]
    lesion, scan = lesions[0], found["scan"]
    off = np.linalg.norm(np.subtract(lesion["centre_lps_mm"], expected["centre_lps_mm"]))
    checks = {
        "volume": abs(lesion["volume_ml"] / expected["volume_ml"] - 1) <= expected["tolerance"],
        "side": lesion["side"] == expected["side"],
        "centre": off <= expected["centre_tolerance_mm"],
        "values": scan["min"] >= expected["scan"]["min"] - 1 and scan["max"] <= expected["scan"]["max"] + 1,
        "mean": abs(_mean_in(case, lesion["number"], scratch) / expected["scan"]["mean_in_lesion"] - 1) <= 0.01}
    return [f"{name}: {lesion} {scan}" for name, right in checks.items() if not right]


def _mean_in(case: dict[str, Any], number: int, scratch: Path) -> float:
    _study, chosen = pipeline.study.chosen_series(
        pipeline.open_study([Path(case["study"])], scratch, METASTASIS), METASTASIS)
    series = chosen["t1ce"]
    scan = read_volume(series)
    file = read_mask_file(Path(case["mask"]), scan, series.frame_of_reference)
    mask = chosen_mask(file, [one for one in file.choices if one.number == number])
    if mask.shape != scan.shape:
        mask = scan.with_array(mask.array.reshape(scan.shape))
    places = np.rint(scan.to_voxels(mask.to_mm(np.argwhere(mask.array).astype(float)))).astype(int)
    return float(scan.array[tuple(places.T)].mean())
