"""A bundle of the architecture "resnet18_ensemble": its networks, built when a combination of inputs is first asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import torch

from rnapp.errors import WeightsError
from rnapp.lazy import LazyValue
from rnapp.models.card import SealedBundle
from rnapp.models.card_fields import NoveltyFile
from rnapp.models.novelty import NoveltyModel, read_novelty
from rnapp.models.resnet import read_resnet
from rnapp.models.resnet_ensemble import FoldFile, ResnetEnsemble, read_resnet_ensemble
from rnapp.models.resnet_stem import Tail, pooled_features
from rnapp.types import CancelToken, FloatArray, ModelCard

if TYPE_CHECKING:
    from monai.networks.nets import ResNet


@dataclass(frozen=True, eq=False)
class ResnetBundle:
    """A model. ensemble: which networks there are, and for which inputs; novelty_files: what tells the unlike from the
    like, none where it cannot."""

    card: ModelCard
    ensemble: ResnetEnsemble
    device: str
    novelty_files: tuple[NoveltyFile, ...]
    _contents: Mapping[str, bytes] = field(repr=False)
    _networks: Mapping[tuple[str, ...], LazyValue[tuple["ResNet", ...]]] = field(repr=False)

    def load(self) -> None:
        """Reads every network once, and keeps none: those of all combinations together may not fit the memory. Raises
        WeightsError where weights do not fit the dimensions on the card."""
        for fold in self.ensemble.folds:
            _read(self.ensemble, self._contents, fold)
        for one in self.novelty_files:
            self.novelty(one.inputs)

    def networks(self, inputs: Sequence[str]) -> tuple["ResNet", ...]:
        """Of these inputs, one per fold, on the device; kept once built. Raises WeightsError where there are none, or
        their weights do not fit."""
        if tuple(inputs) not in self._networks:
            raise WeightsError(f"The bundle {self.card.name!r} has no model for {', '.join(inputs) or 'no input'}.")
        return self._networks[tuple(inputs)]()

    def novelty(self, inputs: Sequence[str]) -> NoveltyModel | None:
        """What tells the unlike from the like for these inputs, None where the bundle cannot. Raises WeightsError."""
        return read_novelty(self._contents, self.novelty_files, inputs)

    def probability(self, logits: FloatArray) -> float:
        """Of the question's first outcome, 0 to 1. logits: shape (2,), of both outcomes."""
        return sigmoid(float(logits[0] - logits[1]) / self.ensemble.temperature)


def open_bundle(sealed: SealedBundle, device: str = "cpu") -> ResnetBundle:
    """A bundle's files, checked; its networks are built later, which may raise WeightsError. device: "cpu" or "cuda".

    Raises WeightsError for another architecture than rnapp/models/resnet_ensemble.py describes.
    """
    ensemble = read_resnet_ensemble(sealed.card)
    networks = {inputs: LazyValue(partial(_build, ensemble, sealed.contents, inputs, device))
                for inputs in ensemble.combinations}
    return ResnetBundle(sealed.card.model, ensemble, device, sealed.card.novelty, sealed.contents,
                        MappingProxyType(networks))


@dataclass(frozen=True, eq=False)
class ResnetReading:
    """logits: of both outcomes, float32, shape (2,); embedding: mean and deviation over the head of each feature after
    the first pooling, float32, shape (2 × features,): what the last layer sees hardly tells noise from a head."""

    logits: FloatArray
    embedding: FloatArray


def run(network: "ResNet", volumes: FloatArray, cancel: CancelToken) -> FloatArray:
    """The logits of both outcomes, float32, shape (2,), in single precision on the network's own device.

    volumes: float32, shape (channels, side, side, side). Raises Cancelled, also while the network runs.
    """
    return read(network, volumes, cancel).logits


def read(network: "ResNet", volumes: FloatArray, cancel: CancelToken) -> ResnetReading:
    """The same with what the network saw in the input. Raises Cancelled."""
    # A running forward pass can be stopped before each convolution.
    handles = [module.register_forward_pre_hook(lambda *_: cancel.check()) for module in network.modules()
               if isinstance(module, torch.nn.Conv3d)]
    try:
        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(volumes))[None].to(next(network.parameters()).device)
            features = pooled_features(network, batch, cancel)
            logits: torch.Tensor = Tail(network)(features)[0]
            over_head = features[0].flatten(1)
            embedding = torch.cat([over_head.mean(1), over_head.std(1, correction=0)])
        return ResnetReading(logits.float().cpu().numpy(), embedding.float().cpu().numpy())
    finally:
        for handle in handles:
            handle.remove()


def sigmoid(log_odds: float) -> float:
    """Log-odds as a probability."""
    return float(1.0 / (1.0 + np.exp(-log_odds)))


def _build(ensemble: ResnetEnsemble, contents: Mapping[str, bytes], inputs: Sequence[str],
           device: str) -> tuple["ResNet", ...]:
    return tuple(_read(ensemble, contents, fold).to(device) for fold in ensemble.folds_of(inputs))


def _read(ensemble: ResnetEnsemble, contents: Mapping[str, bytes], fold: FoldFile) -> "ResNet":
    return read_resnet(contents[fold.file], ensemble.config(fold.inputs), fold.file)
