"""How far an unknown clinical value could move the answer, if it were known."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnapp.models.clinical import RANGES
from rnapp.models.stacker import Stacker
from rnapp.types import ClinicalData, WhatIf
from rnapp.vocabulary import CATEGORIES, LABELS

# Numbers are tried over two deviations on each side of the training mean: nearly all patients the model has seen.
SPREAD, STEPS = 2.0, 9


def what_ifs(ask: Callable[[ClinicalData], float], stackers: Sequence[Stacker],
             clinical: ClinicalData) -> tuple[WhatIf, ...]:
    """One for each unknown value, in the order of the form. ask: the probability of necrosis with these values."""
    return tuple(_what_if(name, _asked(ask, stackers, clinical, name))
                 for name in LABELS if getattr(clinical, name) is None)


def _asked(ask: Callable[[ClinicalData], float], stackers: Sequence[Stacker], clinical: ClinicalData,
           name: str) -> Iterator[tuple[float, str]]:
    for value, words in possible_values(stackers, name):
        yield ask(replace(clinical, **{name: value})), words


def _what_if(name: str, asked: Iterable[tuple[float, str]]) -> WhatIf:
    """Of values with the same answer the first one is named."""
    found = list(asked)
    lowest, highest = min(found, key=lambda one: one[0]), max(found, key=lambda one: one[0])
    return WhatIf(name, LABELS[name], *lowest, *highest)


def possible_values(stackers: Sequence[Stacker], name: str) -> list[tuple[Any, str]]:
    """Values to try for a variable of the form, and their words: all of a list, some of a range (years, months)."""
    if name in CATEGORIES:
        return list(CATEGORIES[name].items())
    if name not in RANGES:
        return [(False, "no"), (True, "yes")]
    least, most, unit = RANGES[name]
    seen = [(one.mean[place], one.deviation[place]) for one in stackers
            for place, column in enumerate(one.columns) if column == name]
    if not seen:
        return [(least, "any")]
    mean, deviation = np.mean(seen, axis=0)
    tried = np.linspace(max(mean - SPREAD * deviation, least), min(mean + SPREAD * deviation, most), STEPS)
    return [(float(value), f"{value:.0f} {unit}") for value in sorted({float(round(one)) for one in tried})]
