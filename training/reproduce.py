"""The whole method with one command, from nothing to tables and a bundle.

    python -m training.reproduce --cohort phantom --preset compact --out DIR [--seeds 5]
    python -m training.reproduce --cohort TABLE --prepared DIR --second-centre NAME --name NAME --licence WORDS …
    python -m training.reproduce --task rice --preset compact --out DIR [--seeds 3]

Unlabelled crops, pre-training, and for each cohort seed all arms of the paper. Everything is kept as soon as it is
finished; after an interruption the same command continues. A cohort of patients is prepared first, by training.prepare.
"""

import argparse
import hashlib
import json
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

import torch

from rnapp.errors import InputError
from rnapp.files import replacing
from rnapp.models.card import CARD_FILE
from rnapp.tasks.metastasis.question import QUESTION
from training import tables
from training.bundle import Description
from training.cohort_table import check, read_cohort_table
from training.config import PRESETS, TrainingConfig
from training.crops import CropStore
from training.deliver import deliver
from training.experiment import WHOLE, Experiment, draw_splits, make_fold_data, run_experiment
from training.figures import save_figures
from training.fresh import FRESH, on_fresh_lesions
from training.model_card import model_card
from training.optimise import Report, keep_memory
from training.prepare import gather
from training.pretrain import CROPS, PRETRAINING, pretrained
from training.provenance import SHOWN
from training.records import read_measured
from training.rice.config import RICE_PRESETS
from training.rice.reproduce import reproduce_rice
from training.sources import Source, patients, phantoms

SYNTHETIC = (
    "**A test of the software, not evidence about patients.** rnapp made every lesion in the SRI24 atlas. The paper's "
    "values were measured in real patients; ours cannot be compared with them.")
DRAWN = "Each cohort has its own labelled lesions, patients, folds and random numbers."
SPLIT = ("The lesions are the same; each cohort has its own held-out patients (unless the cohort table names them), "
         "folds and random numbers.")
FOLDS = ("Each fold's model is applied to the whole test cohort, with the threshold that maximises Youden's index on "
         "its own validation fold: mean ± standard deviation over the folds, as in the paper.")
PHANTOM = "phantom"
RICE = "rice"
Preset = TypeVar("Preset")
SECONDS, RADIOMICS = "seconds.json", "radiomics.json"
CHUNK = 256  # crops made between two progress messages


class Stages:
    """Seconds of each stage over all runs of the command, kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.seconds: dict[str, float] = json.loads(file.read_text()) if file.is_file() else {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measures the time of its block; an interrupted block is not counted."""
        start = time.perf_counter()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 1)
        with replacing(self._file) as unfinished:
            unfinished.write_text(json.dumps(self.seconds))


def reproduce(out: Path, source: Source, command: str, config: TrainingConfig, seeds: int,
              report: Report) -> tuple[Experiment, ...]:
    """Everything in out: crops, pre-training, experiments, tables.md, figures and the bundle of the first cohort.

    Raises InputError where out holds another run.
    """
    store = unlabelled(source, out, report)
    stages = Stages(out / SECONDS)
    with stages.stage("pre-training"):
        vit = pretrained(store, config, out / PRETRAINING, report)
    experiments, fresh = [], []
    for seed in range(config.seed, config.seed + seeds):
        with stages.stage("experiments"):
            folder = out / f"cohort-{seed}"
            data = make_fold_data(*source.labelled(seed), config, seed, source.test, folder / RADIOMICS)
            experiments.append(run_experiment(data, vit, config, seed, folder, report))
        if source.fresh is not None:
            with stages.stage("fresh lesions"):
                fresh.append(on_fresh_lesions(experiments[-1], source.fresh(seed), config, folder, report))
    with stages.stage("bundle and tables"):
        deliver(experiments[0], config, out / "bundle", source.words, stages.seconds, fresh[0] if fresh else None)
        card = json.loads((out / "bundle" / CARD_FILE).read_text(encoding="utf-8"))
        (out / "bundle" / "MODEL_CARD.md").write_text(model_card(card, command), encoding="utf-8", newline="\n")
        text = _document(experiments, fresh, config, command, store, source)
        (out / "tables.md").write_text(text, encoding="utf-8", newline="\n")
        save_figures(experiments[0], _heading(experiments[0], source), out)
    return tuple(experiments)


