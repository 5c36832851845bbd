"""MODEL_CARD.md of a bundle: the items of TRIPOD+AI (Collins et al. 2024) that a reader needs first."""

from collections.abc import Mapping
from typing import Any

from rnapp.models.trust_card import ENTRY
from training.calibration.tables import trust_section

_MODELS = {"clinical": "clinical data alone", "vit": "ViT alone", "multimodal": "all together (what the app shows)"}
_COHORTS = {"out_of_fold": "Training lesions, out of fold", "held_out": "Held-out patients, same centre",
            "second_centre": "Second centre", "fresh_first": "Fresh lesions, first centre",
            "fresh_second": "Fresh lesions, second centre"}

_TEXT = """# {name}, version {version}

{opening}

- **What it does.** Probability that a contrast-enhancing lesion after radiosurgery is radiation necrosis (else
  progression), from a 64 mm cube of T1CE with the lesion mask, radiomics and six clinical values, each of which
  may be unknown.
- **Method.** Gomaa et al. 2025 in miniature: context restoration and contrastive pre-training, {folds}-fold
  fine-tuning of a 3D Vision Transformer, feature selection with LASSO, out-of-fold stacking, temperature scaling.
- **Data.** {trained_on}
  {sizes}
- **Outcome.** {outcome}
- **Missing values.** Unknown counts as the training mean.
- **Samples apart.** By patient: no patient is both trained on and tested on. Feature selection, standardisation and
  weights of a fold never saw that fold. The temperature ({temperature:.2f}) is fitted on the out-of-fold log-odds,
  so the out-of-fold Brier score of "all together" is slightly flattering.
- **Limits.** {limits}
- **Licence.** {licence}. Source: {source}.

## Measured on the weights as stored (half precision), called necrosis from 0.5 on

The app shows the probability and calls nothing; the tables of a run use the threshold of Youden's index.

| lesions | model | AUC (95 % interval) | accuracy | sensitivity | specificity | Brier |
|---|---|---|---|---|---|---|
{rows}

Intervals: bootstrap over patients. {necrosis_note}

## Made by

`{command}` in {minutes:.1f} minutes with {threads} threads, seed {seed}; code {code}; SHA-256 of the data {data};
Python {python}, {versions}.
Seconds per stage: {stages}.
"""


_SYNTHETIC = {
    "opening": "**Trained on synthetic lesions. Its answers mean nothing clinically and must not be used for any "
               "patient.**\nIt exists so that rnapp can be tried, tested and shown without any patient's data.",
    "outcome": "Drawn with the lesion; the two kinds overlap on purpose, so that no reader can be right every time.",
    "limits": "No real scan, one atlas brain, no treatment effects but the drawn ones, no fairness analysis.",
}
_PATIENTS = {
    "opening": "**Research use only, not a medical device.** Before any use its owner has to complete this card: the "
               "reference standard, the scanners, who is missing from the data, and who may use it for whom.",
    "outcome": "As its owner's cohort table gives it.",
    "limits": "Not stated yet. No fairness analysis.",
}


def model_card(card: Mapping[str, Any], command: str) -> str:
    """The text for a bundle's card.json of schema 2, already parsed."""
    training = card["training"]
    cohorts = training["cohorts"]
    values = {name: card[name] for name in ("name", "version", "licence", "source", "trained_on")}
    text = _TEXT.format(
        **values, **(_SYNTHETIC if card["demonstration"] else _PATIENTS),
        temperature=card["calibration"]["temperature"], folds=len(card["folds"]),
        sizes=_sizes(cohorts, training["configuration"]), rows=_rows(card["metrics"]),
        necrosis_note=_necrosis(cohorts), command=command,
        minutes=sum(training["wall_s"].values()) / 60, threads=training["threads"],
        seed=training["configuration"]["seed"], code=", ".join(training["code"]), data=training["data"],
        python=training["python"], versions=", ".join(f"{name} {v}" for name, v in training["versions"].items()),
        stages=", ".join(f"{name} {seconds:.0f}" for name, seconds in training["wall_s"].items()))
    return f"{text}\n{trust_section(card)}" if ENTRY in card else text


def _sizes(cohorts: Mapping[str, Any], configuration: Mapping[str, Any]) -> str:
    train, held, second = (cohorts[name] for name in ("train", "held_out", "second_centre"))
    return (f"{configuration['cohort']['unlabelled']} lesions without labels for pre-training; {train['lesions']} of "
            f"{train['patients']} patients for training; {held['lesions']} of {held['patients']} patients held "
            f"out; {second['lesions']} of {second['patients']} patients of a second centre.")


def _rows(metrics: Mapping[str, float]) -> str:
    return "\n".join(_row(cohort, model, metrics) for cohort in _COHORTS for model in _MODELS
                     if f"{cohort}/{model}/auc" in metrics)


def _row(cohort: str, model: str, metrics: Mapping[str, float]) -> str:
    value = {name: metrics[f"{cohort}/{model}/{name}"] for name in
             ("auc", "auc_low", "auc_high", "accuracy", "sensitivity", "specificity", "brier")}
    rest = " | ".join(f"{value[name]:.2f}" for name in ("accuracy", "sensitivity", "specificity", "brier"))
    return (f"| {_COHORTS[cohort]} | {_MODELS[model]} | {value['auc']:.2f} ({value['auc_low']:.2f}–"
            f"{value['auc_high']:.2f}) | {rest} |")


def _necrosis(cohorts: Mapping[str, Any]) -> str:
    shares = [f"{cohorts[place]['necrosis']} of {cohorts[place]['lesions']} ({words.lower()})"
              for name, words in _COHORTS.items() if (place := "train" if name == "out_of_fold" else name) in cohorts]
    return f"Necrosis: {', '.join(shares)}."
