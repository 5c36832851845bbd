"""The task as a value. Its networks and readers are imported when one of its functions is called."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rnapp.models.card import SealedBundle
from rnapp.tasks.rice.question import QUESTION
from rnapp.tasks.task import Model, Task
from rnapp.types import (
    Answer,
    Atlas,
    CancelToken,
    Caution,
    Clinical,
    Evidence,
    LesionSet,
    Prepared,
    ProgressCallback,
    Proposed,
    Series,
)

if TYPE_CHECKING:
    from rnapp.models.resnet_bundle import ResnetBundle
    from rnapp.tasks.rice.sample import RiceSample

METHOD = ("One 3D ResNet-18 per fold, trained for just the inputs that were given, sees the middle 224 mm of SRI24, "
          "averaged to the model's voxels: the scans z-scored inside the brain, the dose as Gy / 30 − 1, with 0 Gy "
          "where it is unknown. The probability is the mean over the folds. No clinical value goes into it.")


def _propose(series: Sequence[Series]) -> dict[str, Proposed]:
    from rnapp.tasks.rice.propose import propose

    return propose(series)


def _open_model(sealed: SealedBundle, device: str) -> Model:
    from rnapp.models.resnet_bundle import open_bundle
    from rnapp.models.vit_stacker import other_input
    from rnapp.tasks.rice.sample import CHANNELS

    opened = open_bundle(sealed, device)
    if sealed.card.channels != tuple(one for one in CHANNELS if one in sealed.card.channels):
        raise other_input(sealed.card)
    return opened


def _cautions(prepared: Prepared, lesions: LesionSet, number: int) -> tuple[Caution, ...]:
    from rnapp.tasks.rice.cautions import cautions

    return cautions(prepared, lesions, number)


def _unanswerable(model: "ResnetBundle", prepared: Prepared) -> tuple[Caution, ...]:
    from rnapp.tasks.rice.answer import unanswerable

    return unanswerable(model, prepared)


def _sample(prepared: Prepared, lesions: LesionSet, number: int) -> "RiceSample":  # noqa: ARG001 - lesions change nothing
    from rnapp.tasks.rice.sample import sample_of

    return sample_of(prepared)


def _answer(model: "ResnetBundle", sample: "RiceSample", number: int, clinical: Clinical,
            cancel: CancelToken) -> Answer:
    from rnapp.tasks.rice.answer import answer

    return answer(model, sample, number, clinical, cancel)


def _explain(model: "ResnetBundle", sample: "RiceSample", given: Answer, progress: ProgressCallback,
             cancel: CancelToken) -> Answer:
    from rnapp.tasks.rice.explain import explain

    return explain(model, sample, given, progress, cancel)


def _evidence(model: "ResnetBundle", prepared: Prepared, lesions: LesionSet, number: int, clinical: Clinical,
              cancel: CancelToken) -> Evidence:
    from rnapp.tasks.rice.evidence import evidence

    return evidence(model, prepared, lesions, number, clinical, cancel)


def _method() -> str:
    return METHOD


def _example(atlas: Atlas, out: Path) -> None:
    from rnapp.tasks.rice.example import write_example

    write_example(atlas, out)


RICE = Task(
    question=QUESTION, propose=_propose, open_model=_open_model, cautions=_cautions, sample=_sample, answer=_answer,
    method=_method, evidence=_evidence, explain=_explain, example=_example, example_bytes=32 * 1024**2,
    unanswerable=_unanswerable)
