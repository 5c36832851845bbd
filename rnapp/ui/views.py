"""How the answers of a reading are shown; made with the reading, so that showing them takes no time."""

from rnapp.types import CaseResult
from rnapp.ui.ports import Pipeline
from rnapp.ui.workspace import View


def made_views(pipeline: Pipeline, result: CaseResult) -> tuple[View, ...]:
    """One for each answer."""
    return tuple(_view(pipeline, result, index) for index in range(len(result.reading.answers)))


def _view(pipeline: Pipeline, result: CaseResult, index: int) -> View:
    return View(pipeline.lesion_picture(result, index) or b"", pipeline.attention_picture(result, index) or b"",
                pipeline.waterfall(result, index), pipeline.scene(result, index))
