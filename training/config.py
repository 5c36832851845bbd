"""Everything a training run depends on, as frozen values: the demonstration and the full-size run differ only here."""

from dataclasses import dataclass, field
from functools import partial

from rnapp.models.vit_config import VitConfig
from rnapp.tasks.metastasis.crop import CHANNELS, CROP_SIDE

# The dimensions of a network that sees the crops of this task.
crop_vit = partial(VitConfig, CROP_SIDE, len(CHANNELS))


@dataclass(frozen=True)
class CohortConfig:
    """Sizes of the synthetic cohorts; the labelled ones are those of Gomaa et al. 2025, Table 1."""

    unlabelled: int = 10_167
    necrosis: int = 37
    progression: int = 72
    second_centre_necrosis: int = 11
    second_centre_progression: int = 17


@dataclass(frozen=True)
class PretrainConfig:
    """Self-supervised pre-training.

    restoration_weight_lesion: how much more a lesion voxel counts in the L1 loss; seen: share of the tokens that a view
    shows; parts: into which a batch is split, computed one after the other, for a small GPU (views are contrasted
    within their part).
    """

    epochs: int = 10
    batch: int = 32
    parts: int = 1
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    contrastive_weight: float = 0.3
    temperature: float = 0.2
    hidden_blocks: int = 10
    restoration_weight_lesion: float = 5.0
    seen: float = 0.4


@dataclass(frozen=True)
class FinetuneConfig:
    """Supervised fine-tuning of one fold. averaging: decay per step of the running mean of the weights (0: none)."""

    epochs: int = 15
    batch: int = 8
    learning_rate: float = 3e-4
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    averaging: float = 0.95


@dataclass(frozen=True)
class SelectionConfig:
    """Feature selection (Gomaa et al. 2025, Feature Extraction and Selection); most: radiomics features kept."""

    least_variance: float = 0.01
    highest_correlation: float = 0.9
    lasso_folds: int = 5
    most: int = 8


@dataclass(frozen=True)
class StackConfig:
    """Training of the stacker, a small fully connected network. trees: of the radiomics forest it is compared with."""

    hidden: tuple[int, ...] = (16, 8)
    epochs: int = 100
    learning_rate: float = 5e-3
    weight_decay: float = 1.0
    dropout: float = 0.3
    trees: int = 500
    selection: SelectionConfig = field(default_factory=SelectionConfig)


@dataclass(frozen=True)
class TrainingConfig:
    """One whole run.

    folds: of the cross-validation; held_out: share of patients kept for testing; filters: whether radiomics of filtered
    scans (wavelets, LoG) are offered too, which take nearly all of the time; resnet, resnet_width: of the ResNet-50
    used for comparison.
    """

    seed: int = 0
    folds: int = 5
    held_out: float = 0.2
    cohort: CohortConfig = field(default_factory=CohortConfig)
    vit: VitConfig = field(default_factory=crop_vit)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)
    finetune: FinetuneConfig = field(default_factory=FinetuneConfig)
    stack: StackConfig = field(default_factory=StackConfig)
    filters: bool = True
    resnet: FinetuneConfig = field(default_factory=lambda: FinetuneConfig(epochs=8))
    resnet_width: float = 0.25


# Small enough for two cores, and for five folds in the repository.
COMPACT = TrainingConfig()
# MONAI's ViT-B; for a GPU.
PAPER = TrainingConfig(
    vit=crop_vit(patch=16, hidden=768, layers=12, heads=12, mlp=3072),
    pretrain=PretrainConfig(epochs=100, batch=64, learning_rate=3e-4, seen=1.0),
    finetune=FinetuneConfig(epochs=100, batch=16, learning_rate=1e-4),
    resnet=FinetuneConfig(epochs=100, batch=16, learning_rate=1e-4), resnet_width=1.0,
)
# Exercises every step in seconds; its answers are worthless.
SMOKE = TrainingConfig(
    cohort=CohortConfig(4, 10, 11, 4, 4),
    vit=crop_vit(patch=16, hidden=24, layers=2, heads=2, mlp=32),
    pretrain=PretrainConfig(epochs=1, batch=4),
    finetune=FinetuneConfig(epochs=1),
    stack=StackConfig(hidden=(4, 4), epochs=20, trees=20, selection=SelectionConfig(most=4)), filters=False,
    resnet=FinetuneConfig(epochs=1, batch=8), resnet_width=0.125,
)
PRESETS = {"smoke": SMOKE, "compact": COMPACT, "paper": PAPER}