def unlabelled(source: Source, out: Path, report: Report) -> CropStore:
    """The crops for pre-training, in a folder of out; what an earlier run made is not made again."""
    count = source.sizes.unlabelled
    store = CropStore(out / CROPS, count, source.made_from)
    stages = Stages(out / SECONDS)
    while store.written < count:
        with stages.stage("unlabelled crops"):
            store.extend(source.unlabelled(store.written, CHUNK))
        report(f"{store.written} of {count} unlabelled crops")
    return store


def _document(experiments: Sequence[Experiment], fresh: Sequence[Experiment], config: TrainingConfig, command: str,
              store: CropStore, source: Source) -> str:
    first, synthetic = experiments[0], source.words.demonstration
    code = sorted({answers.version for one in experiments for answers in one.arms.values()})
    settings = hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode()).hexdigest()[:SHOWN]
    return "\n\n".join([
        f"# {source.words.name}", SYNTHETIC if synthetic else source.words.trained_on,
        f"`{command}`; code {', '.join(code)}; {len(store)} unlabelled crops; configuration {settings}; SHA-256 of the "
        "data " + ", ".join(f"{one.data_hash} (seed {one.seed})" for one in experiments) + ".",
        f"## Over {len(experiments)} cohorts\n\nAll share one pre-training. {DRAWN if synthetic else SPLIT}"
        "\n\n" + tables.over_cohorts(experiments),
        *([f"### The same models on fresh lesions\n\n{_fresh_words(fresh)}\n\n"
           + tables.over_cohorts(fresh, FRESH)] if fresh else []),
        f"## Cohort seed {first.seed}\n\n### Table 1: characteristics\n\n" + tables.characteristics(first.data),
        FOLDS + "\n\n" + tables.performance(first),
        "### The folds averaged, as in the app\n\n" + tables.folds_together(first),
        "### Differences\n\n" + tables.tests_of(first)]) + "\n"


def _fresh_words(fresh: Sequence[Experiment]) -> str:
    sizes = " and ".join(str(len(part.cases)) for part in fresh[0].data.tests.values())
    return (f"{sizes} further lesions of the two centres, made for each seed and used only here: test cohorts of the "
            "paper's size are too small to tell the models apart.")


def _heading(experiment: Experiment, source: Source) -> str:
    words = "Synthetic lesions: a test of the software" if source.words.demonstration else source.words.name
    return f"{words}. Seed {experiment.seed}, code {experiment.arms[WHOLE].version}, data {experiment.data_hash}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    given = _parser().parse_args(arguments)
    torch.set_num_threads(given.threads)
    keep_memory()
    started = time.perf_counter()

    def report(text: str) -> None:
        print(f"[{time.perf_counter() - started:6.0f} s] {text}", file=sys.stderr, flush=True)

    try:
        if not (_train_rice if given.task == RICE else _train)(given, report):
            return 0
    except InputError as error:
        print(f"training.reproduce: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"training.reproduce: {error.filename or given.out} cannot be read or written ({error.strerror}); the "
              "same command goes on once it can.", file=sys.stderr)
        return 2
    print(given.out / "tables.md")
    return 0


def _train(given: argparse.Namespace, report: Report) -> bool:
    """The first task; returns whether there are tables now."""
    config = _preset(given, PRESETS)
    source = phantoms(config.cohort, config.seed) if given.cohort == PHANTOM else _patients(given)
    config = replace(config, cohort=source.sizes)
    if given.seeds < 1:
        raise InputError(f"Expected at least one cohort seed, but got {given.seeds}; give --seeds 1 or more.")
    if given.cohort != PHANTOM:  # checked now, not after hours of pre-training
        check_splits(source, config, given.seeds)
    if given.only_crops:
        unlabelled(source, given.out, report)
        return False
    reproduce(given.out, source, _command(given), config, given.seeds, report)
    return True


