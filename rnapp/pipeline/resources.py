"""What every case needs, loaded once: the atlas and the weight bundle."""

from dataclasses import dataclass

import torch

from rnapp.config import Settings
from rnapp.io.atlas import read_atlas
from rnapp.models.weights import Bundle, choose_bundle, load_bundle
from rnapp.types import Atlas


@dataclass(frozen=True, eq=False)
class Resources:
    """Settings, atlas and the verified weight bundle; device: "cuda" or "cpu"."""

    settings: Settings
    atlas: Atlas
    bundle: Bundle
    device: str


def load_resources(settings: Settings) -> Resources:
    """Raises WeightsError where the atlas or the bundle is missing, altered or ambiguous."""
    device = pick_device(settings)
    bundle = load_bundle(choose_bundle(settings.weights), device)
    return Resources(settings, read_atlas(settings.weights), bundle, device)


def pick_device(settings: Settings) -> str:
    """The device the networks run on."""
    if settings.device != "auto":
        return settings.device
    return "cuda" if torch.cuda.is_available() else "cpu"
