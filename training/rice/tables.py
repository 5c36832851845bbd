"""The paper's table with its figures beside ours; its gaps are left empty, and anything not yet measured is marked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnapp.phantom.glioblastoma import EASY, NULL, STANDARD
from rnapp.tasks.rice.sample import DOSE, EVENT, POST_OP
from training.rice.config import ALL, COMBINATIONS, FOLDS, Inputs, RiceConfig, name_of
from training.rice.experiment import (
    NUMBERS,
    Answers,
    Numbers,
    Truth,
    answers_of_numbers,
    finished,
    read_answers,
    truth_of,
)
from training.rice.heads import Cohort
from training.rice.occluded import NOTE
from training.rice.scores import (
    Score,
    auc_with_interval,
    f1_with_interval,
    macro_f1,
    mean_probability,
    share_of_attainable,
    share_right,
    vote,
)

NAMES = {DOSE: "dose", EVENT: "event MRI", POST_OP: "post-operative MRI"}
# arXiv 2603.11827, macro F1 on real patients (validation, test); nothing where no text found gives a figure.
PUBLISHED = {(POST_OP,): ("0.70", ""), (EVENT,): ("0.58", ""), (DOSE,): ("0.78", ""), (EVENT, POST_OP): ("", ""),
             (POST_OP, DOSE): ("0.828", ""), (EVENT, DOSE): ("0.83", ""), ALL: ("0.804", "0.916")}
PAPER_ORDER: tuple[Inputs, ...] = ((EVENT, DOSE), (POST_OP, DOSE), ALL, (DOSE,), (POST_OP,), (EVENT,))
ROWS: tuple[Inputs, ...] = ((POST_OP,), (EVENT,), (DOSE,), (EVENT, POST_OP), (POST_OP, DOSE), (EVENT, DOSE), ALL)
BLANK = "not run yet"
SYNTHETIC = (
    "**A test of the machinery, no evidence about patients.** All heads, lesions and doses are synthetic, drawn by "
    "rnapp from the SRI24 atlas. The paper's values beside ours are of real patients and are not to be reached or "
    "compared by size.")


@dataclass(frozen=True)
class Results:
    """The contents of a run's folder. attainable: combination's name → best macro F1, standard setting."""

    out: Path
    config: RiceConfig
    seeds: int
    attainable: dict[str, float]

    def cohort(self, setting: str, seed: int) -> Cohort:
        """One of the run's."""
        return Cohort(setting, seed, self.config)

    def folder(self, setting: str, seed: int) -> Path:
        """Of a cohort."""
        return self.out / f"{setting}-{seed}"

    def answers(self, setting: str, seed: int, inputs: Inputs) -> Answers | None:
        """None if a fold is missing."""
        folder = self.folder(setting, seed)
        return read_answers(folder, inputs) if finished(inputs, folder) else None


@dataclass(frozen=True)
class Measured:
    """Macro F1 of one combination. validation, test: of each fold's own network; vote, mean: of the folds together;
    auc: of their mean probability."""

    validation: tuple[float, ...]
    test: tuple[float, ...]
    vote: Score
    mean: Score
    auc: Score


def measure(answers: Answers, truth: Truth, seed: int) -> Measured:
    """The scores of a combination."""
    folds = range(FOLDS)
    together = mean_probability(answers.test)
    return Measured(
        tuple(macro_f1(answers.validation[n] > 0, truth.validation[n]) for n in folds),
        tuple(macro_f1(answers.test[n] > 0, truth.test) for n in folds),
        f1_with_interval(vote(answers.test), truth.test, seed),
        f1_with_interval(together > 0.5, truth.test, seed), auc_with_interval(together, truth.test, seed))


def document(results: Results, command: str) -> str:
    """Everything, Markdown."""
    seeds = range(results.seeds)
    sizes, first = results.config, results.cohort(STANDARD.name, 0)
    published = share_right(11, 12)
    return "\n\n".join([
        "# RICE-NET on synthetic patients", SYNTHETIC,
        f"`{command}`; code {', '.join(_versions(results)) or BLANK}. Input {sizes.side}³ at "
        f"{sizes.spacing_um / 1000:g} mm, width {sizes.width_thousandths / 1000:g}, stride {sizes.stride}; "
        f"{first.epochs} epochs of {sizes.heads} new heads ({results.cohort(EASY.name, 0).epochs} in the easy and the "
        f"null setting), a fifth left out by each of {FOLDS} folds; {sizes.validation} validation patients a fold, "
        f"{sizes.test} test patients who were drawn for nothing else. The settings were chosen on other seeds.",
        _state(results),
        "## Does the machinery work?\n\n" + _controls(results),
        *[f"## The seven combinations, cohort seed {seed}\n\n{_combinations(results, seed)}" for seed in seeds],
        f"## Over {results.seeds} cohorts\n\n{_over_cohorts(results)}",
        f"The paper's test F1 of 0.916 is 11 of 12 patients right: 95 % interval {published.low:.2f} to "
        f"{published.high:.2f}. Its other test figures and the validation figure of both MRIs are in no text found.",
        "## Is the order of the paper's combinations found?\n\n" + _order(results),
        "## Does the network look where the dose is?\n\n" + _occlusion(results),
        "## How to read it\n\n" + _NOTES]) + "\n"


