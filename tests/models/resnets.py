"""Small bundles of 3D ResNets with random weights: nothing in them is trained."""

import hashlib
import json

import torch

from rnapp.models.card import CARD_FILE, SCHEMA_VERSION
from rnapp.models.resnet import build_resnet, resnet_bytes
from rnapp.models.resnet_ensemble import FoldFile, ResnetEnsemble, resnet_ensemble_entries
from tests.trusted import CARD_ENTRY

EVENT, ALL = ("event",), ("event", "post_op", "dose")
PAIR, SCANS = ("event", "dose"), ("event", "post_op")
SIDE, SPACING_UM, WIDTH = 28, 8000, 63


def make_resnets(folder, combinations=(ALL, PAIR), folds=2, size=(SIDE, SPACING_UM, WIDTH), **changed):
    """Writes a bundle for these combinations of inputs. size: side, spacing and width as on the card; changed: other
    entries of its card."""
    side, spacing_um, width = size
    folder.mkdir(parents=True)
    torch.manual_seed(5)
    listed = []
    for inputs in combinations:
        for fold in range(folds):
            name = f"{'_'.join(inputs)}_{fold}.safetensors"
            (folder / name).write_bytes(resnet_bytes(build_resnet(len(inputs), width / 1000, 2)))
            listed.append(FoldFile(name, tuple(inputs), fold))
    ensemble = ResnetEnsemble(ALL, side, spacing_um, width, 2, tuple(listed), 1.5)
    files = [{"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
             for path in sorted(folder.glob("*.safetensors"))]
    card = {
        "schema_version": SCHEMA_VERSION, "name": "small resnets", "version": "1", "licence": "Apache-2.0",
        "source": "a test", "trained_on": "nothing", "demonstration": True, "metrics": {}, "files": files,
        **resnet_ensemble_entries("rice", ensemble), **CARD_ENTRY} | changed
    (folder / CARD_FILE).write_text(json.dumps(card))
    return folder
