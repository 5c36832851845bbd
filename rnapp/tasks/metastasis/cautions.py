"""What the models of this task cannot do with a lesion."""

import numpy as np

from rnapp.models.radiomics_limits import too_small
from rnapp.tasks.metastasis.crop import CROP_SIDE, cube_start, cut_cube
from rnapp.types import STUDY, Array, Caution, LesionSet, Prepared, Volume, note

LEAST_BRIGHT = 0.05  # twice what any part of the brain has by chance (rnapp/lesion/measure.py)


def cautions(prepared: Prepared, lesions: LesionSet, number: int) -> tuple[Caution, ...]:
    """Of one lesion; none for STUDY. Of level "stop": too small for its texture to be read. Raises MaskError where
    there is no such lesion."""
    if number == STUDY:
        return ()
    lesion, mask = lesions.lesion(number), lesions.mask(number)
    if not mask.array.any():
        return (_stop(too_small(mask)),)
    start = cube_start(mask)
    cut = cut_cube(mask, start)
    reason = too_small(cut, prepared.to_atlas.scale, lesion.volume_ml)
    return (*((_stop(reason),) if reason else ()), *_larger(mask, cut), *_dark(lesion.bright_share),
            *_neighbours(lesions.atlas, start, number))


def _stop(reason: str) -> Caution:
    return Caution("lesion_too_small", "stop", reason)


def _larger(mask: Volume, cut: Volume) -> tuple[Caution, ...]:
    if int(cut.array.sum()) == int(mask.array.sum()):
        return ()
    return (note("lesion_larger_than_crop", f"The lesion is larger than the {CROP_SIDE} mm cube that the model reads; "
                                            "its outer parts are left out."),)


def _dark(bright_share: float) -> tuple[Caution, ...]:
    if bright_share > LEAST_BRIGHT:
        return ()
    share = f"{bright_share:.0%}".replace("%", " %")
    return (note("lesion_not_enhancing", f"Only {share} of it is brighter than nearly all of the brain: is this the "
                                         "enhancing lesion? The model was trained on no others."),)


def _neighbours(atlas: Volume, start: Array, number: int) -> tuple[Caution, ...]:
    """Where another lesion reaches into the cube (the paper excludes such lesions if their labels conflict)."""
    box = tuple(slice(max(a, 0), max(a + CROP_SIDE, 0)) for a in start)
    others = sorted(set(np.unique(atlas.array[box]).tolist()) - {0, number})
    if not others:
        return ()
    named = ", ".join(map(str, others))
    return (note("neighbour_in_crop", f"Lesion {named} reaches into the cube of lesion {number}; the model may react "
                                      "to it."),)
