"""Whether the network looks where the dose is high: occlusion maps of test patients against their dose."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from rnapp.files import replacing
from rnapp.models.occlusion import Cube, Occlusion, Scene, occlusion
from rnapp.models.resnet import read_resnet
from rnapp.tasks.rice.sample import CHANNELS, DOSE
from rnapp.types import CancelToken, FloatArray
from training.optimise import Report
from training.rice.config import ALL
from training.rice.experiment import network_config, network_file
from training.rice.heads import Heads

if TYPE_CHECKING:
    from monai.networks.nets import ResNet

NOTE = "occlusion.json"
FOLD = 0  # whose network is used
HIDDEN = {"all": (0, 1, 2), "scans": (0, 1), "dose": (2,)}


@dataclass(frozen=True, eq=False)
class _Network:
    """The probability of the favoured outcome with part of the input replaced."""

    net: "ResNet"
    volumes: FloatArray
    favoured: int

    def __call__(self, start: Cube, values: FloatArray) -> float:
        changed = self.volumes.copy()
        changed[(slice(None), *(slice(a, a + n) for a, n in zip(start, values.shape[1:], strict=True)))] = values
        return self.whole(changed)

    def whole(self, volumes: FloatArray) -> float:
        """Of an input."""
        with torch.inference_mode():
            return float(self.net(torch.from_numpy(volumes)[None]).softmax(1)[0, self.favoured])


def keep_correlations(heads: Heads, folder: Path, report: Report) -> None:
    """The correlation of occlusion maps with the dose inside the brain, by what was hidden, in the cohort's folder."""
    if (folder / NOTE).is_file():
        return
    config = heads.cohort.config
    net = read_resnet((folder / network_file(ALL, FOLD)).read_bytes(), network_config(config, ALL), "network")
    found: dict[str, list[float]] = {name: [] for name in HIDDEN}
    for number in range(config.occluded):
        for name, values in correlations(net, heads.test(number), config.spacing_um / 1000).items():
            found[name].append(values)
        report(f"{heads.cohort.setting}, seed {heads.cohort.seed}: occlusion of {number + 1} of {config.occluded}")
    with replacing(folder / NOTE) as unfinished:
        unfinished.write_text(json.dumps(found), encoding="utf-8")


def correlations(net: "ResNet", volumes: FloatArray, spacing_mm: float) -> dict[str, float]:
    """What was hidden → Pearson's correlation of the map with the dose over the brain's voxels; 0 for a flat map.

    volumes: float32, shape (3, side, side, side), in the order of CHANNELS.
    """
    brain = volumes[0] != 0
    scene = Scene(volumes, tuple(name == DOSE for name in CHANNELS), brain, spacing_mm)
    favoured = int(_Network(net, volumes, 1).whole(volumes) > 0.5)
    ask = _Network(net, volumes, favoured)
    before = ask.whole(volumes)
    dose = volumes[CHANNELS.index(DOSE)][brain]
    return {name: _correlation(_map(scene, hidden, ask, before).effect[brain], dose) for name, hidden in HIDDEN.items()}


def _map(scene: Scene, hidden: Sequence[int], ask: _Network, before: float) -> Occlusion:
    return occlusion(scene, hidden, [[ask]], [before], lambda *_: None, CancelToken())


def _correlation(first: FloatArray, second: FloatArray) -> float:
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
