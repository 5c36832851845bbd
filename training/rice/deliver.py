"""From a finished cohort to a bundle that the app loads: three combinations of inputs, five folds each."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from scipy.special import expit, logit

from rnapp.models.card import CARD_FILE, SCHEMA_VERSION, read_bundle
from rnapp.models.resnet_bundle import open_bundle
from rnapp.models.resnet_ensemble import FoldFile, ResnetEnsemble, resnet_ensemble_entries
from rnapp.phantom.glioblastoma import STANDARD
from rnapp.tasks.rice.question import QUESTION
from rnapp.tasks.rice.sample import CHANNELS
from rnapp.types import Calibration, ModelCard
from training.calibration.card import Found, write_trust
from training.calibration.fit import calibration_of
from training.calibration.measure import Asked, with_cohorts
from training.rice.config import FOLDS, SHIPPED, Inputs, name_of
from training.rice.experiment import Answers, Truth, network_file, truth_of
from training.rice.model_card import model_card
from training.rice.tables import Results, measure
from training.stack import temperature_of

_SURE = 1e-6  # so that a probability of 0 or 1 has log-odds
SEED = 0  # of the cohort whose networks are shipped
PACKAGES = ("torch", "monai", "scikit-learn", "numpy", "scipy")
WORDS: Mapping[str, object] = {
    "name": "RICE-NET demonstration (synthetic patients)", "version": "1.0.0", "demonstration": True,
    "licence": "CC-BY-SA-3.0",
    "source": "made by training/reproduce.py of rnapp from SRI24 (Rohlfing, Zahr, Sullivan and Pfefferbaum 2010)",
    "trained_on": "Synthetic glioblastoma patients drawn by rnapp into the SRI24 atlas, with synthetic dose; no "
                  "patient data. The answers mean nothing clinically.",
}


def deliver(results: Results, folder: Path, command: str) -> ModelCard:
    """Leaves a complete bundle in the folder and returns its card as the app reads it. The combinations of SHIPPED must
    be finished. Raises WeightsError where the app would not load it."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.safetensors"):
        stale.unlink()
    source = results.folder(STANDARD.name, SEED)
    truth = truth_of(results.cohort(STANDARD.name, SEED))
    answers = {inputs: found for inputs in SHIPPED if (found := results.answers(STANDARD.name, SEED, inputs))}
    folds = tuple(FoldFile(network_file(inputs, fold), inputs, fold) for inputs in answers for fold in range(FOLDS))
    for one in folds:
        (folder / one.file).write_bytes((source / one.file).read_bytes())
    config = results.config
    ensemble = ResnetEnsemble(CHANNELS, config.side, config.spacing_um, config.width_thousandths, config.stride, folds,
                              temperature_of_all(answers, truth))
    card = {"schema_version": SCHEMA_VERSION} | dict(WORDS) | {"training": _provenance(results, answers)} | \
        resnet_ensemble_entries(QUESTION.id, ensemble) | {
            "metrics": {name: value for inputs, found in answers.items()
                        for name, value in _metrics(inputs, found, truth).items()},
            "files": [_listed(folder / one.file) for one in folds]}
    (folder / CARD_FILE).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8",
                                    newline="\n")
    (folder / "MODEL_CARD.md").write_text(model_card(card, command), encoding="utf-8", newline="\n")
    if (calibration := calibration_of_folds(answers, truth, ensemble.temperature)) is not None:
        write_trust(folder, folder, Found(calibration))
    bundle = open_bundle(read_bundle(folder))
    bundle.load()
    return bundle.card


def temperature_of_all(answers: Mapping[Inputs, Answers], truth: Truth) -> float:
    """One temperature for all combinations, from every fold's answers for its own patients."""
    log_odds = np.concatenate([one.validation.ravel() for one in answers.values()])
    return temperature_of(log_odds, [int(one) for one in truth.validation.ravel()] * len(answers))


def calibration_of_folds(answers: Mapping[Inputs, Answers], truth: Truth, temperature: float) -> Calibration | None:
    """From what every fold says of its own patients, measured on the test patients; the first combination's, with those
    of the others. None where the numbers of one do not rise with the outcome."""
    found = {}
    for inputs, one in answers.items():
        fitted = calibration_of(one.validation.ravel() / temperature, truth.validation.ravel(), synthetic=True)
        if fitted is None:
            return None
        together = logit(np.clip(expit(one.test / temperature).mean(axis=0), _SURE, 1 - _SURE))
        both = 0 < truth.test.sum() < len(truth.test)
        test = {"test": Asked(together, truth.test, np.zeros(len(truth.test), bool))} if both else {}
        found[inputs] = with_cohorts(fitted, test)
    whole, *others = found
    return replace(found[whole], combinations=MappingProxyType({name_of(one): found[one] for one in others}))


def _metrics(inputs: Inputs, answers: Answers, truth: Truth) -> dict[str, float]:
    """Named "test/event+dose/auc"; on the test patients, of the folds together."""
    score = measure(answers, truth, SEED)
    test = {"f1": score.mean.value, "f1_low": score.mean.low, "f1_high": score.mean.high, "auc": score.auc.value,
            "auc_low": score.auc.low, "auc_high": score.auc.high, "f1_vote": score.vote.value}
    return {f"test/{name_of(inputs)}/{name}": round(value, 4) for name, value in test.items()} | {
        f"validation/{name_of(inputs)}/f1": round(float(np.mean(score.validation)), 4)}


def _provenance(results: Results, answers: Mapping[Inputs, Answers]) -> dict[str, object]:
    truth = truth_of(results.cohort(STANDARD.name, SEED))
    return {"configuration": asdict(results.config) | {"seed": SEED, "setting": STANDARD.name},
            "cohorts": {"train": results.cohort(STANDARD.name, SEED).drawn, "validation": truth.validation.size,
                        "test": len(truth.test), "test_rice": int(truth.test.sum())},
            "attainable": {name_of(one): results.attainable[name_of(one)] for one in answers},
            "seconds": {name_of(one): round(found.seconds) for one, found in answers.items()},
            "code": sorted({version for one in answers.values() for version in one.versions}),
            "threads": torch.get_num_threads(), "python": platform.python_version(),
            "versions": {name: version(name) for name in PACKAGES}}


def _listed(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    return {"file": path.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
