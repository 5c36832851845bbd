"""The page around its screens: header, help, the words that lead through the example."""

from rnapp import __version__
from rnapp.types import ModelCard, Question
from rnapp.ui.help import KEYS, program, steps
from rnapp.ui.html.render import render
from rnapp.ui.ports import wording
from rnapp.ui.trouble import log_file


def header(card: ModelCard, question: Question) -> str:
    """The product's name, what it is not, and the demonstration banner, which never goes away."""
    help_words = render("help", keys=KEYS, steps=steps(question), meaning=question.meaning, program=program(),
                        log=log_file())
    return render("header", version=__version__, card=card, title=question.title.rstrip("?"),
                  made_up=wording.made_up(question)) + help_words
