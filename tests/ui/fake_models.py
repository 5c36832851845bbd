"""Models of the stand-in pipeline: one for each question, each with its task."""

from collections.abc import Sequence
from functools import partial
from types import SimpleNamespace

from rnapp.io.suitability import role_problem
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.rice.question import QUESTION as RICE
from rnapp.types import Field, ModelCard, Outcome, Proposed, Question, Role, Series
from rnapp.ui.ports import Model

# A made-up question about a whole study with two scans.
TWO_SCANS = Question("made-up", "Better or worse?", (Outcome("better", "b", "better", "better"),
                                                     Outcome("worse", "w", "worse", "worse")),
                     (Role("before", "Before"), Role("after", "After")), (Field("age", "Age", "number", most=120),),
                     "study")


def models(*questions: Question) -> list[Model]:
    """A model for each of these questions, by default for both that there are."""
    return [model(question=one) for one in questions or (QUESTION, RICE)]


def model(demonstration: bool = True, question: Question = QUESTION) -> Model:
    """What serve() needs to know about the model."""
    card = ModelCard("fake", "0", demonstration, "0" * 64, "Apache-2.0", "tests", "nothing", {}, question.id)
    task = SimpleNamespace(id=question.id, question=question, propose=partial(_propose, question))
    return Model(card, question, lambda: SimpleNamespace(task=task, model=SimpleNamespace(card=card)),
                 maps=question is RICE)


def _propose(question: Question, series: Sequence[Series]) -> dict[str, Proposed]:
    """The first series that fits each role and is not taken; the last roles may get none. A planning scan is a CT."""
    found: dict[str, Proposed] = {}
    for role in question.roles:
        taken = {one.uid for one in found.values()}
        fits = [one.uid for one in series if role_problem(one, role) is None and one.uid not in taken
                and (role.kind != "planning" or one.kind == "CT")]
        found[role.name] = (Proposed(fits[0], "Proposed: T1, 3D, 14:32." if role.kind == "scan" else "The newest.")
                            if fits else Proposed(None, f"None is a {role.label}."))
    return found
