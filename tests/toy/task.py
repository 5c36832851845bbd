"""A made-up question about two scans of a healthy brain, as someone else would write one: nothing in rnapp knows it.

Its model weighs how far the two scans differ inside the brain with two facts on the visits. The numbers mean nothing.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from rnapp.config import Settings
from rnapp.errors import WeightsError
from rnapp.models.card import CARD_FILE, SCHEMA_VERSION, SealedBundle, read_bundle
from rnapp.models.clinical import shown_value
from rnapp.pipeline.resources import Resources, load_resources
from rnapp.tasks.task import Task
from rnapp.types import (
    Answer,
    CancelToken,
    Caution,
    Clinical,
    Contribution,
    Field,
    LesionSet,
    ModelCard,
    Outcome,
    Prediction,
    Prepared,
    Proposed,
    Question,
    Role,
    Series,
    note,
)
from tests.trusted import CARD_ENTRY

LATER, EARLIER = "later", "earlier"
ARCHITECTURE, NUMBERS = "weighted_sum", "numbers.json"
DIFFERENCE = "difference"
# Of each column: what it counts for per unit, and what is usual.
WEIGHTS = {DIFFERENCE: (2.0, 0.5), "months_between": (0.1, 12.0), "same_scanner": (-0.8, 0.5)}
BASELINE = -0.4

FIELDS = (
    Field("months_between", "Months between the visits", "number", unit="months", least=0, most=240,
          help="From the first to the second."),
    Field("same_scanner", "Both on the same scanner", "yes_no"),
)
QUESTION = Question(
    id="toy-drift",
    title="Did the picture drift between two visits?",
    outcomes=(Outcome("drifted", "drift", "a drifted picture", "drifted"),
              Outcome("steady", "steady", "a steady picture", "steady")),
    roles=(Role(LATER, "Second visit", "The newest scan."), Role(EARLIER, "First visit", "The oldest scan.")),
    fields=FIELDS,
    unit="study",
    meaning=("The number is a toy's: it tells how far two scans differ, and no more.",),
)


@dataclass(frozen=True)
class ToyModel:
    """columns: name → (weight, usual value), log-odds; baseline: log-odds of a study in which all is usual."""

    card: ModelCard
    columns: Mapping[str, tuple[float, float]]
    baseline: float

    def load(self) -> None:
        """Raises WeightsError where a column is missing."""
        if set(self.columns) != set(WEIGHTS):
            raise WeightsError(f"Expected weights for {', '.join(WEIGHTS)}; export the bundle again.")


def propose(series: Sequence[Series]) -> dict[str, Proposed]:
    """The newest scan and the oldest one; nothing where all are of one day."""
    dated = sorted((one for one in series if one.date and not one.unusable), key=lambda one: one.date)
    if not dated or dated[0].date == dated[-1].date:
        none = "Expected scans of two days, but all are of one; choose both yourself."
        return {LATER: Proposed(None, none), EARLIER: Proposed(None, none)}
    return {LATER: Proposed(dated[-1].uid, f"Proposed: the newest, of {dated[-1].date}."),
            EARLIER: Proposed(dated[0].uid, f"Proposed: the oldest, of {dated[0].date}.")}


def open_model(sealed: SealedBundle, device: str) -> ToyModel:
    """Raises WeightsError for another architecture or other inputs."""
    card = sealed.card
    if card.architecture != ARCHITECTURE or card.channels != (LATER, EARLIER):
        raise WeightsError(f"Expected the architecture {ARCHITECTURE!r}, but the card says {card.architecture!r}.")
    numbers = json.loads(sealed.contents[NUMBERS])
    return ToyModel(card.model, {name: tuple(pair) for name, pair in numbers.items()}, card.calibration["baseline"])


def cautions(prepared: Prepared, lesions: LesionSet, number: int) -> tuple[Caution, ...]:
    """Of the study: one to note, or one that stops the reading."""
    if prepared.brain_volume_ml < 200:
        return (Caution("toy_small", "stop", "So small a brain was never seen; choose another scan."),)
    return (note("toy", "A toy answered."),)


def sample(prepared: Prepared, lesions: LesionSet, number: int) -> float:
    """How far the two scans differ inside the brain, mean over the voxels, standard deviations."""
    later, earlier = (prepared.channels[role].image.array for role in (LATER, EARLIER))
    return float(np.abs(later - earlier)[prepared.brain_mask.array].mean())


def answer(model: ToyModel, difference: float, number: int, clinical: Clinical, cancel: CancelToken) -> Answer:
    """A weighted sum; an unknown value counts as usual. One model, no folds, no attention, no what-ifs."""
    cancel.check()
    contributions = [Contribution(DIFFERENCE, "Difference of the scans", "imaging", difference,
                                  _effect(model, DIFFERENCE, difference))]
    for field in FIELDS:
        value = clinical[field.name]
        effect = 0.0 if value is None else _effect(model, field.name, float(value))
        contributions.append(Contribution(field.name, field.label, "clinical", shown_value(field, value), effect))
    log_odds = model.baseline + math.fsum(one.effect for one in contributions)
    ranked = tuple(sorted(contributions, key=lambda one: -abs(one.effect)))
    return Answer(number, Prediction(1 / (1 + math.exp(-log_odds)), (), ()), ranked, model.baseline)


def _effect(model: ToyModel, name: str, value: float) -> float:
    weight, usual = model.columns[name]
    return weight * (value - usual)


def method() -> str:
    """For the report."""
    return "A weighted sum of three numbers."


TOY = Task(QUESTION, propose, open_model, cautions, sample, answer, method)


def write_bundle(folder: Path, **changed: object) -> Path:
    """The model as a bundle in a folder. changed: other entries of its card."""
    folder.mkdir(parents=True)
    numbers = json.dumps(WEIGHTS).encode()
    (folder / NUMBERS).write_bytes(numbers)
    card = {
        "schema_version": SCHEMA_VERSION, "name": "toy", "version": "1", "licence": "Apache-2.0", "source": "a test",
        "trained_on": "nothing", "task": QUESTION.id, "demonstration": True, "metrics": {},
        "architecture": ARCHITECTURE, "channels": [LATER, EARLIER], "sizes": {}, "calibration": {"baseline": BASELINE},
        "input": {}, "folds": [], "files": [{"file": NUMBERS, "sha256": sha256(numbers).hexdigest()}],
        **CARD_ENTRY} | changed
    (folder / CARD_FILE).write_text(json.dumps(card))
    return folder


@dataclass(frozen=True)
class Load:
    """What a worker, or the page, loads. bundle: the folder of the model."""

    bundle: Path

    def __call__(self, settings: Settings) -> Resources:
        """Raises WeightsError."""
        return load_resources(settings, read_bundle(self.bundle), TOY)
