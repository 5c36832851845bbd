"""ROC and decision curves of one cohort."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score, roc_curve

from training.experiment import TESTS, Experiment
from training.statistics import net_benefit
from training.tables import NAMES, TABLES

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9")  # Okabe and Ito: safe for the colour-blind
THRESHOLDS = np.linspace(0.05, 0.95, 91)


def save_figures(experiment: Experiment, heading: str, folder: Path) -> None:
    """roc.png (Figure 2 of the paper) and decision.png in the folder. heading: what the lesions are."""
    roc = Figure(figsize=(9, 8), layout="constrained")
    for row, names in zip(roc.subplots(2, 2), list(TABLES.values())[:2], strict=True):
        for axes, cohort in zip(row, TESTS, strict=True):
            _roc(axes, experiment, names, cohort)
    roc.suptitle(heading, fontsize=9)
    roc.savefig(folder / "roc.png", dpi=90)
    decision = Figure(figsize=(9, 4), layout="constrained")
    for axes, cohort in zip(decision.subplots(1, 2), TESTS, strict=True):
        _decision(axes, experiment, cohort)
    decision.suptitle(heading, fontsize=9)
    decision.savefig(folder / "decision.png", dpi=90)


def _roc(axes: Axes, experiment: Experiment, names: tuple[str, ...], cohort: str) -> None:
    labels = experiment.data.tests[cohort].rows.labels
    for name, colour in zip(names, COLOURS, strict=False):
        probabilities = experiment.together(name, cohort)
        false, true, _ = roc_curve(labels, probabilities)
        axes.plot(false, true, color=colour, label=f"{NAMES[name]}, AUC {roc_auc_score(labels, probabilities):.2f}")
    axes.plot([0, 1], [0, 1], color="#999999", linestyle=":")
    axes.set(title=f"{TESTS[cohort]} (n = {len(labels)})", xlabel="1 − specificity", ylabel="sensitivity", aspect=1)
    axes.legend(fontsize=8, loc="lower right")


def _decision(axes: Axes, experiment: Experiment, cohort: str) -> None:
    labels = experiment.data.tests[cohort].rows.labels
    for name, colour in zip(("ssl_vit", "multimodal"), COLOURS, strict=False):
        axes.plot(THRESHOLDS, net_benefit(experiment.together(name, cohort), labels, THRESHOLDS), color=colour,
                  label=NAMES[name])
    everyone = net_benefit(np.ones(len(labels)), labels, THRESHOLDS)
    axes.plot(THRESHOLDS, everyone, color="#999999", label="call all necrosis")
    axes.axhline(0, color="#333333", label="call none")
    axes.set(title=TESTS[cohort], xlabel="threshold probability of necrosis", ylabel="net benefit",
             ylim=(-0.1, max(0.1, float(everyone.max()) * 1.2)))
    axes.legend(fontsize=8)
