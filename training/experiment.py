"""Takes one cohort through all arms of the paper. Each answer is kept at once, so that a killed run can continue."""

import json
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
from monai.networks.nets import ViT
from scipy.special import expit, logit
from torch import nn

from rnapp.errors import InputError
from rnapp.files import replacing
from rnapp.models.stacker import Stacker
from rnapp.types import Array, FloatArray
from training.arms import NETWORKS, TABULAR, Answers, FoldData, NetworkSpec, multimodal_arm, network_arm
from training.cases import labelled, with_stable_radiomics
from training.cohort import Case
from training.config import TrainingConfig
from training.finetune import Split, split_patients
from training.kept_radiomics import KeptRadiomics
from training.optimise import Report
from training.provenance import code_version, data_hash, network_hash
from training.run_files import expect
from training.stack import temperature_of

TESTS = {"held_out": "Held-out patients", "second_centre": "Second centre"}
WHOLE = "multimodal"
IDENTITY = "experiment.json"


@dataclass(frozen=True, eq=False)
class Experiment:
    """The results of one cohort. arms: name → answers; networks, stackers: of the self-supervised and the whole model;
    temperature: divides the log-odds of the whole model; data_hash: of all its input."""

    seed: int
    data: FoldData
    arms: Mapping[str, Answers]
    networks: tuple[nn.Module, ...]
    stackers: tuple[Stacker, ...]
    temperature: float
    data_hash: str

    def together(self, arm: str, cohort: str) -> FloatArray:
        """Probability of each lesion of a test cohort from all folds, shape (lesions,).

        For the whole model it is computed as in the app: the mean of the folds' log-odds, calibrated. For other arms it
        is the mean probability.
        """
        folds = self.arms[arm].tests[cohort]
        if arm == WHOLE:
            return np.asarray(expit(logit(folds).mean(axis=0) / self.temperature))
        return np.asarray(folds.mean(axis=0))


def make_fold_data(first: Sequence[Case], second: Sequence[Case], config: TrainingConfig, seed: int,
               test: Set[str] = frozenset(), kept: Path | None = None) -> FoldData:
    """Held-out patients first, folds of the rest, stable radiomics of the training rows.

    test: the patients of the first centre to hold out; if none is named, a stratified share of config.held_out; kept: a
    file for the radiomics, which take minutes.
    """
    held, splits = draw_splits([case.necrosis for case in first], [case.patient for case in first], config, seed, test)
    radiomics = KeptRadiomics(kept, config.filters)
    everyone = labelled(first, radiomics)
    training = with_stable_radiomics(everyone.part(held.train), seed, radiomics)
    tests = {"held_out": everyone.part(held.apart), "second_centre": labelled(second, radiomics)}
    return FoldData(training, splits, tests)


def draw_splits(labels: Sequence[int], patients: Sequence[str], config: TrainingConfig, seed: int,
                test: Set[str] = frozenset()) -> tuple[Split, tuple[Split, ...]]:
    """The held-out lesions, and the folds of the others (which count from 0 among those).

    Raises InputError where a part lacks lesions of one outcome.
    """
    truth, names = np.asarray(labels), np.asarray(patients)
    held = _named(patients, test) if test else _drawn(truth, names, round(1 / config.held_out), seed)[0]
    return held, _drawn(truth[held.train], names[held.train], config.folds, seed + 1)


def _drawn(labels: Array, patients: Array, parts: int, seed: int) -> tuple[Split, ...]:
    refused = InputError(f"Expected enough patients of both outcomes for {parts} parts that each have both, but got "
                         f"{len(labels)} lesions of {len(set(patients))} patients, {int(labels.sum())} of them with "
                         "necrosis; more patients are needed.")
    try:
        splits = tuple(split_patients(labels, patients, parts, seed))
    except ValueError as error:
        raise refused from error
    if any(len(set(labels[side])) < 2 for split in splits for side in (split.train, split.apart)):
        raise refused
    return splits


def _named(patients: Sequence[str], test: Set[str]) -> Split:
    apart = np.array([patient in test for patient in patients])
    return Split(np.flatnonzero(~apart), np.flatnonzero(apart))


def run_experiment(data: FoldData, pretrained: ViT, config: TrainingConfig, seed: int, folder: Path,
                   report: Report) -> Experiment:
    """All arms on one cohort. folder: of this cohort alone. Raises InputError where it holds another experiment."""
    made_from = data_hash(data)
    claim(folder, {"config": asdict(config), "seed": seed, "data": made_from, "start": network_hash(pretrained)})

    def network(name: str, spec: NetworkSpec) -> Answers:
        report(f"seed {seed}: {name}")
        folds, answers = network_arm(data, spec.start(config, pretrained, seed), spec.settings(config), seed, report,
                                     spec.seen)
        for number, net in enumerate(folds.networks):
            safetensors.torch.save_file(net.state_dict(), folder / f"{name}_{number}.safetensors")
        return answers

    arms = {name: kept(folder / f"{name}.npz", partial(network, name, spec)) for name, spec in NETWORKS.items()}
    arms |= {name: kept(folder / f"{name}.npz", partial(arm, data, config.stack, seed))
             for name, arm in TABULAR.items()}
    stackers, whole = multimodal_arm(data, arms["ssl_vit"], config.stack, seed)
    arms[WHOLE] = replace(whole, version=code_version())
    temperature = temperature_of(logit(whole.out_of_fold), data.training.rows.labels)
    networks = read_networks(folder, "ssl_vit", config)
    return Experiment(seed, data, arms, networks, stackers, temperature, made_from)


def claim(folder: Path, identity: dict[str, object]) -> None:
    """Mark a folder as this experiment's. Raises InputError where it is another one's."""
    folder.mkdir(parents=True, exist_ok=True)
    file, wanted = folder / IDENTITY, json.dumps(identity, sort_keys=True)
    if file.is_file():
        expect(folder, file.read_text(encoding="utf-8"), wanted)
    with replacing(file) as unfinished:
        unfinished.write_text(wanted, encoding="utf-8")


def kept(file: Path, fit: Callable[[], Answers]) -> Answers:
    """The result of an earlier run, or the result of fit, which is then kept."""
    if file.is_file():
        with np.load(file) as stored:
            tests = {name: stored[name] for name in stored.files if name not in ("out_of_fold", "version")}
            return Answers(stored["out_of_fold"], tests, str(stored["version"]))
    answers = replace(fit(), version=code_version())
    arrays: dict[str, Any] = {"out_of_fold": answers.out_of_fold, "version": np.array(answers.version),
                              **answers.tests}
    with replacing(file) as unfinished, unfinished.open("wb") as stream:
        np.savez(stream, **arrays)
    return answers


def read_networks(folder: Path, name: str, config: TrainingConfig) -> tuple[nn.Module, ...]:
    """The saved networks of an arm's folds."""
    networks = []
    for number in range(config.folds):
        net = NETWORKS[name].build(config)
        net.load_state_dict(safetensors.torch.load_file(folder / f"{name}_{number}.safetensors"))
        networks.append(net.eval())
    return tuple(networks)
