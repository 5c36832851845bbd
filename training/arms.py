"""Every model of the paper's Tables 2 and 3 and of its ablation behind one interface: same folds, same test cohorts.

An arm is fitted once per fold on the rows outside the fold. Its answers are probabilities of necrosis: for each
training row from the fold that never saw it, and for each test cohort from every fold's model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from monai.networks.nets import resnet50
from scipy.special import expit
from sklearn.ensemble import RandomForestClassifier
from torch import Tensor, nn

from rnapp.models.stacker import VIT_COLUMN, Stacker
from rnapp.models.vit import build_vit
from rnapp.types import FloatArray
from training.cases import Labelled
from training.config import FinetuneConfig, StackConfig, TrainingConfig
from training.finetune import FoldModels, Split, finetune_folds, probabilities
from training.optimise import Report
from training.selection import select, table
from training.stack import Rows, fit_network, fit_stackers, out_of_fold_log_odds, rows_log_odds

NOTHING = 0.5  # in place of the ViT's probability in models without one


@dataclass(frozen=True, eq=False)
class Answers:
    """out_of_fold: shape (N,); tests: cohort → shape (folds, lesions); version: of the code that fitted the arm."""

    out_of_fold: FloatArray
    tests: Mapping[str, FloatArray]
    version: str = ""


@dataclass(frozen=True, eq=False)
class FoldData:
    """The data that all arms share: training lesions, their folds, and the test cohorts by name."""

    training: Labelled
    splits: tuple[Split, ...]
    tests: Mapping[str, Labelled]


def network_arm(data: FoldData, start: nn.Module, config: FinetuneConfig, seed: int, report: Report,
                seen: Callable[[Tensor], Tensor]) -> tuple[FoldModels, Answers]:
    """A network fine-tuned from this start. seen: what it is shown of the input, in training and testing."""
    folds = finetune_folds(start, seen(data.training.inputs), data.training.rows.labels, data.splits, config, seed,
                           report)
    return folds, Answers(folds.out_of_fold, asked(folds.networks, data.tests, seen))


def asked(networks: Sequence[nn.Module], tests: Mapping[str, Labelled],
          seen: Callable[[Tensor], Tensor]) -> dict[str, FloatArray]:
    """Probabilities of each fold's network on each test cohort, shape (folds, lesions). seen: of the input."""
    return {name: np.stack([probabilities(net, seen(part.inputs)) for net in networks])
            for name, part in tests.items()}


class Resnet50(nn.Module):
    """3D ResNet-50 on both channels, after Ressa et al. 2025, the comparison in Gomaa et al. width: of its layers.

    The first layer halves the resolution, as in the original (He et al. 2016); MONAI's default does not.
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.net = resnet50(spatial_dims=3, n_input_channels=2, num_classes=1, widen_factor=width, conv1_t_stride=2)

    def forward(self, batch: Tensor) -> Tensor:
        """(B, 2, 64, 64, 64) → (B, 1), the log-odds of necrosis."""
        logits: Tensor = self.net(batch)
        return logits


def radiomics_arm(data: FoldData, config: StackConfig, seed: int) -> Answers:
    """A random forest on the selected radiomics, as in the paper."""
    def fit(rows: Rows, number: int) -> Callable[[Rows], FloatArray]:
        names, values = table(rows.radiomics)
        chosen = [names.index(name) for name in select(names, values, rows.labels, config.selection, seed)]
        mean = np.nan_to_num(np.nanmean(values[:, chosen], axis=0)) if chosen else np.zeros(0)
        forest = RandomForestClassifier(config.trees, class_weight="balanced", min_samples_leaf=2,
                                        random_state=seed + number)

        def known(rows: Rows) -> FloatArray:
            found = np.array([[row[names[place]] for place in chosen] for row in rows.radiomics])
            return np.where(np.isnan(found), mean, found) if chosen else np.zeros((len(rows.labels), 1))

        forest.fit(known(rows), rows.labels)
        return lambda rows: np.asarray(forest.predict_proba(known(rows))[:, 1])

    return _rows_arm(data, fit)


def clinical_arm(data: FoldData, config: StackConfig, seed: int) -> Answers:
    """The stacker's network on the clinical columns alone."""
    def fit(rows: Rows, number: int) -> Callable[[Rows], FloatArray]:
        names, values = table(rows.clinical)
        varies = np.nanvar(values, axis=0) > 0
        inputs = np.column_stack([np.full(len(values), NOTHING), values[:, varies]])
        columns = [VIT_COLUMN, *(name for name, keep in zip(names, varies, strict=True) if keep)]
        stacker = fit_network(columns, inputs, rows.labels, config, seed + number)
        return lambda rows: expit(rows_log_odds(stacker, rows, np.full(len(rows.labels), NOTHING)))

    return _rows_arm(data, fit)


