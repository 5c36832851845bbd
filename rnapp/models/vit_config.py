"""The Vision Transformer's input and dimensions, without the network: a bundle's card is read before torch is there."""

from dataclasses import dataclass

from rnapp.errors import WeightsError

# Far above any network that could read a lesion; beyond it a card is nonsense, and building it would never end.
MOST_LAYERS = 100
LARGEST_WIDTH = 16_384
LARGEST_SIDE = 512
MOST_CHANNELS = 64


@dataclass(frozen=True)
class VitConfig:
    """Dimensions of the network. side: voxels of the input along each axis; channels: of the input; patch: voxels along
    each axis of a token; hidden, mlp: widths. Raises WeightsError for dimensions that make no network."""

    side: int
    channels: int
    patch: int = 8
    hidden: int = 96
    layers: int = 3
    heads: int = 4
    mlp: int = 192

    def __post_init__(self) -> None:
        least = min(self.side, self.channels, self.patch, self.hidden, self.layers, self.heads, self.mlp)
        sane = (least >= 1 and self.layers <= MOST_LAYERS and max(self.hidden, self.mlp) <= LARGEST_WIDTH
                and self.side <= LARGEST_SIDE and self.channels <= MOST_CHANNELS)
        if not sane or self.side % self.patch or self.hidden % self.heads:
            raise WeightsError(f"These dimensions cannot make a Vision Transformer: {self}; export the bundle again.")

    @property
    def least_weights(self) -> int:
        """How many numbers the network has in its two linear layers per block and its positions alone."""
        return self.hidden * (2 * self.layers * self.mlp + self.tokens_along ** 3)

    @property
    def tokens_along(self) -> int:
        """Tokens along each axis of the input."""
        return self.side // self.patch
