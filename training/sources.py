"""Where a run's lesions come from: phantoms, or a cohort of patients prepared by training.prepare."""

import hashlib
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace

from rnapp.config import weights_folder
from rnapp.errors import InputError
from rnapp.io.atlas import read_atlas
from rnapp.tasks.metastasis.crop import Crop
from training.bundle import Description
from training.cohort import Case, make_labelled, make_unlabelled
from training.config import CohortConfig
from training.fresh import FRESH_SEED
from training.prepare import Cohort, Member
from training.records import read_crop
from training.synthetic_crops import make_template

PHANTOM = Description(
    name="Demonstration (synthetic lesions)", version="3.1.0", demonstration=True, licence="CC-BY-SA-3.0",
    source="made by training/reproduce.py of rnapp from SRI24 (Rohlfing, Zahr, Sullivan and Pfefferbaum 2010)",
    trained_on="Synthetic lesions drawn by rnapp into the SRI24 atlas; no patient data. The answers mean nothing "
               "clinically.",
    training={})


@dataclass(frozen=True, eq=False)
class Source:
    """Lesions for a run.

    sizes: of the cohort; unlabelled: (first, most) → at most so many of the unlabelled crops, from the first on;
    labelled: seed → the lesions of both centres; words: for the card; made_from: what makes these lesions different
    from others; test: patients of the first centre that its table holds out (none: every seed draws its own); fresh:
    seed → as many other lesions of each centre as the first one has, where there are such.
    """

    sizes: CohortConfig
    unlabelled: Callable[[int, int], Iterable[Crop]]
    labelled: Callable[[int], tuple[tuple[Case, ...], tuple[Case, ...]]]
    words: Description
    made_from: dict[str, object]
    test: frozenset[str] = frozenset()
    fresh: Callable[[int], tuple[Sequence[Case], Sequence[Case]]] | None = None


def phantoms(config: CohortConfig, seed: int) -> Source:
    """Synthetic lesions. Raises WeightsError without the atlas."""
    template = make_template(read_atlas(weights_folder()))
    count = config.unlabelled
    fresh = CohortConfig(0, config.necrosis, config.progression, config.necrosis, config.progression)
    return Source(config, lambda first, most: make_unlabelled(template, count, seed, first, most),
                  lambda cohort: make_labelled(template, config, cohort), PHANTOM, {"phantoms": seed},
                  fresh=lambda cohort: make_labelled(template, fresh, FRESH_SEED + cohort))


def patients(cohort: Cohort, second_centre: str, words: Description) -> Source:
    """A prepared cohort. second_centre: its lesions are for testing only, and not even pre-trained on.

    words: for the card; what was trained on is filled in. Raises InputError where a centre, or what is held out of the
    first one, has no lesions of one outcome.
    """
    groups = {f"the centre {second_centre}": (second := _cases(cohort.labelled, {second_centre})),
              "the other centres": (first := _cases(cohort.labelled, cohort.centres - {second_centre}))}
    held = frozenset(one.case.patient for one in cohort.labelled if one.centre != second_centre and one.split == "test")
    if held:
        groups |= {"the test patients of the other centres": tuple(case for case in first if case.patient in held),
                   "their other patients": tuple(case for case in first if case.patient not in held)}
    for name, cases in groups.items():
        if len({case.necrosis for case in cases}) < 2:
            raise InputError(f"Expected lesions of both outcomes in {name} after the inclusion rules, but got "
                             f"{len(cases)} of one; see the flow diagram for who was excluded and why.")
    unlabelled = [one for one in cohort.unlabelled if one.centre != second_centre]
    counts = [sum(case.necrosis == outcome for case in part) for part in (first, second) for outcome in (1, 0)]
    words = replace(words, trained_on=f"{len(first)} lesions with an outcome, those of the held-out patients left out, "
                                      f"and {len(unlabelled)} crops without one. {cohort.flow.text()}")
    made_from = hashlib.sha256("\n".join(one.made_from for one in unlabelled).encode()).hexdigest()
    return Source(CohortConfig(len(unlabelled), *counts),
                  lambda at, most: (read_crop(one.file) for one in unlabelled[at:at + most]),
                  lambda _seed: (first, second), words, {"cohort": made_from}, held)


def _cases(members: Sequence[Member], centres: Set[str]) -> tuple[Case, ...]:
    return tuple(one.case for one in members if one.centre in centres)
