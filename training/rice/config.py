"""Everything a training run of RICE-NET depends on, as frozen values: the sizes of a run differ only here."""

from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

from rnapp.errors import InputError
from rnapp.models.resnet_ensemble import CROP_MM
from rnapp.tasks.rice.sample import CHANNELS, DOSE, EVENT, POST_OP

Inputs = tuple[str, ...]
FOLDS = 5
# The seven combinations of the paper, those of the demonstration bundle first.
ALL: Inputs = CHANNELS
COMBINATIONS: tuple[Inputs, ...] = (
    ALL, (EVENT, DOSE), (EVENT, POST_OP), (DOSE,), (POST_OP, DOSE), (POST_OP,), (EVENT,))
SHIPPED = COMBINATIONS[:3]
CHOOSING_SEED = 1000  # settings of the presets were chosen on cohorts from this seed on, which no table reports


@dataclass(frozen=True)
class RiceConfig:
    """One run.

    side: voxels of the input along each axis; width_thousandths, stride: of the network; epochs: each with so many new
    heads, a fifth of which each fold leaves out; plain_epochs: of settings whose overlap does not grow (easy, null);
    samples: heads that a network is shown, each drawn from the new heads of so many recent epochs; narrow: how far the
    outcomes spread at first, by the setting's, until this share of the epochs (full_from); cooling: share of the steps
    over which the learning rate falls; statistics: heads that the batch norm is recomputed from; validation: heads of
    each fold; test: fresh heads of a cohort; occluded: test heads whose occlusion maps are compared with the dose;
    draws: of the latent parameters for the attainable score; kept: heads stay on the disk until a cohort is finished.
    """

    side: int = 32
    width_thousandths: int = 125
    stride: int = 2
    epochs: int = 20
    plain_epochs: int = 6
    heads: int = 80
    samples: int = 3200
    recent: int = 5
    batch: int = 8
    learning_rate: float = 1e-3
    cooling: float = 0.3
    narrow: float = 0.35
    full_from: float = 0.5
    statistics: int = 96
    validation: int = 40
    test: int = 240
    occluded: int = 12
    draws: int = 6_000
    kept: bool = True

    def __post_init__(self) -> None:
        fewest = min(self.epochs, self.plain_epochs) * self.heads
        if CROP_MM % self.side or self.validation * FOLDS > fewest or self.heads % FOLDS:
            raise InputError(f"Expected voxels of whole millimetres and heads for all folds, but got {self}.")

    @property
    def spacing_um(self) -> int:
        """Of the input's voxels, micrometres."""
        return 1000 * CROP_MM // self.side


# What two cores train in hours, and what fits into the repository.
COMPACT = RiceConfig()
DEMO = RiceConfig(side=112, width_thousandths=250, epochs=40, plain_epochs=20, samples=12_800, kept=False)
# arXiv 2603.11827, for a large GPU; its stride is not published. Every epoch shows 64 patients, all of them new heads.
PAPER = RiceConfig(side=224, width_thousandths=1000, stride=1, epochs=800, plain_epochs=800, samples=51_200, recent=1,
                   kept=False)
# Exercises every step; its answers are worthless.
SMOKE = RiceConfig(side=14, width_thousandths=63, epochs=2, plain_epochs=1, heads=20, samples=16, batch=4, statistics=8,
                   validation=4, test=12, occluded=1, draws=300)
RICE_PRESETS = MappingProxyType({"smoke": SMOKE, "compact": COMPACT, "demo": DEMO, "paper": PAPER})


def name_of(inputs: Inputs) -> str:
    """In file names."""
    return "+".join(inputs)


def every_combination() -> frozenset[Inputs]:
    """All combinations of the channels, in their order."""
    return frozenset(one for size in range(1, len(CHANNELS) + 1) for one in combinations(CHANNELS, size))
