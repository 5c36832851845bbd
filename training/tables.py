"""The paper's tables with its own values beside ours, and the distribution of each difference over cohorts.

As in the paper, each fold's model is applied to the whole test cohort, with the threshold that maximises Youden's index
on its own validation fold; a cell is mean ± standard deviation over the folds. The app averages the folds, so they are
reported averaged too.
"""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from sklearn.metrics import roc_auc_score

from rnapp.types import ClinicalValue, FloatArray
from training.arms import Answers, FoldData
from training.cohort import Case
from training.evaluate import scores_with_intervals
from training.experiment import TESTS, Experiment
from training.statistics import Compared, calibration, compare_counts, compare_values, delong, paired_t, youden

MEASURES = ("AUC", "Accuracy", "Sensitivity", "Specificity")
NAMES = {
    "radiomics": "Radiomics", "resnet50": "ResNet-50", "ssl_vit": "SSL ViT", "clinical": "Clinical",
    "radiomics_clinical": "Radiomics + clinical", "multimodal": "SSL ViT + clinical + radiomics",
    "supervised_vit": "Supervised ViT", "ssl_vit_t1ce": "SSL ViT, T1CE only",
}
TABLES = {
    "Table 2: one modality": ("radiomics", "resnet50", "ssl_vit"),
    "Table 3: modalities together": ("ssl_vit", "clinical", "radiomics_clinical", "multimodal"),
    "Ablation": ("supervised_vit", "ssl_vit_t1ce", "ssl_vit"),
}
# Gomaa et al. 2025, Tables 2 and 3 and Ablation Experiments: (same centre, second centre) AUC on real patients.
PUBLISHED_AUC = {
    "radiomics": ("0.807 ± 0.046", "0.691 ± 0.046"), "resnet50": ("0.637 ± 0.107", "0.525 ± 0.042"),
    "ssl_vit": ("0.916 ± 0.008", "0.764 ± 0.056"), "clinical": ("0.711 ± 0.052", "0.636 ± 0.019"),
    "radiomics_clinical": ("0.886 ± 0.068", "0.706 ± 0.054"), "multimodal": ("0.947 ± 0.019", "0.821 ± 0.029"),
    "supervised_vit": ("0.624", "0.496"), "ssl_vit_t1ce": ("0.895", "0.717"),
}
DIFFERENCES = {
    "SSL − supervised": ("ssl_vit", "supervised_vit"), "with mask − without": ("ssl_vit", "ssl_vit_t1ce"),
    "multimodal − SSL ViT": ("multimodal", "ssl_vit"),
    "multimodal − radiomics + clinical": ("multimodal", "radiomics_clinical"),
}


def by_fold(data: FoldData, answers: Answers, cohort: str) -> dict[str, FloatArray]:
    """Each measure of each fold's model on a test cohort, shape (folds,)."""
    truth = np.array(data.tests[cohort].rows.labels) == 1
    labels = np.array(data.training.rows.labels)
    found: dict[str, list[float]] = {measure: [] for measure in MEASURES}
    for split, probabilities in zip(data.splits, answers.tests[cohort], strict=True):
        called = probabilities >= youden(answers.out_of_fold[split.apart], labels[split.apart])
        values = (roc_auc_score(truth, probabilities), (called == truth).mean(), called[truth].mean(),
                  (~called[~truth]).mean())
        for measure, value in zip(MEASURES, values, strict=True):
            found[measure].append(float(value))
    return {measure: np.array(values) for measure, values in found.items()}


def compared(experiment: Experiment, first: str, second: str, cohort: str) -> tuple[float, Compared]:
    """The paper's paired t-test over the folds' AUC, and DeLong's test of the averaged folds."""
    folds = [by_fold(experiment.data, experiment.arms[name], cohort)["AUC"] for name in (first, second)]
    return paired_t(*folds), delong(experiment.together(first, cohort), experiment.together(second, cohort),
                                    experiment.data.tests[cohort].rows.labels)


def performance(experiment: Experiment) -> str:
    """Tables 2 and 3 and the ablation of one cohort, Markdown."""
    parts = []
    for title, names in TABLES.items():
        parts.append(f"### {title}\n\n| test cohort | measure | {' | '.join(NAMES[name] for name in names)} |\n"
                     f"|---|---|{'---|' * len(names)}")
        for place, (cohort, words) in enumerate(TESTS.items()):
            found = {name: by_fold(experiment.data, experiment.arms[name], cohort) for name in names}
            parts += [f"| {words} | {measure} | " + " | ".join(_spread(found[name][measure]) for name in names) + " |"
                      for measure in MEASURES]
            parts.append(f"| {words} | AUC in the paper (real patients) | "
                         + " | ".join(PUBLISHED_AUC[name][place] for name in names) + " |")
        parts.append("")
    return "\n".join(parts)


def tests_of(experiment: Experiment) -> str:
    """Each difference with the paper's test and DeLong's, Markdown."""
    lines = ["| difference of AUC | test cohort | folds averaged (95 % interval) | p, DeLong | p, paired t |",
             "|---|---|---|---|---|"]
    for title, (first, second) in DIFFERENCES.items():
        for cohort, words in TESTS.items():
            t, found = compared(experiment, first, second, cohort)
            interval = f"{found.low:+.3f} to {found.high:+.3f}" if math.isfinite(found.low) else "no interval"
            lines.append(f"| {title} | {words} | {found.difference:+.3f} ({interval}) | {_p(found.p)} | {_p(t)} |")
    lines += ["", "DeLong's test treats lesions of one patient as independent, and the t-test does the same with folds "
                  "that share training rows: both p-values are too small."]
    return "\n".join(lines)


