"""The real plots of a made-up answer, for the stand-in pipeline."""

from dataclasses import replace
from functools import cache

import plotly.graph_objects as go

from rnapp.explain import contributions, scene3d
from rnapp.types import Question
from tests.explain.synthetic import answer, result_of


def waterfall(question: Question) -> go.Figure:
    """Contributions of both signs, in the words of this question."""
    return contributions.waterfall(question, answer())


@cache
def scene() -> go.Figure:
    """A coarse brain with a lesion on the left."""
    result = result_of()
    answers = [replace(result.reading.answers[0], attention=None)]
    return scene3d.scene(result.prepared, result.lesions, answers, 0)
