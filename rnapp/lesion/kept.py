"""Lesions of a mask file that a drawing left as they were: they keep the outline and the measures of the file."""

from dataclasses import replace

import numpy as np

from rnapp.types import Lesion, LesionSet


def with_untouched(found: LesionSet, given: LesionSet | None) -> LesionSet:
    """The lesions of a drawing; where one is, voxel by voxel on SRI24, one of the given, it is that one again.

    A file's mask lies on the scan's own grid and is shown on SRI24; taken back from there it would be a little another
    one, though nobody changed it. The warnings are the drawing's: they name other lesions by their numbers of now.
    given: as a mask file had them, None where there was none.
    """
    if given is None:
        return found
    same = {lesion.number: old for lesion in found.lesions if (old := _same(lesion, given)) is not None}
    native = found.native.array.copy()
    native[np.isin(native, list(same))] = 0
    for number, old in same.items():
        native[(given.native.array == old.number) & (native == 0)] = number
    lesions = tuple(replace(same[one.number], number=one.number, name=one.name, warnings=one.warnings)
                    if one.number in same else one for one in found.lesions)
    return replace(found, lesions=lesions, native=found.native.with_array(native))


def _same(lesion: Lesion, given: LesionSet) -> Lesion | None:
    return next((old for old in given.lesions if np.array_equal(old.mask.array, lesion.mask.array)), None)

