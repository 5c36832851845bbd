"""What the reader calls each lesion; a name stays with its lesion while outlines are edited and numbers change."""

from dataclasses import replace

import numpy as np

from rnapp.errors import MaskError
from rnapp.types import Lesion, LesionSet, Volume

LONGEST_NAME = 40


def renamed(lesions: LesionSet, number: int, name: str) -> LesionSet:
    """The same lesions, one with another name; "" takes it away.

    Raises MaskError where there is no such lesion, or the name is no single line of at most LONGEST_NAME characters.
    """
    _check(lesions, number)
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise MaskError(f"Expected a name of at most {LONGEST_NAME} characters, but got {len(name)}; shorten it.")
    return replace(lesions, lesions=tuple(replace(one, name=name) if one.number == number else one
                                          for one in lesions.lesions))


def carried(before: LesionSet | None, now: LesionSet) -> LesionSet:
    """The lesions with the names of those that they overlap most; of two parts of one lesion the larger keeps it."""
    if before is None or not any(one.name for one in before.lesions):
        return now
    names = {one.number: one.name for one in before.lesions if one.name}
    found = []
    for lesion in now.lesions:  # the largest first
        number = _most_overlapped(lesion, before.atlas)
        found.append(replace(lesion, name=names.pop(number, "")))
    return replace(now, lesions=tuple(found))


def without(lesions: LesionSet, number: int) -> Volume:
    """The mask of all lesions but one, bool, SRI24 grid. Raises MaskError where there is no such lesion."""
    _check(lesions, number)
    return lesions.atlas.with_array((lesions.atlas.array > 0) & (lesions.atlas.array != number))


def _most_overlapped(lesion: Lesion, labels: Volume) -> int:
    """0 where it overlaps none."""
    counts = np.bincount(labels.array[lesion.mask.array], minlength=1)
    counts[0] = 0
    return int(counts.argmax()) if counts.any() else 0


def _check(lesions: LesionSet, number: int) -> None:
    if number not in {one.number for one in lesions.lesions}:
        raise MaskError(f"Expected one of {len(lesions.lesions)} lesions, but got number {number}; reload the page.")
