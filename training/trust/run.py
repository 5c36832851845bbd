"""Everything of one bundle: fresh cases drawn and asked, calibration and limits fitted, both measured, likeness too."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from rnapp.config import weights_folder
from rnapp.errors import InputError
from rnapp.io.atlas import read_atlas
from rnapp.models.card import SealedBundle, read_bundle
from rnapp.models.novelty import NoveltyModel
from rnapp.models.resnet_bundle import open_bundle as open_resnets
from rnapp.models.trust_card import NOVELTY
from rnapp.models.weights import open_bundle
from rnapp.trust.measures import wilson
from rnapp.types import Array, Calibration
from training.calibration.card import Found
from training.calibration.fit import calibration_of
from training.calibration.measure import Asked, with_cohorts
from training.calibration.novelty import FALSE_ALARM, PICTURES, Cases, distances, fit_novelty
from training.experiment import claim
from training.optimise import Report
from training.provenance import code_version
from training.rice.config import name_of
from training.synthetic_crops import make_template
from training.trust.about import ABOUT
from training.trust.draw import STRANGE, Kind
from training.trust.raw import Raw, raw_values
from training.trust.rice_raw import STRANGE as STRANGE_PATIENTS
from training.trust.rice_raw import STRANGE_WORDS, asked, rice_values
from training.trust.seeds import SEEDS

# Patients are drawn on the networks' own grid, and the app's preparation of the same head lies a little further away.
FALSE_ALARM_PATIENTS = 0.01
_CENTRES: tuple[Kind, ...] = ("first", "second")
LEAST = 100  # cases; fewer calibrate nothing


@dataclass(frozen=True)
class Sizes:
    """How many fresh cases. calibration: for calibration, limits and likeness; report: of each cohort; strange: of each
    kind that the model should not know; reported: of each cohort's first ones, which an earlier calibration was
    reported on and which are left out. Raises InputError for too few."""

    calibration: int = 1000
    report: int = 1000
    strange: int = 100
    reported: int = 0

    @property
    def fresh(self) -> range:
        """The numbers of the cases of each cohort that are reported."""
        return range(self.reported, self.reported + self.report)

    def __post_init__(self) -> None:
        if min(self.calibration, self.report) < LEAST or self.strange < 1:
            raise InputError(f"Expected at least {LEAST} cases for the calibration and for the report, and one of each "
                             f"kind that the model should not know, but got {self}.")


def found_of(bundle: Path, sizes: Sizes, kept: Path, report: Report) -> Found:
    """For the bundle's own question. kept: a folder for what the bundle says of each case, so that a killed run goes
    on. Raises WeightsError; InputError where the folder is another bundle's, or the numbers of this one say nothing."""
    sealed = read_bundle(bundle)
    claim(kept, {"files": {name: digest for name, digest in sealed.card.files.items() if not name.startswith(NOVELTY)},
                 "seeds": dict(SEEDS)})
    makers = {"metastasis": _lesions, "rice": _patients}
    task = sealed.card.model.task
    if task not in makers:
        raise InputError(f"Expected a bundle for {' or '.join(makers)}, but this one answers {task!r}.")
    return replace(makers[task](sealed, sizes, kept, report), made=MappingProxyType({
        "seeds": dict(SEEDS), "calibration": sizes.calibration, "report": sizes.report, "strange": sizes.strange,
        "reported_before": sizes.reported, "code": code_version()}),
        about=ABOUT[task] if sealed.card.model.demonstration else None)


def _lesions(sealed: SealedBundle, sizes: Sizes, kept: Path, report: Report) -> Found:
    bundle, template = open_bundle(sealed), make_template(read_atlas(weights_folder()))
    bundle.load()
    known = raw_values(bundle, template, "calibration", "first", range(sizes.calibration), kept, report)
    fresh = {f"fresh_{centre}": raw_values(bundle, template, "report", centre, sizes.fresh, kept, report)
             for centre in _CENTRES}
    strange = {words: raw_values(bundle, template, "report", kind, range(sizes.strange), kept, report)
               for kind, words in STRANGE.items()}
    novelty = novelty_of(known, PICTURES, averaged=True)
    return Found(judged_calibration(known, fresh, novelty), MappingProxyType({(): novelty}), _found(strange, novelty))


def _patients(sealed: SealedBundle, sizes: Sizes, kept: Path, report: Report) -> Found:
    of = asked(open_resnets(sealed))
    known = rice_values(of, "calibration", range(sizes.calibration), kept, report)
    fresh = rice_values(of, "report", sizes.fresh, kept, report)
    strange = {STRANGE_WORDS[kind]: rice_values(of, "report", range(sizes.strange), kept, report, kind)
               for kind in STRANGE_PATIENTS}
    whole, *others = of.bundle.ensemble.combinations
    novelty = {inputs: novelty_of(known[inputs], PICTURES if inputs == whole else 0, False, FALSE_ALARM_PATIENTS)
               for inputs in known}
    calibrations = {inputs: judged_calibration(known[inputs], {"test": fresh[inputs]}, novelty[inputs])
                    for inputs in known}
    calibration = replace(calibrations[whole], combinations=MappingProxyType({
        name_of(inputs): calibrations[inputs] for inputs in others}))
    return Found(calibration, MappingProxyType(novelty),
                 _found({words: raw[whole] for words, raw in strange.items()}, novelty[whole]))


def judged_calibration(known: Raw, fresh: Mapping[str, Raw], novelty: NoveltyModel) -> Calibration:
    """Fitted on the known cases, measured on the fresh ones. Raises InputError for numbers that say nothing."""
    fitted = calibration_of(known.log_odds, known.labels, synthetic=True)
    if fitted is None:
        raise InputError("The model's numbers do not rise with the outcome, so nothing can be made of them.")
    return with_cohorts(fitted, {
        name: Asked(raw.log_odds, raw.labels, _unlike(raw, novelty)) for name, raw in fresh.items()})


def novelty_of(known: Raw, pictures: int, averaged: bool, false_alarm: float = FALSE_ALARM) -> NoveltyModel:
    """From the first half of the cases, with the limit from the second half."""
    half = len(known.labels) // 2
    near, apart = known.part(slice(0, half)), known.part(slice(half, None))
    return fit_novelty(_cases(near), _cases(apart), near.pictures[:pictures], averaged, false_alarm)


def _cases(raw: Raw) -> Cases:
    return Cases(raw.embeddings, raw.features, raw.names)


def _unlike(raw: Raw, novelty: NoveltyModel) -> Array:
    return np.asarray(distances(novelty, _cases(raw)) > novelty.limit)


def _found(strange: Mapping[str, Raw], novelty: NoveltyModel) -> Mapping[str, Mapping[str, float]]:
    """Share of each kind that is found to be unlike."""
    shares = {}
    for words, raw in strange.items():
        beyond = _unlike(raw, novelty)
        low, high = wilson(int(beyond.sum()), len(beyond))
        shares[words] = {"share": float(beyond.mean()), "low": low, "high": high, "n": float(len(beyond))}
    return MappingProxyType(shares)
