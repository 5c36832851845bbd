"""The page around its screens: header and help."""

from collections.abc import Sequence
from dataclasses import dataclass

from rnapp import __version__
from rnapp.types import ModelCard, Question
from rnapp.ui.help import KEYS, RULE, program, steps
from rnapp.ui.html.render import render
from rnapp.ui.ports import Model, wording
from rnapp.ui.trouble import log_file


@dataclass(frozen=True)
class _Told:
    """What header and help say about a question and its model."""

    id: str
    title: str
    card: ModelCard
    made_up: str
    steps: tuple[tuple[str, str], ...]
    meaning: tuple[str, ...]
    map_meaning: str
    networks_meaning: tuple[str, ...]


def header(models: Sequence[Model], asked: Question) -> str:
    """The product's name, what it is not, the question, and the demonstration banner, which never goes away.

    The parts that differ between the questions are in the page for every question, and room.js shows those of the
    current one; asked is the one at start-up. Rendering the header again instead would close an open dialog.
    """
    tasks = [_told(one) for one in models]
    help_words = render("help", tasks=tasks, asked=asked.id, keys=KEYS, rule=RULE, program=program(),
                        log=log_file())
    return render("header", version=__version__, tasks=tasks, asked=asked.id) + help_words


def _told(model: Model) -> _Told:
    question = model.question
    return _Told(question.id, question.title.rstrip("?"), model.card, wording.made_up(question), steps(question),
                 question.meaning, question.map_meaning, question.networks_meaning)
