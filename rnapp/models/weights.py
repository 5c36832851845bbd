"""Weight bundles: opened only when every file is what its card says; their networks are built when they are needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rnapp.errors import WeightsError
from rnapp.lazy import LazyValue
from rnapp.models.card import SealedBundle, read_bundle
from rnapp.models.novelty import NoveltyModel, read_novelty
from rnapp.models.stacker import Stacker, read_stacker
from rnapp.models.tensors import read_tensors
from rnapp.models.vit import build_vit
from rnapp.models.vit_config import VitConfig
from rnapp.models.vit_stacker import VitStacker, read_vit_stacker
from rnapp.types import ModelCard

if TYPE_CHECKING:
    from monai.networks.nets import ViT


@dataclass(frozen=True, eq=False)
class Bundle:
    """A model. config: of each ViT; stackers: one per fold, each for the ViT in the same place; temperature: divides
    the log-odds; novelty: tells what is unlike its own lesions, None where it cannot."""

    card: ModelCard
    config: VitConfig
    stackers: tuple[Stacker, ...]
    temperature: float
    device: str
    _vits: LazyValue[tuple["ViT", ...]] = field(repr=False)
    novelty: NoveltyModel | None = field(default=None, repr=False)

    @property
    def vits(self) -> tuple["ViT", ...]:
        """One per fold, on the device; built when they are first asked for. Raises WeightsError where weights do not
        fit the dimensions on the card."""
        return self._vits()

    def load(self) -> None:
        """Build the networks now. Raises WeightsError as vits does."""
        self._vits()


def load_bundle(folder: Path, device: str = "cpu") -> Bundle:
    """A bundle with its networks on the device ("cpu" or "cuda").

    Raises WeightsError where the card is unknown or incomplete, a file is missing, altered, unlisted or outside
    the folder, or weights do not fit the dimensions on the card.
    """
    bundle = open_bundle(read_bundle(folder), device)
    bundle.load()
    return bundle


def open_bundle(sealed: SealedBundle, device: str = "cpu") -> Bundle:
    """The same of what was read before; its networks are built later, in seconds, which may raise WeightsError.

    Raises WeightsError for another architecture than rnapp/models/vit_stacker.py describes.
    """
    model, contents = read_vit_stacker(sealed.card), sealed.contents

    def build() -> tuple["ViT", ...]:
        return tuple(_load_vit(contents[fold.vit], model.config, fold.vit).to(device) for fold in model.folds)

    return Bundle(sealed.card.model, model.config, _load_stackers(model, contents), model.temperature, device,
                  LazyValue(build), read_novelty(contents, sealed.card.novelty))


def _load_vit(content: bytes, config: VitConfig, name: str) -> "ViT":
    """Weights may be stored in half precision; the network computes in float32."""
    state = {key: tensor.float() for key, tensor in read_tensors(content, name).items()}
    misfit = WeightsError(f"The weights in {name!r} do not fit the dimensions on the bundle's card; export it again.")
    if sum(tensor.numel() for tensor in state.values()) < config.least_weights:  # before memory is taken for them
        raise misfit
    vit = build_vit(config)
    if {key: tensor.shape for key, tensor in state.items()} != {
            key: tensor.shape for key, tensor in vit.state_dict().items()}:
        raise misfit
    vit.load_state_dict(state)
    return vit.eval()


def _load_stackers(model: VitStacker, contents: Mapping[str, bytes]) -> tuple[Stacker, ...]:
    return tuple(
        read_stacker({key: t.double().numpy() for key, t in read_tensors(contents[fold.stacker], fold.stacker).items()},
                     fold.columns)
        for fold in model.folds)