def folds_together(experiment: Experiment) -> str:
    """Every model with its folds averaged, as in the app: AUC, Brier score and calibration, Markdown."""
    lines = ["| model | test cohort | AUC (95 %, bootstrap over patients) | Brier | calibration slope | intercept |",
             "|---|---|---|---|---|---|"]
    for name, model in NAMES.items():
        for cohort, words in TESTS.items():
            part, found = experiment.data.tests[cohort], experiment.together(name, cohort)
            scores = scores_with_intervals(found, part.rows.labels, part.patients, experiment.seed)
            slope, intercept = calibration(found, part.rows.labels)
            lines.append(f"| {model} | {words} | {scores['auc']:.3f} ({scores['auc_low']:.3f} to "
                         f"{scores['auc_high']:.3f}) | {scores['brier']:.3f} | {slope:.2f} | {intercept:+.2f} |")
    return "\n".join(lines)


def over_cohorts(experiments: Sequence[Experiment], tests: Mapping[str, str] = MappingProxyType(TESTS)) -> str:
    """Each difference of the mean AUC over folds, over all cohort seeds, Markdown. tests: cohort → its name."""
    lines = ["| difference of AUC | test cohort | mean ± sd | least | most | cohorts above 0 |",
             "|---|---|---|---|---|---|"]
    for title, pair in DIFFERENCES.items():
        for cohort, words in tests.items():
            first, second = (np.array([by_fold(one.data, one.arms[name], cohort)["AUC"].mean()
                                       for one in experiments]) for name in pair)
            found = first - second
            spread = f" ± {found.std(ddof=1):.3f}" if len(found) > 1 else ""
            lines.append(f"| {title} | {words} | {found.mean():+.3f}{spread} | {found.min():+.3f} | "
                         f"{found.max():+.3f} | {int((found > 0).sum())} of {len(found)} |")
    lines += ["", "| model | " + " | ".join(f"{words}, mean AUC (least to most)" for words in tests.values()) + " |",
              "|---|---|---|"]
    for name, words in NAMES.items():
        cells = [np.array([by_fold(one.data, one.arms[name], cohort)["AUC"].mean() for one in experiments])
                 for cohort in tests]
        lines.append(f"| {words} | " + " | ".join(f"{c.mean():.3f} ({c.min():.3f} to {c.max():.3f})" for c in cells)
                     + " |")
    return "\n".join(lines)


def characteristics(data: FoldData) -> str:
    """Table 1: both centres and the tests of their difference, Markdown."""
    first = [*data.training.cases, *data.tests["held_out"].cases]
    second = list(data.tests["second_centre"].cases)
    lines = [f"| | First centre (n = {len(first)}) | Second centre (n = {len(second)}) | p | test |",
             "|---|---|---|---|---|"]
    groups = (first, second)
    lines += _counts("Radiation necrosis", [[case.necrosis for case in group] for group in groups], {1: "yes"})
    lines += _counts("sex", _values(groups, "sex"), {"male": "Male"})
    lines += _counts("wbrt_before", _values(groups, "wbrt_before"), {True: "WBRT before"})
    tumours = _values(groups, "primary_tumour")
    lines += _counts("Primary tumour", tumours,
                     {tumour: str(tumour) for tumour in sorted({str(t) for group in tumours for t in group if t})})
    for name, unit in (("age", "years"), ("months_since_radiosurgery", "months")):
        values = [np.array([np.nan if value is None else value for value in group], float)
                  for group in _values(groups, name)]
        found = compare_values(*values)
        cells = [_mean_and_range(v[~np.isnan(v)]) for v in values]
        lines.append(f"| {name.replace('_', ' ')}, {unit}, mean (range) | {cells[0]} | {cells[1]} | {_p(found.p)} | "
                     f"{found.test} |")
    return "\n".join(lines)


def _values(groups: Sequence[Sequence[Case]], name: str) -> list[list[ClinicalValue]]:
    """One entry of the form of each group's lesions."""
    return [[case.clinical[name] for case in group] for group in groups]


def _counts(title: str, groups: Sequence[Sequence[object]], words: Mapping[object, str]) -> list[str]:
    """Lines for the counts of some values; the test is over these values and all others that are known."""
    known = [[value for value in group if value is not None] for group in groups]
    table = [[sum(value == code for value in group) for group in known] for code in words]
    rest = [len(group) - sum(row[place] for row in table) for place, group in enumerate(known)]
    found = compare_counts(np.array([*table, rest]))
    lines = []
    for number, (row, word) in enumerate(zip(table, words.values(), strict=True)):
        cells = " | ".join(f"{n} ({n / max(len(group), 1):.1%})" for n, group in zip(row, known, strict=True))
        lines.append(f"| {title.replace('_', ' ')}: {word} | {cells} | "
                     + (f"{_p(found.p)} | {found.test} |" if number == 0 else "| |"))
    return lines


def _spread(values: FloatArray) -> str:
    return f"{values.mean():.3f} ± {values.std(ddof=1):.3f}"


def _mean_and_range(known: FloatArray) -> str:
    return f"{known.mean():.1f} ({known.min():.0f} – {known.max():.0f})" if len(known) else "unknown"


def _p(value: float) -> str:
    """A p; a dash where there is none."""
    return "–" if math.isnan(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"
