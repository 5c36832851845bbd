"""One cohort through all arms of the paper, each answer kept as soon as it is there: a killed run goes on after it."""

import json
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
from monai.networks.nets import ViT
from torch import nn

from rnapp.errors import InputError
from rnapp.io.replacing import replacing
from rnapp.models.stacker import Stacker
from rnapp.models.vit import build_vit
from training.arms import (
    Answers,
    Resnet50,
    Trial,
    clinical_arm,
    fresh,
    multimodal_arm,
    network_arm,
    radiomics_arm,
    tabular_arm,
)
from training.cases import labelled, with_stable_radiomics
from training.cohort import Case
from training.config import TrainingConfig
from training.finetune import Split, split_patients
from training.optimise import Report

TESTS = {"held_out": "Same-centre test", "second_centre": "Second centre"}
IDENTITY = "experiment.json"


@dataclass(frozen=True, eq=False)
class Experiment:
    """What one cohort gave. arms: name → answers; networks, stackers: of the self-supervised and the whole model."""

    seed: int
    trial: Trial
    arms: Mapping[str, Answers]
    networks: tuple[ViT, ...]
    stackers: tuple[Stacker, ...]


def make_trial(first: Sequence[Case], second: Sequence[Case], config: TrainingConfig, seed: int,
               test: Set[str] = frozenset()) -> Trial:
    """Held-out patients first, folds of the rest, stable radiomics of the training rows.

    test: the patients of the first centre to hold out; where none is named, a stratified share of config.held_out.
    """
    everyone = labelled(first)
    held = _named(everyone.patients, test) if test else next(
        split_patients(everyone.rows.labels, everyone.patients, round(1 / config.held_out), seed))
    training = with_stable_radiomics(everyone.part(held.train), seed)
    splits = tuple(split_patients(training.rows.labels, training.patients, config.folds, seed + 1))
    return Trial(training, splits, {"held_out": everyone.part(held.apart), "second_centre": labelled(second)})


def _named(patients: Sequence[str], test: Set[str]) -> Split:
    apart = np.array([patient in test for patient in patients])
    return Split(np.flatnonzero(~apart), np.flatnonzero(apart))


def run_experiment(trial: Trial, pretrained: ViT, config: TrainingConfig, seed: int, folder: Path,
                   report: Report) -> Experiment:
    """All arms on one cohort. folder: of this cohort alone. Raises InputError where it holds another experiment."""
    _claim(folder, {"config": asdict(config), "seed": seed, "lesions": len(trial.training.cases)})

    def network(name: str, start: Callable[[], nn.Module], mask: bool = True) -> Answers:
        def fit() -> Answers:
            report(f"seed {seed}: {name}")
            settings = config.resnet if isinstance(made := start(), Resnet50) else config.finetune
            folds, answers = network_arm(trial, made, settings, seed, report, mask)
            if name == "ssl_vit":
                for number, net in enumerate(folds.networks):
                    safetensors.torch.save_file(net.state_dict(), folder / f"{name}_{number}.safetensors")
            return answers

        return _kept(folder / f"{name}.npz", fit)

    arms = {"ssl_vit": network("ssl_vit", lambda: pretrained),
            "ssl_vit_t1ce": network("ssl_vit_t1ce", lambda: pretrained, mask=False),
            "supervised_vit": network("supervised_vit", lambda: fresh(lambda: build_vit(config.vit), seed)),
            "resnet50": network("resnet50", lambda: fresh(lambda: Resnet50(config.resnet_width), seed)),
            "radiomics": _kept(folder / "radiomics.npz", lambda: radiomics_arm(trial, config.stack, seed)),
            "clinical": _kept(folder / "clinical.npz", lambda: clinical_arm(trial, config.stack, seed)),
            "radiomics_clinical": _kept(folder / "tabular.npz", lambda: tabular_arm(trial, config.stack, seed))}
    stackers, arms["multimodal"] = multimodal_arm(trial, arms["ssl_vit"], config.stack, seed)
    return Experiment(seed, trial, arms, _networks(folder, config), stackers)


def _claim(folder: Path, identity: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file, wanted = folder / IDENTITY, json.dumps(identity, sort_keys=True)
    if file.is_file() and file.read_text(encoding="utf-8") != wanted:
        raise InputError(f"Expected a folder of this very experiment, but {folder} holds another one; name another "
                         "folder, or delete that one.")
    file.write_text(wanted, encoding="utf-8")


def _kept(file: Path, fit: Callable[[], Answers]) -> Answers:
    """What an earlier run left, or what fit gives, which is kept."""
    if file.is_file():
        with np.load(file) as stored:
            return Answers(stored["out_of_fold"], {name: stored[name] for name in TESTS})
    answers = fit()
    with replacing(file) as unfinished, unfinished.open("wb") as stream:
        np.savez(stream, out_of_fold=answers.out_of_fold, **answers.tests)
    return answers


def _networks(folder: Path, config: TrainingConfig) -> tuple[ViT, ...]:
    networks = []
    for number in range(config.folds):
        vit = build_vit(config.vit)
        vit.load_state_dict(safetensors.torch.load_file(folder / f"ssl_vit_{number}.safetensors"))
        networks.append(vit.eval())
    return tuple(networks)
