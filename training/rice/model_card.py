"""MODEL_CARD.md of the demonstration of RICE-NET: the items of TRIPOD+AI (Collins et al. 2024) needed first."""

from collections.abc import Mapping
from typing import Any

from training.rice.tables import NAMES

_TEXT = """# {name}, version {version}

**Trained on synthetic patients. Its answers mean nothing clinically and must not be used for any patient.**
It exists so that rnapp can be tried, tested and shown without any patient's data.

- **What it does.** Probability that new contrast enhancement after radiotherapy of a glioblastoma is radiation-induced
  (RICE, else recurrence), from the T1 after contrast with the new enhancement, that after surgery, and the radiotherapy
  dose. It holds models for {combinations}; for other inputs it has none.
- **Method.** RICE-NET (arXiv 2603.11827) in miniature: 3D ResNet-18 (MONAI) with {folds} folds, width {width:g},
  stride {stride}, {side}³ voxels of {spacing:g} mm. Adam, cross-entropy, weighted random sampler, new heads in every
  epoch, batch-norm statistics recomputed over training heads before every evaluation. The answer is the mean of the
  folds' probabilities.
- **Data.** {trained_on}
  {train} heads for training and validation (each fold leaves a fifth of the patients out), {test} fresh ones for the
  test, {rice} of them with RICE.
- **Outcome.** Drawn with the patient; the two outcomes overlap on purpose. The best that any model could reach
  (macro F1, from the parameters the patients were drawn with): {attainable}.
- **What it reads.** As in the paper, the dose alone tells much: the size of the target, its place and its highest dose.
  That is the plan, not the lesion. The technique says nothing about the outcome here; in patients it does.
- **Calibration.** One temperature ({temperature:.2f}), fitted on every fold's own validation patients, so never on the
  test patients. Training saw both outcomes equally often; in the cohort two of five patients have RICE.
- **Limits.** No real scan, one atlas brain, no registration error, no treatment effects but the drawn ones, no fairness
  analysis.
- **Licence.** {licence}. Source: {source}.

## Measured on the weights as stored (half precision), on fresh synthetic patients

| inputs | test F1 (95 % interval) | test F1, majority vote | AUC (95 % interval) | validation F1 |
|---|---|---|---|---|
{rows}

Macro F1 at 0.5 of the folds' mean probability. Intervals: bootstrap over patients.

## Made by

`{command}`, seed {seed}; code {code}; {seconds} seconds for these combinations with {threads} thread(s);
Python {python}, {versions}.
"""


def model_card(card: Mapping[str, Any], command: str) -> str:
    """The text for a bundle's card.json, already parsed."""
    training, sizes = card["training"], card["sizes"]
    combinations = list(dict.fromkeys(tuple(one["inputs"]) for one in card["folds"]))
    return _TEXT.format(
        **{name: card[name] for name in ("name", "version", "licence", "source", "trained_on")},
        combinations="; ".join(map(_called, combinations)), folds=len(card["folds"]) // len(combinations),
        width=sizes["width_thousandths"] / 1000, stride=sizes["stride"], side=sizes["side"],
        spacing=sizes["spacing_um"] / 1000, train=training["cohorts"]["train"], test=training["cohorts"]["test"],
        rice=training["cohorts"]["test_rice"],
        attainable=", ".join(f"{_called(one)} {training['attainable']['+'.join(one)]:.2f}" for one in combinations),
        temperature=card["calibration"]["temperature"],
        rows="\n".join(_row(one, card["metrics"]) for one in combinations), command=command,
        seed=training["configuration"]["seed"], code=", ".join(training["code"]),
        seconds=sum(training["seconds"].values()), threads=training["threads"], python=training["python"],
        versions=", ".join(f"{name} {found}" for name, found in training["versions"].items()))


def _row(inputs: tuple[str, ...], metrics: Mapping[str, float]) -> str:
    test = {name: metrics[f"test/{'+'.join(inputs)}/{name}"] for name in
            ("f1", "f1_low", "f1_high", "f1_vote", "auc", "auc_low", "auc_high")}
    return (f"| {_called(inputs)} | {test['f1']:.2f} ({test['f1_low']:.2f}–{test['f1_high']:.2f}) | "
            f"{test['f1_vote']:.2f} | {test['auc']:.2f} ({test['auc_low']:.2f}–{test['auc_high']:.2f}) | "
            f"{metrics['validation/' + '+'.join(inputs) + '/f1']:.2f} |")


def _called(inputs: tuple[str, ...]) -> str:
    return " + ".join(NAMES[one] for one in inputs)
