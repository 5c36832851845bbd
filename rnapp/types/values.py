"""What a study is, what was prepared and found, and what the model said: plain values without behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rnapp.types.volume import SimilarityTransform, Volume

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
class Prepared:
    """A T1CE study on the SRI24 grid (240×240×155, 1 mm, LPS).

    native: the T1CE as read, on its own grid. head: bias-corrected T1CE with the skull, SRI24 grid, float32.
    t1ce: z-scored inside the brain, 0 outside, SRI24 grid, float32. brain_mask: bool, SRI24 grid.
    to_atlas: native LPS mm → SRI24 LPS mm (with its scale). timings_s: seconds per stage.
    mask_source: HD-BET's mode, or "given" for a scan that came stripped.
    """

    native: Volume
    head: Volume
    t1ce: Volume
    brain_mask: Volume
    to_atlas: SimilarityTransform
    quality: RegistrationQuality
    timings_s: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    mask_source: BrainMaskSource = "fast"

    @property
    def brain_volume_ml(self) -> float:
        """Volume of the brain mask in the patient's own size (not the atlas'), ml."""
        return float(self.brain_mask.array.sum() * self.brain_mask.voxel_ml / self.to_atlas.scale**3)


@dataclass(frozen=True, eq=False)
class Crop:
    """The ViT's input: t1ce (float32, z-scored) and mask (bool), both 64×64×64 at 1 mm, axes (i, j, k) in LPS."""

    t1ce: Volume
    mask: Volume


@dataclass(frozen=True, eq=False)
class Lesion:
    """One connected lesion, measured where it was drawn, in the patient's own millimetres.

    mask: bool, SRI24 grid; longest_diameter_mm: in three dimensions; axial_diameter_mm, axial_perpendicular_mm: the
    longest in one axial slice and the longest at a right angle to it (RANO-BM); bright_share: of its voxels, 0 to 1,
    how many are brighter than nearly all of the brain outside it; edge_mm: from the lesion to the edge of the brain
    mask, 0 where it touches; centre_mm: centre of mass, SRI24 LPS mm; side: of the patient, from centre_mm; name: what
    the reader calls it.
    """

    number: int
    mask: Volume
    crop: Crop
    volume_ml: float
    longest_diameter_mm: float
    axial_diameter_mm: float
    axial_perpendicular_mm: float
    bright_share: float
    edge_mm: float
    centre_mm: tuple[float, float, float]
    side: Literal["left", "right", "midline"]
    warnings: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, eq=False)
class LesionSet:
    """All lesions of a mask. atlas and native: int16 labels (0 background, n = lesion number) on both grids."""

    lesions: tuple[Lesion, ...]
    atlas: Volume
    native: Volume
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Candidate:
    """A place that may be a lesion; nothing comes of it unless a reader takes it.

    mask: bool, SRI24 grid; score: how like a lesion, 0 to 1, good for an order and no probability; volume_ml: in the
    patient's own size; centre_mm: centre of mass, SRI24 LPS mm; side: of the patient; words: what a reader should think
    of; proposer: name of what proposed it.
    """

    number: int
    mask: Volume
    score: float
    volume_ml: float
    centre_mm: tuple[float, float, float]
    side: Literal["left", "right", "midline"]
    words: str
    proposer: str


@dataclass(frozen=True, eq=False)
class Proposal:
    """What a proposer found, most lesion-like first. words: what the proposer is, and what it is not."""

    words: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class ClinicalData:
    """The clinical form; None is unknown. age: years; months_since_radiosurgery: months, radiosurgery to this scan."""

    age: float | None = None
    sex: str | None = None
    primary_tumour: str | None = None
    systemic_treatment: str | None = None
    months_since_radiosurgery: float | None = None
    wbrt_before: bool | None = None


@dataclass(frozen=True)
class ModelCard:
    """What a weight bundle is. metrics: name → value with its cohort in the name; sha256: of the card file."""

    name: str
    version: str
    demonstration: bool
    sha256: str
    licence: str
    source: str
    trained_on: str
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Prediction:
    """probability_rn: of radiation necrosis, 0 to 1 (1 − it: progression).

    folds: the same from each fold's own ViT and stacker; imaging_folds: from each fold's ViT alone.
    """

    probability_rn: float
    folds: tuple[float, ...]
    imaging_folds: tuple[float, ...]


@dataclass(frozen=True)
class Contribution:
    """What one feature did to the answer.

    effect: log-odds towards radiation necrosis (negative: towards progression); the effects of a lesion add up
    to its log-odds minus the model's baseline log-odds. value: as given, None if unknown.
    """

    feature: str
    label: str
    group: Literal["imaging", "radiomics", "clinical"]
    value: float | str | None
    effect: float


@dataclass(frozen=True)
class WhatIf:
    """How far the probability of radiation necrosis could move if an unknown clinical value were known.

    lowest, highest: probabilities, 0 to 1; lowest_value, highest_value: in words, where they are reached. Equal ends
    mean that the model does not use the value.
    """

    feature: str
    label: str
    lowest: float
    lowest_value: str
    highest: float
    highest_value: str


Leaning = Literal["necrosis", "probably_necrosis", "undecided", "probably_progression", "progression"]


@dataclass(frozen=True)
class BoardOpinion:
    """What the tumour board thought of a lesion before it saw the model's answer to this outline. noted: ISO 8601,
    local time; informed: it had seen an answer to another outline of this case, so this is no independent opinion."""

    lesion: int
    leaning: Leaning
    noted: str
    informed: bool = False


@dataclass(frozen=True, eq=False)
class LesionReading:
    """The answer for one lesion. attention: float32 in 0..1 on the lesion's 64³ crop grid (with its affine); what_if:
    one for each clinical value that is unknown."""

    lesion: Lesion
    prediction: Prediction
    contributions: tuple[Contribution, ...]
    baseline_log_odds: float
    attention: Volume
    what_if: tuple[WhatIf, ...] = ()


@dataclass(frozen=True, eq=False)
class Reading:
    """A whole analysed study, ready to be shown, written and reported.

    created: ISO 8601, local time; board: opinions noted before the answer was shown, at most one per lesion;
    former_board: those on earlier outlines or preparations of this case, in order of time, with the numbers of then;
    software: name → version of what made it, rnapp first.
    """

    prepared: Prepared
    lesion_set: LesionSet
    lesions: tuple[LesionReading, ...]
    clinical: ClinicalData
    model: ModelCard
    pseudonym: str
    created: str
    timings_s: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    board: tuple[BoardOpinion, ...] = ()
    former_board: tuple[BoardOpinion, ...] = ()
    software: Mapping[str, str] = field(default_factory=dict)
