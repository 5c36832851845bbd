"""python -m tests.benchmarks.short_networks SCANS: HD-BET's mask with the installer's networks against the published.

The installer carries the first network as published and the other four in float16 with a scale (hd_bet_short.py). Both
ensembles are run in single precision on each prepared head; printed: voxels that differ, Dice.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from torch import nn

from rnapp import pipeline
from rnapp.compute import LoadedNetwork, NetworkSource, make_backend
from rnapp.compute.backends import REFERENCE
from rnapp.config import default_settings
from rnapp.preprocess.hd_bet_short import restored, shortened
from rnapp.preprocess.skull_strip import brain_mask, load_model
from rnapp.types import CancelToken
from tests.benchmarks.scans import prepare, read_scan


class Short:
    """The reference backend with the networks that the installer shortens, shortened."""

    name = "short"

    def __init__(self) -> None:
        self._reference = make_backend(REFERENCE, None)

    def load(self, source: NetworkSource, shape: tuple[int, ...], keep: bool = True) -> LoadedNetwork:
        number = int(source.key.split("-")[3])
        build = partial(_short, number) if number else source.build
        return self._reference.load(NetworkSource(f"short-{source.key}", build), shape, keep)


def _short(number: int) -> nn.Module:
    network = load_model(number)
    network.load_state_dict(restored(shortened(network.state_dict())))
    return network


def main(scans: list[Path]) -> None:
    """A line per scan."""
    resources = pipeline.load_resources(default_settings())
    for scan in scans:
        head = prepare(read_scan(scan), resources).head
        published, short = (brain_mask(head, "balanced", backend, CancelToken()).array
                            for backend in (make_backend(REFERENCE, None), Short()))
        differ = int(np.count_nonzero(published != short))
        dice = 2 * np.count_nonzero(published & short) / (published.sum() + short.sum())
        print(f"{scan.name}: {differ} of {published.sum()} voxels differ, Dice {dice:.6f}", flush=True)


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
