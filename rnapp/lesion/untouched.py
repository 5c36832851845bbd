"""Lesions of a mask file that a drawing left as they were: they keep the outline and the measures of the file."""

from dataclasses import replace

import numpy as np

from rnapp.lesion.overlap import shared_voxels
from rnapp.types import LesionSet


def with_untouched(drawn: LesionSet, given: LesionSet | None) -> LesionSet:
    """The lesions of a drawing; where one is, voxel by voxel on SRI24, one of the given, it is that one again.

    A file's mask lies on the scan's own grid and is shown on SRI24; taken back from there it would be a little another
    one, though nobody changed it. The cautions are the drawing's: they name other lesions by their numbers of now.
    given: as a mask file had them, None where there was none.
    """
    if given is None:
        return drawn
    same = _same(drawn, given)
    native = drawn.native.array.copy()
    native[np.isin(native, list(same))] = 0
    for number, old in same.items():
        native[(given.native.array == old) & (native == 0)] = number
    lesions = tuple(replace(given.lesion(same[one.number]), number=one.number, cautions=one.cautions)
                    if one.number in same else one for one in drawn.lesions)
    return replace(drawn, lesions=lesions, native=drawn.native.with_array(native))


def _same(drawn: LesionSet, given: LesionSet) -> dict[int, int]:
    """Number of a drawn lesion → of the given one that has exactly its voxels."""
    shared = shared_voxels(drawn.atlas, given.atlas)
    sizes, given_sizes = (np.bincount(one.atlas.array.ravel(), minlength=1) for one in (drawn, given))
    return {int(new): int(old) for new, old in np.argwhere(shared)
            if shared[new, old] == sizes[new] == given_sizes[old]}