def _train_rice(given: argparse.Namespace, report: Report) -> bool:
    """The second task, on phantoms; there are tables now."""
    if given.cohort != PHANTOM or given.only_crops:
        raise InputError(f"Expected phantoms for --task {RICE}, but got --cohort or --only-crops; leave these out.")
    reproduce_rice(given.out, _preset(given, RICE_PRESETS), given.seeds, _command(given), report)
    return True


def _preset(given: argparse.Namespace, presets: Mapping[str, Preset]) -> Preset:
    if given.preset not in presets:
        raise InputError(f"Expected one of {', '.join(presets)} for --task {given.task}, but got {given.preset!r}.")
    return presets[given.preset]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.reproduce", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=(QUESTION.id, RICE), default=QUESTION.id, help="the question to train for")
    parser.add_argument("--cohort", default=PHANTOM, help="phantom, or a cohort table")
    parser.add_argument("--preset", choices=tuple(dict.fromkeys((*PRESETS, *RICE_PRESETS))), default="compact")
    parser.add_argument("--out", type=Path, required=True, help="folder for everything; the same one goes on")
    parser.add_argument("--seeds", type=int, default=5, help="cohorts (or splits of a table), one after the other")
    parser.add_argument("--only-crops", action="store_true",
                        help="stop before pre-training, to run training.pretrain on several GPUs or machines")
    parser.add_argument("--threads", type=int, default=2)
    patients = parser.add_argument_group("for a cohort table")
    patients.add_argument("--prepared", type=Path, help="where training.prepare left its crops")
    patients.add_argument("--second-centre", help="the centre in the table that is for testing only")
    patients.add_argument("--name", default="A cohort of patients", help="of the bundle")
    patients.add_argument("--licence", default="not stated", help="of the bundle")
    return parser


def _patients(given: argparse.Namespace) -> Source:
    if given.prepared is None or given.second_centre is None:
        raise InputError("A cohort table needs --prepared, where training.prepare left its crops, and --second-centre.")
    table = read_cohort_table(Path(given.cohort), QUESTION)
    if problems := check(table):
        raise InputError(f"The cohort table has {len(problems)} problems, the first: {problems[0]}")
    cohort = gather(table.rows, read_measured(table.rows, given.prepared), given.prepared)
    description = Description(name=given.name, version="1.0.0", demonstration=False, licence=given.licence,
                        source="trained by its owner with training/reproduce.py of rnapp",
                        trained_on="", training={})
    return patients(cohort, given.second_centre, description)


def _command(given: argparse.Namespace) -> str:
    """The command that gives the same numbers again, without the paths of this computer."""
    if given.task == RICE:
        words = ["--task", RICE, "--preset", given.preset, "--out", "DIR", "--seeds", str(given.seeds)]
        return f"python -m training.reproduce {shlex.join(words)}"
    words = ["--cohort", Path(given.cohort).name, "--preset", given.preset, "--out", "DIR", "--seeds", str(given.seeds)]
    if given.cohort != PHANTOM:
        words += ["--prepared", given.prepared.name, "--second-centre", given.second_centre, "--name", given.name,
                  "--licence", given.licence]
    return f"python -m training.reproduce {shlex.join(words)}"


def check_splits(source: Source, config: TrainingConfig, seeds: int) -> None:
    """Raises InputError where the lesions cannot be shared into a test part and folds that each have both outcomes."""
    for seed in range(config.seed, config.seed + seeds):
        first, _ = source.labelled(seed)
        draw_splits([case.necrosis for case in first], [case.patient for case in first], config, seed, source.test)


if __name__ == "__main__":
    sys.exit(main())
