"""The models that the app begins with: one for each question that has one, loaded when they are first asked."""

import os
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from rnapp.config import Settings
from rnapp.errors import WeightsError
from rnapp.lazy import LazyValue
from rnapp.models.card import SealedBundle, read_bundle, read_card
from rnapp.models.installed import choose_bundle
from rnapp.tasks import TASKS, task_of
from rnapp.tasks.task import Task
from rnapp.types import ModelCard
from rnapp.ui.ports import Model
from rnapp.ui.questions import read_last


def checked_models(settings: Settings, task: str | None = None) -> tuple[Model, ...]:
    """The model of each question that has one, that of the question to begin with first: of that one every file is
    checked, of the others when they are used. Networks and all else are loaded when they are first asked for, with the
    first page there. task: id of the question to begin with, None for the one that was asked last. Raises WeightsError
    where the first one cannot be used."""
    loader = _Loader(settings)
    first = (None if task else _asked_last(loader)) or loader.checked(task)
    others = (loader.offered(one) for one in TASKS.values() if one.id != first.question.id)
    return (first, *(one for one in others if one is not None))


def checked_model(settings: Settings, task: str | None = None) -> Model:
    """The model in use for a question (None: for the one that is asked where none is named), every file of it checked.
    Raises WeightsError."""
    return _Loader(settings).checked(task)


def _asked_last(loader: "_Loader") -> Model | None:
    """The model of the question that was asked last; None where that is unknown or it cannot be used any more, and
    where a bundle that was named for this start decides."""
    last = read_last(loader.settings.state)
    if last not in TASKS or os.environ.get("RNAPP_BUNDLE"):
        return None
    try:
        return loader.checked(last)
    except WeightsError:  # said where it is asked again
        return None


@dataclass
class _Loader:
    """What all questions share (atlas, networks that strip the skull) is loaded once, for the first that needs it."""

    settings: Settings
    _shared: dict[str, Any] = field(default_factory=dict)

    def checked(self, task: str | None) -> Model:
        """With every file checked now. Raises WeightsError."""
        sealed = read_bundle(choose_bundle(self.settings.weights, self.settings.data, task))
        card = sealed.card.model
        return _model(card, task_of(card.task), LazyValue(partial(self._resources, sealed)))

    def offered(self, task: Task) -> Model | None:
        """Without looking at more than the card; None where there is no model, or none that can be used."""
        try:
            folder = choose_bundle(self.settings.weights, self.settings.data, task.id)
            card = read_card(folder).model
        except WeightsError:  # the list of models says why
            return None
        return _model(card, task, LazyValue(partial(self._later, folder, card)))

    def _later(self, folder: Path, card: ModelCard) -> Any:
        """Raises WeightsError where the bundle is another one by now than the page told of."""
        sealed = read_bundle(folder)
        if sealed.card.model.sha256 != card.sha256:
            raise WeightsError(f"The model {card.name} {card.version} was replaced since rnapp was started; start "
                               "rnapp again.")
        return self._resources(sealed)

    def _resources(self, sealed: SealedBundle) -> Any:
        from rnapp import pipeline

        made = pipeline.load_resources(self.settings, sealed)
        shared = self._shared.setdefault("first", made)
        return replace(made, atlas=shared.atlas, backend=shared.backend)


def _model(card: ModelCard, task: Task, resources: LazyValue[Any]) -> Model:
    return Model(card, task.question, resources, task.example is not None, task.explain is not None)
