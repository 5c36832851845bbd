"""What every case needs, loaded once: the atlas and the weight bundle."""

from dataclasses import dataclass, field
from pathlib import Path

import torch

from rnapp.compute import Backend, available, make_backend
from rnapp.config import Settings
from rnapp.io.atlas import read_atlas
from rnapp.lesion.propose import BrightnessProposer, Proposer
from rnapp.measured import read_choice
from rnapp.models.card import SealedBundle, read_bundle
from rnapp.models.installed import choose_bundle
from rnapp.models.weights import Bundle, open_bundle
from rnapp.types import Atlas


@dataclass(frozen=True, eq=False)
class Resources:
    """Settings, atlas, the verified weight bundle (its networks are built when they are needed), how networks are run,
    and what proposes lesions; device: "cuda" or "cpu"."""

    settings: Settings
    atlas: Atlas
    bundle: Bundle
    device: str
    backend: Backend
    proposer: Proposer = field(default_factory=BrightnessProposer)


def load_resources(settings: Settings, sealed: SealedBundle | None = None) -> Resources:
    """sealed: a bundle that was read before, instead of the one to use now.

    Raises WeightsError where the atlas or the bundle is missing, altered, ambiguous or not the chosen one.
    """
    device = pick_device(settings)
    sealed = sealed or read_bundle(choose_bundle(settings.weights, settings.data))
    bundle = open_bundle(sealed, device)
    backend = make_backend(pick_backend(settings, device), networks_folder(settings))
    return Resources(settings, read_atlas(settings.weights), bundle, device, backend)


def pick_device(settings: Settings) -> str:
    """The device the networks run on."""
    if settings.device != "auto":
        return settings.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def pick_backend(settings: Settings, device: str) -> str:
    """The named backend, or the one measured to be best on this machine, or else the reference."""
    if settings.backend != "auto":
        return settings.backend
    names = available(device)
    choice = read_choice(settings.state) if settings.state else None
    return choice.backend if choice and choice.backend in names else names[0]


def networks_folder(settings: Settings) -> Path | None:
    """Where converted networks are kept: they take seconds to make and 65 MB each."""
    return settings.state / "networks" if settings.state else None
