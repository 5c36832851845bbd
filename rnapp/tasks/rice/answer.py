"""The study's answer: the networks trained for the inputs that are there, their mean, and what else to know of it."""

from collections.abc import Sequence

import numpy as np

from rnapp.errors import WeightsError
from rnapp.models import clinical as form
from rnapp.models.resnet_bundle import ResnetBundle, run
from rnapp.tasks.rice.question import FIELDS, INPUT_WORDS, QUESTION
from rnapp.tasks.rice.sample import RiceSample, sample_of, stack_channels
from rnapp.trust.calibrate import log_odds
from rnapp.types import Answer, CancelToken, Caution, Clinical, FloatArray, Prediction, Prepared, note

_EARLY_MONTHS = 3.0  # RANO's twelve weeks (Wen et al. 2010)


def answer(bundle: ResnetBundle, sample: RiceSample, number: int, clinical: Clinical, cancel: CancelToken) -> Answer:
    """The mean of the networks trained for just the inputs of this sample. number: STUDY.

    Raises ClinicalError for impossible values, WeightsError where the bundle has no networks for these inputs,
    Cancelled.
    """
    form.validate(FIELDS, clinical)
    inputs = inputs_of(bundle, sample)
    volumes = network_input(bundle, sample, inputs)
    folds = tuple(bundle.probability(run(network, volumes, cancel)) for network in bundle.networks(inputs))
    probability = float(np.mean(folds))
    return Answer(number, Prediction(probability, folds, folds), (), log_odds(probability),
                  cautions=(*_seen(bundle, inputs), *_majority(probability, folds), *_early(clinical)), inputs=inputs)


def inputs_of(bundle: ResnetBundle, sample: RiceSample) -> tuple[str, ...]:
    """What is there of what the bundle's networks may see, in their order. Raises WeightsError where it has no networks
    for just these."""
    inputs = tuple(one for one in bundle.ensemble.channels if one in sample.volumes)
    if inputs not in bundle.ensemble.combinations:
        raise WeightsError(str(_no_model(bundle, inputs)))
    return inputs


def unanswerable(bundle: ResnetBundle, prepared: Prepared) -> tuple[Caution, ...]:
    """That the bundle has no networks for just the inputs that there are, of level "stop"; with why a dose that was
    given is not among them."""
    there = sample_of(prepared).volumes
    inputs = tuple(one for one in bundle.ensemble.channels if one in there)
    if inputs in bundle.ensemble.combinations:
        return ()
    why = tuple(str(one) for one in prepared.cautions if one.code == "dose_left_out")
    return (_no_model(bundle, inputs, why),)


def _no_model(bundle: ResnetBundle, inputs: Sequence[str], why: Sequence[str] = ()) -> Caution:
    known = "; ".join(map(_listed, bundle.ensemble.combinations))
    return Caution("no_model", "stop", " ".join((
        f"There is no model for {_listed(inputs)}.", *why,
        f"The bundle {bundle.card.name!r} has models for: {known}.")),
        "Add or leave out an input, or choose another model.")


def network_input(bundle: ResnetBundle, sample: RiceSample, inputs: Sequence[str]) -> FloatArray:
    """As the bundle's networks take it, float32, shape (channels, side, side, side)."""
    return stack_channels(sample.volumes, inputs, bundle.ensemble.side, bundle.ensemble.spacing_um)


def _seen(bundle: ResnetBundle, inputs: Sequence[str]) -> tuple[Caution, ...]:
    """Which combination answered, where the model might have seen more; Answer.inputs says it of every answer."""
    missing = [one for one in bundle.ensemble.channels if one not in inputs]
    return (note("inputs_seen", f"This answer is from the models trained for {_listed(inputs)}, without "
                                f"{_joined(missing, 'or')}."),) if missing else ()


def _majority(probability: float, folds: Sequence[float]) -> tuple[Caution, ...]:
    """The paper lets the majority of the folds decide; here the mean does, so it is said where they differ."""
    votes = sum(one >= 0.5 for one in folds)
    if 2 * votes == len(folds) or (2 * votes > len(folds)) == (probability >= 0.5):
        return ()
    first, second = (one.short for one in QUESTION.outcomes)
    most, mean = (first, second) if 2 * votes > len(folds) else (second, first)
    return (note("majority_differs", f"{max(votes, len(folds) - votes)} of {len(folds)} models favour {most}, but "
                                     f"their mean favours {mean}: treat this as undecided. (The paper lets the "
                                     "majority decide.)"),)


def _early(clinical: Clinical) -> tuple[Caution, ...]:
    months = clinical.get("months_since_radiotherapy")
    if not isinstance(months, int | float) or months >= _EARLY_MONTHS:
        return ()
    return (note("soon_after_radiotherapy",
                 "This scan was made less than three months after radiotherapy. New enhancement inside the high-dose "
                 "region is then often transient (pseudoprogression); RANO calls it progression only outside that "
                 "region or with tissue (Wen et al. 2010)."),)


def _listed(inputs: Sequence[str]) -> str:
    """A whole combination: "the scan after surgery and the radiotherapy dose", or one input "alone"."""
    return _joined(inputs, "and") if len(inputs) > 1 else f"{_joined(inputs, '')} alone"


def _joined(inputs: Sequence[str], word: str) -> str:
    words = [INPUT_WORDS.get(one, one) for one in inputs]
    return f"{', '.join(words[:-1])} {word} {words[-1]}" if len(words) > 1 else "".join(words)
