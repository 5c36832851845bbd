"""What the reader calls each lesion; a name stays with its lesion while outlines are edited and numbers change."""

from dataclasses import replace
from types import MappingProxyType

from rnapp.errors import MaskError
from rnapp.lesion.overlap import shared_voxels
from rnapp.types import Array, LesionSet, Volume

LONGEST_NAME = 40


def renamed(lesions: LesionSet, number: int, name: str) -> LesionSet:
    """The lesions with one of them renamed; an empty name removes its name.

    Raises MaskError where there is no such lesion, or the name is no single line of at most LONGEST_NAME characters.
    """
    lesions.lesion(number)
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise MaskError(f"Expected a name of at most {LONGEST_NAME} characters, but got {len(name)}; shorten it.")
    return _named(lesions, {**lesions.names, number: name})


def carried(before: LesionSet | None, now: LesionSet) -> LesionSet:
    """The lesions with the names of those that they overlap most; of two parts of one lesion the larger keeps it."""
    if before is None or not before.names:
        return now
    shared, free = shared_voxels(now.atlas, before.atlas), dict(before.names)
    return _named(now, {lesion.number: free.pop(_most_overlapped(shared, lesion.number), "")
                        for lesion in now.lesions})  # the largest first


def without(lesions: LesionSet, number: int) -> Volume:
    """The mask of all lesions but one, bool, SRI24 grid. Raises MaskError where there is no such lesion."""
    lesions.lesion(number)
    return lesions.atlas.with_array((lesions.atlas.array > 0) & (lesions.atlas.array != number))


def _named(lesions: LesionSet, names: dict[int, str]) -> LesionSet:
    given = {number: names[number] for number in sorted(names) if names[number]}
    return replace(lesions, names=MappingProxyType(given))


def _most_overlapped(shared: Array, number: int) -> int:
    """Number of a lesion of before; 0 where it overlaps none. shared: voxels, (now, before)."""
    return int(shared[number].argmax()) if number < len(shared) else 0
