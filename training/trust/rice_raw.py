"""What a bundle of RICE-NET says of fresh patients, for every combination of inputs that it has networks for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from rnapp.files import replacing
from rnapp.models.resnet_bundle import ResnetBundle, read
from rnapp.phantom.glioblastoma import STANDARD
from rnapp.tasks.rice.sample import CHANNELS, DOSE, EVENT, POST_OP
from rnapp.trust.calibrate import log_odds
from rnapp.types import Array, CancelToken, FloatArray
from training.optimise import Report
from training.rice.config import Inputs, RiceConfig, name_of
from training.rice.heads import Cohort, Heads, make_template
from training.trust.raw import Raw, files_of, joined
from training.trust.seeds import SEEDS, Use

PART = 50
_WINDOW = (-2.0, 4.0)
# What the likeness should not pass, in words for the tables. Values: shape (channels, side, side, side), all channels.
_Change = Callable[[FloatArray, np.random.Generator], FloatArray]


@dataclass(frozen=True, eq=False)
class Asked:
    """A bundle and what its patients are drawn into. config: of the networks' input."""

    bundle: ResnetBundle
    config: RiceConfig

    def heads(self, use: Use) -> Heads:
        """Patients drawn for nothing else than this use. Takes seconds."""
        return Heads(Cohort(STANDARD.name, SEEDS[use], self.config), make_template(self.config.side), None)


def asked(bundle: ResnetBundle) -> Asked:
    """Raises WeightsError for voxels that fill no head."""
    ensemble = bundle.ensemble
    return Asked(bundle, RiceConfig(ensemble.side, ensemble.width_thousandths, ensemble.stride))


def rice_values(of: Asked, use: Use, numbers: range, folder: Path, report: Report,
                kind: str = "patients") -> dict[Inputs, Raw]:
    """Combination → its answers to the patients with these numbers, which rise by 1. kind: "patients", or a name of
    STRANGE; folder: of this bundle alone; what is there already is not drawn again."""
    parts: dict[Inputs, list[Raw]] = {inputs: [] for inputs in of.bundle.ensemble.combinations}
    heads: Heads | None = None
    files, rows = files_of(numbers, PART)
    for first in files:
        file = folder / f"{use}_{kind.replace(' ', '_')}_{first:05d}.npz"
        if not file.is_file():
            heads = heads or of.heads(use)
            _keep(file, [_one(of.bundle, heads, kind, number) for number in range(first, first + PART)])
            report(f"{use}, {kind}: {first + PART} patients")
        for inputs, raw in _kept(file, parts).items():
            parts[inputs].append(raw)
    return {inputs: joined(found).part(rows) for inputs, found in parts.items()}


def _one(bundle: ResnetBundle, heads: Heads, kind: str, number: int) -> dict[Inputs, Raw]:
    values = heads.test(number)
    if kind in STRANGE:
        values = STRANGE[kind](values, np.random.default_rng((number, len(kind))))
    rice = heads.cohort.patient("test", number).rice
    shown = _picture(values[CHANNELS.index(EVENT)])
    return {inputs: _answer(bundle, inputs, values, rice, shown) for inputs in bundle.ensemble.combinations}


def _answer(bundle: ResnetBundle, inputs: Sequence[str], values: FloatArray, rice: int, shown: Array) -> Raw:
    """As rnapp.tasks.rice.answer has it: the mean of the folds' probabilities."""
    volumes = values[[CHANNELS.index(one) for one in inputs]]
    readings = [read(network, volumes, CancelToken()) for network in bundle.networks(inputs)]
    folds = [bundle.probability(one.logits) for one in readings]
    return Raw(np.array([log_odds(float(np.mean(folds)))]), np.array([[log_odds(one) for one in folds]]),
               np.stack([one.embedding for one in readings])[None].astype(np.float32), np.zeros((1, 0)),
               np.array([rice]), shown[None], ())


def _picture(event: FloatArray) -> Array:
    """The axial slice through the middle, uint8, as a reader sees it."""
    low, high = _WINDOW
    plane = event[:, :, event.shape[2] // 2].T
    shown: Array = np.rint(np.clip((plane - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    return shown


def _noise(values: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Scans of noise inside the brain."""
    changed = values.copy()
    for role in (EVENT, POST_OP):
        scan = changed[CHANNELS.index(role)]
        noise = gaussian_filter(rng.standard_normal(scan.shape), rng.uniform(0.3, 1.0))
        changed[CHANNELS.index(role)] = np.where(scan != 0, noise / noise.std(), 0)
    return changed


def _inverted(values: FloatArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG001 - nothing is drawn
    changed = values.copy()
    changed[CHANNELS.index(EVENT)] *= -1
    return changed


def _swapped(values: FloatArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG001 - nothing is drawn
    changed = values.copy()
    event, post_op = CHANNELS.index(EVENT), CHANNELS.index(POST_OP)
    changed[[event, post_op]] = values[[post_op, event]]
    return changed


def _twice(values: FloatArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG001 - nothing is drawn
    changed = values.copy()
    changed[CHANNELS.index(POST_OP)] = values[CHANNELS.index(EVENT)]
    return changed


def _mirrored(values: FloatArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG001 - nothing is drawn
    changed = values.copy()
    changed[CHANNELS.index(DOSE)] = values[CHANNELS.index(DOSE)][::-1]
    return changed


STRANGE: Mapping[str, _Change] = MappingProxyType({
    "noise": _noise, "inverted": _inverted, "swapped": _swapped, "twice": _twice, "mirrored": _mirrored})
STRANGE_WORDS: Mapping[str, str] = MappingProxyType({
    "noise": "Noise instead of the scans", "inverted": "New scan in a wrong sequence (contrast inverted)",
    "swapped": "The two scans exchanged", "twice": "The new scan given twice",
    "mirrored": "Dose on the wrong side (mirrored)"})


def _keep(file: Path, found: Sequence[Mapping[Inputs, Raw]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}
    for inputs in found[0]:
        raw = joined([one[inputs] for one in found])
        arrays |= {f"{name_of(inputs)}/{name}": getattr(raw, name) for name in _NAMES}
    with replacing(file) as unfinished, unfinished.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


_NAMES = ("log_odds", "folds", "embeddings", "features", "labels", "pictures")


def _kept(file: Path, combinations: Iterable[Inputs]) -> dict[Inputs, Raw]:
    with np.load(file) as stored:
        return {inputs: _raw({name: stored[f"{name_of(inputs)}/{name}"] for name in _NAMES}) for inputs in combinations}


def _raw(arrays: dict[str, Any]) -> Raw:
    return Raw(**arrays, names=())
