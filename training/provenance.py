"""Where a number comes from: the version of the code, and hashes of the lesions and of the network it started from."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import nn

import rnapp
from training.arms import FoldData
from training.cases import Labelled
from training.finetune import Split

SHOWN = 16  # hexadecimal digits of a hash


def code_version() -> str:
    """The commit; where there is no repository or no git, the version of the program."""
    try:
        done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False,
                              cwd=Path(__file__).parent)
    except OSError:
        return rnapp.__version__
    return done.stdout.strip() or rnapp.__version__


def data_hash(data: FoldData) -> str:
    """Hash of everything that an experiment is made from: images, masks, outcomes, clinical forms, patients and
    folds."""
    digest = hashlib.sha256()
    for name, part in {"training": data.training, **data.tests}.items():
        digest.update(name.encode() + _part(part))
    for split in data.splits:
        digest.update(_split(split))
    return digest.hexdigest()[:SHOWN]


def network_hash(net: nn.Module) -> str:
    """Hash of all weights."""
    digest = hashlib.sha256()
    for name, tensor in net.state_dict().items():
        digest.update(name.encode() + np.ascontiguousarray(tensor.float().cpu().numpy()).tobytes())
    return digest.hexdigest()[:SHOWN]


def _part(part: Labelled) -> bytes:
    rows: Sequence[object] = [part.rows.clinical, list(map(int, part.rows.labels)), part.patients]
    return part.inputs.numpy().tobytes() + json.dumps(rows, sort_keys=True).encode()


def _split(split: Split) -> bytes:
    return np.asarray(split.train, np.int64).tobytes() + b"|" + np.asarray(split.apart, np.int64).tobytes()
