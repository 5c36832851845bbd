"""How far an unknown clinical value could move the answer, if it were known."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from rnapp.models.stacker import Stacker
from rnapp.types import Clinical, ClinicalValue, Field, WhatIf

# Numbers are tried over two deviations on each side of the training mean: nearly all patients the model has seen.
SPREAD, STEPS = 2.0, 9


def what_ifs(ask: Callable[[Clinical], float], stackers: Sequence[Stacker], fields: Sequence[Field],
             clinical: Clinical) -> tuple[WhatIf, ...]:
    """One for each unknown value, in the order of the form. ask: the probability of the first outcome with these
    values."""
    return tuple(_what_if(field, _asked(ask, stackers, clinical, field))
                 for field in fields if clinical.get(field.name) is None)


def _asked(ask: Callable[[Clinical], float], stackers: Sequence[Stacker], clinical: Clinical,
           field: Field) -> Iterator[tuple[float, str]]:
    for value, words in possible_values(stackers, field):
        yield ask({**clinical, field.name: value}), words


def _what_if(field: Field, asked: Iterable[tuple[float, str]]) -> WhatIf:
    """Of values with the same answer the first one is named."""
    answers = list(asked)
    lowest, highest = min(answers, key=lambda one: one[0]), max(answers, key=lambda one: one[0])
    return WhatIf(field.name, field.label, *lowest, *highest)


def possible_values(stackers: Sequence[Stacker], field: Field) -> list[tuple[ClinicalValue, str]]:
    """Values to try for a field of the form, and their words: all of its choices, some of a range of numbers."""
    if field.kind == "choice":
        return list(field.choices.items())
    if field.kind == "yes_no":
        return [(False, "no"), (True, "yes")]
    seen = [(one.mean[place], one.deviation[place]) for one in stackers
            for place, column in enumerate(one.columns) if column == field.name]
    if not seen:
        return [(field.least, "any")]
    mean, deviation = np.mean(seen, axis=0)
    tried = np.linspace(max(mean - SPREAD * deviation, field.least), min(mean + SPREAD * deviation, field.most), STEPS)
    return [(value, f"{value:.0f} {field.unit}".rstrip()) for value in sorted({float(round(one)) for one in tried})]
