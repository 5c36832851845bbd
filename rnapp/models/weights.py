"""Weight bundles: which one is used, and loading it only when every file is what its card says."""

import os
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from monai.networks.nets import ViT
from safetensors import SafetensorError

from rnapp.errors import WeightsError
from rnapp.models.card import CARD_FILE, BundleCard, read_card, read_files
from rnapp.models.stacker import Stacker, read_stacker
from rnapp.models.vit import VitConfig, build_vit
from rnapp.types import ModelCard


@dataclass(frozen=True, eq=False)
class Bundle:
    """A loaded model. vits and stackers: one per fold, in pairs; temperature: divides the log-odds."""

    card: ModelCard
    vits: tuple[ViT, ...]
    stackers: tuple[Stacker, ...]
    temperature: float
    device: str


def choose_bundle(weights: Path) -> Path:
    """The folder of the bundle to use, under weights/bundles.

    RNAPP_BUNDLE (a bundle's name or path) decides where it is set; else the one bundle that is no
    demonstration; else the demonstration. Raises WeightsError where there is none or the choice is ambiguous.
    """
    folder = weights / "bundles"
    if wanted := os.environ.get("RNAPP_BUNDLE"):
        return _wanted(folder, wanted)
    cards = {path.parent: read_card(path.parent) for path in sorted(folder.glob(f"*/{CARD_FILE}"))}
    real = [path for path, card in cards.items() if not card.model.demonstration]
    candidates = real or list(cards)
    if not candidates:
        raise WeightsError(f"There is no weight bundle in {folder}; install one there.")
    if len(candidates) > 1:
        names = ", ".join(path.name for path in candidates)
        raise WeightsError(f"There are several weight bundles ({names}); keep one, or name one in RNAPP_BUNDLE.")
    return candidates[0]


def bundle_sha256(weights: Path) -> str:
    """Of the card of the bundle that would be used, which names every file by its hash. Raises WeightsError."""
    return read_card(choose_bundle(weights)).model.sha256


def load_bundle(folder: Path, device: str = "cpu") -> Bundle:
    """A bundle with its networks on the device ("cpu" or "cuda").

    Raises WeightsError where the card is unknown or incomplete, a file is missing, altered, unlisted or outside
    the folder, or weights do not fit the dimensions on the card.
    """
    card = read_card(folder)
    contents = read_files(folder, card)
    vits = tuple(_load_vit(contents[fold.vit], card.vit, fold.vit).to(device) for fold in card.folds)
    return Bundle(card.model, vits, _load_stackers(card, contents), card.temperature, device)


def _wanted(folder: Path, wanted: str) -> Path:
    for path in (folder / wanted, Path(wanted)):
        if (path / CARD_FILE).is_file():
            return path
    raise WeightsError(f"RNAPP_BUNDLE names {wanted!r}, but there is no such bundle; correct or unset it.")


def _load_vit(content: bytes, config: VitConfig, name: str) -> ViT:
    """Weights may be stored in half precision; the network computes in float32."""
    state = {key: tensor.float() for key, tensor in _tensors(content, name).items()}
    vit = build_vit(config)
    expected = {key: tensor.shape for key, tensor in vit.state_dict().items()}
    if {key: tensor.shape for key, tensor in state.items()} != expected:
        raise WeightsError(f"The weights in {name!r} do not fit the dimensions on the bundle's card; export it again.")
    vit.load_state_dict(state)
    return vit.eval()


def _load_stackers(card: BundleCard, contents: dict[str, bytes]) -> tuple[Stacker, ...]:
    return tuple(
        read_stacker({key: t.double().numpy() for key, t in _tensors(contents[fold.stacker], fold.stacker).items()},
                     fold.columns)
        for fold in card.folds)


def _tensors(content: bytes, name: str) -> dict[str, torch.Tensor]:
    try:
        tensors: dict[str, torch.Tensor] = safetensors.torch.load(content)
    except SafetensorError as error:
        raise WeightsError(f"The file {name!r} is no safetensors file; install the bundle again.") from error
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise WeightsError(f"The file {name!r} holds numbers that are not finite; export the bundle again.")
    return tensors
