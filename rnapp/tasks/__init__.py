"""The clinical questions that rnapp can answer. Each has its own folder, which alone knows its words and numbers."""

from collections.abc import Mapping
from types import MappingProxyType

from rnapp.errors import InputError, WeightsError
from rnapp.io.texts import shown
from rnapp.models.card import SealedBundle
from rnapp.tasks.metastasis import METASTASIS
from rnapp.tasks.rice import RICE
from rnapp.tasks.task import Model, Task

TASKS: Mapping[str, Task] = MappingProxyType({one.id: one for one in (METASTASIS, RICE)})


def task_of(name: str) -> Task:
    """The task with this id, as a model card names it. Raises WeightsError where this version has none."""
    if name not in TASKS:
        raise WeightsError(f"Expected a model for one of {', '.join(TASKS)}, but its card says {name!r}; use a bundle "
                           "made for this version of rnapp.")
    return TASKS[name]


def task_named(name: str) -> Task:
    """The task that a person asks for by its id. Raises InputError where there is none."""
    if name not in TASKS:
        raise InputError(f"Expected a question ({', '.join(TASKS)}), but got '{shown(name)}'; correct its name.")
    return TASKS[name]


def load_model(sealed: SealedBundle, device: str = "cpu") -> Model:
    """A bundle opened by the task on its card, with its networks built. device: "cpu" or "cuda".

    Raises WeightsError for an unknown task or architecture, models of another input, and weights that do not fit.
    """
    model = task_of(sealed.card.model.task).open_model(sealed, device)
    model.load()
    return model
