"""Lesions of a mask file that a drawing left as they were: they keep the outline and the measures of the file."""

from dataclasses import replace

import numpy as np

from rnapp.lesion.overlap import shared_voxels
from rnapp.types import LesionSet


def with_untouched(drawn: LesionSet, given: LesionSet | None) -> LesionSet:
    """The lesions of a drawing. One with exactly the voxels of a given lesion on SRI24 keeps that lesion's measures.

    A file's mask is on the scan's own grid and is shown on SRI24; resampled back from there it would change a little
    although nobody edited it. The cautions are the drawing's: they refer to other lesions by their current numbers.
    given: as a mask file had them, None where there was none.
    """
    if given is None:
        return drawn
    same = _same(drawn, given)
    native = drawn.native.array.copy()
    native[np.isin(native, list(same))] = 0
    for number, old in same.items():
        native[(given.native.array == old) & (native == 0)] = number
    lesions = tuple(replace(given.lesion(same[lesion.number]), number=lesion.number, cautions=lesion.cautions)
                    if lesion.number in same else lesion for lesion in drawn.lesions)
    return replace(drawn, lesions=lesions, native=drawn.native.with_array(native))


def _same(drawn: LesionSet, given: LesionSet) -> dict[int, int]:
    """Number of a drawn lesion → number of the given lesion with exactly the same voxels."""
    shared = shared_voxels(drawn.atlas, given.atlas)
    sizes, given_sizes = (np.bincount(lesions.atlas.array.ravel(), minlength=1) for lesions in (drawn, given))
    return {int(new): int(old) for new, old in np.argwhere(shared)
            if shared[new, old] == sizes[new] == given_sizes[old]}
