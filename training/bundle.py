"""Writing a weight bundle: half-precision networks, stackers, and the card that rnapp checks before it loads them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy
import safetensors.torch
from monai.networks.nets import ViT

from rnapp.models.card import CARD_FILE, SCHEMA_VERSION
from rnapp.models.stacker import Stacker, stacker_arrays
from rnapp.models.vit_config import VitConfig
from rnapp.models.vit_stacker import FoldFiles, VitStacker, vit_stacker_entries
from rnapp.tasks.metastasis.crop import CHANNELS
from rnapp.tasks.metastasis.question import QUESTION


@dataclass(frozen=True)
class Description:
    """What the card says about the bundle. training: how it was made (configuration, seeds, timings)."""

    name: str
    version: str
    demonstration: bool
    licence: str
    source: str
    trained_on: str
    training: Mapping[str, object]


def write_bundle(folder: Path, vits: tuple[ViT, ...], stackers: tuple[Stacker, ...], config: VitConfig) -> None:
    """The weight files; stale files of an earlier bundle in the folder are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (*folder.glob("*.safetensors"), *folder.glob(CARD_FILE)):
        stale.unlink()
    if len(vits) != len(stackers) or not all(vit.norm.normalized_shape == (config.hidden,) for vit in vits):
        raise ValueError("networks, stackers and dimensions do not belong together")
    for number, (vit, stacker) in enumerate(zip(vits, stackers, strict=True)):
        state = {name: tensor.half().contiguous() for name, tensor in vit.state_dict().items()}
        (folder / _vit_file(number)).write_bytes(safetensors.torch.save(state))
        arrays = {name: np.ascontiguousarray(array, np.float64) for name, array in stacker_arrays(stacker).items()}
        (folder / _stacker_file(number)).write_bytes(safetensors.numpy.save(arrays))


def write_card(folder: Path, description: Description, config: VitConfig, stackers: tuple[Stacker, ...],
               temperature: float, metrics: Mapping[str, float]) -> None:
    """card.json for the weight files in the folder."""
    folds = tuple(FoldFiles(_vit_file(n), _stacker_file(n), stacker.columns) for n, stacker in enumerate(stackers))
    card = {"schema_version": SCHEMA_VERSION} | asdict(description) | vit_stacker_entries(
        QUESTION.id, CHANNELS, VitStacker(config, folds, temperature)) | {
        "metrics": dict(metrics), "files": [_listed(path) for path in sorted(folder.glob("*.safetensors"))]}
    (folder / CARD_FILE).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8",
                                    newline="\n")


def _listed(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    return {"file": path.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _vit_file(number: int) -> str:
    return f"vit_fold{number}.safetensors"


def _stacker_file(number: int) -> str:
    return f"stacker_fold{number}.safetensors"
