"""Earlier studies registered to the current ones.

    python -m tests.benchmarks.follow --scans FOLDER [--heads NAME] [--others]

Each head (the example, and the real ones of FOLDER) is prepared, then turned, resliced and spoilt in a known way,
darkened and prepared again as an earlier study; the error is how far its brain lands from where it belongs. With
--others, each head is registered to every other one and to its own mirror image instead: none may pass as the same
patient.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import numpy as np

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.errors import PreparationError
from rnapp.types import Prepared, Scan, Volume
from tests.benchmarks.hard_heads import Hardship, apply, displacement, heads
from tests.benchmarks.scans import prepare

DARKER = 0.4
AGAIN = (
    Hardship("turned 8°, noise 2 %", turn=(8, -5, 4), shift=(10, -8, 6), tilt=(4, -3, 5), noise=0.02),
    Hardship("3 mm slices, flipped, noise 4 %", turn=(-6, 7, -5), shift=(-12, 5, 9), slices=3.0, tilt=(-8, 6, 10),
             flips=(0,), bias=1.5, noise=0.04),
    Hardship("6 mm slices, stored sagittally, noise 6 %", turn=(5, 4, -9), shift=(4, 14, -7), slices=6.0,
             order=(1, 2, 0), bias=2.0, noise=0.06),
)


def same(name: str, scan: Volume, resources: pipeline.Resources) -> Iterator[str]:
    """The head against its own earlier studies: rows of a table."""
    present = prepare(scan, resources)
    for number, hardship in enumerate(AGAIN):
        moved, motion = apply(hardship, scan, number)
        try:
            earlier = prepare(moved.with_array(moved.array * np.float32(DARKER)), resources)
        except PreparationError as refusal:
            print(f"{name}: {hardship.kind}: {refusal}", file=sys.stderr)
            continue
        start = time.process_time()
        found = pipeline.follow(Scan(0.0, earlier), Scan(1.0, present))
        seconds = time.process_time() - start
        before, after = (displacement(one, present, motion) / present.to_atlas.scale
                         for one in (earlier.to_atlas, found.to_present))
        quality = found.quality
        yield (f"| {name}: {hardship.kind} | {before.mean():.2f} | {after.mean():.2f} | {after.max():.2f} | "
               f"{quality.correlation:.2f} | {quality.mirrored:.2f} | {quality.dice:.3f} | {quality.size_ratio:.3f} | "
               f"{'good' if quality.good else 'doubtful'} | {seconds:.1f} |")


def others(scans: dict[str, Volume], resources: pipeline.Resources) -> Iterator[str]:
    """Every head registered to every other one, and to its own mirror image: what the app would say."""
    prepared = {name: prepare(scan, resources) for name, scan in scans.items()}
    for one, other in permutations(prepared, 2):
        yield f"| {one} → {other} | {_said(prepared[one], prepared[other])} |"
    for name, scan in scans.items():
        mirrored = prepare(scan.with_array(np.ascontiguousarray(scan.array[::-1])), resources)
        yield f"| {name}, mirrored | {_said(mirrored, prepared[name])} |"


def _said(earlier: Prepared, present: Prepared) -> str:
    try:
        return pipeline.follow(Scan(0.0, earlier), Scan(1.0, present)).quality.sentence
    except PreparationError as refusal:
        return f"refused: {refusal}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.follow", description=__doc__)
    parser.add_argument("--scans", type=Path, help="folder with the public scans")
    parser.add_argument("--heads", default="", help="only heads whose name contains this")
    parser.add_argument("--others", action="store_true", help="other heads and mirror images")
    given = parser.parse_args()
    resources = pipeline.load_resources(default_settings())
    chosen = {name: scan for name, scan in heads(given.scans, resources) if given.heads in name}
    if given.others:
        print("| earlier → present | what is said |\n|---|---|")
        rows = others(chosen, resources)
    else:
        print("| earlier study | before, mm | after, mm | worst, mm | correlation | mirrored | Dice | size | verdict | "
              "CPU s |\n|---|---|---|---|---|---|---|---|---|---|")
        rows = (row for name, scan in chosen.items() for row in same(name, scan, resources))
    for row in rows:
        print(row, flush=True)


if __name__ == "__main__":
    main()
