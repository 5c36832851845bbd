"""The whole chain, from cohorts to a measured bundle: pre-train, fine-tune, stack, calibrate, write, measure."""

import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from rnapp.models import ensemble
from rnapp.models.stacker import VIT_COLUMN, Stacker
from rnapp.models.vit import to_input
from rnapp.models.weights import Bundle, load_bundle
from rnapp.types import CancelToken, FloatArray
from training.augment import stack_inputs
from training.bundle import Description, write_bundle, write_card
from training.cases import Labelled, labelled, with_stable_radiomics
from training.cohort import Cohorts
from training.config import StackConfig, TrainingConfig
from training.evaluate import named, scores_with_intervals
from training.finetune import FoldModels, Split, finetune_folds, split_patients
from training.optimise import Report
from training.pretrain import pretrain
from training.selection import table
from training.stack import Rows, fit_network, fit_stackers, temperature_of

PACKAGES = ("torch", "monai", "pyradiomics-bhklab", "scikit-learn", "numpy", "SimpleITK")


@dataclass(frozen=True, eq=False)
class Trained:
    """All parts of a model and the log-odds that each training row got from the fold that never saw it."""

    folds: FoldModels
    stackers: tuple[Stacker, ...]
    log_odds: FloatArray
    temperature: float


class Stopwatch:
    """Seconds of wall and CPU time per stage."""

    def __init__(self) -> None:
        self.wall_s: dict[str, float] = {}
        self.cpu_s: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measures what is done inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall_s[name] = round(time.perf_counter() - wall, 1)
        self.cpu_s[name] = round(time.process_time() - cpu, 1)


def train_bundle(cohorts: Cohorts, config: TrainingConfig, folder: Path, words: Description, report: Report,
                 watch: Stopwatch) -> Bundle:
    """Trains on the cohorts and leaves a complete bundle in the folder; returns it as the app would load it."""
    with watch.stage("radiomics"):
        first, second = labelled(cohorts.first), labelled(cohorts.second)
        report("radiomics done")
    held = next(split_patients(first.rows.labels, first.patients, round(1 / config.held_out), config.seed))
    training, held_out = first.part(held.train), first.part(held.apart)
    with watch.stage("stability"):
        training = with_stable_radiomics(training, config.seed)
        report(f"{len(training.rows.radiomics[0])} of {len(first.rows.radiomics[0])} radiomics features are stable")
    trained = _train(stack_inputs([to_input(crop) for crop in cohorts.unlabelled]), training, config, report, watch)
    write_bundle(folder, trained.folds.networks, trained.stackers, config.vit)
    write_card(folder, words, config.vit, trained.stackers, trained.temperature, {})
    with watch.stage("measuring"):
        metrics = _out_of_fold_metrics(trained, training, config)
        bundle = load_bundle(folder)
        for cohort, part in (("held_out", held_out), ("second_centre", second)):
            metrics |= _test_metrics(cohort, bundle, part, config)
            metrics |= _clinical_metrics(cohort, training, part, trained.folds.splits, config)
        report("measured")
    words = replace(words, training=_provenance(config, watch, {"train": training, "held_out": held_out,
                                                               "second_centre": second}))
    write_card(folder, words, config.vit, trained.stackers, trained.temperature, metrics)
    return load_bundle(folder)


def out_of_fold_log_odds(stackers: Sequence[Stacker], rows: Rows, vit: FloatArray,
                         splits: Sequence[Split]) -> FloatArray:
    """Each row's log-odds from the stacker whose training rows lack it, with the ViT probability of that fold."""
    found = np.full(len(rows.labels), np.nan)
    for stacker, split in zip(stackers, splits, strict=True):
        for row in split.apart:
            values = {VIT_COLUMN: float(vit[row])} | dict(rows.radiomics[row]) | dict(rows.clinical[row])
            found[row] = stacker.log_odds(stacker.standardise(values)[None])[0]
    return found


