"""The maps of occlusion of the answer that is shown: made on request, which takes a minute or two."""

from dataclasses import replace

from rnapp.types import CancelToken, ProgressCallback
from rnapp.ui.actions import Actions
from rnapp.ui.views import made_views
from rnapp.ui.workspace import Message, Step

MAKING = "Making the map of occlusion"  # the job, during which the answer stays on the page
NO_ANSWER = Message("error", "There is no answer to make a map of; read the study first.")


class MapActions:
    """What the screen "Reading" does with maps. Every error ends as its message; the answer does not change."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._workspace = actions.workspace

    def make(self) -> bool:
        """Make the maps, in the background; whether it was started."""
        now = self._workspace.open
        case, reading, question = now.case, now.case.revealed_reading, self._actions.question
        prepared, lesions = case.prepared, case.lesions
        if reading is None or prepared is None or lesions is None:
            self._workspace.say(Step.READING, NO_ANSWER)
            return False

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            pipeline = self._actions.pipeline
            explained = pipeline.explain(prepared, lesions, reading, self._actions.resources, progress, cancel)
            result = replace(case.result(question), reading=explained)
            views = made_views(pipeline, result)
            cancel.check()
            self._workspace.update(lambda case: case.with_reading(explained), lambda page: replace(page, views=views),
                                   only_if=lambda case: case.reading is reading)

        return self._actions.worker.later(Step.READING, MAKING, work)

    def show(self, name: str) -> bool:
        """Which of the maps is shown: "all", or a role's name for what was hidden alone."""
        reading = self._workspace.case.revealed_reading
        known = {one for answer in (reading.answers if reading else ()) for one in answer.occlusion}
        if name in known:
            self._workspace.update_page(lambda page: replace(page, shown_map=name))
        return name in known
