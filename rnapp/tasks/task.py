"""What answers a question: functions from a prepared case to a sample, and from a sample to an answer with its reasons.

Source of the idea: the infer tasks of MONAI Label (Diaz-Pinto et al. 2024), here as one typed value.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rnapp.models.card import SealedBundle
from rnapp.types import (
    Answer,
    Atlas,
    CancelToken,
    Caution,
    Clinical,
    Evidence,
    LesionSet,
    ModelCard,
    Prepared,
    ProgressCallback,
    Proposed,
    Question,
    Series,
)


class Model(Protocol):
    """A weight bundle that can answer. Its networks are built when they are first needed, or by load()."""

    @property
    def card(self) -> ModelCard:
        """What the user is told of it."""

    def load(self) -> None:
        """Build the networks. Raises WeightsError where weights do not fit the dimensions on the card."""


@dataclass(frozen=True, eq=False)
class Task:
    """A question and how it is answered.

    propose: role → the series to use, from those of a study (Proposed.uid None, with the reason, where there is none).
    open_model: a bundle's files, checked, and the device ("cpu" or "cuda"); raises WeightsError. cautions: what the
    models cannot do with a lesion, or, for STUDY, with the prepared study; one of level "stop" withholds its answer.
    sample: the models' input for a lesion's number, or STUDY; answer: raises ClinicalError, MaskError, WeightsError,
    Cancelled. explain: the answer with what takes longer than the answer itself (a map of occlusion), None where there
    is no such thing; raises Cancelled. evidence: what small changes of outline and pose do to an answer, and how like
    the model's own cases this one is; None where the task has no such thing, and then nothing is ever favoured; raises
    what answer raises. method: sentences on settings for the report. example: writes study/,
    lesion_mask.nii.gz and clinical.json into a folder, None where there is no example; example_bytes: what it takes on
    the disk at most. unanswerable: what keeps this model from answering about a prepared study, of level "stop"; None
    where every model of the task answers about all that can be prepared.
    """

    question: Question
    propose: Callable[[Sequence[Series]], "dict[str, Proposed]"]
    open_model: Callable[[SealedBundle, str], Model]
    cautions: Callable[[Prepared, LesionSet, int], tuple[Caution, ...]]
    sample: Callable[[Prepared, LesionSet, int], Any]
    answer: Callable[[Any, Any, int, Clinical, CancelToken], Answer]
    method: Callable[[], str]
    explain: Callable[[Any, Any, Answer, ProgressCallback, CancelToken], Answer] | None = None
    evidence: Callable[[Any, Prepared, LesionSet, int, Clinical, CancelToken], Evidence] | None = None
    example: Callable[[Atlas, Path], None] | None = None
    example_bytes: int = 0
    unanswerable: Callable[[Any, Prepared], tuple[Caution, ...]] | None = None

    @property
    def id(self) -> str:
        """In cards, cases and results."""
        return self.question.id
