"""Everything of RICE-NET with one command: cohorts, seven models, tables and a bundle. See training.reproduce."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rnapp.errors import InputError
from rnapp.files import replacing
from rnapp.phantom.anatomy import HeadTemplate
from rnapp.phantom.glioblastoma import EASY, NULL, STANDARD
from training.optimise import Report
from training.rice.config import ALL, COMBINATIONS, SHIPPED, Inputs, RiceConfig, name_of
from training.rice.deliver import deliver
from training.rice.experiment import finished, forget_heads, measured_numbers, open_heads, run_combination
from training.rice.heads import Cohort, make_template
from training.rice.latent import attainable
from training.rice.occluded import NOTE, keep_correlations
from training.rice.tables import Results, document

ATTAINABLE = "attainable.json"


@dataclass(frozen=True)
class Stage:
    """One cohort and the combinations of inputs that are trained on it, in this order."""

    cohort: Cohort
    combinations: tuple[Inputs, ...]

    def folder(self, out: Path) -> Path:
        """Of the cohort."""
        return out / f"{self.cohort.setting}-{self.cohort.seed}"


def stages(config: RiceConfig, seeds: int) -> tuple[Stage, ...]:
    """In order of importance: the controls, the bundle, then the tables of one cohort after the other."""
    def cohort(setting: str, seed: int) -> Cohort:
        return Cohort(setting, seed, config)

    first = cohort(STANDARD.name, 0)
    control = [Stage(cohort(EASY.name, 0), (ALL,)), Stage(first, SHIPPED), Stage(cohort(NULL.name, 0), (ALL,))]
    standard = [Stage(cohort(STANDARD.name, seed), COMBINATIONS) for seed in range(seeds)]
    return (*control, *standard, Stage(cohort(NULL.name, 0), COMBINATIONS))


def reproduce_rice(out: Path, config: RiceConfig, seeds: int, command: str, report: Report) -> None:
    """Everything in out: a folder for each cohort, tables.md and the bundle of the first standard cohort. Results of an
    earlier run are not made again; the tables are written again after every combination.

    Raises InputError where out holds another run, and for no seeds.
    """
    if seeds < 1:
        raise InputError(f"Expected at least one cohort seed, but got {seeds}; give --seeds 1 or more.")
    out.mkdir(parents=True, exist_ok=True)
    todo = stages(config, seeds)
    results = Results(out, config, seeds, _attainable(out, config, report))
    template: HeadTemplate | None = None
    for stage in todo:
        if _is_done(stage, out):
            continue
        template = template or make_template(config.side)
        for _ in _run(stage, template, out, report):
            _write(out, results, command)
        if not any(later.cohort == stage.cohort for later in todo[todo.index(stage) + 1:]):
            forget_heads(stage.folder(out))
    _write(out, results, command)


def _run(stage: Stage, template: HeadTemplate, out: Path, report: Report) -> Iterator[Inputs]:
    """Gives each combination that is there now."""
    folder = stage.folder(out)
    heads = open_heads(stage.cohort, template, folder, report)
    for inputs in stage.combinations:
        run_combination(heads, inputs, folder, report)
        if stage.cohort.setting == STANDARD.name:
            measured_numbers(heads, folder)
            if inputs == ALL:
                keep_correlations(heads, folder, report)
        yield inputs


def _is_done(stage: Stage, out: Path) -> bool:
    folder = stage.folder(out)
    noted = stage.cohort.setting != STANDARD.name or (folder / NOTE).is_file()
    return noted and all(finished(inputs, folder) for inputs in stage.combinations)


def _write(out: Path, results: Results, command: str) -> None:
    first = out / f"{STANDARD.name}-0"
    if all(finished(inputs, first) for inputs in SHIPPED):
        deliver(results, out / "bundle", command)
    (out / "tables.md").write_text(document(results, command), encoding="utf-8", newline="\n")


def _attainable(out: Path, config: RiceConfig, report: Report) -> dict[str, float]:
    """The attainable score of each combination in the standard setting; kept, since the draws take a minute."""
    file = out / ATTAINABLE
    if not file.is_file():
        report(f"attainable scores from {config.draws} patients")
        scores = attainable(STANDARD.name, COMBINATIONS, 0, config.draws)
        found = dict(zip(map(name_of, COMBINATIONS), scores, strict=True))
        with replacing(file) as unfinished:
            unfinished.write_text(json.dumps(found, indent=1), encoding="utf-8")
    found = json.loads(file.read_text(encoding="utf-8"))
    return {str(name): float(value) for name, value in found.items()}
