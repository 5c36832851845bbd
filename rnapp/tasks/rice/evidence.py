"""How far the study's answer moves when the head lies a little differently on SRI24, and how like the model's own cases
the study is."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from rnapp.geometry import resample
from rnapp.models.resnet_bundle import ResnetBundle, read, run
from rnapp.preprocess.small_moves import middle_of, moves
from rnapp.tasks.rice.answer import inputs_of, network_input
from rnapp.tasks.rice.sample import RiceSample, sample_of, stack_channels
from rnapp.trust.calibrate import log_odds
from rnapp.types import CancelToken, Clinical, Evidence, LesionSet, Likeness, Prepared, SimilarityTransform, Volume


def evidence(bundle: ResnetBundle, prepared: Prepared, lesions: LesionSet, number: int,  # noqa: ARG001 - of no lesion
             clinical: Clinical, cancel: CancelToken) -> Evidence:  # noqa: ARG001 - not seen by these models
    """variations: how the head was moved → log-odds as answer has them, not calibrated; all inputs move together, about
    the middle of the brain. There is no outline to vary. Raises what answer raises."""
    sample = sample_of(prepared)
    inputs = inputs_of(bundle, sample)
    found = {}
    for what, move in moves(middle_of(prepared.brain_mask)).items():
        cancel.check()
        found[what] = _log_odds(bundle, _moved(sample.volumes, inputs, move), inputs, cancel)
    return Evidence(MappingProxyType(found), _likeness(bundle, sample, inputs, cancel))


def _moved(volumes: Mapping[str, Volume], inputs: Sequence[str], move: SimilarityTransform) -> dict[str, Volume]:
    """From what already lies on SRI24, so interpolated twice: the models see means over cubes of several millimetres,
    in which that is lost. An unknown dose counts as none, as the models have it."""
    known = {role: volumes[role].with_array(np.nan_to_num(volumes[role].array, nan=0.0)) for role in inputs}
    return {role: resample(one, one, move) for role, one in known.items()}


def _likeness(bundle: ResnetBundle, sample: RiceSample, inputs: Sequence[str], cancel: CancelToken) -> Likeness | None:
    """From the networks alone: there are no radiomics."""
    model = bundle.novelty(inputs)
    if model is None:
        return None
    volumes = network_input(bundle, sample, inputs)
    return model.likeness([read(network, volumes, cancel).embedding for network in bundle.networks(inputs)], {})


def _log_odds(bundle: ResnetBundle, volumes: Mapping[str, Volume], inputs: Sequence[str], cancel: CancelToken) -> float:
    seen = stack_channels(volumes, inputs, bundle.ensemble.side, bundle.ensemble.spacing_um)
    folds = [bundle.probability(run(network, seen, cancel)) for network in bundle.networks(inputs)]
    return log_odds(float(np.mean(folds)))
