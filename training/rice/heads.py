"""Heads as the networks see them, each drawn from its number: the same seed and number are the same patient."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from rnapp.config import weights_folder
from rnapp.files import replacing
from rnapp.geometry import empty_grid
from rnapp.io.atlas import atlas_grid, read_atlas
from rnapp.models.resnet_ensemble import CROP_MM
from rnapp.phantom.anatomy import HeadTemplate, head_template
from rnapp.phantom.glioblastoma import (
    SETTINGS,
    STANDARD,
    GlioblastomaLabel,
    GlioblastomaParameters,
    Setting,
    narrowed,
    sample_parameters,
)
from rnapp.phantom.glioblastoma_render import Rendered, render
from rnapp.tasks.rice.sample import dose_units
from rnapp.types import SRI24, Array, FloatArray, Volume
from training.optimise import Report
from training.rice.augment import augmented
from training.rice.config import FOLDS, RiceConfig
from training.run_files import expect

Stream = Literal["train", "test"]
_STREAMS = {"train": 0, "test": 1}
PLAN = 57.0  # Gy: 95 % of the prescription
CHUNK = 40  # heads between two progress messages


@dataclass(frozen=True)
class Patient:
    """label: the outcome; rice: 1 or 0."""

    label: GlioblastomaLabel
    parameters: GlioblastomaParameters

    @property
    def rice(self) -> int:
        """Whether the outcome is RICE."""
        return int(self.label == "rice")


@dataclass(frozen=True)
class Cohort:
    """Patients of one setting and seed; test patients are drawn separately and used for nothing else."""

    setting: str
    seed: int
    config: RiceConfig

    def patient(self, stream: Stream, number: int) -> Patient:
        """The patient with this number."""
        rng = self.rng(stream, number, 0)
        setting = self._setting(number) if stream == "train" else SETTINGS[self.setting]
        label: GlioblastomaLabel = "rice" if rng.random() < setting.share_rice else "recurrence"
        return Patient(label, sample_parameters(setting, label, rng))

    def rng(self, stream: Stream, number: int, purpose: int) -> np.random.Generator:
        """purpose: 0 the patient, 1 the pictures, 2 the augmentation."""
        return np.random.default_rng((self.seed, _STREAMS[stream], number, purpose))

    def _setting(self, number: int) -> Setting:
        """With outcomes that spread less at first: in few steps nothing is learnt from outcomes that overlap from the
        start."""
        whole = SETTINGS[self.setting]
        if self.setting != STANDARD.name or self.config.full_from <= 0:
            return whole
        share = number // self.config.heads / (self.config.full_from * self.epochs)
        return narrowed(whole, min(self.config.narrow + (1 - self.config.narrow) * share, 1.0))

    @property
    def epochs(self) -> int:
        """Of the training."""
        return self.config.epochs if self.setting == STANDARD.name else self.config.plain_epochs

    @property
    def drawn(self) -> int:
        """Patients for training and validation."""
        return self.epochs * self.config.heads

    @property
    def validation(self) -> range:
        """Numbers of the patients that folds are validated on: the last ones drawn for training."""
        return range(self.drawn - FOLDS * self.config.validation, self.drawn)


def input_grid(side: int) -> Volume:
    """The grid of the networks' input, as rnapp.tasks.rice.sample.model_volume makes it."""
    atlas = atlas_grid()
    step = CROP_MM // side
    start = (np.array(atlas.shape) - CROP_MM) // 2
    affine = atlas.affine.copy()
    affine[:3, :3] *= step
    affine[:3, 3] = atlas.to_mm(start[None] + (step - 1) / 2)[0]
    return empty_grid((side,) * 3, affine, SRI24)


def make_template(side: int) -> HeadTemplate:
    """The data that heads are drawn from. Takes seconds."""
    return head_template(read_atlas(weights_folder()), input_grid(side))


