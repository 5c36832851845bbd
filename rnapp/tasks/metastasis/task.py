"""The task as a value. Its networks, PyRadiomics and readers are imported when one of its functions is called."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rnapp.models.card import SealedBundle
from rnapp.tasks.metastasis.question import QUESTION, T1CE
from rnapp.tasks.roles import DOSE, PLANNING
from rnapp.tasks.task import Model, Task
from rnapp.types import Answer, Atlas, CancelToken, Caution, Clinical, Evidence, LesionSet, Prepared, Proposed, Series

if TYPE_CHECKING:
    from rnapp.models.weights import Bundle
    from rnapp.tasks.metastasis.crop import Crop


def _propose(series: Sequence[Series]) -> dict[str, Proposed]:
    from rnapp.io.proposal import propose, reason, why_none
    from rnapp.tasks.dose_proposal import propose_dose, propose_planning

    best = propose(series)
    scan = Proposed(None, why_none(series)) if best is None else Proposed(best.uid, reason(best, series))
    dose = propose_dose(series, best)
    planned = next((one for one in series if one.uid == dose.uid), None)
    return {T1CE: scan, DOSE: dose, PLANNING: propose_planning(series, planned, [best] if best else [])}


def _open_model(sealed: SealedBundle, device: str) -> Model:
    from rnapp.models.weights import open_bundle
    from rnapp.tasks.metastasis.crop import check_input

    check_input(sealed.card)
    return open_bundle(sealed, device)


def _cautions(prepared: Prepared, lesions: LesionSet, number: int) -> tuple[Caution, ...]:
    from rnapp.tasks.metastasis.cautions import cautions

    return cautions(prepared, lesions, number)


def _sample(prepared: Prepared, lesions: LesionSet, number: int) -> "Crop":
    from rnapp.tasks.metastasis.crop import crop_around

    return crop_around(prepared.channels[T1CE].image, lesions.mask(number))


def _answer(model: "Bundle", crop: "Crop", number: int, clinical: Clinical, cancel: CancelToken) -> Answer:
    from rnapp.tasks.metastasis.answer import answer

    return answer(model, crop, number, clinical, cancel)


def _evidence(model: "Bundle", prepared: Prepared, lesions: LesionSet, number: int, clinical: Clinical,
              cancel: CancelToken) -> Evidence:
    from rnapp.tasks.metastasis.evidence import evidence

    return evidence(model, prepared, lesions, number, clinical, cancel)


def _method() -> str:
    from rnapp.models.radiomics import settings_in_words

    return settings_in_words()


def _example(atlas: Atlas, out: Path) -> None:
    from rnapp.tasks.metastasis.example import write_example

    write_example(atlas, out)


METASTASIS = Task(
    question=QUESTION, propose=_propose, open_model=_open_model, cautions=_cautions, sample=_sample, answer=_answer,
    method=_method, evidence=_evidence, example=_example, example_bytes=32 * 1024**2)
