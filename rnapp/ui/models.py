"""The weight bundles of this computer: listed, installed from a file, chosen, removed. Used from the next start on."""

from collections.abc import Callable
from pathlib import Path

from rnapp.config import Settings
from rnapp.errors import WeightsError
from rnapp.types import ModelCard
from rnapp.ui.actions import Actions
from rnapp.ui.ports import Installed, choose, install, installed_bundles, remove_bundle
from rnapp.ui.workspace import Message, Step

NEXT_START = "It is used from the next start of rnapp; quit and start it again."
NO_FOLDER = "There is no folder for models on this computer; start rnapp as usual."


class Models:
    """What the first screen does with models. Every error ends as its message."""

    def __init__(self, actions: Actions, settings: Settings) -> None:
        self._actions = actions
        self._settings = settings
        self._found: dict[str, tuple[Installed, ...]] = {}  # by the question

    @property
    def in_use(self) -> ModelCard:
        """The model that answers the current question."""
        return self._actions.model.card

    def listed(self) -> tuple[Installed, ...]:
        """Every bundle for the current question, including those that cannot be used."""
        task = self._actions.question.id
        if task not in self._found:
            self._found[task] = installed_bundles(self._settings.weights, self._settings.data, task)
        return self._found[task]

    def install(self, file: Path, fingerprint: str = "") -> bool:
        """Check a bundle file, install it and use it for its question from the next start on. fingerprint: the SHA-256
        of its card as its maker published it, "" if unknown."""
        def work() -> str:
            done = install(file, self._data(), fingerprint.strip() or None)
            state = "is installed" if done.new else "was already installed"
            return f"{done.card.name} {done.card.version} {state} (card SHA-256 {done.card.sha256[:12]}…). {NEXT_START}"

        return self._change(work)

    def use(self, sha256: str) -> bool:
        """Use a bundle from the next start on."""
        def work() -> str:
            card = choose(self._settings.weights, self._data(), sha256)
            return f"{card.name} {card.version} is chosen. {NEXT_START}"

        return self._change(work)

    def remove(self, sha256: str) -> bool:
        """Remove a bundle that the user installed."""
        def work() -> str:
            gone = remove_bundle(self._data(), sha256)
            return f"{gone.card.name if gone.card else gone.folder.name} is removed."

        return self._change(work)

    def _data(self) -> Path:
        if self._settings.data is None:
            raise WeightsError(NO_FOLDER)
        return self._settings.data

    def _change(self, work: Callable[[], str]) -> bool:
        def action() -> None:
            sentence = work()
            self._found.clear()
            self._actions.workspace.say(Step.STUDY, Message("good", sentence))

        return self._actions.worker.now(Step.STUDY, action)
