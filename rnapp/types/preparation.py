"""The scans of a case on the atlas, and how far their registration can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rnapp.errors import RnappError
from rnapp.types.caution import Caution
from rnapp.types.dose import PlacedDose
from rnapp.types.match import MatchQuality
from rnapp.types.study import Series
from rnapp.types.volume import FloatArray, SimilarityTransform, Volume

# How the brain mask was made: by HD-BET with 1 model, 5, or 5 with mirroring, or it came with the scan.
BrainMaskMode = Literal["fast", "balanced", "accurate"]
BrainMaskSource = Literal["fast", "balanced", "accurate", "given"]


@dataclass(frozen=True, eq=False)
class Atlas:
    """SRI24 (Rohlfing et al. 2010), 240×240×155 at 1 mm, LPS. head: T1 with skull; brain: T1, 0 outside the brain."""

    head: Volume
    brain: Volume

    @property
    def brain_mask(self) -> Volume:
        """The atlas brain, bool."""
        return self.brain.with_array(self.brain.array > 0)


@dataclass(frozen=True)
class RegistrationQuality:
    """How far the preparation can be trusted.

    dice: brain mask against the atlas brain after registration; correlation: of the intensities inside the
    atlas brain (NCC, -1 to 1); good: both pass their thresholds; sentence: what to look for.
    """

    dice: float
    correlation: float
    good: bool
    sentence: str


@dataclass(frozen=True, eq=False)
class BiasField:
    """The logarithm of a scan's bias field as cubic B-splines: with it the corrected scan is made again exactly.

    lattice: control points, shape (spans + 3) along each axis; shape: of the coarse grid it was fitted on; first, step:
    that grid's voxels are those of the LPS-ordered scan from first on, every step-th, along each axis.
    """

    lattice: FloatArray
    shape: tuple[int, int, int]
    first: tuple[int, int, int]
    step: tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Channel:
    """One input of the models on the SRI24 grid (240×240×155, 1 mm, LPS), with where it came from.

    series: what was read, without its files; native: its voxels on their own grid; bias: of native, None where it was
    not kept (rnapp/preprocess/bias_field.py makes it again); to_atlas: native LPS mm → SRI24 LPS mm (with its scale);
    head: bias-corrected, with the skull, float32; image: z-scored inside the brain, 0 outside, float32; match: to the
    reference channel, None for that one.
    """

    series: Series
    native: Volume
    bias: BiasField | None
    to_atlas: SimilarityTransform
    head: Volume
    image: Volume
    match: MatchQuality | None = None


@dataclass(frozen=True, eq=False)
class Prepared:
    """The scans of a case on the SRI24 grid.

    channels: role → channel; the first is the reference: registered to the atlas and drawn on. brain_mask: of the
    reference, bool, SRI24 grid. timings_s: seconds per stage. mask_source: HD-BET's mode, or "given" for a scan that
    came stripped. cautions: of the study, its series and the preparation. dose: the radiotherapy dose on the scan, None
    where there is none. Raises RnappError without a channel.
    """

    channels: Mapping[str, Channel]
    brain_mask: Volume
    quality: RegistrationQuality
    timings_s: Mapping[str, float]
    cautions: tuple[Caution, ...] = ()
    mask_source: BrainMaskSource = "fast"
    dose: PlacedDose | None = None

    def __post_init__(self) -> None:
        if not self.channels:
            raise RnappError("Expected at least one prepared scan, but got none; prepare the study again.")

    @property
    def reference(self) -> Channel:
        """The scan that was registered to the atlas and is drawn on."""
        return next(iter(self.channels.values()))

    @property
    def native(self) -> Volume:
        """The reference scan as read, on its own grid."""
        return self.reference.native

    @property
    def head(self) -> Volume:
        """The reference scan with the skull, bias-corrected, SRI24 grid, float32."""
        return self.reference.head

    @property
    def image(self) -> Volume:
        """The reference scan, z-scored inside the brain, 0 outside, SRI24 grid, float32."""
        return self.reference.image

    @property
    def to_atlas(self) -> SimilarityTransform:
        """Native LPS mm of the reference scan → SRI24 LPS mm (with its scale)."""
        return self.reference.to_atlas

    @property
    def brain_volume_ml(self) -> float:
        """Volume of the brain mask in the patient's own size (not the atlas'), ml."""
        return float(self.brain_mask.array.sum() * self.brain_mask.voxel_ml / self.to_atlas.scale**3)