_NOTES = """- *Attainable*: macro F1 of a classifier on the parameters that the patients were drawn from, as far as the
  channels show them; no picture can tell more. Share of the attainable: (F1 − 0.5) / (attainable − 0.5); 0.5 is chance.
- *Validation*, *each fold*: mean ± standard deviation over the five networks. *Vote*: what most of the five call.
  *Mean*: of their probabilities, as in the app. In brackets: 95 % interval, resampling patients (500 times); it leaves
  out that other networks would have come of another training.
- *Three numbers*: target volume, highest dose and technique, measured from the dose as a reader would; no network.
- Where dose alone is nearly as good as dose with MRI, the network reads the plan, not the lesion."""


def _state(results: Results) -> str:
    missing = [f"{setting} setting, seed {seed}: {_called(inputs)}" for setting, seed, inputs in wanted(results.seeds)
               if results.answers(setting, seed, inputs) is None]
    return ("Every part of the run is here." if not missing else
            "**Not run yet** (the same command goes on with it): " + "; ".join(missing) + ".")


def wanted(seeds: int) -> tuple[tuple[str, int, Inputs], ...]:
    """Setting, seed and inputs of all that a run holds at its end."""
    return ((EASY.name, 0, ALL), *((NULL.name, 0, one) for one in COMBINATIONS),
            *((STANDARD.name, seed, one) for seed in range(seeds) for one in COMBINATIONS))


def _controls(results: Results) -> str:
    lines = ["| setting | inputs | AUC, folds together | test F1, mean | wanted |", "|---|---|---|---|---|"]
    for setting, inputs in ((EASY.name, ALL), *((NULL.name, one) for one in COMBINATIONS)):
        words = "AUC at least 0.95" if setting == EASY.name else "0.5 inside the interval of the AUC"
        answers = results.answers(setting, 0, inputs)
        if answers is None:
            lines.append(f"| {setting} | {_called(inputs)} | {BLANK} | {BLANK} | {words} |")
            continue
        found = measure(answers, truth_of(results.cohort(setting, 0)), 0)
        met = found.auc.value >= 0.95 if setting == EASY.name else found.auc.low <= 0.5 <= found.auc.high
        lines.append(f"| {setting} | {_called(inputs)} | {_score(found.auc)} | {_score(found.mean)} | {words}: "
                     f"{'yes' if met else '**no**'} |")
    return "\n".join(lines)


def _combinations(results: Results, seed: int) -> str:
    lines = ["| inputs | validation F1 | paper | test F1, each fold | test F1, vote | test F1, mean | paper | AUC | "
             "attainable | share of it |", "|---|---|---|---|---|---|---|---|---|---|"]
    truth = truth_of(results.cohort(STANDARD.name, seed))
    for inputs in ROWS:
        answers, best = results.answers(STANDARD.name, seed, inputs), results.attainable[name_of(inputs)]
        if answers is None:
            lines.append(_row(_called(inputs), BLANK, PUBLISHED[inputs], (BLANK,) * 4, f"{best:.2f}", ""))
            continue
        found = measure(answers, truth, seed)
        cells = (_spread(found.test), _score(found.vote), _score(found.mean), _score(found.auc))
        share = share_of_attainable(found.mean.value, best)
        lines.append(_row(_called(inputs), _spread(found.validation), PUBLISHED[inputs], cells, f"{best:.2f}",
                          f"{share:.0%}"))
    numbers = numbers_answers(results, seed)
    if numbers is not None:
        found = measure(numbers, truth, seed)
        cells = (_spread(found.test), _score(found.vote), _score(found.mean), _score(found.auc))
        lines.append(_row("three numbers, no network", _spread(found.validation), ("", ""), cells, "", ""))
    return "\n".join(lines)


def numbers_answers(results: Results, seed: int) -> Answers | None:
    """The baseline's; None where the numbers were not measured yet."""
    file = results.folder(STANDARD.name, seed) / NUMBERS
    if not file.is_file():
        return None
    with np.load(file) as stored:
        return answers_of_numbers(Numbers(stored["validation"], stored["test"]),
                                  truth_of(results.cohort(STANDARD.name, seed)))


