"""The rows of the waterfall: what is drawn, on the screen and on paper, computed once."""

import math
from dataclasses import dataclass

from rnapp.errors import RnappError
from rnapp.types import STUDY, Answer, Contribution, Question

# The log-odds of the model's probability and the sum of its contributions may differ by rounding, not by more.
SUM_TOLERANCE = 0.001
_SUREST = 1e-9  # a probability nearer to 0 or 1 has lost the digits of its log-odds; it is compared itself
# Probabilities marked on the log-odds axis, in order of priority where space is short.
TICK_PROBABILITIES = (0.5, 0.2, 0.8, 0.05, 0.95, 0.1, 0.9, 0.3, 0.7, 0.01, 0.99, 0.4, 0.6)
_TICK_ROOM = 0.14  # share of the axis, in the narrowest window (1280 pixels)
_LONGEST_LABEL = 62


@dataclass(frozen=True)
class Step:
    """One bar: from start to end, log-odds. text: feature and value as the clinician reads them; exact: the feature's
    own name, "" for several together."""

    text: str
    group: str
    effect: float
    start: float
    exact: str = ""

    @property
    def end(self) -> float:
        """Log-odds after this step."""
        return self.start + self.effect


@dataclass(frozen=True)
class Waterfall:
    """Steps from baseline to final (log-odds): the strongest first, all the others combined at the end. subject: what
    the answer is about."""

    question: Question
    subject: str
    baseline: float
    steps: tuple[Step, ...]
    final: float

    @property
    def captions(self) -> list[str]:
        """The rows' captions from the top: baseline, steps, result."""
        return [f"model's starting point: {percent(sigmoid(self.baseline))}", *(step.text for step in self.steps),
                f"{self.subject}: {percent(sigmoid(self.final))}"]

    @property
    def span(self) -> tuple[float, float]:
        """Axis limits, log-odds: all bars, 50 %, and space for their figures."""
        ends = [0.0, self.baseline, self.final, *(step.end for step in self.steps)]
        room = max(0.14 * (max(ends) - min(ends)), 0.25)
        return min(ends) - room, max(ends) + room

    def ticks(self) -> tuple[list[float], list[str]]:
        """Where on the log-odds axis round probabilities lie, and their captions, as many as fit."""
        low, high = self.span
        chosen: dict[float, str] = {}
        for probability in TICK_PROBABILITIES:
            position = math.log(probability / (1 - probability))
            clear = all(abs(position - other) > _TICK_ROOM * (high - low) for other in chosen)
            if low <= position <= high and clear:
                chosen[position] = percent(probability)
        return list(chosen), list(chosen.values())


def steps(question: Question, answer: Answer, top: int = 12) -> Waterfall:
    """The bars of the waterfall; the top strongest singly, the others together.

    Raises RnappError where the contributions do not add up to the model's probability (a picture that explains a
    different answer must not be shown), or where the answer is withheld.
    """
    ranked = sorted(answer.contributions, key=lambda one: -abs(one.effect))
    bars: list[Step] = []
    total = answer.baseline_log_odds
    for one in ranked[:top]:
        bars.append(Step(f"{_shorten(one.label)} = {value_text(question, one)}", one.group, one.effect, total,
                         one.feature))
        total = bars[-1].end
    if others := ranked[top:]:
        bars.append(Step(f"{len(others)} other feature{'s' if len(others) > 1 else ''}", "",
                         math.fsum(one.effect for one in others), total))
        total = bars[-1].end
    _check_sum(answer, total)
    subject = "this study" if answer.lesion == STUDY else "this lesion"
    return Waterfall(question, subject, answer.baseline_log_odds, tuple(bars), total)


def value_text(question: Question, contribution: Contribution) -> str:
    """The value as a person writes it: unknown instead of None, three significant digits."""
    if contribution.value is None or (isinstance(contribution.value, float) and not math.isfinite(contribution.value)):
        return "unknown"
    if isinstance(contribution.value, str):
        choices = next((field.choices for field in question.fields if field.name == contribution.feature), {})
        return choices.get(contribution.value) or _shorten(contribution.value, 24)
    if 1000 <= abs(contribution.value) < 1e6:
        return f"{contribution.value:.0f}"
    return f"{contribution.value:.3g}"


def percent(probability: float) -> str:
    """Whole per cent, never 0 % or 100 %: no model is that sure."""
    whole = round(100 * probability)
    return "<1 %" if whole <= 0 else ">99 %" if whole >= 100 else f"{whole} %"


def sigmoid(log_odds: float) -> float:
    """Probability of log-odds, without overflow."""
    return 0.5 * (1.0 + math.tanh(0.5 * log_odds))


def _shorten(text: str, longest: int = _LONGEST_LABEL) -> str:
    return text if len(text) <= longest else text[:longest - 1].rstrip() + "…"


def _check_sum(answer: Answer, final: float) -> None:
    given, explained = answer.given.probability, sigmoid(final)
    # Written so that a sum or an answer that is not a number fails too.
    if not _agree(given, explained, final):
        subject = "the study" if answer.lesion == STUDY else f"lesion {answer.lesion}"
        raise RnappError(f"The contributions of {subject} add up to {explained:.3f}, but the model's answer is "
                         f"{given:.3f}; do not use this reading and report the fault.")


def _agree(given: float, explained: float, final: float) -> bool:
    if _SUREST < given < 1 - _SUREST:
        return abs(math.log(given / (1 - given)) - final) <= SUM_TOLERANCE
    return abs(given - explained) <= _SUREST
