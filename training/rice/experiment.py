"""One cohort through combinations of inputs, each fold kept as soon as it is there: an interrupted run continues from
there."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from rnapp.files import replacing
from rnapp.models.resnet import read_resnet, resnet_bytes
from rnapp.models.resnet_ensemble import ResnetConfig
from rnapp.phantom.anatomy import HeadTemplate
from rnapp.tasks.rice.sample import CHANNELS, DOSE
from rnapp.types import Array, FloatArray
from training.experiment import claim
from training.optimise import Report
from training.provenance import code_version
from training.rice.config import FOLDS, Inputs, RiceConfig, name_of
from training.rice.fit import ask, fit_fold
from training.rice.heads import Cohort, Heads, plan_numbers
from training.rice.latent import three_numbers

NUMBERS = "numbers.npz"


@dataclass(frozen=True, eq=False)
class Answers:
    """Log-odds of RICE of one combination's folds. validation, test: shape (folds, patients), each fold's own patients
    and everyone's; seconds: of training and testing; versions: of the code."""

    validation: FloatArray
    test: FloatArray
    seconds: float
    versions: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Truth:
    """Who has RICE (1 or 0). validation: shape (folds, patients); test: shape (patients,)."""

    validation: Array
    test: Array


@dataclass(frozen=True, eq=False)
class Numbers:
    """Target volume (ml), highest dose (Gy), technique (1 for protons), shape (..., 3), as Truth is ordered."""

    validation: FloatArray
    test: FloatArray


def own_patients(cohort: Cohort, fold: int) -> tuple[int, ...]:
    """The patients on which a fold is validated."""
    return tuple(n for n in cohort.validation if n % FOLDS == fold)


def truth_of(cohort: Cohort) -> Truth:
    """The outcomes."""
    validation = [[cohort.patient("train", n).rice for n in own_patients(cohort, fold)] for fold in range(FOLDS)]
    return Truth(np.array(validation), np.array([cohort.patient("test", n).rice for n in range(cohort.config.test)]))


def open_heads(cohort: Cohort, template: HeadTemplate, folder: Path, report: Report) -> Heads:
    """The cohort's inputs, kept in its folder where the settings say so."""
    heads = Heads(cohort, template, folder / "heads" if cohort.config.kept else None)
    heads.keep(report)
    return heads


def finished(inputs: Inputs, folder: Path) -> bool:
    """Whether every fold of this combination is finished."""
    return all(_file(folder, inputs, fold).is_file() for fold in range(FOLDS))


def run_combination(heads: Heads, inputs: Inputs, folder: Path, report: Report) -> None:
    """All folds. folder: of this cohort alone. Raises InputError where it holds another one's."""
    cohort = heads.cohort
    claim(folder, identity(cohort))
    for fold in range(FOLDS):
        if not _file(folder, inputs, fold).is_file():
            _run_fold(heads, inputs, fold, folder, report)


def identity(cohort: Cohort) -> dict[str, object]:
    """The identity in a cohort's folder."""
    return {"setting": cohort.setting, "seed": cohort.seed, "config": asdict(cohort.config)}


def _run_fold(heads: Heads, inputs: Inputs, fold: int, folder: Path, report: Report) -> None:
    start, cohort = perf_counter(), heads.cohort
    named = f"{cohort.setting}, seed {cohort.seed}, {name_of(inputs)}, fold {fold}"
    content = resnet_bytes(fit_fold(heads, inputs, fold, lambda text: report(f"{named}: {text}")))
    # As it is stored, in half precision.
    net = read_resnet(content, network_config(cohort.config, inputs), name_of(inputs))
    arrays: dict[str, Any] = {
        "validation": ask(net, heads.validation, own_patients(cohort, fold), inputs),
        "test": ask(net, heads.test, range(cohort.config.test), inputs),
        "seconds": np.array(perf_counter() - start), "version": np.array(code_version())}
    with replacing(folder / network_file(inputs, fold)) as unfinished:
        unfinished.write_bytes(content)
    with replacing(_file(folder, inputs, fold)) as unfinished, unfinished.open("wb") as stream:
        np.savez(stream, **arrays)


def read_answers(folder: Path, inputs: Inputs) -> Answers:
    """The results kept by run_combination."""
    folds = []
    for fold in range(FOLDS):
        with np.load(_file(folder, inputs, fold)) as stored:
            folds.append({name: stored[name] for name in stored.files})
    return Answers(np.stack([one["validation"] for one in folds]), np.stack([one["test"] for one in folds]),
                   float(sum(one["seconds"] for one in folds)), tuple(sorted({str(one["version"]) for one in folds})))


def network_config(config: RiceConfig, inputs: Inputs) -> ResnetConfig:
    """Dimensions of the networks of a combination."""
    return ResnetConfig(len(inputs), config.width_thousandths, config.stride)


def network_file(inputs: Inputs, fold: int) -> str:
    """Name of a fold's network in its cohort's folder."""
    return f"{name_of(inputs)}_{fold}.safetensors"


def measured_numbers(heads: Heads, folder: Path) -> Numbers:
    """Of every validation and test patient, kept in the cohort's folder."""
    file = folder / NUMBERS
    if not file.is_file():
        cohort = heads.cohort
        validation = [[_three(heads.validation(n), cohort, "train", n) for n in own_patients(cohort, fold)]
                      for fold in range(FOLDS)]
        test = [_three(heads.test(n), cohort, "test", n) for n in range(cohort.config.test)]
        with replacing(file) as unfinished, unfinished.open("wb") as stream:
            np.savez(stream, validation=np.array(validation), test=np.array(test))
    with np.load(file) as stored:
        return Numbers(stored["validation"], stored["test"])


def answers_of_numbers(numbers: Numbers, truth: Truth) -> Answers:
    """The baseline of three numbers, fitted as the networks' folds are: on the patients of the other folds."""
    validation, test = [], []
    for fold in range(FOLDS):
        others = [n for n in range(FOLDS) if n != fold]
        model = three_numbers(numbers.validation[others].reshape(-1, 3), truth.validation[others].ravel())
        validation.append(model(numbers.validation[fold]))
        test.append(model(numbers.test))
    return Answers(np.stack(validation), np.stack(test), 0.0, ())


def forget_heads(folder: Path) -> None:
    """Deletes the kept heads of a finished cohort: gigabytes that can be drawn again."""
    for file in (folder / "heads").glob("*.npy"):
        file.with_suffix(".json").unlink(missing_ok=True)
        file.unlink()


def _three(values: FloatArray, cohort: Cohort, stream: str, number: int) -> tuple[float, float, float]:
    side = values.shape[-1]
    technique = cohort.patient("train" if stream == "train" else "test", number).parameters.technique
    return *plan_numbers(values[CHANNELS.index(DOSE)], side), float(technique == "proton")


def _file(folder: Path, inputs: Sequence[str], fold: int) -> Path:
    return folder / f"{name_of(tuple(inputs))}_{fold}.npz"