def _train(unlabelled: Tensor, training: Labelled, config: TrainingConfig, report: Report,
           watch: Stopwatch) -> Trained:
    labels = training.rows.labels
    splits = tuple(split_patients(labels, training.patients, config.folds, config.seed + 1))
    with watch.stage("pre-training"):
        pretrained = pretrain(unlabelled, config.vit, config.pretrain, config.seed, report)
    with watch.stage("fine-tuning"):
        folds = finetune_folds(pretrained, training.inputs, labels, splits, config.finetune, config.seed, report)
    with watch.stage("stacking"):
        stackers = fit_stackers(training.rows, folds.out_of_fold, splits, config.stack, config.seed)
        log_odds = out_of_fold_log_odds(stackers, training.rows, folds.out_of_fold, splits)
        report("stacked")
    return Trained(folds, stackers, log_odds, temperature_of(log_odds, labels))


def _out_of_fold_metrics(trained: Trained, training: Labelled, config: TrainingConfig) -> dict[str, float]:
    labels, patients = training.rows.labels, training.patients
    form = np.full(len(labels), np.nan)
    for stacker, split in zip(_clinical_stackers(training, trained.folds.splits, config.stack, config.seed),
                              trained.folds.splits, strict=True):
        form[split.apart] = _sigmoid(_clinical_log_odds([stacker], training.part(split.apart)))
    answers = {"vit": trained.folds.out_of_fold, "clinical": form,
               "multimodal": _sigmoid(trained.log_odds / trained.temperature)}
    return _merge({name: named("out_of_fold", name, scores_with_intervals(p, labels, patients, config.seed))
                   for name, p in answers.items()})


def _test_metrics(cohort: str, bundle: Bundle, part: Labelled, config: TrainingConfig) -> dict[str, float]:
    """Through the app's own prediction, with the weights as loaded from the bundle."""
    opinions = [ensemble.predict(bundle, case.crop, case.clinical, CancelToken()) for case in part.cases]
    answers = {"vit": np.array([np.mean(o.prediction.imaging_folds) for o in opinions]),
               "multimodal": np.array([o.prediction.probability_rn for o in opinions])}
    return _merge({name: named(cohort, name, scores_with_intervals(p, part.rows.labels, part.patients, config.seed))
                   for name, p in answers.items()})


def _clinical_metrics(cohort: str, training: Labelled, part: Labelled, splits: Sequence[Split],
                      config: TrainingConfig) -> dict[str, float]:
    stackers = _clinical_stackers(training, splits, config.stack, config.seed)
    answers = _sigmoid(_clinical_log_odds(stackers, part))
    return named(cohort, "clinical", scores_with_intervals(answers, part.rows.labels, part.patients, config.seed))


def _clinical_stackers(training: Labelled, splits: Sequence[Split], config: StackConfig,
                       seed: int) -> list[Stacker]:
    """The comparison without any image: the same network on the clinical columns, one per fold."""
    fitted = []
    for number, split in enumerate(splits):
        rows = training.rows.part(split.train)
        names, values = table(rows.clinical)
        constant = np.full((len(values), 1), 0.5)  # the ViT's place, without information
        fitted.append(fit_network([VIT_COLUMN, *names], np.hstack([constant, values]), rows.labels, config,
                                  seed + number))
    return fitted


def _clinical_log_odds(stackers: Sequence[Stacker], part: Labelled) -> FloatArray:
    rows = [{VIT_COLUMN: 0.5} | dict(row) for row in part.rows.clinical]
    return np.mean([[stacker.log_odds(stacker.standardise(row)[None])[0] for row in rows] for stacker in stackers],
                   axis=0)


def _provenance(config: TrainingConfig, watch: Stopwatch, parts: dict[str, Labelled]) -> dict[str, object]:
    sizes = {name: {"lesions": len(part.cases), "patients": len(set(part.patients)),
                    "necrosis": int(sum(part.rows.labels))} for name, part in parts.items()}
    return {"configuration": asdict(config), "cohorts": sizes, "wall_s": watch.wall_s, "cpu_s": watch.cpu_s,
            "threads": torch.get_num_threads(), "python": platform.python_version(),
            "versions": {name: version(name) for name in PACKAGES}}


def _merge(parts: dict[str, dict[str, float]]) -> dict[str, float]:
    return {name: value for part in parts.values() for name, value in part.items()}


def _sigmoid(log_odds: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
