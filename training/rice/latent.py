"""The best attainable scores: classifiers that know how each patient was drawn, and one that knows three numbers.

No picture tells more about a patient than the parameters it was drawn from, so a classifier on those of them that a
channel shows is a ceiling for the network on that channel (apart from the classifier's own error).
"""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from rnapp.phantom.glioblastoma import SETTINGS, GlioblastomaLabel, GlioblastomaParameters, Setting, sample_parameters
from rnapp.tasks.rice.sample import DOSE, EVENT, POST_OP
from rnapp.types import Array, FloatArray
from training.rice.config import Inputs
from training.rice.scores import macro_f1

# The most that each channel can show of a patient.
VISIBLE = {
    DOSE: ("target_ml", "target_ventricle", "hottest", "protons"),
    POST_OP: ("cavity_radius", "target_ventricle", "residual", "rim"),
    EVENT: ("lesion_ventricle", "lesion_rim", "gap", "lesion_cavity", "lesion_radius", "enhancement", "oedema",
            "cavity_radius", "target_ventricle"),
}
# What needs two channels at once: how deep in the target the lesion lies.
TOGETHER = {frozenset((DOSE, EVENT)): ("lesion_depth",)}
STREAM = 7  # of random numbers, which no cohort uses


def attainable(setting: str, combinations: Sequence[Inputs], seed: int, draws: int) -> tuple[float, ...]:
    """For each combination, macro F1 on this many patients of a classifier fitted to the latent parameters of as many
    others."""
    first, second = (_drawn(SETTINGS[setting], seed, part, draws) for part in (0, 1))
    scores = []
    for inputs in combinations:
        names = visible(inputs)
        model = _fitted(_table(first[1], names), first[0])
        scores.append(macro_f1(model.predict(_table(second[1], names)) == 1, second[0] == 1))
    return tuple(scores)


def visible(inputs: Inputs) -> tuple[str, ...]:
    """Names of the parameters that these channels show, each once."""
    names = [name for one in inputs for name in VISIBLE[one]]
    names += [name for pair, more in TOGETHER.items() if pair <= set(inputs) for name in more]
    return tuple(dict.fromkeys(names))


def three_numbers(training: FloatArray, labels: Array) -> Callable[[FloatArray], FloatArray]:
    """A classifier on target volume, highest dose and technique (shape (N, 3)); gives log-odds of RICE, shape (N,)."""
    model = _fitted(training, labels)
    return lambda values: np.asarray(model.decision_function(values))


def _drawn(setting: Setting, seed: int, part: int, draws: int) -> tuple[Array, list[GlioblastomaParameters]]:
    rng = np.random.default_rng((seed, STREAM, part))
    rice = (rng.random(draws) < setting.share_rice).astype(int)
    labels: list[GlioblastomaLabel] = ["rice" if one else "recurrence" for one in rice]
    return rice, [sample_parameters(setting, label, rng) for label in labels]


def _table(patients: Sequence[GlioblastomaParameters], names: Sequence[str]) -> FloatArray:
    return np.array([[float(p.technique == "proton") if name == "protons" else getattr(p, name) for name in names]
                     for p in patients])


def _fitted(values: FloatArray, labels: Array) -> Pipeline:
    """Logistic regression on the values, their squares and products, both outcomes weighing the same."""
    model = make_pipeline(StandardScaler(), PolynomialFeatures(2, include_bias=False),
                          LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced"))
    return model.fit(values, labels)
