"""Measures a bundle on new synthetic lesions that no run has seen: python -m training.check BUNDLE [--lesions 140].

A held-out set of 22 lesions says little; phantoms are free, so this measures on any number of them.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rnapp.config import weights_folder
from rnapp.errors import InputError
from rnapp.io.atlas import read_atlas
from rnapp.models.card import CARD_FILE
from rnapp.models.weights import load_bundle
from rnapp.tasks.metastasis.answer import answer
from rnapp.types import CancelToken
from training.cohort import make_labelled
from training.config import CohortConfig
from training.evaluate import scores_with_intervals
from training.synthetic_crops import make_template

LEAST_LESIONS = 20


def check(bundle_folder: Path, lesions: int, seed: int) -> dict[str, dict[str, float]]:
    """Scores of the ViTs alone and of the whole model on lesions of the first centre, half of them necrosis.

    Raises WeightsError; InputError where the seed is one of the bundle's own run, whose lesions it has seen, or the
    lesions are too few.
    """
    bundle = load_bundle(bundle_folder)
    card = json.loads((bundle_folder / CARD_FILE).read_text(encoding="utf-8"))
    if seed == card["training"].get("configuration", {}).get("seed"):
        raise InputError(f"The bundle was trained on lesions drawn with seed {seed}; choose another seed.")
    if lesions < LEAST_LESIONS:
        raise InputError(f"Expected at least {LEAST_LESIONS} lesions, but got {lesions}; fewer say nothing.")
    config = CohortConfig(0, lesions // 2, lesions - lesions // 2, 2, 2)
    cases, _ = make_labelled(make_template(read_atlas(weights_folder())), config, seed)
    predictions = [answer(bundle, case.crop, 1, case.clinical, CancelToken()).given for case in cases]
    answers = {"vit": [float(np.mean(one.imaging_folds)) for one in predictions],
               "multimodal": [one.probability for one in predictions]}
    labels, patients = [case.necrosis for case in cases], [case.patient for case in cases]
    return {name: scores_with_intervals(np.array(p), labels, patients, seed) for name, p in answers.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns 2 if there is no such bundle, or it cannot be measured in this way."""
    parser = argparse.ArgumentParser(prog="python -m training.check", description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--lesions", type=int, default=140)
    parser.add_argument("--seed", type=int, default=777)
    given = parser.parse_args(arguments)
    try:
        found = check(given.bundle, given.lesions, given.seed)
    except InputError as error:
        print(f"training.check: {error}", file=sys.stderr)
        return 2
    for name, scores in found.items():
        print(name, ", ".join(f"{score} {value:.3f}" for score, value in scores.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
