"""HD-BET's modes and backends on one scan: python -m tests.benchmarks.modes SCAN [MASK] [--accurate]

Prints seconds and Dice against the most careful mode, and, with a lesion mask, how far the probability moves from
single precision to each backend.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

from rnapp import pipeline
from rnapp.compute import available
from rnapp.config import default_settings
from rnapp.preprocess.quality import dice
from tests.benchmarks.scans import prepare, probabilities, read_scan


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.modes", description=__doc__)
    parser.add_argument("scan", type=Path)
    parser.add_argument("mask", type=Path, nargs="?")
    parser.add_argument("--accurate", action="store_true", help="also the 40 passes of the accurate mode")
    given = parser.parse_args()
    scan = read_scan(given.scan)
    mask = pipeline.read_mask(given.mask) if given.mask else None
    settings = default_settings()
    resources = pipeline.load_resources(settings)
    masks = {}
    for mode in ("fast", "balanced", *(("accurate",) if given.accurate else ())):
        start = time.perf_counter()
        prepared = prepare(scan, replace(resources, settings=replace(settings, brain_mask_mode=mode)))
        masks[mode] = pipeline.native_brain_mask(prepared).array
        print(f"{mode:10s} {time.perf_counter() - start:6.1f} s for the preparation with {resources.backend.name}",
              flush=True)
    best = list(masks)[-1]
    print("\n".join(f"{mode} against {best}: Dice {dice(found, masks[best]):.4f}" for mode, found in masks.items()))
    answers = {}
    for name in available("cpu"):
        chosen = pipeline.load_resources(replace(settings, backend=name))
        prepared = prepare(scan, chosen)
        answers[name] = (pipeline.native_brain_mask(prepared).array,
                         probabilities(prepared, mask, chosen) if mask else [])
        masked, p = answers["torch-float32"]
        moved = max((abs(a - b) for a, b in zip(answers[name][1], p, strict=True)), default=0.0)
        print(f"{name:18s} Dice {dice(answers[name][0], masked):.5f}  |Δp| {moved:.4f}", flush=True)


if __name__ == "__main__":
    main()
