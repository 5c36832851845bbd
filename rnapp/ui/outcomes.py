"""What the page does with outcomes that become known later, and with this centre's own audit of its answers."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from rnapp.case.outcome import with_outcome, without_outcome
from rnapp.types import CancelToken, KnownOutcome, ProgressCallback
from rnapp.ui.actions import Actions
from rnapp.ui.kept_ports import Audit, Library, read_cases, write_cohort
from rnapp.ui.workspace import Message, Step

if TYPE_CHECKING:
    from rnapp.ui.kept_ports import Cases

COHORT_FILE = "cohort.csv"
THIS_CENTRE = "this centre"
BOTH = Message("error", "Choose the lesion and what it was; then the outcome can be noted.")
WRITTEN = ("The table is written: {}. Each case counts as a patient of its own; give cases of one patient the same "
           "name before training.")
NOT_ASKED = Message("error", "Compare the kept cases with their outcomes first; then their table can be written.")


class Outcomes:
    """Enters outcomes of the open case, and reads those of all kept ones. Every error ends as a screen's message."""

    def __init__(self, actions: Actions, folder: Path) -> None:
        """folder: where the kept cases lie."""
        self._actions = actions
        self._library = Library(folder)
        self._folder = folder
        self._lock = Lock()
        self._found: dict[str, Cases] = {}  # by the question

    def note(self, given: KnownOutcome) -> bool:
        """Enter the outcome of one answer of the open case."""
        return self._actions.worker.now(
            Step.REPORT, lambda: self._actions.workspace.update(lambda case: with_outcome(case, given)))

    def ask_for_both(self) -> None:
        """Say what is missing."""
        self._actions.workspace.say(Step.REPORT, BOTH)

    def take_back(self, lesion: int) -> bool:
        """As if it had never been entered."""
        return self._actions.worker.now(
            Step.REPORT, lambda: self._actions.workspace.update(lambda case: without_outcome(case, lesion)))

    def compare(self) -> bool:
        """Read all kept cases of the question, in the background; whether it was started."""
        question = self._actions.question

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            found = read_cases(self._library, question, progress, cancel)
            with self._lock:
                self._found[question.id] = found

        return self._actions.worker.later(Step.STUDY, "Comparing kept cases with outcomes", work)

    @property
    def audit(self) -> Audit | None:
        """Of the question that is asked; None before anybody compared."""
        found = self._of_question
        return None if found is None else found.audit

    @property
    def unreadable(self) -> int:
        """How many kept files could not be read."""
        found = self._of_question
        return 0 if found is None else found.unreadable

    def write_cohort(self) -> bool:
        """The cohort table for training, beside the kept cases."""
        found, question = self._of_question, self._actions.question
        if found is None:
            self._actions.workspace.say(Step.STUDY, NOT_ASKED)
            return False

        def work() -> None:
            path = self._folder / COHORT_FILE
            write_cohort(found, question, THIS_CENTRE, path)
            self._actions.workspace.say(Step.STUDY, Message("good", WRITTEN.format(path)))

        return self._actions.worker.now(Step.STUDY, work)

    @property
    def _of_question(self) -> "Cases | None":
        with self._lock:
            return self._found.get(self._actions.question.id)
