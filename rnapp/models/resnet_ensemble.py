"""The architecture "resnet18_ensemble", as a bundle's card describes it: for each combination of inputs that there are
models for, one 3D ResNet-18 per fold. Read before torch is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rnapp.errors import WeightsError
from rnapp.models.card_fields import BundleCard, entry_of
from rnapp.models.vit_stacker import other_input

ARCHITECTURE = "resnet18_ensemble"
CROP_MM = 224  # the cube of SRI24 that the models see (arXiv 2603.11827, preprocessing)
# What the models see besides the channels: another grid or another scale of dose would be other numbers.
INPUT: Mapping[str, object] = MappingProxyType({
    "grid": "SRI24 1 mm LPS", "crop_mm": CROP_MM, "scan": "z-score inside the brain, 0 outside",
    "dose": "Gy / 30 - 1, unknown as 0 Gy"})
_SIZES = ("side", "spacing_um", "width_thousandths", "stride")
# Far above any network that could read a head; beyond it a card is nonsense, and building it would never end.
MOST_CHANNELS, MOST_WIDTH, MOST_STRIDE, FIRST_FEATURES = 16, 4000, 4, 64


@dataclass(frozen=True)
class ResnetConfig:
    """Dimensions of one network. width_thousandths: of all layers, 1000 begins with 64 features; stride: of the first
    convolution. Raises WeightsError for dimensions that make no network."""

    channels: int
    width_thousandths: int
    stride: int

    def __post_init__(self) -> None:
        sane = (1 <= self.channels <= MOST_CHANNELS and 1 <= self.width_thousandths <= MOST_WIDTH
                and 1 <= self.stride <= MOST_STRIDE)
        if not sane or self.features < 1:
            raise WeightsError(f"These dimensions cannot make a ResNet-18: {self}; export the bundle again.")

    @property
    def features(self) -> int:
        """Of the first convolution."""
        return FIRST_FEATURES * self.width_thousandths // 1000

    @property
    def least_weights(self) -> int:
        """How many numbers the network has in its first and its last convolution alone."""
        return 7**3 * self.channels * self.features + 3**3 * (8 * self.features) ** 2


@dataclass(frozen=True)
class FoldFile:
    """file: name in the bundle; inputs: names of the roles that this network sees, in the order of its channels; fold:
    which fifth of the patients it was not trained on."""

    file: str
    inputs: tuple[str, ...]
    fold: int


@dataclass(frozen=True)
class ResnetEnsemble:
    """channels: names of all roles that a network may see, in order; side: voxels of the input along each axis;
    spacing_um: of them, micrometres; temperature: divides the difference of the logits (at least 1).

    Raises WeightsError where side and spacing do not make the cube of CROP_MM.
    """

    channels: tuple[str, ...]
    side: int
    spacing_um: int
    width_thousandths: int
    stride: int
    folds: tuple[FoldFile, ...]
    temperature: float

    def __post_init__(self) -> None:
        if self.side < 1 or self.side * self.spacing_um != 1000 * CROP_MM or CROP_MM % self.side:
            raise WeightsError(f"Expected voxels of whole millimetres that fill {CROP_MM} mm, but the card says "
                               f"{self.side} of {self.spacing_um / 1000:g} mm; export the bundle again.")
        for one in self.combinations:
            self.config(one)

    @property
    def combinations(self) -> tuple[tuple[str, ...], ...]:
        """The inputs that there are models for, those with the most first."""
        return tuple(sorted(dict.fromkeys(one.inputs for one in self.folds), key=lambda inputs: -len(inputs)))

    def folds_of(self, inputs: Sequence[str]) -> tuple[FoldFile, ...]:
        """The networks for these inputs, in the order of the folds; none where there is no model for them."""
        return tuple(sorted((one for one in self.folds if one.inputs == tuple(inputs)), key=lambda one: one.fold))

    def config(self, inputs: Sequence[str]) -> ResnetConfig:
        """Dimensions of the networks for these inputs."""
        return ResnetConfig(len(inputs), self.width_thousandths, self.stride)


def read_resnet_ensemble(card: BundleCard) -> ResnetEnsemble:
    """What the card says of this architecture. Raises WeightsError for another one, for models that were trained on
    another kind of input, and where something is missing or contradicts itself."""
    if card.architecture != ARCHITECTURE:
        raise WeightsError(f"Expected a model of the architecture {ARCHITECTURE!r}, but the card of "
                           f"{card.model.name!r} says {card.architecture!r}; use a bundle made for this version of "
                           "rnapp.")
    if dict(card.input) != dict(INPUT):
        raise other_input(card)
    if set(card.sizes) != set(_SIZES):
        raise WeightsError(f"The bundle's card must give the networks' {', '.join(_SIZES)}; export it again.")
    temperature = card.calibration.get("temperature", 0.0)
    if not card.folds or temperature < 1.0 or len(set(card.channels)) != len(card.channels):
        raise WeightsError("The bundle's card lists no folds, a channel twice, or a temperature below 1; export the "
                           "bundle again.")
    folds = tuple(_fold(one, card) for one in card.folds)
    _refuse_twice(folds)
    return ResnetEnsemble(card.channels, **dict(card.sizes), folds=folds, temperature=temperature)


def resnet_ensemble_entries(task: str, model: ResnetEnsemble) -> dict[str, object]:
    """The entries of a card that describe the model, as read_resnet_ensemble takes them. task: the question's id."""
    return {
        "task": task, "architecture": ARCHITECTURE, "channels": list(model.channels), "input": dict(INPUT),
        "sizes": {name: getattr(model, name) for name in _SIZES}, "calibration": {"temperature": model.temperature},
        "folds": [{"file": one.file, "inputs": list(one.inputs), "fold": one.fold} for one in model.folds],
    }


def _fold(entries: Mapping[str, Any], card: BundleCard) -> FoldFile:
    inputs = tuple(str(one) for one in entry_of(entries, "inputs", list))
    fold = FoldFile(entry_of(entries, "file", str), inputs, entry_of(entries, "fold", int))
    if fold.file not in card.files:
        raise WeightsError("The bundle's card names a fold whose file it does not list; export the bundle again.")
    if not inputs or inputs != tuple(one for one in card.channels if one in inputs):
        raise WeightsError(f"The bundle's card has a fold with the inputs {', '.join(inputs) or 'none'}, which are not "
                           f"some of its channels ({', '.join(card.channels)}) in their order; export it again.")
    return fold


def _refuse_twice(folds: Sequence[FoldFile]) -> None:
    """A file that counts twice would weigh twice, and a fold has one network for each combination."""
    if len({one.file for one in folds}) < len(folds) or len({(one.inputs, one.fold) for one in folds}) < len(folds):
        raise WeightsError("The bundle's card names a file or a fold twice; export the bundle again.")
