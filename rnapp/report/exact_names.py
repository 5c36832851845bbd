"""The names by which features are looked up elsewhere, for whoever wants more than the words of the waterfall."""

from dataclasses import dataclass

from rnapp.types import Answer

STRONGEST = 12  # as many bars as the waterfall has
NAMED = ("imaging", "radiomics")  # a clinical value has no other name than its words


@dataclass(frozen=True)
class ExactName:
    """bar: its place in the waterfall, from the top, 1 is the first; words: as the bar says it; exact: the feature's
    own name."""

    bar: int
    words: str
    exact: str


def exact_names(answer: Answer) -> tuple[ExactName, ...]:
    """Of the waterfall's bars from the top, those that have one."""
    ranked = sorted(answer.contributions, key=lambda one: -abs(one.effect))[:STRONGEST]
    return tuple(ExactName(bar, one.label, one.feature) for bar, one in enumerate(ranked, start=1)
                 if one.group in NAMED)
