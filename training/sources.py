"""Where a run's lesions come from: phantoms, or a cohort of patients prepared by training.prepare."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rnapp.config import weights_folder
from rnapp.errors import InputError
from rnapp.io.atlas import read_atlas
from rnapp.types import Crop
from training.bundle import Description
from training.cohort import Case, make_labelled, make_unlabelled
from training.config import CohortConfig
from training.phantom import make_template
from training.prepare import Cohort
from training.records import read_crop

PHANTOM = Description(
    name="Demonstration (synthetic lesions)", version="2.0.0", demonstration=True, licence="CC-BY-SA-3.0",
    source="made by training/reproduce.py of rnapp from SRI24 (Rohlfing, Zahr, Sullivan and Pfefferbaum 2010)",
    trained_on="Synthetic lesions drawn by rnapp into the SRI24 atlas; no patient data. The answers mean nothing "
               "clinically.",
    training={})


@dataclass(frozen=True, eq=False)
class Source:
    """Lesions for a run.

    unlabelled: (first, most) → at most so many of the unlabelled_count crops, from the first on; labelled: seed → the
    lesions of both centres; words: for the card; made_from: what makes these lesions different from others; test:
    patients of the first centre that its list holds out (none: every seed draws its own).
    """

    unlabelled_count: int
    unlabelled: Callable[[int, int], Iterable[Crop]]
    labelled: Callable[[int], tuple[tuple[Case, ...], tuple[Case, ...]]]
    words: Description
    made_from: dict[str, object]
    test: frozenset[str] = frozenset()


def phantoms(config: CohortConfig, seed: int) -> Source:
    """Synthetic lesions. Raises WeightsError without the atlas."""
    template = make_template(read_atlas(weights_folder()))
    count = config.unlabelled
    return Source(count, lambda first, most: make_unlabelled(template, count, seed, first, most),
                  lambda cohort: make_labelled(template, config, cohort), PHANTOM, {"phantoms": seed})


def patients(cohort: Cohort, second_centre: str, folder: Path, words: Description) -> Source:
    """A prepared cohort. second_centre: its lesions are for testing only.

    Raises InputError where a centre, or what is held out of the first one, has no lesions of one outcome.
    """
    marked = list(zip(cohort.labelled, cohort.centres, cohort.splits, strict=True))
    second = tuple(case for case, centre, _ in marked if centre == second_centre)
    first = tuple(case for case, centre, _ in marked if centre != second_centre)
    held = tuple(case for case, centre, split in marked if centre != second_centre and split == "test")
    rest = tuple(case for case, centre, split in marked if centre != second_centre and split != "test")
    groups = {"the first centre": first, f"the centre {second_centre}": second}
    if held:
        groups |= {"the test patients of the first centre": held, "its other patients": rest}
    for name, cases in groups.items():
        if len({case.necrosis for case in cases}) < 2:
            raise InputError(f"Expected lesions of both outcomes in {name} after the inclusion rules, but got "
                             f"{len(cases)} of one; see the flow diagram for who was excluded and why.")
    return Source(len(cohort.unlabelled), lambda at, most: map(read_crop, cohort.unlabelled[at:at + most]),
                  lambda _seed: (first, second), words, {"cohort": str(folder.resolve())},
                  frozenset(case.patient for case in held))
