"""From a finished experiment to a bundle that the app loads, measured through the app's own prediction."""

import platform
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from scipy.special import expit, logit

from rnapp.models.weights import Bundle, load_bundle
from rnapp.tasks.metastasis.answer import answer
from rnapp.types import CancelToken, FloatArray
from training.bundle import Description, write_bundle, write_card
from training.calibration.card import write_trust
from training.calibration.cohort import found_of_cohort
from training.cases import Labelled
from training.config import TrainingConfig
from training.evaluate import named, scores_with_intervals
from training.experiment import WHOLE, Experiment

PACKAGES = ("torch", "monai", "lightning-fabric", "pyradiomics-bhklab", "scikit-learn", "numpy", "SimpleITK")


def deliver(experiment: Experiment, config: TrainingConfig, folder: Path, words: Description,
            stages: Mapping[str, float], fresh: Experiment | None = None) -> Bundle:
    """Leaves a complete bundle in the folder and returns it as the app loads it.

    stages: seconds, for the card; fresh: the same experiment tested on fresh lesions, if there are any.
    """
    data, vit = experiment.data, experiment.arms["ssl_vit"]
    temperature = experiment.temperature
    write_bundle(folder, experiment.networks, experiment.stackers, config.vit)
    write_card(folder, words, config.vit, experiment.stackers, temperature, {})
    bundle = load_bundle(folder)
    answers = {"vit": vit.out_of_fold, "clinical": experiment.arms["clinical"].out_of_fold,
               "multimodal": expit(logit(experiment.arms[WHOLE].out_of_fold) / temperature)}
    metrics = _measured("out_of_fold", answers, data.training, experiment.seed)
    sizes, asked = {"train": _size(data.training)}, dict[str, dict[str, FloatArray]]()
    runs = (experiment, *([fresh] if fresh else []))
    for one in runs:
        for cohort, part in one.data.tests.items():
            sizes[cohort] = _size(part)
            asked[cohort] = _asked(bundle, part)
            metrics |= _measured(cohort, asked[cohort] | {"clinical": one.together("clinical", cohort)}, part,
                                 experiment.seed)
    provenance = {"configuration": asdict(config), "cohorts": sizes, "wall_s": dict(stages),
                  "code": sorted({one.version for one in experiment.arms.values()}), "data": experiment.data_hash,
                  "threads": torch.get_num_threads(), "python": platform.python_version(),
                  "versions": {name: version(name) for name in PACKAGES}}
    write_card(folder, replace(words, training=provenance), config.vit, experiment.stackers, temperature, metrics)
    found = found_of_cohort(bundle, data.training, logit(experiment.arms[WHOLE].out_of_fold) / temperature,
                            {cohort: part for one in runs for cohort, part in one.data.tests.items()},
                            {cohort: answers["multimodal"] for cohort, answers in asked.items()})
    if found is not None:
        write_trust(folder, folder, found)
    return load_bundle(folder)


def _asked(bundle: Bundle, part: Labelled) -> dict[str, FloatArray]:
    """The app's probability for each lesion of the cohort."""
    predictions = [answer(bundle, case.crop, 1, case.clinical, CancelToken()).given for case in part.cases]
    return {"vit": np.array([np.mean(one.imaging_folds) for one in predictions]),
            "multimodal": np.array([one.probability for one in predictions])}


def _measured(cohort: str, answers: Mapping[str, FloatArray], part: Labelled, seed: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, probabilities in answers.items():
        found |= named(cohort, name, scores_with_intervals(probabilities, part.rows.labels, part.patients, seed))
    return found


def _size(part: Labelled) -> dict[str, int]:
    return {"lesions": len(part.cases), "patients": len(set(part.patients)), "necrosis": int(sum(part.rows.labels))}
