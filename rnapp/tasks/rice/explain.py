"""Where the answer comes from: occlusion of all inputs together, then of each alone, on the SRI24 grid."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from rnapp.errors import RnappError
from rnapp.geometry import tight_box
from rnapp.models.occlusion import LEVELS_MM, Ask, Occlusion, Scene, occlusion
from rnapp.models.resnet_bundle import ResnetBundle
from rnapp.models.resnet_stem import Probe
from rnapp.tasks.rice.answer import inputs_of, network_input
from rnapp.tasks.rice.question import QUESTION
from rnapp.tasks.rice.sample import RiceSample, model_volume
from rnapp.tasks.roles import DOSE
from rnapp.types import Answer, CancelToken, Caution, FloatArray, ProgressCallback, Volume, note, part_of

ALL = "all"
CODE = "occlusion"
LEAST_EFFECT = 0.01  # below one percentage point no place is said to matter
_READY = 0.15  # share of the work that is done when the networks are loaded


def explain(bundle: ResnetBundle, sample: RiceSample, given: Answer, progress: ProgressCallback,
            cancel: CancelToken) -> Answer:
    """The answer with its maps of occlusion: "all", and where there are several inputs each alone. Raises RnappError
    where the answer is from other inputs or withheld, Cancelled.

    Cubes of the first level are hidden from all folds when all inputs are hidden, and otherwise from the fold whose
    answer is nearest to the mean.
    """
    if inputs_of(bundle, sample) != given.inputs:
        raise RnappError("Expected the inputs that the answer was made from, but they have changed since; read the "
                         "study again.")
    volumes = network_input(bundle, sample, given.inputs)
    grid = model_volume(sample.brain.with_array(sample.brain.array.astype(np.float32)), bundle.ensemble.side,
                        bundle.ensemble.spacing_um)
    scene = Scene(volumes, tuple(one == DOSE for one in given.inputs), grid.array > 0.5, float(grid.spacing[0]))
    probes = _probes(bundle, given.inputs, volumes, part_of(progress, 0, _READY), cancel)
    prediction = given.given
    nearest = int(np.argmin(np.abs(np.array(prediction.folds) - prediction.probability)))
    favoured = _Favoured(bundle, prediction.probability >= 0.5)
    maps = {}
    found = _rounds(given.inputs)
    for number, (name, hidden) in enumerate(found.items()):
        levels = ([probes] if name == ALL else []) + [[probes[nearest]]]
        told = part_of(progress, *(_READY + (1 - _READY) * step / len(found) for step in (number, number + 1)))
        maps[name] = occlusion(scene, hidden, [favoured.asks(many) for many in levels],
                               [favoured.before(many) for many in levels], told, cancel)
    progress("Done", 1.0)
    return replace(given, occlusion={name: _on_atlas(one.effect, grid, sample.brain) for name, one in maps.items()},
                   cautions=(*(one for one in given.cautions if one.code != CODE), _said(maps[ALL], favoured)))


class _Favoured:
    """The probability of the outcome that the answer favours."""

    def __init__(self, bundle: ResnetBundle, first: bool) -> None:
        self._bundle, self._first = bundle, first
        self.name = QUESTION.outcomes[0 if first else 1].short

    def of(self, logits: FloatArray) -> float:
        probability = self._bundle.probability(logits)
        return probability if self._first else 1 - probability

    def asks(self, probes: Sequence[Probe]) -> list[Ask]:
        return [partial(self._replaced, probe) for probe in probes]

    def before(self, probes: Sequence[Probe]) -> float:
        """With nothing hidden, the mean."""
        return float(np.mean([self.of(probe.logits()) for probe in probes]))

    def _replaced(self, probe: Probe, start: tuple[int, int, int], values: FloatArray) -> float:
        return self.of(probe.replaced(start, values))


def _probes(bundle: ResnetBundle, inputs: Sequence[str], volumes: FloatArray, progress: ProgressCallback,
            cancel: CancelToken) -> list[Probe]:
    networks = bundle.networks(inputs)
    probes = []
    for number, network in enumerate(networks):
        progress("Loading the networks", number / len(networks))
        probes.append(Probe(network, volumes, cancel))
    return probes


def _rounds(inputs: Sequence[str]) -> dict[str, list[int]]:
    """What is hidden → its channels."""
    each = {name: [number] for number, name in enumerate(inputs)} if len(inputs) > 1 else {}
    return {ALL: list(range(len(inputs))), **each}


def _on_atlas(effect: FloatArray, grid: Volume, brain: Volume) -> Volume:
    """The map on the voxels of SRI24, no further than the brain."""
    box = tight_box(brain)
    if box is None:
        return grid.with_array(effect)
    voxels = np.indices(box.shape).reshape(3, -1).T.astype(float)
    nearest = np.clip(np.rint(grid.to_voxels(box.to_mm(voxels))), 0, np.array(grid.shape) - 1).astype(int)
    return Volume(np.where(box.array, effect[tuple(nearest.T)].reshape(box.shape), 0).astype(np.float32), box.affine,
                  brain.frame_of_reference)


def _said(together: Occlusion, favoured: _Favoured) -> Caution:
    side = LEVELS_MM[0]
    if together.most < LEAST_EFFECT:
        return note(CODE, f"Hiding any one cube of {side:.0f} mm takes less than one percentage point from "
                          f"{favoured.name}: no single place decides, and the map shows little.")
    return note(CODE, f"Hiding one cube of {side:.0f} mm in all inputs takes up to {100 * together.most:.0f} "
                      f"percentage points from {favoured.name}.")