def channels(drawn: Rendered, template: HeadTemplate) -> FloatArray:
    """The networks' input, float32, shape (3, side, side, side) in the order of CHANNELS: scans z-scored as 1 mm voxels
    would be and 0 outside the brain, dose in its own units."""
    brain = drawn.brain.array
    scans = []
    for scan in (drawn.event, drawn.post_op):
        inside = scan.array[brain > 0.5]
        scans.append((scan.array - inside.mean()) / (inside.std() / template.blur) * brain)
    return np.stack([*scans, dose_units(drawn.dose.array)]).astype(np.float32)


def plan_numbers(dose: FloatArray, side: int) -> tuple[float, float]:
    """Target volume (ml within 95 % of the prescription) and highest dose (Gy), as a reader would measure them."""
    millilitres = (CROP_MM / side) ** 3 / 1000
    gray = (dose + 1) * 30
    return float((gray >= PLAN).sum() * millilitres), float(gray.max())


class Heads:
    """Inputs of a cohort's patients, drawn when they are asked for, or kept in a folder.

    Raises InputError where the folder holds another cohort's.
    """

    def __init__(self, cohort: Cohort, template: HeadTemplate, folder: Path | None) -> None:
        self.cohort, self._template, self._folder = cohort, template, folder
        self._kept: dict[str, tuple[Sequence[int], Array]] = {}

    def draw(self, stream: Stream, number: int, changed: bool) -> FloatArray:
        """One input, float32, shape (3, side, side, side); changed: augmented."""
        patient = self.cohort.patient(stream, number)
        drawn = render(patient.parameters, self._template, self.cohort.rng(stream, number, 1))
        values = channels(drawn, self._template)
        return augmented(values, int(self.cohort.rng(stream, number, 2).integers(2**31))) if changed else values

    def training(self, number: int) -> FloatArray:
        """The augmented input of a training patient."""
        return self._one("training", number, lambda: self.draw("train", number, changed=True))

    def validation(self, number: int) -> FloatArray:
        """The input of a training patient as it is."""
        return self._one("validation", number, lambda: self.draw("train", number, changed=False))

    def test(self, number: int) -> FloatArray:
        """The input of a test patient."""
        return self._one("test", number, lambda: self.draw("test", number, changed=False))

    def keep(self, report: Report) -> None:
        """Draws everything that is not yet on the disk."""
        if self._folder is None:
            return
        config = self.cohort.config
        self._store("test", range(config.test), report)
        self._store("validation", self.cohort.validation, report)
        self._store("training", range(self.cohort.drawn), report)

    def _one(self, part: str, number: int, make: Callable[[], FloatArray]) -> FloatArray:
        if part not in self._kept:
            return make()
        numbers, array = self._kept[part]
        return np.asarray(array[numbers.index(number)], np.float32)

    def _store(self, part: str, numbers: range, report: Report) -> None:
        assert self._folder is not None
        self._folder.mkdir(parents=True, exist_ok=True)
        file, note = self._folder / f"{part}.npy", self._folder / f"{part}.json"
        made_from = [self.cohort.setting, self.cohort.seed, repr(self.cohort.config)]
        done = 0
        if note.is_file():
            state = json.loads(note.read_text(encoding="utf-8"))
            expect(self._folder, state["made_from"], made_from)
            done = int(state["done"])
        shape = (len(numbers), 3, *(self.cohort.config.side,) * 3)
        array = np.lib.format.open_memmap(file, "r+" if done else "w+", np.float16, shape)
        make = {"training": self.training, "validation": self.validation, "test": self.test}[part]
        for place in range(done, len(numbers)):
            array[place] = make(numbers[place])
            if (place + 1) % CHUNK == 0 or place + 1 == len(numbers):
                array.flush()
                with replacing(note) as unfinished:
                    unfinished.write_text(json.dumps({"made_from": made_from, "done": place + 1}), encoding="utf-8")
                report(f"{self.cohort.setting}, seed {self.cohort.seed}: {place + 1} of {len(numbers)} heads ({part})")
        self._kept[part] = numbers, array
