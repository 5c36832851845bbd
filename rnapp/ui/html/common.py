"""What several screens show."""

from collections.abc import Iterable

from rnapp.ui.html.render import render
from rnapp.ui.work import Progress
from rnapp.ui.workspace import Message


def fixed(template: str) -> str:
    """A piece of the page that never changes."""
    return render(template)


def notice(message: Message | None, elem_id: str) -> str:
    """A sentence in a box; nothing for None."""
    return "" if message is None else render("notice", message=message, elem_id=elem_id)


def warnings(cautions: Iterable[object], elem_id: str) -> str:
    """The sentences of cautions, or plain sentences, each once."""
    sentences = list(dict.fromkeys(map(str, cautions)))
    return render("warnings", sentences=sentences, elem_id=elem_id) if sentences else ""


def progress(title: str, state: Progress, elem_id: str) -> str:
    """The stages of a running job with their times, and its overall progress."""
    return render("progress", title=title, stages=state.stages, percent=round(100 * state.fraction), elem_id=elem_id)


def facts(rows: Iterable[tuple[str, str]], elem_id: str) -> str:
    """Names and values."""
    return render("facts", rows=list(rows), elem_id=elem_id)


def picture(name: str, revision: int, alt: str) -> str:
    """A picture that the server makes from memory."""
    return render("picture", name=name, revision=revision, alt=alt)
