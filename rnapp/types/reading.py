"""What the model said, what the board thought, and everything that is shown of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from rnapp.errors import RnappError
from rnapp.types.caution import Caution
from rnapp.types.dose import DoseFigures
from rnapp.types.lesions import LesionSet
from rnapp.types.preparation import Prepared
from rnapp.types.question import Clinical, Question
from rnapp.types.trust import Calibration, Confirmed, Trust
from rnapp.types.volume import Volume

STUDY = 0  # in the place of a lesion's number where a question is about the whole study


@dataclass(frozen=True)
class CardWords:
    """What the maker of a model says of it, in sentences."""

    intended_use: tuple[str, ...]
    not_for: tuple[str, ...]
    known_failures: tuple[str, ...]


@dataclass(frozen=True)
class ModelCard:
    """What a weight bundle is. task: id of the question it answers; metrics: name → value with its cohort in the name;
    sha256: of the card file; calibration: None where its numbers were never measured against outcomes."""

    name: str
    version: str
    demonstration: bool
    sha256: str
    licence: str
    source: str
    trained_on: str
    metrics: Mapping[str, float]
    task: str = "metastasis"
    calibration: Calibration | None = None
    about: CardWords | None = None


@dataclass(frozen=True)
class Prediction:
    """probability: of the question's first outcome, 0 to 1 (1 − it: of the second).

    folds: the same from each fold's own models; imaging_folds: from each fold's image network alone.
    """

    probability: float
    folds: tuple[float, ...]
    imaging_folds: tuple[float, ...]


@dataclass(frozen=True)
class Contribution:
    """What one feature did to the answer.

    effect: log-odds towards the first outcome (negative: towards the second); the effects of an answer add up to
    its log-odds minus the model's baseline log-odds. value: as given, None if unknown.
    """

    feature: str
    label: str
    group: Literal["imaging", "radiomics", "clinical"]
    value: float | str | None
    effect: float


@dataclass(frozen=True)
class WhatIf:
    """How far the probability could move if an unknown clinical value were known.

    lowest, highest: probabilities, 0 to 1; lowest_value, highest_value: in words, where they are reached. Equal ends
    mean that the model does not use the value.
    """

    feature: str
    label: str
    lowest: float
    lowest_value: str
    highest: float
    highest_value: str


@dataclass(frozen=True)
class BoardOpinion:
    """What the tumour board thought of a lesion (0: of the study) before it saw the model's answer to this outline.

    leaning: a code of Question.leanings; noted: ISO 8601, local time; informed: it had seen an answer to another
    outline of this case, so this is no independent opinion.
    """

    lesion: int
    leaning: str
    noted: str
    informed: bool = False


@dataclass(frozen=True, eq=False)
class Answer:
    """What the model says of one lesion, or of a study, and why.

    lesion: its number in the LesionSet, STUDY for a question whose unit is the study. prediction: None where the number
    is withheld (trust.verdict "withheld"; trust.because says why), and then there is nothing else of it either; trust:
    None in a reading that was made before answers were judged. contributions: largest effect
    first; their effects and baseline_log_odds (all inputs at the training mean) add up to the log-odds of the
    probability. attention: float32 in 0..1 on a part of the SRI24 grid (with its affine), None where the model has
    none; what_if: one for each clinical value that is unknown. inputs: names of the roles that the model saw, where it
    can do with fewer. occlusion: what was hidden ("all", or a role's name) → how much that took from the probability of
    the outcome that is favoured (float32, negative where hiding it added to it), on a part of the SRI24 grid.
    """

    lesion: int
    prediction: Prediction | None
    contributions: tuple[Contribution, ...]
    baseline_log_odds: float
    attention: Volume | None = None
    what_if: tuple[WhatIf, ...] = ()
    cautions: tuple[Caution, ...] = ()
    inputs: tuple[str, ...] = ()
    occlusion: Mapping[str, Volume] = field(default_factory=lambda: MappingProxyType({}))
    trust: Trust | None = None

    @property
    def given(self) -> Prediction:
        """The prediction. Raises RnappError where it is withheld."""
        if self.prediction is None:
            raise RnappError("This answer is withheld, so there is no number of it; read its cautions.")
        return self.prediction


def withheld(lesion: int, cautions: tuple[Caution, ...], because: tuple[Caution, ...],
             trust: Trust | None = None) -> Answer:
    """No number, and why. cautions: of the answer, as in Answer; because: those that withhold it, also of the study or
    the lesion; trust: what was measured before it was withheld, of which nothing stays that tells the number."""
    likeness = None if trust is None else trust.likeness
    return Answer(lesion, None, (), 0.0, cautions=cautions,
                  trust=Trust("withheld", likeness=likeness, because=because))


@dataclass(frozen=True, eq=False)
class Reading:
    """The answers of one model to an outlined, prepared case.

    question: its id; answers: one per lesion in the order of the lesions, or one for the study; created: ISO 8601,
    local time; software: name → version of what made it, rnapp first. dose: figures of a confirmed dose, beside the
    answers and never inside them; None where there is none. confirmed: what the reader said about cautions.
    """

    question: str
    answers: tuple[Answer, ...]
    clinical: Clinical
    model: ModelCard
    created: str
    timings_s: Mapping[str, float]
    software: Mapping[str, str] = field(default_factory=dict)
    dose: DoseFigures | None = None
    confirmed: tuple[Confirmed, ...] = ()


@dataclass(frozen=True, eq=False)
class CaseResult:
    """Everything that a report, result.json and the pictures show of a case that was read.

    board: opinions noted before the answer was shown, at most one per lesion; former_board: those on earlier outlines
    or preparations of this case, oldest first, numbered as the lesions were numbered then.
    """

    question: Question
    pseudonym: str
    prepared: Prepared
    lesions: LesionSet
    reading: Reading
    board: tuple[BoardOpinion, ...] = ()
    former_board: tuple[BoardOpinion, ...] = ()
