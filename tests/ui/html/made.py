"""Values whose every free text is hostile."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import (
    Answer,
    BoardOpinion,
    Candidate,
    CaseResult,
    Course,
    LesionSet,
    Measurement,
    ModelCard,
    Prediction,
    Question,
    Series,
    Trust,
    Variation,
    Volume,
    WhatIf,
    note,
)
from tests.explain.synthetic import result_of

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=y>"
HOSTILE_NOTE = note("made_up", HOSTILE)
HOSTILE_QUESTION = Question(
    "hostile", HOSTILE, tuple(replace(one, name=HOSTILE, short=HOSTILE) for one in QUESTION.outcomes),
    tuple(replace(QUESTION.roles[0], name=name, label=HOSTILE, help=HOSTILE) for name in ("t1ce", "t2")),
    QUESTION.fields, "lesion", (HOSTILE,))
CARD = ModelCard(HOSTILE, HOSTILE, True, "ab12" * 16, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: 0.5})


def series(**changes: object) -> Series:
    """A usable series."""
    given = {"uid": "1", "description": HOSTILE, "modality": "MR", "kind": "T1CE", "files": (),
             "shape": (2, 3, 44), "spacing": (0.5, 0.5, 1.0)} | changes
    return Series(**given)  # type: ignore[arg-type]


def candidate(number: int, words: str = "a <ring>") -> Candidate:
    """A proposed lesion on the patient's left."""
    mask = Volume(np.ones((2, 2, 2), bool), np.eye(4))
    return Candidate(number, mask, 0.87, 1.234, (1.0, -2.0, 3.0), "left", words, "a test")


def answered(probability: float = 0.734, folds: tuple[float, ...] = (0.6, 0.82),
             demonstration: bool = True) -> CaseResult:
    """One lesion with this answer."""
    result = result_of(1, demonstration)
    answer = replace(result.reading.answers[0], prediction=Prediction(probability, folds, folds))
    return replace(result, reading=replace(result.reading, answers=(answer,)))


def with_what_ifs(result: CaseResult, *found: WhatIf, clinical: str = "some") -> CaseResult:
    """The same with what these values could change. clinical: "some" are known, or "all"."""
    answer = replace(result.reading.answers[0], what_if=found)
    known = {one.name: 1.0 for one in result.question.fields} if clinical == "all" else result.reading.clinical
    return replace(result, reading=replace(result.reading, answers=(answer,), clinical=known))


def hostile_lesions() -> LesionSet:
    """Two lesions, left and right."""
    lesions = result_of(2).lesions
    cautioned = tuple(replace(one, cautions=(HOSTILE_NOTE,)) for one in lesions.lesions)
    return replace(lesions, lesions=cautioned, names={1: HOSTILE, 2: HOSTILE}, cautions=(HOSTILE_NOTE,))


def hostile_trust(one: Answer) -> Trust:
    """The same judgement, with another variation's words."""
    assert one.trust is not None
    return replace(one.trust, variations=(Variation(HOSTILE, one.given.probability),))


def hostile_result() -> CaseResult:
    """Two lesions that were read by a model of which nothing can be trusted."""
    result = result_of(2)
    what_if = WhatIf("x", HOSTILE, 0.3, HOSTILE, 0.6, HOSTILE)
    answers = tuple(replace(one, what_if=(what_if,), cautions=(HOSTILE_NOTE,), trust=hostile_trust(one))
                    for one in result.reading.answers)
    reading = replace(result.reading, answers=answers, model=CARD)
    return replace(result, question=HOSTILE_QUESTION, pseudonym=HOSTILE, lesions=hostile_lesions(), reading=reading,
                   board=(BoardOpinion(1, "necrosis", "2026-11-21T14:03:00+00:00"),))


def course(name: str = HOSTILE) -> Course:
    """A lesion that grew."""
    sizes = ((date(2026, 1, 5), 1.0), (date(2026, 5, 4), 2.0))
    return Course(1, name, tuple(Measurement(day, 1, ml, 12.0 * ml, 11.0 * ml, 9.0, 1.0) for day, ml in sizes),
                  notes=(HOSTILE,))


FOLDER = Path(HOSTILE.replace("/", "|"))