def _over_cohorts(results: Results) -> str:
    lines = ["| inputs | cohorts | validation F1 | test F1, mean | attainable | share of it |",
             "|---|---|---|---|---|---|"]
    for inputs in ROWS:
        found = _measured(results, inputs, range(results.seeds))
        best = results.attainable[name_of(inputs)]
        if not found:
            lines.append(f"| {_called(inputs)} | 0 | {BLANK} | {BLANK} | {best:.2f} | |")
            continue
        test = [one.mean.value for one in found]
        share = share_of_attainable(float(np.mean(test)), best)
        validation = [float(np.mean(one.validation)) for one in found]
        lines.append(f"| {_called(inputs)} | {len(found)} | {_spread(validation)} | {_spread(test)} | {best:.2f} | "
                     f"{share:.0%} |")
    return "\n".join(lines) + "\n\nMean ± standard deviation over the cohorts that have the combination."


def _measured(results: Results, inputs: Inputs, seeds: Sequence[int]) -> list[Measured]:
    found = [(seed, results.answers(STANDARD.name, seed, inputs)) for seed in seeds]
    return [measure(answers, truth_of(results.cohort(STANDARD.name, seed)), seed) for seed, answers in found if answers]


def _order(results: Results) -> str:
    """Over the cohorts that have every combination of the paper."""
    whole = [seed for seed in range(results.seeds)
             if all(results.answers(STANDARD.name, seed, inputs) for inputs in PAPER_ORDER)]
    if not whole:
        return f"{BLANK.capitalize()}: not every combination is there."
    ours = {inputs: float(np.mean([np.mean(one.validation) for one in _measured(results, inputs, whole)]))
            for inputs in PAPER_ORDER}
    ordered = sorted(ours, key=lambda inputs: -ours[inputs])
    agree = sum(ours[a] > ours[b] for n, a in enumerate(PAPER_ORDER) for b in PAPER_ORDER[n + 1:])
    pairs = len(PAPER_ORDER) * (len(PAPER_ORDER) - 1) // 2
    words = "It is found" if agree == pairs else "It is **not** found entirely"
    return (f"{words}, over {len(whole)} cohort(s) with every combination: {agree} of {pairs} pairs of combinations "
            f"are ordered by validation F1 as in the paper. The paper: {', '.join(map(_called, PAPER_ORDER))}. Here: "
            + ", ".join(f"{_called(one)} {ours[one]:.2f}" for one in ordered) + ". Read it beside the spreads above. "
            + _against_numbers(results, whole))


def _against_numbers(results: Results, seeds: Sequence[int]) -> str:
    """The network on all inputs beside the baseline, test F1."""
    net = [one.mean.value for one in _measured(results, ALL, seeds)]
    plain = [measure(found, truth_of(results.cohort(STANDARD.name, seed)), seed).mean.value for seed in seeds
             if (found := numbers_answers(results, seed))]
    if len(net) != len(plain):
        return ""
    better = sum(a > b for a, b in zip(net, plain, strict=True))
    return (f"In {better} of {len(net)} the network on all three inputs has a better test F1 than three numbers of the "
            f"plan without any network ({np.mean(net):.2f} against {np.mean(plain):.2f}).")


def _occlusion(results: Results) -> str:
    lines = ["| cohort seed | patients | all hidden together | both scans hidden | dose hidden |",
             "|---|---|---|---|---|"]
    for seed in range(results.seeds):
        file = results.folder(STANDARD.name, seed) / NOTE
        if file.is_file():
            found = json.loads(file.read_text(encoding="utf-8"))
            lines.append(f"| {seed} | {len(found['all'])} | {_spread(found['all'])} | {_spread(found['scans'])} | "
                         f"{_spread(found['dose'])} |")
        else:
            lines.append(f"| {seed} | | {BLANK} | {BLANK} | {BLANK} |")
    return ("Correlation of the occlusion map of the network on all three inputs with the dose, over the voxels of the "
            "brain, mean ± standard deviation over test patients. The paper says that its maps are highly correlated "
            "with high-dose regions, and gives no figure. Where the dose is hidden too, such a correlation is to be "
            "expected.\n\n" + "\n".join(lines))


def _versions(results: Results) -> Sequence[str]:
    found = [results.answers(*one) for one in wanted(results.seeds)]
    return sorted({version for answers in found if answers for version in answers.versions})


def _row(name: str, validation: str, paper: tuple[str, str], cells: tuple[str, ...], best: str, share: str) -> str:
    each, by_vote, mean, auc = cells
    return "| " + " | ".join([name, validation, paper[0], each, by_vote, mean, paper[1], auc, best, share]) + " |"


def _called(inputs: Inputs) -> str:
    return "all three" if inputs == ALL else " + ".join(NAMES[one] for one in inputs)


def _score(score: Score) -> str:
    return f"{score.value:.2f} ({score.low:.2f}–{score.high:.2f})"


def _spread(values: Sequence[float]) -> str:
    deviation = f" ± {np.std(values, ddof=1):.2f}" if len(values) > 1 else ""
    return f"{np.mean(values):.2f}{deviation}"
