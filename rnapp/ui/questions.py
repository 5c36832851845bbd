"""The questions that can be asked, each with the model that answers it; the current one belongs to the open case."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from rnapp.errors import CaseError
from rnapp.files import replacing
from rnapp.types import Question
from rnapp.ui.ports import Model
from rnapp.ui.workspace import Open, Workspace

LAST_FILE = "question.txt"
NO_MODEL = ("There is no model for the question of this kept case; install a model for that "
            "question, start rnapp again and open the case then.")


class Questions:
    """A model never answers another question than its own."""

    def __init__(self, models: Sequence[Model], workspace: Workspace) -> None:
        """models: at most one for each question; the app starts with the question of the first."""
        self._models = {one.question.id: one for one in models}
        self._workspace = workspace
        self.told: Callable[[str], None] = lambda _: None  # called with the question's id when it changes
        workspace.update_page(lambda page: replace(page, task=models[0].question.id))

    @property
    def models(self) -> tuple[Model, ...]:
        """All of them, in a fixed order."""
        return tuple(self._models.values())

    @property
    def asked(self) -> Model:
        """The model for the question of the open case."""
        return self.of(self._workspace.open)

    def of(self, now: Open) -> Model:
        """The model for the question of a case."""
        return self._models[now.page.task]

    def find(self, task: str) -> Model:
        """The model for a question. Raises CaseError where there is none."""
        if task not in self._models:
            raise CaseError(NO_MODEL)
        return self._models[task]


def read_last(folder: Path | None) -> str:
    """The id of the question last used on this computer, "" if unknown."""
    try:
        return (folder / LAST_FILE).read_text(encoding="utf-8").strip() if folder else ""
    except (OSError, ValueError):
        return ""


def write_last(folder: Path, task: str) -> None:
    """Remember it. Raises OSError where the folder cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / LAST_FILE) as unfinished:
        unfinished.write_text(f"{task}\n", encoding="utf-8")


def in_order(questions: Sequence[Question]) -> tuple[str, ...]:
    """The names of all roles except the references, each once, starting with the question that has most roles."""
    longest_first = sorted(questions, key=lambda one: -len(one.roles))
    return tuple(dict.fromkeys(role.name for question in longest_first for role in question.roles[1:]))
