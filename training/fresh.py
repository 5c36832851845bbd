"""Applies every arm of an experiment to fresh lesions: phantoms are unlimited.

The test cohorts have the paper's sizes, 22 and 28 lesions, which cannot separate the arms. Only what takes no time is
fitted here; the networks are those in the experiment's folder.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from training.arms import NETWORKS, TABULAR, Answers, NetworkSpec, asked, stacked_answers
from training.cases import labelled
from training.cohort import Case
from training.config import TrainingConfig
from training.experiment import WHOLE, Experiment, claim, kept, read_networks
from training.kept_radiomics import KeptRadiomics
from training.optimise import Report
from training.provenance import data_hash

FRESH = {"fresh_first": "First centre, fresh lesions", "fresh_second": "Second centre, fresh lesions"}
FRESH_SEED = 10_000  # added to a cohort's seed; no cohort is drawn with such a seed


def on_fresh_lesions(experiment: Experiment, drawn: tuple[Sequence[Case], Sequence[Case]], config: TrainingConfig,
                     folder: Path, report: Report) -> Experiment:
    """The same experiment with fresh lesions of both centres as its test cohorts. folder: of the experiment.

    Raises InputError where the folder holds answers about other lesions.
    """
    target = folder / "fresh"
    radiomics = KeptRadiomics(target / "radiomics.json", config.filters)
    tests = {name: labelled(cases, radiomics) for name, cases in zip(FRESH, drawn, strict=True)}
    data = replace(experiment.data, tests=tests)
    made_from = data_hash(data)
    claim(target, {"config": asdict(config), "seed": experiment.seed, "data": made_from})
    report(f"seed {experiment.seed}: {sum(len(part.cases) for part in tests.values())} fresh lesions")

    def network(name: str, spec: NetworkSpec) -> Answers:
        return Answers(experiment.arms[name].out_of_fold, asked(read_networks(folder, name, config), tests, spec.seen))

    arms = {name: kept(target / f"{name}.npz", partial(network, name, spec)) for name, spec in NETWORKS.items()}
    arms |= {name: kept(target / f"{name}.npz", partial(arm, data, config.stack, experiment.seed))
             for name, arm in TABULAR.items()}
    arms[WHOLE] = stacked_answers(data, experiment.stackers, arms["ssl_vit"])
    return replace(experiment, data=data, arms=arms, data_hash=made_from)
