"""What the reader says about the trust in an answer: that a caution was looked at, and how common the first outcome is
at this centre. Either is followed by another reading."""

from collections.abc import Callable

from rnapp.case.case import Case
from rnapp.config import data_folder, default_settings
from rnapp.errors import CaseError, ClinicalError
from rnapp.trust.confirm import checked_reason
from rnapp.trust.prior import keep_prior, read_prior
from rnapp.types import STUDY, Answer, Caution, Confirmed, Question, of_level
from rnapp.ui.worker import Worker
from rnapp.ui.workspace import Step, Workspace

NO_REASON = "Expected a reason, but got none; say in a few words why a number helps all the same."
GONE = "This caution is no longer open; look at the answer again."


def centre_prior(question: Question) -> float | None:
    """The share of the first outcome that this centre set; None for that of the model. Raises InputError where it
    cannot be read."""
    return read_prior(default_settings().data, question.id)


class TrustActions:
    """What the screen "Reading" does with cautions and the centre's share. Every error ends as its message."""

    def __init__(self, workspace: Workspace, worker: Worker, analyse: Callable[[], bool]) -> None:
        """analyse: starts a reading; whether it was started."""
        self._workspace, self._worker, self._analyse = workspace, worker, analyse

    def confirm(self, index: int, code: str, reason: str) -> bool:
        """The reader looked at an open caution of an answer (its place in the reading), and says why a number helps all
        the same; whether another reading was started."""
        def work() -> None:
            case = self._workspace.case
            word = _word(case, index, code, reason)
            self._workspace.update(lambda now: now.with_same_outline(now.outline.with_confirmed(word)),
                                   only_if=lambda now: now.reading is case.reading)

        return self._worker.now(Step.READING, work) and self._analyse()

    def prior(self, question: Question) -> float | None:
        """What this centre set, None for the model's own; also where it cannot be read, which is then said."""
        return self._worker.attempt(Step.READING, lambda: centre_prior(question))

    def set_prior(self, question: Question, share: float | None) -> bool:
        """Keep this centre's share of the first outcome, None for the model's own; whether another reading was started,
        which is so where there is an answer that assumes another one."""
        def work() -> None:
            keep_prior(data_folder(), question.id, share)

        kept = self._worker.now(Step.READING, work)
        return kept and self._workspace.case.reading is not None and self._analyse()


def _word(case: Case, index: int, code: str, reason: str) -> Confirmed:
    """Raises CaseError, ClinicalError."""
    reading, lesions = case.revealed_reading, case.lesions
    if reading is None or lesions is None or case.prepared is None or not 0 <= index < len(reading.answers):
        raise CaseError(GONE)
    answer = reading.answers[index]
    caution = _open(answer, code)
    if not reason.strip():
        raise ClinicalError(NO_REASON)
    whole = answer.lesion == STUDY or caution in (*case.prepared.cautions, *lesions.cautions)
    return Confirmed(code, None if whole else answer.lesion, checked_reason(reason), caution.sentence)


def _open(answer: Answer, code: str) -> Caution:
    """Raises CaseError."""
    found = of_level(answer.trust.because if answer.trust else (), "confirm")
    caution = next((one for one in found if one.code == code), None)
    if caution is None:
        raise CaseError(GONE)
    return caution
