"""The calibration of a bundle from its own cohort: what every lesion got from networks that never saw it.

Real patients are few, so those that trained the folds calibrate too, each through the fold that lacks it. Of phantoms
there are as many as wanted; there python -m training.trust replaces this by fresh lesions.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from scipy.special import logit

from rnapp.models.novelty import NoveltyModel
from rnapp.models.vit import read_crop, to_input
from rnapp.models.weights import Bundle
from rnapp.types import Array, FloatArray
from training.calibration.card import Found
from training.calibration.fit import calibration_of
from training.calibration.measure import Asked, with_cohorts
from training.calibration.novelty import FIRST_ORDER, Cases, distances, fit_novelty
from training.cases import Labelled
from training.provenance import code_version

LEAST_OF_OUTCOME = 2  # cases; fewer are no cohort to measure on
_SURE = 1e-6


def found_of_cohort(bundle: Bundle, training: Labelled, out_of_fold: FloatArray, tests: Mapping[str, Labelled],
                    given: Mapping[str, FloatArray]) -> Found | None:
    """out_of_fold: log-odds of the training lesions, as the app would have them; given: the app's probability of each
    test lesion, by cohort. The likeness's limit is from the first test cohort. None where the out-of-fold numbers do
    not rise with the outcome: the card then has no calibration, and the app gives no number unasked."""
    labels = np.array(training.rows.labels)
    fitted = calibration_of(out_of_fold, labels, bundle.card.demonstration)
    if fitted is None:
        return None
    novelty = _novelty(bundle, training, next(iter(tests.values())))
    cohorts = {name: _asked(bundle, part, given[name], novelty) for name, part in tests.items()}
    enough = {name: one for name, one in cohorts.items()
              if min(np.bincount(one.labels, minlength=2)) >= LEAST_OF_OUTCOME}
    return Found(with_cohorts(fitted, enough), MappingProxyType({(): novelty}),
                 made=MappingProxyType({"calibration": "out of fold", "code": code_version()}))


def _novelty(bundle: Bundle, training: Labelled, apart: Labelled) -> NoveltyModel:
    """No pictures: those of patients do not leave the centre."""
    known = set(training.rows.radiomics[0])
    names = sorted(({name for one in bundle.stackers for name in one.columns} | set(FIRST_ORDER)) & known)
    return fit_novelty(_cases(bundle, training, names), _cases(bundle, apart, names), np.zeros((0, 1, 1), np.uint8),
                       averaged=True)


def _asked(bundle: Bundle, part: Labelled, probabilities: FloatArray, novelty: NoveltyModel) -> Asked:
    unlike: Array = distances(novelty, _cases(bundle, part, novelty.columns)) > novelty.limit
    return Asked(logit(np.clip(probabilities, _SURE, 1 - _SURE)), np.array(part.rows.labels), unlike)


def _cases(bundle: Bundle, part: Labelled, names: Sequence[str]) -> Cases:
    embeddings = [[read_crop(vit, to_input(case.crop.channels, bundle.config.side)).embedding for vit in bundle.vits]
                  for case in part.cases]
    features = np.array([[row[name] for name in names] for row in part.rows.radiomics])
    return Cases(np.array(embeddings), features.reshape(len(part.cases), len(names)), names)
