"""The screen of the preparation."""

from rnapp.types import Prepared, Question
from rnapp.ui.html.render import render


def quality(prepared: Prepared, question: Question) -> str:
    """The measures of the registrations, with a warning if one is doubtful."""
    labels = {role.name: role.label for role in question.roles}
    matches = [(labels[role], channel.match) for role, channel in prepared.channels.items()
               if channel.match is not None]
    good = prepared.quality.good and all(match.good for _, match in matches)
    return render("quality", quality=prepared.quality, brain_ml=prepared.brain_volume_ml, matches=matches, good=good)
