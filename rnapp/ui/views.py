"""How the answers of a reading are shown; made with the reading, so that showing them takes no time."""

from rnapp.types import STUDY, CaseResult
from rnapp.ui.ports import Pipeline
from rnapp.ui.workspace import View


def made_views(pipeline: Pipeline, result: CaseResult) -> tuple[View, ...]:
    """One for each answer."""
    return tuple(_view(pipeline, result, index) for index in range(len(result.reading.answers)))


def _view(pipeline: Pipeline, result: CaseResult, index: int) -> View:
    return View(pipeline.lesion_picture(result, index) or b"", pipeline.attention_picture(result, index) or b"",
                pipeline.waterfall(result, index), pipeline.scene(result, index),
                pipeline.dose_curves(result.lesions, result.reading.dose), _isodoses(pipeline, result, index))


def _isodoses(pipeline: Pipeline, result: CaseResult, index: int) -> tuple[bytes, ...]:
    """Through the lesion that was answered; for a study through each that is outlined, or through the high dose."""
    if result.reading.dose is None:
        return ()
    number = result.reading.answers[index].lesion
    outlined = tuple(one.number for one in result.lesions.lesions)
    numbers: tuple[int | None, ...] = (outlined or (None,)) if number == STUDY else (number,)
    drawn = (pipeline.dose_slices(result.prepared, result.lesions, one) for one in numbers)
    return tuple(png for png in drawn if png is not None)
