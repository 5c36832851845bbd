"""The quality of probabilities, with bootstrap intervals. Necrosis is the positive outcome."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from sklearn.metrics import brier_score_loss, roc_auc_score

from rnapp.types import Array, FloatArray

THRESHOLD = 0.5
RESAMPLES = 500
INTERVAL = (2.5, 97.5)  # percentiles


def scores(probabilities: FloatArray, labels: Sequence[int]) -> dict[str, float]:
    """AUC, accuracy, sensitivity, specificity and Brier score. Both outcomes must occur."""
    truth = np.asarray(labels)
    called = np.asarray(probabilities) >= THRESHOLD
    return {
        "auc": float(roc_auc_score(truth, probabilities)),
        "accuracy": float((called == truth).mean()),
        "sensitivity": float(called[truth == 1].mean()),
        "specificity": float((~called[truth == 0]).mean()),
        "brier": float(brier_score_loss(truth, probabilities)),
    }


def scores_with_intervals(probabilities: FloatArray, labels: Sequence[int], patients: Sequence[str],
                          seed: int) -> dict[str, float]:
    """The scores and the 95 % interval of the AUC (auc_low, auc_high), resampling patients, not lesions."""
    result = scores(probabilities, labels)
    low, high = _interval(lambda rows: float(roc_auc_score(np.asarray(labels)[rows], probabilities[rows])),
                          labels, patients, seed)
    return result | {"auc_low": low, "auc_high": high}


def named(cohort: str, model: str, values: Mapping[str, float]) -> dict[str, float]:
    """Metrics as the card lists them: "held_out/multimodal/auc"."""
    return {f"{cohort}/{model}/{name}": round(value, 4) for name, value in values.items()}


def _interval(score: Callable[[Array], float], labels: Sequence[int], patients: Sequence[str],
              seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    everyone = sorted(set(patients))
    rows_of = {patient: [row for row, p in enumerate(patients) if p == patient] for patient in everyone}
    values = []
    for _ in range(RESAMPLES):
        drawn = rng.choice(len(everyone), len(everyone))
        rows = np.concatenate([rows_of[everyone[n]] for n in drawn])
        if len(set(np.asarray(labels)[rows])) == 2:  # an AUC needs both outcomes
            values.append(score(rows))
    low, high = np.percentile(values, INTERVAL)
    return float(low), float(high)
