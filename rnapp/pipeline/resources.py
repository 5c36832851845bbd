"""What every case needs, loaded once: the atlas, the task and the model that answers it."""

from dataclasses import dataclass, field
from pathlib import Path

import torch

from rnapp.compute import Backend, available, make_backend
from rnapp.config import Settings
from rnapp.errors import WeightsError
from rnapp.io.atlas import read_atlas
from rnapp.lesion.propose import BrightnessProposer, Proposer
from rnapp.measured import read_chosen_backend
from rnapp.models.card import SealedBundle, read_bundle, read_card
from rnapp.models.installed import choose_bundle
from rnapp.tasks import task_of
from rnapp.tasks.task import Model, Task
from rnapp.types import Atlas


@dataclass(frozen=True, eq=False)
class Resources:
    """Settings, atlas, the task and its verified model (whose networks are built when they are needed), how networks
    are run, and what proposes lesions; device: "cuda" or "cpu"."""

    settings: Settings
    atlas: Atlas
    task: Task
    model: Model
    device: str
    backend: Backend
    proposer: Proposer = field(default_factory=BrightnessProposer)


def load_resources(settings: Settings, sealed: SealedBundle | None = None, task: Task | None = None) -> Resources:
    """sealed: a bundle that was read before, instead of the one to use now for the task; task: None for that of the
    bundle, which is then the one to use where no question is named.

    Raises WeightsError where the atlas or the bundle is missing, altered, ambiguous, not the chosen one, or made for
    another task.
    """
    device = pick_device(settings)
    sealed = sealed or read_bundle(choose_bundle(settings.weights, settings.data, task.id if task else None))
    answers = sealed.card.model.task
    task = task or task_of(answers)
    if task.id != answers:
        raise WeightsError(f"Expected a model for {task.id!r}, but its card says {answers!r}; choose another model.")
    model = task.open_model(sealed, device)
    backend = make_backend(pick_backend(settings, device), networks_folder(settings))
    return Resources(settings, read_atlas(settings.weights), task, model, device, backend)


def task_in_use(settings: Settings, named: str | None = None) -> Task:
    """The task with this id, or that of the bundle that would be used where no question is named; only its card is
    read. Raises WeightsError."""
    return task_of(named or read_card(choose_bundle(settings.weights, settings.data)).model.task)


def pick_device(settings: Settings) -> str:
    """The device the networks run on."""
    if settings.device != "auto":
        return settings.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def pick_backend(settings: Settings, device: str) -> str:
    """The named backend, or the one measured to be best on this machine, or else the reference."""
    if settings.backend != "auto":
        return settings.backend
    names = available(device)
    chosen = read_chosen_backend(settings.state) if settings.state else None
    return chosen.backend if chosen and chosen.backend in names else names[0]


def networks_folder(settings: Settings) -> Path | None:
    """Where converted networks are kept: they take seconds to make and 65 MB each."""
    return settings.state / "networks" if settings.state else None
