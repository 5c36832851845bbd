"""The Vision Transformer's input and dimensions, without the network: a bundle's card is read before torch is there."""

from dataclasses import dataclass

from rnapp.errors import WeightsError

CROP = 64  # voxels of 1 mm along each axis (Gomaa et al. 2025, Data Preprocessing)
CHANNELS = ("T1CE z-score", "lesion mask")
# Far above any network that could read a lesion; beyond it a card is nonsense, and building it would never end.
MOST_LAYERS = 100
LARGEST_WIDTH = 16_384


@dataclass(frozen=True)
class VitConfig:
    """Dimensions of the network. patch: voxels along each axis of a token; hidden, mlp: widths."""

    patch: int = 8
    hidden: int = 96
    layers: int = 3
    heads: int = 4
    mlp: int = 192

    def __post_init__(self) -> None:
        least = min(self.patch, self.hidden, self.layers, self.heads, self.mlp)
        sane = least >= 1 and self.layers <= MOST_LAYERS and max(self.hidden, self.mlp) <= LARGEST_WIDTH
        if not sane or CROP % self.patch or self.hidden % self.heads:
            raise WeightsError(f"These dimensions make no Vision Transformer: {self}; export the bundle again.")

    @property
    def least_weights(self) -> int:
        """How many numbers the network has in its two linear layers per block and its positions alone."""
        return self.hidden * (2 * self.layers * self.mlp + (CROP // self.patch) ** 3)

    @property
    def tokens_along(self) -> int:
        """Tokens along each axis of the crop."""
        return CROP // self.patch