def tabular_arm(data: FoldData, config: StackConfig, seed: int) -> Answers:
    """Radiomics and clinical columns in the stacker, without any network's probability."""
    nothing = np.full(len(data.training.cases), NOTHING)
    stackers = fit_stackers(data.training.rows, nothing, data.splits, config, seed)
    tests = {name: np.full((len(stackers), len(part.cases)), NOTHING) for name, part in data.tests.items()}
    return stacked_answers(data, stackers, Answers(nothing, tests))


def multimodal_arm(data: FoldData, vit: Answers, config: StackConfig,
                   seed: int) -> tuple[tuple[Stacker, ...], Answers]:
    """The stacker on out-of-fold ViT probabilities, radiomics and clinical columns (Multimodal Integration)."""
    stackers = fit_stackers(data.training.rows, vit.out_of_fold, data.splits, config, seed)
    return stackers, stacked_answers(data, stackers, vit)


def stacked_answers(data: FoldData, stackers: Sequence[Stacker], vit: Answers) -> Answers:
    """Stacker k receives the probabilities of network k."""
    out = expit(out_of_fold_log_odds(stackers, data.training.rows, vit.out_of_fold, data.splits))
    tests = {name: np.stack([expit(rows_log_odds(stacker, part.rows, p)) for stacker, p in
                             zip(stackers, vit.tests[name], strict=True)]) for name, part in data.tests.items()}
    return Answers(out, tests)


def _rows_arm(data: FoldData, fit: Callable[[Rows, int], Callable[[Rows], FloatArray]]) -> Answers:
    rows, out = data.training.rows, np.full(len(data.training.cases), np.nan)
    tests: dict[str, list[FloatArray]] = {name: [] for name in data.tests}
    for number, split in enumerate(data.splits):
        answer = fit(rows.part(split.train), number)
        out[split.apart] = answer(rows.part(split.apart))
        for name, part in data.tests.items():
            tests[name].append(answer(part.rows))
    return Answers(out, {name: np.stack(answers) for name, answers in tests.items()})


def with_mask(inputs: Tensor) -> Tensor:
    """The networks' input unchanged."""
    return inputs


def without_mask(inputs: Tensor) -> Tensor:
    """The networks' input with an empty mask: the ablation without it."""
    blank = inputs.clone()
    blank[:, 1] = 0
    return blank


@dataclass(frozen=True)
class NetworkSpec:
    """A network among the arms. build: one with random weights; seen: what it is shown of the input; settings: of its
    fine-tuning; pretrained: it starts from the pre-trained ViT."""

    build: Callable[[TrainingConfig], nn.Module] = lambda config: build_vit(config.vit)
    seen: Callable[[Tensor], Tensor] = with_mask
    settings: Callable[[TrainingConfig], FinetuneConfig] = lambda config: config.finetune
    pretrained: bool = True

    def start(self, config: TrainingConfig, pretrained: nn.Module, seed: int) -> nn.Module:
        """What fine-tuning starts from; random weights depend on the seed alone."""
        if self.pretrained:
            return pretrained
        torch.manual_seed(seed)
        return self.build(config)


NETWORKS: Mapping[str, NetworkSpec] = MappingProxyType({
    "ssl_vit": NetworkSpec(),
    "ssl_vit_t1ce": NetworkSpec(seen=without_mask),
    "supervised_vit": NetworkSpec(pretrained=False),
    "resnet50": NetworkSpec(lambda config: Resnet50(config.resnet_width), settings=lambda config: config.resnet,
                            pretrained=False),
})
TABULAR: Mapping[str, Callable[[FoldData, StackConfig, int], Answers]] = MappingProxyType({
    "radiomics": radiomics_arm, "clinical": clinical_arm, "radiomics_clinical": tabular_arm})
